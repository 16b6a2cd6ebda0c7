"""How each field is kept: the guarded statement that changes it, and what it says now (ADR 14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import String, case, null, select, type_coerce, update
from sqlalchemy.orm import aliased

from domain import park
from domain.tables import Licence, Number, OperationLine, Site
from domain.values import Field, LicenceState

if TYPE_CHECKING:
    from collections.abc import Mapping

_AS_BEFORE = (Licence.id == OperationLine.licence_id) & (Licence.revision == OperationLine.revision - 1)
_SUBSCRIBED = _AS_BEFORE & (Licence.state == LicenceState.ACTIVE)
_STATE = Licence.state.type
_HELD_BY = case((OperationLine.before.is_not(None), OperationLine.licence_id))

EFFECTS: Mapping[Field, Any] = {
    Field.SITE: update(Licence)
    .where(_SUBSCRIBED, Licence.site_id == OperationLine.before_site_id)
    .values(site_id=OperationLine.after_site_id, revision=Licence.revision + 1),
    # The last word against R4 is the statement's own: a licence that is held does not match.
    Field.STATE: update(Licence)
    .where(_AS_BEFORE, Licence.state == type_coerce(OperationLine.before, _STATE), ~park.is_held())
    .values(state=OperationLine.after, revision=Licence.revision + 1),
    Field.HOLDER: update(Number)
    .where(
        Number.id == OperationLine.number_id,
        Number.revision == OperationLine.revision - 1,
        Number.licence_id.is_not_distinct_from(_HELD_BY),
        select(Licence.id)
        .where(Licence.id == OperationLine.licence_id, Licence.state == LicenceState.ACTIVE)
        .exists(),
    )
    .values(
        licence_id=case((OperationLine.after.is_not(None), OperationLine.licence_id)),
        revision=Number.revision + 1,
    ),
}
"""How the lines of a field are applied: to what still has the value, and the revision, from before."""


class Now(NamedTuple):
    """What a field says now, and the id under which that is kept, if it has one."""

    text: Any
    id: Any = null()


SITE, HOLDER = aliased(Site), aliased(Licence)
"""The site of a line's licence, and the licence that its number has."""

NOW: Mapping[Field, Now] = {
    Field.SITE: Now(SITE.label, SITE.id),
    Field.HOLDER: Now(HOLDER.reference, HOLDER.id),
    Field.STATE: Now(type_coerce(Licence.state, String)),
}
"""What is read of the fields that can be taken back (R10)."""
