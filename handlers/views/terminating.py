"""Procedure 2 on screen: the eight types, the quantity, the licences that go."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from slack_sdk.models.blocks import (
    DividerBlock,
    InputBlock,
    NumberInputElement,
    RichTextElementParts,
    SectionBlock,
)

from handlers import french
from handlers.names import Names
from handlers.views import (
    ACCOUNTCODE_LIMIT,
    BACK_LABEL,
    CLOSE_LABEL,
    ELSEWHERE,
    actions,
    alert,
    bold,
    bullets,
    button,
    licence_line,
    line,
    listed,
    modal,
    note,
    offered,
    plain,
    service_line,
)
from handlers.views.words import Words, where

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_sdk.models.blocks import Block
    from slack_sdk.models.views import View

    from domain.operations import Recorded
    from domain.rows import LicenceRow, ServiceRow, TypeCount
    from domain.terminating import TerminationPlan
    from domain.values import DraftId, PhoneNumber

TITLE = "Résilier une licence"
HELP = f"résilier des licences sans numéro. En une ligne{french.COLON} /licence-resilier FPC367128"
FIRST_DISSOCIATE = "Dissociez d’abord le numéro"
UNTIL = "Vous pourrez retirer cette résiliation tant qu’elle n’est pas reportée dans MyOpenIP."

SERVICE_VIEW = "terminating.service"
TYPES_VIEW = "terminating.types"
QUANTITY_VIEW = "terminating.quantity"
CONFIRM_VIEW = "terminating.confirm"

TERMINATE = "terminating.terminate"
DISSOCIATE = "terminating.dissociate"
DISSOCIATE_INLINE = "terminating.dissociate_inline"
CHANGE_SERVICE = "terminating.change_service"
APPLY = "terminating.apply"
AGAIN = "terminating.again"

QUANTITY = "quantity"


def types(draft: DraftId, service: ServiceRow, counts: Sequence[TypeCount], done: str | None = None) -> View:
    """Show « Nombre de licences »: what can be terminated first, then what a number holds, in grey."""
    can = [count for count in counts if count.terminable]
    rest = [count for count in counts if not count.terminable]
    blocks: list[Block] = [
        *([alert(done, "success")] if done else []),
        service_line(service),
        actions(button("Changer de service", CHANGE_SERVICE, "service")),
        line(bold("Nombre de licences"), " (active / souscrite)"),
        *(_open(count) for count in can),
        *([] if can else [line("Aucune licence ne peut être résiliée pour l’instant.")]),
        DividerBlock(),
    ]
    for count in rest:
        blocks += _closed(count)
    return modal(TITLE, blocks, draft, TYPES_VIEW, close=CLOSE_LABEL)


def _figures(count: TypeCount) -> str:
    return f"{count.type.value}   {french.number(count.active)} / {french.number(count.subscribed)}"


def _open(count: TypeCount) -> Block:
    way = button("Résilier", TERMINATE, count.type.value, "primary")
    return SectionBlock(text=plain(_figures(count)), accessory=way)


def _closed(count: TypeCount) -> list[Block]:
    if not count.subscribed:
        return [SectionBlock(text=plain(_figures(count)))]
    way_out = button("Dissocier un numéro", DISSOCIATE, count.type.value)
    section = SectionBlock(text=plain(_figures(count)), accessory=way_out)
    return [section, note(warning(count.held_by, count.numbers))]


def warning(held_by: Sequence[PhoneNumber], total: int | None = None) -> str:
    """Say what must be done before a licence can be terminated (R4)."""
    colon = "" if len(held_by) == 1 else french.COLON
    return f"{FIRST_DISSOCIATE}{colon} {french.phones(held_by, total)}"


def quantity(draft: DraftId, service: ServiceRow, count: TypeCount) -> View:
    """Ask how many licences of the type are to be terminated.

    The field has no bounds: Slack would say what they are in its own words, and not which numbers hold
    the other licences (R5).
    """
    figures = SectionBlock(
        fields=[
            plain(f"Quantité souscrite\n{french.number(count.subscribed)}"),
            plain(f"Quantité active\n{french.number(count.active)}"),
        ]
    )
    entry = NumberInputElement(action_id=QUANTITY, is_decimal_allowed=False, initial_value="1")
    hint = plain(f"De 1 à {french.number(count.terminable)}" if count.terminable > 1 else "1 au plus")
    blocks: list[Block] = [
        service_line(service),
        line(bold(count.type.value)),
        figures,
        InputBlock(block_id=QUANTITY, label=plain("Quantité à résilier"), element=entry, hint=hint),
    ]
    return modal(TITLE, blocks, draft, QUANTITY_VIEW, submit="Continuer", close=BACK_LABEL)


def confirm(
    draft: DraftId, plan: TerminationPlan, notice: str | None = None, *, close: str = BACK_LABEL
) -> View:
    """Name each licence that will be terminated, to be confirmed."""
    blocks = [*([alert(notice)] if notice else []), *plan_blocks(plan), alert(UNTIL)]
    metadata = Names(draft, plan.fingerprint).encode()
    return modal(TITLE, blocks, metadata, CONFIRM_VIEW, submit="Confirmer la résiliation", close=close)


NAMED = 30
"""Licences that are named each on a line; more of them are named by reference and accountcode alone."""

_ROOM = 200_000
"""Bytes that the names may take of a view's 250 KB (docs/slack.md, Limits)."""

_PARAGRAPH = 100
"""Licences in one paragraph."""


def plan_blocks(plan: TerminationPlan) -> list[Block]:
    """Draw the plan: what goes, what a number holds, what has ended already."""
    blocks: list[Block] = [service_line(plan.service)]
    if plan.to_terminate:
        count = french.licences(len(plan.to_terminate))
        title = bold(f"À résilier{french.COLON} {count}")
        blocks += _named(title, plan.to_terminate)
    if plan.held:
        blocks.append(
            bullets([bold(warning(plan.held_by))], listed([licence_line(row) for row in plan.held]))
        )
    if plan.ended:
        ended = french.headed(len(plan.ended), "Déjà résiliée", "Déjà résiliées")
        blocks.append(bullets([bold(ended)], listed([licence_line(row) for row in plan.ended])))
    if plan.elsewhere:
        left = [f"{licence_line(row)}{french.COLON} {ELSEWHERE}" for row in plan.elsewhere]
        elsewhere = french.headed(len(left), "Laissée en l’état", "Laissées en l’état")
        blocks.append(bullets([bold(elsewhere)], listed(left)))
    return blocks


def _named(title: RichTextElementParts.Text, rows: Sequence[LicenceRow]) -> list[Block]:
    if len(rows) <= NAMED:
        return [bullets([title], [[licence_line(row)] for row in rows])]
    names = _fitting(rows)
    paragraphs: list[Block] = [line(title)]
    starts = range(0, len(names), _PARAGRAPH)
    paragraphs += [line(", ".join(names[start : start + _PARAGRAPH])) for start in starts]
    if len(rows) > len(names):
        paragraphs.append(line(f"et {french.count(len(rows) - len(names), 'autre', 'autres')}"))
    return paragraphs


def _fitting(rows: Sequence[LicenceRow]) -> list[str]:
    names, size = [], 0
    for row in rows:
        whose = f" ({french.clip(row.accountcode, ACCOUNTCODE_LIMIT)})" if row.accountcode else ""
        name = f"{row.reference}{whose}"
        size += len(json.dumps(name))
        if size > _ROOM:
            break
        names.append(name)
    return names


def inline(draft: DraftId, plan: TerminationPlan, notice: str | None = None) -> list[Block]:
    """Show the plan in the conversation, with its buttons: the confirmation, or the way out."""
    blocks = plan_blocks(plan)
    value = Names(draft, plan.fingerprint).encode()
    buttons = []
    if plan.to_terminate:
        blocks.append(note(UNTIL))
        buttons.append(button("Confirmer la résiliation", APPLY, value, "danger"))
    if plan.held:
        buttons.append(button("Dissocier un numéro", DISSOCIATE_INLINE, draft))
    return offered(blocks, value, buttons, notice)


def _headline(recorded: Recorded) -> str:
    return f"Résiliation{french.COLON} {french.licences(recorded.count)}. {where(recorded)}"


WORDS = Words(_headline, following=(("Résilier d’autres licences", AGAIN),))
