"""What is owed to the portal, read as the portal works: customer, service, tab, target, licences (R15)."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, literal, or_, select
from sqlalchemy.orm import aliased

from domain import owing, searching
from domain.groups import PAGE, TABS, OfGroup, Owed, OwedGroup, OwedPage
from domain.owing import PENDING
from domain.parameters import one_of
from domain.rows import CustomerRow, ServiceRow
from domain.tables import CarryOver, Customer, Licence, Number, Operation, OperationLine, Service, Site
from domain.values import CarryState, Field, PhoneNumber

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

_NEWEST, _OLDEST = aliased(CarryOver), aliased(CarryOver)
_FIRST = aliased(Operation)


def _things(which: Any) -> Any:
    return (
        select(
            CarryOver.field,
            CarryOver.subject_id,
            func.max(CarryOver.id).label("newest"),
            func.min(CarryOver.id).label("oldest"),
            func.count().label("lines"),
            func.max(case((CarryOver.state == CarryState.UNSURE, 1), else_=0)).label("unsure"),
        )
        .where(CarryOver.state.in_(PENDING), which)
        .group_by(CarryOver.field, CarryOver.subject_id)
        .subquery("things")
    )


def _joined(things: Any, *columns: Any) -> Any:
    """Select from things with all that they are of."""
    is_site = _NEWEST.field == Field.NEW_SITE
    return (
        select(*columns)
        .select_from(things)
        .join(_NEWEST, _NEWEST.id == things.c.newest)
        .join(_OLDEST, _OLDEST.id == things.c.oldest)
        .join(
            OperationLine,
            (OperationLine.operation_id == _NEWEST.operation_id)
            & (OperationLine.position == _NEWEST.position),
        )
        .join(Operation, Operation.id == _NEWEST.operation_id)
        .join(_FIRST, _FIRST.id == _OLDEST.operation_id)
        .outerjoin(Licence, Licence.id == OperationLine.licence_id)
        .outerjoin(Number, Number.id == OperationLine.number_id)
        .outerjoin(Site, is_site & (Site.id == OperationLine.after_site_id))
        .outerjoin(Service, Service.id == func.coalesce(Number.service_id, Licence.service_id))
        .join(Customer, Customer.id == func.coalesce(Service.customer_id, Site.customer_id))
    )


_TARGET = case(
    (_NEWEST.field == Field.STATE, _NEWEST.after_key + " " + Licence.type),
    ((_NEWEST.field == Field.HOLDER) & (_NEWEST.after_key != ""), literal("held")),
    else_=_NEWEST.after_key,
)
_GROUP = (_NEWEST.field, Service.id, Customer.id, _TARGET)


def of_group(group: OfGroup) -> Any:
    """Select the ids of the last lines of a group's things, as far as they were shown."""
    things = _things((CarryOver.field == group.field) & (CarryOver.id <= group.until))
    service = Service.id == group.service_id if group.service_id else Service.id.is_(None)
    return _joined(things, things.c.newest).where(
        service, Customer.id == group.customer_id, group.target == _TARGET
    )


def count(session: Session) -> tuple[int, int, datetime | None]:
    """Count things that are owed and that may be, and tell since when the oldest is owed."""
    things = _things(literal(value=True))
    sure = things.c.unsure == 0
    columns = (
        func.count(case((sure, 1))),
        func.count(case((~sure, 1))),
        func.min(case((sure, _FIRST.at))),
    )
    row = session.execute(_joined(things, *columns)).one()
    return row[0], row[1], row[2]


def older(moment: datetime) -> ColumnElement[bool]:
    """Test that a line is owed since before a moment, for sure."""
    since = select(Operation.at).where(Operation.id == CarryOver.operation_id).scalar_subquery()
    return (since < moment) & (CarryOver.state == CarryState.OWED)


def sought(session: Session, text: str) -> ColumnElement[bool]:
    """Test that a line is of what a search names: licences and numbers, or else services and customers."""
    if not text.strip():
        return literal(value=True)
    names = searching.names_in(session, text).values()
    licences = [name.licence_id for name in names if name.licence_id]
    numbers = [each for name in names if name.number for each in name.number_ids]
    if licences or numbers:
        named = one_of(OperationLine.number_id, numbers) | one_of(OperationLine.licence_id, licences)
        return select(literal(1)).where(owing.is_of(OperationLine), named).exists()
    services = [row.id for row in searching.search_services(session, text, searching.ENOUGH)]
    customers = [row.id for row in searching.search_customers(session, text, searching.ENOUGH)]
    site = select(Site.id).where(one_of(Site.customer_id, customers), Site.id == CarryOver.subject_id)
    licence = select(Licence.id).where(
        one_of(Licence.service_id, services), Licence.id == CarryOver.subject_id
    )
    number = select(Number.id).where(one_of(Number.service_id, services), Number.id == CarryOver.subject_id)
    test: ColumnElement[bool] = or_(
        (CarryOver.field == Field.NEW_SITE) & site.exists(),
        CarryOver.field.in_((Field.SITE, Field.STATE)) & licence.exists(),
        (CarryOver.field == Field.HOLDER) & number.exists(),
    )
    return test


def page(session: Session, which: ColumnElement[bool], number: int) -> OwedPage:
    """Read a page in the order in which the portal is gone through, in two statements for any number."""
    things = _things(which)
    counts = select(func.count(), func.coalesce(func.sum(things.c.unsure), 0)).select_from(things)
    total, unsure = session.execute(counts).one()
    at = max(0, min(number, (total - 1) // PAGE))
    since = _FIRST.at
    order = [
        func.min(since).over(partition_by=Customer.id),
        Customer.id,
        case((_NEWEST.field == Field.NEW_SITE, 0), else_=1),
        func.min(since).over(partition_by=Service.id),
        Service.id,
        case(*((_NEWEST.field == field, tab.value) for field, tab in TABS.items())),
        func.min(since).over(partition_by=_GROUP),
        case(*((_NEWEST.field == field, rank) for rank, field in enumerate(TABS))),
        _TARGET,
        func.length(OperationLine.subject),
        OperationLine.subject,
        things.c.newest,
    ]
    query = _joined(
        things,
        things.c.newest,
        _NEWEST.field,
        OperationLine.subject,
        Licence.reference,
        Licence.type,
        Licence.accountcode,
        _OLDEST.before,
        OperationLine.after,
        since,
        Operation.id,
        Operation.by,
        Operation.at,
        Operation.reason,
        things.c.lines,
        things.c.unsure == 0,
        _TARGET,
        func.count().over(partition_by=_GROUP),
        func.max(things.c.newest).over(partition_by=_GROUP),
        Customer.id,
        Customer.account,
        Customer.name,
        Service.id,
        Service.reference,
        Service.name,
        Service.state,
    )
    rows = session.execute(query.order_by(*order).offset(at * PAGE).limit(PAGE)).all() if total else []
    grouped = groupby(rows, lambda row: (row[1], row[15], row[18], row[21]))
    return OwedPage(tuple(_group(list(each)) for _, each in grouped), at, total, unsure)


def _group(rows: Sequence[Any]) -> OwedGroup:
    first = rows[0]
    field, (target, many, until) = first[1], first[15:18]
    of = CustomerRow(*first[18:21])
    service_id, reference, name, state = first[21:25]
    lines = tuple(_owed(*row[:15]) for row in rows)
    named = {Field.SITE: lines[0].after, Field.STATE: lines[0].licence_type}
    return OwedGroup(
        id=OfGroup(field, service_id, of.id, target, until),
        customer=of,
        service=ServiceRow(service_id, reference, name, state, of) if service_id else None,
        tab=TABS[field],
        field=field,
        target=named.get(field),
        count=many,
        lines=lines,
    )


def _owed(line: int, field: Field, subject: str, *facts: Any) -> Owed:
    return Owed(line, field, PhoneNumber(subject) if field is Field.HOLDER else subject, *facts)
