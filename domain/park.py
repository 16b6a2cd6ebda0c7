"""Reading the park: customers, services, sites, licences with filters, numbers, counters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import case, exists, func, or_, select

from domain.errors import ChoiceGone
from domain.reading import sought_digits, tokens, unquoted
from domain.rows import (
    NAMED,
    CustomerRow,
    LicenceFilter,
    LicenceRow,
    NumberRow,
    ServiceRow,
    SiteRow,
    TypeCount,
)
from domain.tables import Customer, Licence, Number, Service, Site
from domain.telephony import beginnings
from domain.values import TEXT_LIMIT, LicenceState, LicenceType, PhoneNumber, tidy, unmarked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session


RUNS = 10
"""Runs of digits of a search that count: each is several conditions."""

SERVICE = (
    select(
        Service.id,
        Service.reference,
        Service.name,
        Service.state,
        Customer.id,
        Customer.account,
        Customer.name,
    )
    .join(Customer, Customer.id == Service.customer_id)
    .order_by(Service.id)
)


def service_row(row: Sequence[Any]) -> ServiceRow:
    """Read a row of `SERVICE`."""
    service_id, reference, name, state, *customer = row
    return ServiceRow(service_id, reference, name, state, CustomerRow(*customer))


def service(session: Session, service_id: int, *, lock: bool = False) -> ServiceRow:
    """Read a service; with `lock`, nobody else changes anything in it before this transaction ends.

    Raises ChoiceGone.
    """
    if lock:  # by itself: joined, a service that changes hands meanwhile would not be found
        session.execute(select(Service.id).where(Service.id == service_id).with_for_update())
    found = session.execute(SERVICE.where(Service.id == service_id)).one_or_none()
    if found is None:
        raise ChoiceGone
    return service_row(found)


def customer(session: Session, customer_id: int) -> CustomerRow:
    """Read a customer."""
    query = select(Customer.id, Customer.account, Customer.name).where(Customer.id == customer_id)
    return CustomerRow(*session.execute(query).one())


SITE = select(
    Site.id, Site.customer_id, Site.label, Site.address, Site.postal_code, Site.city, Site.is_open
).order_by(Site.label_key)


def sites(session: Session, where: ColumnElement[bool]) -> tuple[SiteRow, ...]:
    """Read the sites of a condition, by label."""
    return tuple(SiteRow(*row) for row in session.execute(SITE.where(where)))


def site(session: Session, site_id: int) -> SiteRow:
    """Read a site. Raises ChoiceGone."""
    for found in sites(session, Site.id == site_id):
        return found
    raise ChoiceGone


def _natural(column: Any) -> tuple[Any, Any]:
    # FPC9 before FPC10: references count upwards, so the longer is the later.
    return func.length(column), column


def rank() -> ColumnElement[int]:
    """Number licences from 1 in the order of their references."""
    return func.row_number().over(order_by=_natural(Licence.reference))


HELD = (
    select(func.aggregate_strings(Number.e164, " "))
    .where(Number.licence_id == Licence.id)
    .scalar_subquery()
    .label("numbers")
)
"""The numbers that a licence holds, as one text."""


def phones(text: str | None) -> tuple[PhoneNumber, ...]:
    """Read `HELD`."""
    return tuple(map(PhoneNumber, sorted((text or "").split())))


_LICENCE = select(
    Licence.id,
    Licence.reference,
    Licence.type,
    Licence.state,
    Licence.service_id,
    Licence.site_id,
    Site.label,
    Licence.accountcode,
    HELD,
    Licence.revision,
).join(Site, Site.id == Licence.site_id)


def licences(
    session: Session, where: ColumnElement[bool], page: slice | None = None
) -> tuple[LicenceRow, ...]:
    """Read licences with their numbers, in the order of their references."""
    query = _LICENCE.where(where).order_by(*_natural(Licence.reference))
    if page:
        query = query.offset(page.start).limit(page.stop - page.start)
    rows = ((*row[:-2], phones(row[-2]), row[-1]) for row in session.execute(query))
    return tuple(LicenceRow(*row) for row in rows)


_NUMBER = (
    select(
        Number.id,
        Number.e164,
        Number.service_id,
        Licence.id,
        Licence.reference,
        Licence.type,
        Licence.state,
        Licence.accountcode,
        Number.revision,
    )
    .outerjoin(Licence, Licence.id == Number.licence_id)
    .order_by(Number.e164)
)


def numbers(session: Session, where: ColumnElement[bool], limit: int | None = None) -> tuple[NumberRow, ...]:
    """Read numbers with their licences."""
    rows = session.execute(_NUMBER.where(where).limit(limit))
    return tuple(NumberRow(row[0], PhoneNumber(row[1]), *row[2:]) for row in rows)


def is_held() -> ColumnElement[bool]:
    """Test that a licence is associated with at least one number."""
    return exists().where(Number.licence_id == Licence.id)


def counts(session: Session, service_id: int) -> tuple[TypeCount, ...]:
    """Count the service's licences, a row for each of the eight types."""
    here = (Licence.service_id == service_id) & (Licence.state == LicenceState.ACTIVE)
    query = select(Licence.type, func.count(), func.sum(case((is_held(), 1), else_=0))).where(here)
    found = {row[0]: row[1:] for row in session.execute(query.group_by(Licence.type))}
    rank = func.row_number().over(partition_by=Licence.type, order_by=Number.e164)
    total = func.count().over(partition_by=Licence.type)
    ranked = select(Licence.type, Number.e164, rank.label("rank"), total.label("total"))
    lines = ranked.join(Number, Number.licence_id == Licence.id).where(here).subquery()
    held: dict[LicenceType, list[PhoneNumber]] = {}
    totals: dict[LicenceType, int] = {}
    named = select(lines).where(lines.c.rank <= NAMED).order_by(lines.c.type, lines.c.rank)
    for licence_type, e164, _, count in session.execute(named):
        held.setdefault(licence_type, []).append(PhoneNumber(e164))
        totals[licence_type] = count
    rows = []
    for kind in LicenceType:
        subscribed, active = found.get(kind, (0, 0))
        rows.append(TypeCount(kind, subscribed, int(active), tuple(held.get(kind, ())), totals.get(kind, 0)))
    return tuple(rows)


def in_state(service_id: int, wanted: LicenceFilter) -> ColumnElement[bool]:
    """Test that a licence is in the service, and active unless those that have ended are asked for."""
    return (Licence.service_id == service_id) & (Licence.state == (wanted.state or LicenceState.ACTIVE))


def matching(service_id: int, wanted: LicenceFilter) -> ColumnElement[bool]:
    """Test that a licence is in the service and passes all filters."""
    test = in_state(service_id, wanted)
    for name, value in wanted.chosen.items():
        test &= _passes(name, value)
    return test


def _passes(name: str, value: Any) -> ColumnElement[bool]:
    if name == "sda":
        return exists().where(Number.licence_id == Licence.id, has_digits(Number.e164, value))
    if name in ("emergency_number", "fax2mail"):
        return has_digits(getattr(Licence, name), value)
    if name in ("accountcode", "reference"):
        return has_text(getattr(Licence, name), value)
    test: ColumnElement[bool] = getattr(Licence, {"licence": "type"}.get(name, name)) == value
    return test


def has_text(column: Any, text: str) -> ColumnElement[bool]:
    """Test that a text contains another, whatever the case and the quotes around, or is one of several."""
    plain, named = tidy(unmarked(text)), tokens(text)
    ways = named if len(named) == 1 else dict.fromkeys(filter(None, (plain, *unquoted(plain))))
    tests = [func.lower(column).contains(way.lower(), autoescape=True) for way in ways]
    return or_(*tests, func.lower(column).in_([name.lower() for name in named]))


def has_digits(column: Any, text: str) -> ColumnElement[bool]:
    """Test that a number is one of those in full, or has a run of the digits or begins with it as dialled."""
    full, runs = sought_digits(text)
    tests = [column.in_(full)]
    for digits in runs[:RUNS]:
        tests += [column.startswith(beginning, autoescape=True) for beginning in beginnings(digits)]
        tests += [column.contains(digits[:TEXT_LIMIT], autoescape=True)]
    return or_(*tests)
