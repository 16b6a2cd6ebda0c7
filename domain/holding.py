"""Which number is with which licence once the portal's files are in: the last to be settled (R4, R16)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, insert, literal, or_, select, update
from sqlalchemy.orm import aliased

from domain import bringing
from domain.comparing import DIFFERENT
from domain.parkfiles import Fault
from domain.shaping import KEPT, LICENCE, LINES, NUMBER
from domain.staging import LICENCES, NUMBERS, SERVICES
from domain.tables import Licence, Number, OperationLine, Service, Site
from domain.values import Field, LicenceState

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_CURRENT, _NAMED, _HOLDER = aliased(Licence), aliased(Licence), aliased(Licence)
_TO = LICENCE.target
_CURRENT_TO, _NAMED_TO, _HOLDER_TO = _TO.alias(), _TO.alias(), _TO.alias()
_IS_ACTIVE = func.coalesce(_CURRENT_TO.c.state, _CURRENT.state) == LicenceState.ACTIVE


def target(session: Session) -> int:
    """Keep with which licence and service the numbers are to be that are there; tell how many change.

    A number is always of its licence's service, and of no licence that has ended. One that the files do not
    name stays with its licence; one that they give to a licence that has ended in the bot alone stays too.
    """
    differing = DIFFERENT["numeros.csv"]
    named = (
        select(Number.id)
        .join(NUMBERS, NUMBERS.c.e164 == Number.e164)
        .join(differing, differing.c.line == NUMBERS.c.line)
    )
    leaving = (
        select(Number.id)
        .join(Licence, Licence.id == Number.licence_id)
        .join(_TO, _TO.c.id == Licence.id)
        .where((_TO.c.service_id != Licence.service_id) | (_TO.c.state == LicenceState.TERMINATED))
    )
    affected = named.union(leaving).subquery()
    is_kept = select(literal(1)).where(KEPT.c.field == Field.HOLDER, KEPT.c.subject_id == Number.id).exists()
    stays = case((_IS_ACTIVE, Number.licence_id))
    is_named_active = func.coalesce(_NAMED_TO.c.state, _NAMED.state) == LicenceState.ACTIVE
    holder = case(
        (is_kept | NUMBERS.c.line.is_(None), stays),
        (is_named_active, _NAMED.id),
        (_NAMED.id.is_not(None), stays),
    )
    held = (
        select(
            Number.id,
            Number.e164,
            Number.service_id,
            Number.licence_id,
            holder.label("holder"),
            Service.id.label("named_service"),
        )
        .join(affected, affected.c.id == Number.id)
        .outerjoin(NUMBERS, NUMBERS.c.e164 == Number.e164)
        .outerjoin(Service, Service.reference == NUMBERS.c.service)
        .outerjoin(_CURRENT, _CURRENT.id == Number.licence_id)
        .outerjoin(_CURRENT_TO, _CURRENT_TO.c.id == _CURRENT.id)
        .outerjoin(_NAMED, _NAMED.reference == NUMBERS.c.licence)
        .outerjoin(_NAMED_TO, _NAMED_TO.c.id == _NAMED.id)
        .subquery()
    )
    its_service = func.coalesce(
        _HOLDER_TO.c.service_id, _HOLDER.service_id, held.c.named_service, held.c.service_id
    )
    query = (
        select(held.c.id, held.c.e164, its_service, held.c.holder)
        .outerjoin(_HOLDER, _HOLDER.id == held.c.holder)
        .outerjoin(_HOLDER_TO, _HOLDER_TO.c.id == _HOLDER.id)
        .where(
            or_(
                its_service != held.c.service_id,
                held.c.holder.is_distinct_from(held.c.licence_id),
            )
        )
    )
    return bringing.added(session, NUMBER.target, ["id", "e164", "service_id", "licence_id"], query)


def record(session: Session) -> None:
    """Put on record which licence a number leaves and which it comes to: a line for each of them."""
    to = NUMBER.target
    changed = Number.licence_id.is_distinct_from(to.c.licence_id)
    for licence_id, side in ((Number.licence_id, "before"), (to.c.licence_id, "after")):
        values: dict[str, Any] = {
            "field": literal(Field.HOLDER, OperationLine.field.type),
            "subject": Number.e164,
            side: Licence.reference,
            "licence_id": licence_id,
            "number_id": Number.id,
            "revision": Number.revision + 1,
        }
        rows = select(*values.values()).join(to, to.c.id == Number.id).join(Licence, Licence.id == licence_id)
        session.execute(insert(LINES).from_select(list(values), rows.where(changed).order_by(Number.id)))


def let_go(session: Session) -> None:
    """Free the numbers that change, so that their licences may go first."""
    mine = select(NUMBER.target.c.id)
    freed = update(Number).where(Number.id.in_(mine)).values(licence_id=None)
    session.connection().execute(freed)


def freed(session: Session) -> tuple[Fault, ...]:
    """Tell the numbers that the files do not name and whose licence ends: they are free now (R4)."""
    to = NUMBER.target
    query = (
        select(LICENCES.c.line, Number.e164)
        .join(to, to.c.id == Number.id)
        .join(Licence, Licence.id == Number.licence_id)
        .join(LICENCES, LICENCES.c.reference == Licence.reference)
        .outerjoin(NUMBERS, NUMBERS.c.e164 == Number.e164)
        .where(to.c.licence_id.is_(None), NUMBERS.c.line.is_(None))
        .order_by(Number.e164)
    )
    reason = "this licence has ended, and {}, which numeros.csv does not name, is free now"
    return tuple(
        Fault("licences.csv", line, "etat", reason.format(e164)) for line, e164 in session.execute(query)
    )


def left_behind(session: Session) -> tuple[Fault, ...]:
    """Tell the licences that keep a site of the customer whom their service has left (R1)."""
    query = (
        select(SERVICES.c.line, Licence.reference)
        .join(Service, Service.reference == SERVICES.c.reference)
        .join(Licence, Licence.service_id == Service.id)
        .join(Site, Site.id == Licence.site_id)
        .join(DIFFERENT["services.csv"], DIFFERENT["services.csv"].c.line == SERVICES.c.line)
        .where(Site.customer_id != Service.customer_id)
        .order_by(Licence.reference)
    )
    reason = "this service changes hands, and {}, which licences.csv does not name, stays at a site of before"
    return tuple(
        Fault("services.csv", line, "compte_client", reason.format(reference))
        for line, reference in session.execute(query)
    )


def refused(session: Session) -> list[Any]:
    """Give the numbers that the files associate with a licence that has ended in the bot alone (R4)."""
    current = aliased(Licence)
    held = KEPT.alias()
    is_kept = select(literal(1)).where(held.c.field == Field.HOLDER, held.c.subject_id == Number.id).exists()
    query = (
        select(
            Number.id,
            Number.e164,
            Service.id,
            Service.customer_id,
            current.reference,
            Licence.reference,
            Licence.id,
        )
        .select_from(KEPT)
        .join(Licence, and_(KEPT.c.field == Field.STATE, Licence.id == KEPT.c.subject_id))
        .join(NUMBERS, NUMBERS.c.licence == Licence.reference)
        .join(Number, Number.e164 == NUMBERS.c.e164)
        .join(Service, Service.id == Number.service_id)
        .outerjoin(current, current.id == Number.licence_id)
        .where(Licence.state == LicenceState.TERMINATED, ~is_kept)
    )
    return list(session.execute(query.order_by(Number.id)))
