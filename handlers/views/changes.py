"""One line of a change in French, by the field that it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from domain.values import Field, LicenceState, PhoneNumber
from handlers import french
from handlers.views import licence_name
from handlers.views.filters import STATES

if TYPE_CHECKING:
    from domain.rows import Group, Line
    from domain.undoing import UndoLine


def side(field: Field, text: str | None) -> str:
    """Say what a field has before or after."""
    match field:
        case Field.STATE:
            return STATES[LicenceState(text)] if text else ""
        case Field.HOLDER:
            return text or "libre"
        case Field.SITE | Field.NEW_SITE | Field.DETAIL:
            return text or ""
        case _ as never:
            assert_never(never)


def arrow(group: Group) -> str:
    """Say from what to what."""
    return f"{side(group.field, group.before)} → {side(group.field, group.after)}"


def subject(each: Line) -> str:
    """Name what is changed."""
    return french.phone(each.subject) if isinstance(each.subject, PhoneNumber) else each.subject


def named(each: Line) -> str:
    """Name what is changed, with what tells people which it is."""
    licence = licence_name(each.licence_reference, each.licence_type, each.accountcode)
    return f"{subject(each)} · {licence}" if each.field is Field.HOLDER else licence


def described(each: Line) -> str:
    """Say in a list what was changed."""
    licence = licence_name(each.licence_reference, each.licence_type, each.accountcode)
    if each.field is Field.HOLDER:
        return f"{subject(each)} {'revient à' if each.after else 'quitte'} {licence}"
    phones = [french.phones(each.numbers)] if each.numbers else []
    return " · ".join([licence, *phones])


def changed(each: UndoLine) -> str:
    """Name what was changed and may go back."""
    if each.change.field is Field.HOLDER:
        return french.phone(PhoneNumber(each.change.subject))
    return licence_name(each.change.subject, each.licence_type, each.accountcode)


def restored(each: UndoLine) -> str:
    """Say how a change goes back."""
    before = each.change.before.text
    if each.change.field is Field.HOLDER:
        return f"{changed(each)} revient à {licence_name(before, each.licence_type, each.accountcode)}"
    after = each.change.after.text if each.change.after else None
    return f"{changed(each)}{french.COLON} {after} → {before}"
