"""What is to be carried over to MyOpenIP, on screen: in groups, as one goes through the portal (R15)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from slack_sdk.models.blocks import (
    InputBlock,
    PlainTextInputElement,
    RichTextBlock,
    RichTextElementParts,
    RichTextPreformattedElement,
    RichTextSectionElement,
)

from domain.groups import OfGroup, Tab
from domain.values import TEXT_LIMIT, Field, LicenceState
from handlers import french
from handlers.names import Stale
from handlers.views import (
    CLOSE_LABEL,
    actions,
    bold,
    button,
    line,
    modal,
    note,
    plain,
    signature,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_sdk.models.blocks import Block
    from slack_sdk.models.views import View

    from domain.carrying import Owing, Ticked, Unticked
    from domain.groups import Owed, OwedGroup, OwedPage
    from domain.owing import Standing
    from handlers.names import Listing

COMMAND = "/licence-a-reporter"
HELP = "ce qui reste à reporter dans MyOpenIP, et dire que c’est fait"

TITLE = "À reporter"
LIST_VIEW = "carrying.list"

OPEN = "carrying.open"
PREVIOUS = "carrying.previous"
NEXT = "carrying.next"
CARRIED = "carrying.carried"
NOT_CARRIED = "carrying.not_carried"
OPERATION_CARRIED = "carrying.operation_carried"

SEARCH = "search"

CARRIED_LABEL = "C’est reporté"
TO_CARRY = "À reporter dans MyOpenIP"

_ACTS = 3
"""People and dates that a group names before it counts them."""

_TABS = {Tab.SITES: "Sites du client", Tab.USERS: "Onglet Utilisateurs", Tab.DETAILS: "Onglet Détails"}


def owed(page: OwedPage, listing: Listing, said: Sequence[Block]) -> View:
    """Show a page of what is to be carried over, its references ready to copy."""
    entry = PlainTextInputElement(
        action_id=SEARCH,
        initial_value=listing.text or None,
        max_length=TEXT_LIMIT,
        placeholder=plain("Client, compte, service, licence ou SDA"),
    )
    blocks: list[Block] = [
        *said,
        InputBlock(block_id=SEARCH, label=plain("Rechercher"), element=entry, optional=True),
        line(bold(_total(page, listing))),
        *([note(_unsure(page.unsure))] if page.unsure else []),
    ]
    for each in page.groups:
        blocks += _group(each)
    if page.pages > 1:
        blocks += _pager(page)
    return modal(TITLE, blocks, listing.encode(), LIST_VIEW, submit="Chercher", close=CLOSE_LABEL)


def _total(page: OwedPage, listing: Listing) -> str:
    if page.total:
        return f"{TO_CARRY}{french.COLON} {french.count(page.total, 'changement', 'changements')}"
    if listing.text:
        return f"Rien à reporter pour {french.quote(french.clip(listing.text, 60))}."
    return "Rien à reporter dans MyOpenIP."


def _unsure(count: int) -> str:
    many = french.count(count, "changement date", "changements datent")
    return f"{many} d’avant ce suivi\u202f: vérifiez d’abord dans MyOpenIP si c’est fait."


def _pager(page: OwedPage) -> list[Block]:
    buttons = []
    if page.page > 0:
        buttons.append(button("Page précédente", PREVIOUS, str(page.page - 1)))
    if page.page < page.pages - 1:
        buttons.append(button("Page suivante", NEXT, str(page.page + 1)))
    return [
        actions(*buttons),
        note(f"Page {french.number(page.page + 1)} sur {french.number(page.pages)}"),
    ]


def _group(group: OwedGroup) -> list[Block]:
    where = group.customer.name
    if group.service:
        where = f"{group.service.name} · {group.service.reference}\n{where}"
    heading = [
        bold(where),
        RichTextElementParts.Text(text=f" · {group.customer.account}\n{_TABS[group.tab]} › {_what(group)}"),
    ]
    text = "\n".join(_named(each) for each in group.lines)
    block = RichTextBlock(
        elements=[
            RichTextSectionElement(elements=[*heading]),
            RichTextPreformattedElement(elements=[RichTextElementParts.Text(text=text)]),
            RichTextSectionElement(elements=_acts(group)),
        ]
    )
    return [block, actions(button(CARRIED_LABEL, CARRIED, _encoded(group.id), "primary"))]


def _what(group: OwedGroup) -> str:
    """Say what is done in the portal, in its own words."""
    many = french.number(group.count)
    match group.field:
        case Field.NEW_SITE:
            return f"Ajouter un site ({many})"
        case Field.SITE:
            return f"Personnaliser vos licences › Site → {group.target} ({many})"
        case Field.STATE if group.lines[0].after == LicenceState.TERMINATED:
            return f"{group.target} › Quantité à résilier{french.COLON} {many}"
        case Field.STATE:
            return f"{group.target} › Rétablir{french.COLON} {many}"
        case _:
            act = "Dissocier" if group.lines[0].after is None else "Associer à sa licence"
            return f"{act} ({many})"


def _named(each: Owed) -> str:
    match each.field:
        case Field.NEW_SITE:
            return f"{each.subject}{french.COLON} {each.after}"
        case Field.HOLDER:
            number = each.subject if isinstance(each.subject, str) else french.phone(each.subject)
            return f"{number} · {each.licence_reference}"
        case _:
            return str(each.subject)


def _acts(group: OwedGroup) -> list[RichTextElementParts.Text | RichTextElementParts.User]:
    """Say who did it, when and why, act by act."""
    acts = list(dict.fromkeys((each.by, each.at, each.reason) for each in group.lines))
    said: list[RichTextElementParts.Text | RichTextElementParts.User] = []
    for by, at, reason in acts[:_ACTS]:
        said.append(RichTextElementParts.Text(text="Changé par " if not said else "\nChangé par "))
        said.append(RichTextElementParts.User(user_id=by))
        why = f" · {reason}" if reason else ""
        said.append(RichTextElementParts.Text(text=f" le {french.day(at)}{why}"))
    if len(acts) > _ACTS:
        rest = french.count(len(acts) - _ACTS, "autre opération", "autres opérations")
        said.append(RichTextElementParts.Text(text=f"\net {rest}"))
    return said


# What a tick did


def ticked(done: Ticked) -> list[Block]:
    """Say what a tick did, and what it found to be otherwise than it was shown (R15)."""
    blocks: list[Block] = []
    if done.carried:
        along = f" (dont {french.number(done.along)} d’avant, qu’il comprend)" if done.along else ""
        many = french.count(done.carried, "changement reporté", "changements reportés")
        blocks.append(line(bold(f"C’est noté{french.COLON} {many}{along}.")))
        if done.moment:
            blocks.append(actions(button("Ce n’est pas reporté", NOT_CARRIED, done.moment.isoformat())))
    if done.already and done.by and done.at:
        many = french.count(done.already, "changement déjà reporté", "changements déjà reportés")
        blocks.append(signature(f"{many} par <@{done.by}>, {french.moment(done.at)}."))
    for count, one, several in (
        (done.seen, "changement déjà vu dans un import", "changements déjà vus dans un import"),
        (done.netted, "changement annulé entre-temps", "changements annulés entre-temps"),
        (
            done.overruled,
            "changement écarté pour celui du portail",
            "changements écartés pour ceux du portail",
        ),
    ):
        if count:
            blocks.append(note(f"{french.count(count, one, several)}{french.COLON} rien à reporter."))
    return blocks or gone()


def gone() -> list[Block]:
    """Say that there is nothing to tick any more."""
    return [line(bold("Il n’y a plus rien à reporter ici."))]


def unticked(done: Unticked, hours: int) -> list[Block]:
    """Say what is owed again, and what could not be."""
    said = []
    if done.owed:
        said.append(f"{french.count(done.owed, 'changement', 'changements')} de nouveau à reporter.")
    if done.late:
        limit = french.count(hours, "heure", "heures")
        said.append(f"{french.count(done.late, 'report date', 'reports datent')} de plus de {limit}.")
    if done.seen:
        said.append(f"{french.count(done.seen, 'changement', 'changements')} vus depuis dans un import.")
    return [line(bold(" ".join(said)))] if said else gone()


def home(owing: Owing) -> list[Block]:
    """Say on the Home tab how much is to be carried over."""
    if not owing.owed and not owing.unsure:
        return [line(bold(TO_CARRY), f"{french.COLON} rien.")]
    many = french.count(owing.owed + owing.unsure, "changement", "changements")
    since = f", le plus ancien du {french.day(owing.since)}" if owing.since else ""
    said = line(bold(TO_CARRY), f"{french.COLON} {many}{since}.")
    return [said, actions(button("Voir et reporter", OPEN, "open"))]


def standing(standing: Standing) -> list[Block]:
    """Say where an operation stands with the portal, and no more than is known."""
    blocks: list[Block] = []
    settled = standing.carried + standing.seen
    if standing.owed:
        part = f"{french.COLON} {french.number(standing.owed)} sur {french.number(standing.owed + settled)}"
        blocks.append(note(f"{TO_CARRY}{part if settled else ''}"))
    if standing.carried and standing.carried_by and standing.carried_at:
        blocks.append(
            signature(f"Reporté par <@{standing.carried_by}>, {french.moment(standing.carried_at)}")
        )
    if standing.seen and standing.seen_at:
        blocks.append(signature(f"Vu dans l’import du {french.moment(standing.seen_at)}"))
    if standing.netted and not standing.owed and not settled:
        blocks.append(note(f"Annulé avant d’être reporté{french.COLON} rien à faire dans MyOpenIP."))
    return blocks


# What comes back from Slack


def _encoded(group: OfGroup) -> str:
    return f"{group.field.name} {group.service_id or 0} {group.customer_id} {group.until} {group.target}"


def group(value: str) -> OfGroup:
    """Read the group that a button stands for. Raises Stale."""
    found = re.fullmatch(r"([A-Z_]{1,20}) ([0-9]{1,18}) ([0-9]{1,18}) ([0-9]{1,18}) (.{0,100})", value)
    if not found or found[1] not in Field.__members__:
        raise Stale("group")
    return OfGroup(Field[found[1]], int(found[2]) or None, int(found[3]), found[5], int(found[4]))


def act(value: str) -> datetime:
    """Read the moment of the tick that a button takes back. Raises Stale."""
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise Stale("act") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
