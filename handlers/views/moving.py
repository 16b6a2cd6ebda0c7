"""Procedure 1 on screen: licences, filters, site, before → after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slack_sdk.models.blocks import (
    ActionsBlock,
    CheckboxesElement,
    DividerBlock,
    ExternalDataSelectElement,
    InputBlock,
    PlainTextInputElement,
)

from domain.selecting import NAMED
from domain.values import TEXT_LIMIT, Field, LicenceState
from handlers import french
from handlers.names import Names
from handlers.views import (
    ABANDON_LABEL,
    ELSEWHERE,
    actions,
    address,
    alert,
    bold,
    bullets,
    button,
    changes,
    licence_line,
    line,
    listed,
    modal,
    note,
    offered,
    options,
    plain,
    service_line,
)
from handlers.views.filters import summary
from handlers.views.words import Words, where

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_sdk.models.blocks import Block
    from slack_sdk.models.views import View

    from domain.moving import MovePlan
    from domain.operations import Recorded
    from domain.rows import LicenceRow, ServiceRow, SiteRow
    from domain.selecting import LicencePage, Selection
    from domain.values import DraftId
    from handlers.views import Part

TITLE = "Changer l’adresse"
HELP = f"changer l’adresse de licences. En une ligne{french.COLON} /licence-site FPC367128 vers Entrepôt Nord"

SERVICE_VIEW = "moving.service"
LICENCES_VIEW = "moving.licences"
SITE_VIEW = "moving.site"
CONFIRM_VIEW = "moving.confirm"

TICK = "moving.tick"
PREVIOUS = "moving.previous"
NEXT = "moving.next"
FILTER = "moving.filter"
UNFILTER = "moving.unfilter"
TICK_ALL = "moving.tick_all"
UNTICK_ALL = "moving.untick_all"
CHANGE_SERVICE = "moving.change_service"
BACK_TO_LICENCES = "moving.back_to_licences"
BACK_TO_SITE = "moving.back_to_site"
ADD_SITE = "moving.add_site"
SITE_SEARCH = "moving.site_search"
APPLY = "moving.apply"
AGAIN = "moving.again"

SITE = "site"
REASON = "reason"

_BOXES = 10
"""Checkboxes in one group at most (docs/slack.md, Limits)."""

_WHOSE = 25
"""Characters of an accountcode under a box: the number and the beginning of the site stay in view."""


def licences(
    draft: DraftId, page: LicencePage, generation: str, site: SiteRow | None = None, notice: str | None = None
) -> View:
    """Show a page of licences to tick.

    A new `generation` makes Slack forget what it keeps of the boxes: it does so for new block ids only.
    """
    blocks: list[Block] = [
        *([alert(notice)] if notice else []),
        service_line(page.service),
        line(*_count(page)),
    ]
    everything = f"Tout sélectionner ({french.number(page.matching)})"
    buttons = [
        button("Filtrer", FILTER, "filter"),
        *([button("Effacer les filtres", UNFILTER, "unfilter")] if page.filter.chosen else []),
        *([button(everything, TICK_ALL, "all")] if page.matching else []),
        *([button("Tout désélectionner", UNTICK_ALL, "none")] if page.ticked_total else []),
        button("Changer de service", CHANGE_SERVICE, "service"),
    ]
    blocks.append(actions(*buttons))
    if page.filter.chosen:
        blocks.append(note(f"Filtres · {summary(page.filter, site)}"))
    for start in range(0, len(page.rows), _BOXES):
        rows = page.rows[start : start + _BOXES]
        blocks.append(_boxes(rows, page.ticked, f"boxes.{start}.{generation}"))
    if not page.rows:
        why = "ne correspond à ces filtres" if page.filter.chosen else "de ce service n’est active"
        blocks.append(line(f"Aucune licence {why}."))
    blocks += _pager(page)
    return modal(TITLE, blocks, Names(draft, generation).encode(), LICENCES_VIEW, submit="Choisir le site")


def _count(page: LicencePage) -> list[Part]:
    ticked = french.count(page.ticked_total, "licence cochée", "licences cochées")
    return [bold(ticked), f" sur {french.number(page.total)}"]


def _boxes(rows: Sequence[LicenceRow], ticked: frozenset[int], block_id: str) -> Block:
    boxes = [options.option(f"{row.reference} · {row.type.value}", row.id, _apart(row)) for row in rows]
    chosen = [box for box, row in zip(boxes, rows, strict=True) if row.id in ticked]
    group = CheckboxesElement(action_id=TICK, options=boxes, initial_options=chosen or None)
    return ActionsBlock(block_id=block_id, elements=[group])


def _apart(row: LicenceRow) -> str:
    ended = ["Résiliée"] if row.state is LicenceState.TERMINATED else []
    whose = [french.clip(row.accountcode, _WHOSE)] if row.accountcode else []
    phones = [french.phones(row.numbers[:1], len(row.numbers))] if row.numbers else ["sans SDA"]
    return " · ".join([*ended, *whose, *phones, row.site_label])


def _pager(page: LicencePage) -> list[Block]:
    if page.pages == 1:
        return []
    buttons = []
    if page.page > 0:
        buttons.append(button("Page précédente", PREVIOUS, str(page.page - 1)))
    if page.page < page.pages - 1:
        buttons.append(button("Page suivante", NEXT, str(page.page + 1)))
    where = f"Page {french.number(page.page + 1)} sur {french.number(page.pages)}"
    return [actions(*buttons), note(where)]


def site(
    draft: DraftId,
    service: ServiceRow,
    chosen: Selection,
    destination: SiteRow | None,
    reason: str | None = None,
    *,
    done: str | None = None,
    missing: str | None = None,
) -> View:
    """Ask where the selection goes; `done` tells what was just done, `missing` why it is still asked."""
    search = ExternalDataSelectElement(
        action_id=SITE_SEARCH,
        placeholder=plain("Nom du site, adresse ou ville"),
        min_query_length=0,
        initial_option=options.drawn(options.site(destination)) if destination else None,
    )
    # Another block id makes Slack take the new site: it keeps what was entered under the same id.
    block_id = f"{SITE}.{destination.id}" if destination else SITE
    comment = PlainTextInputElement(action_id=REASON, initial_value=reason, max_length=TEXT_LIMIT)
    lines = [f"{licence_line(row)} · {row.site_label}" for row in chosen.rows]
    blocks: list[Block] = [
        *([alert(done, "success")] if done else []),
        *([alert(missing)] if missing else []),
        *([alert(_gone(chosen.gone))] if chosen.gone else []),
        service_line(service),
        bullets(
            [bold(f"Votre sélection{french.COLON} {french.licences(chosen.total)}")],
            _clipped(lines, chosen.total),
        ),
        InputBlock(block_id=block_id, label=plain("Site"), element=search),
        actions(
            button("Ajouter un site", ADD_SITE, "add"),
            button("Revenir aux licences", BACK_TO_LICENCES, "back"),
        ),
        InputBlock(block_id=REASON, label=plain("Motif"), element=comment, optional=True),
    ]
    return modal(TITLE, blocks, draft, SITE_VIEW, submit="Vérifier")


def none_ticked(gone: Sequence[LicenceRow]) -> str:
    """Say that nothing is ticked, and what was until it went elsewhere."""
    return " ".join([*([_gone(gone)] if gone else []), "Cochez au moins une licence."])


def _gone(licences: Sequence[LicenceRow]) -> str:
    shown = [licence.reference for licence in licences[:NAMED]]
    return f"{french.enumeration(shown, len(licences), 'autre', 'autres')}{french.COLON} {ELSEWHERE}."


def _clipped(lines: Sequence[str], total: int) -> list[list[Part]]:
    rest = total - len(lines)
    more: list[list[Part]] = [[f"et {french.count(rest, 'autre', 'autres')}"]] if rest else []
    shown: list[list[Part]] = [[text] for text in lines]
    return shown + more


def confirm(draft: DraftId, plan: MovePlan, notice: str | None = None, *, close: str = ABANDON_LABEL) -> View:
    """Show before → after, to be confirmed."""
    blocks: list[Block] = [*([alert(notice)] if notice else []), *plan_blocks(plan)]
    blocks.append(actions(button("Modifier", BACK_TO_SITE, "back")))
    submit = "Valider" if plan.to_move else None
    metadata = Names(draft, plan.fingerprint).encode()
    return modal(TITLE, blocks, metadata, CONFIRM_VIEW, submit=submit, close=close)


def plan_blocks(plan: MovePlan) -> list[Block]:
    """Draw the plan: to change by old site, already there, refused with the reason."""
    blocks: list[Block] = [
        service_line(plan.service),
        line(
            "Nouvelle adresse",
            french.COLON,
            " ",
            bold(plan.destination.label),
            f"\n{address(plan.destination)}",
        ),
        DividerBlock(),
    ]
    if plan.to_move:
        blocks.append(line(bold(f"À changer ({french.number(len(plan.to_move))})")))
        blocks += _by_old_site(plan)
    else:
        blocks.append(line(bold("À changer (0)"), "\nAucune licence ne changera d’adresse."))
    if plan.already_there:
        lines = [licence_line(row) for row in plan.already_there]
        title = f"Déjà à cette adresse ({french.number(len(lines))})"
        blocks.append(bullets([bold(title)], listed(lines)))
    if plan.refused or plan.elsewhere:
        why = [
            *(f"{licence_line(row)}{french.COLON} licence résiliée" for row in plan.refused),
            *(f"{licence_line(row)}{french.COLON} {ELSEWHERE}" for row in plan.elsewhere),
        ]
        blocks.append(bullets([bold(french.headed(len(why), "Refusée", "Refusées"))], listed(why)))
    if plan.reason:
        blocks.append(note(f"Motif{french.COLON} {plan.reason}"))
    return blocks


_GROUPS = 5
"""Old sites that are shown one by one."""


def _by_old_site(plan: MovePlan) -> list[Block]:
    groups: dict[str, list[LicenceRow]] = {}
    for row in plan.to_move:
        groups.setdefault(row.site_label, []).append(row)
    largest_first = sorted(groups.items(), key=lambda group: -len(group[1]))
    blocks: list[Block] = []
    for label, rows in largest_first[:_GROUPS]:
        title = f"{label} → {plan.destination.label}{french.COLON} {french.licences(len(rows))}"
        blocks.append(bullets([title], listed([licence_line(row) for row in rows])))
    if rest := largest_first[_GROUPS:]:
        licences = french.licences(sum(len(rows) for _, rows in rest))
        blocks.append(
            line(f"et {french.count(len(rest), 'autre site', 'autres sites')}{french.COLON} {licences}")
        )
    return blocks


def inline(draft: DraftId, plan: MovePlan, notice: str | None = None) -> list[Block]:
    """Show before → after in the conversation, with its buttons."""
    value = Names(draft, plan.fingerprint).encode()
    buttons = [button("Valider", APPLY, value, "primary")] if plan.to_move else []
    return offered(plan_blocks(plan), value, buttons, notice)


def _headline(recorded: Recorded) -> str:
    site = changes.side(Field.SITE, recorded.groups[0].after)
    return f"Adresse changée{french.COLON} {french.licences(recorded.count)} vers {site}. {where(recorded)}"


WORDS = Words(_headline, following=(("Changer d’autres licences", AGAIN),), arrows=True)
