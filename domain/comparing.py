"""Rows of the portal's files that the park does not have, or has otherwise: found without a lock (R16)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Integer, func, insert, or_, select, text

from domain.parkfiles import COLUMNS
from domain.staging import CUSTOMERS, LICENCES, NUMBERS, SERVICES, SITES, STAGED, table
from domain.tables import Customer, Licence, Number, Service, Site

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.orm import Session

DIFFERENT = {
    name: table(f"diff_{into.name}", Column("line", Integer, primary_key=True, autoincrement=False))
    for name, into in STAGED.items()
}
"""The lines of each file that are new or different: what they are is read again under lock."""

NAMED = 100
"""Rows that the files no longer name, which are told one by one."""

DETAILS = ("type", "accountcode", "emergency_number", "fax2mail", "call_restriction", "overage_restriction")


def differ(into: Any, model: Any, *names: str) -> Any:
    """Test that a row of a file is not as the park has it, in any of some columns."""
    return or_(*(into.c[name].is_distinct_from(getattr(model, name)) for name in names))


@dataclass(frozen=True)
class Absent:
    """Rows of a table that the files do not name: nothing is done to them."""

    count: int
    named: tuple[str, ...]
    """The first of them."""


_DIFFERENT: dict[str, Select[Any]] = {
    "clients.csv": select(CUSTOMERS.c.line)
    .outerjoin(Customer, Customer.account == CUSTOMERS.c.account)
    .where(Customer.id.is_(None) | differ(CUSTOMERS, Customer, "name")),
    "sites.csv": select(SITES.c.line)
    .outerjoin(Customer, Customer.account == SITES.c.account)
    .outerjoin(Site, (Site.customer_id == Customer.id) & (Site.label_key == SITES.c.label_key))
    .where(
        Site.id.is_(None)
        | differ(SITES, Site, "label", "address", "address_key", "postal_code", "city", "phone")
    ),
    "services.csv": select(SERVICES.c.line)
    .outerjoin(Service, Service.reference == SERVICES.c.reference)
    .outerjoin(Customer, Customer.id == Service.customer_id)
    .outerjoin(Site, Site.id == Service.site_id)
    .where(
        Service.id.is_(None)
        | differ(SERVICES, Service, "name", "type", "state")
        | (Customer.account != SERVICES.c.account)
        | (Site.label_key != SERVICES.c.site_key)
        | (Site.customer_id != Service.customer_id)
    ),
    "licences.csv": select(LICENCES.c.line)
    .join(SERVICES, SERVICES.c.reference == LICENCES.c.service)
    .outerjoin(Licence, Licence.reference == LICENCES.c.reference)
    .outerjoin(Service, Service.id == Licence.service_id)
    .outerjoin(Site, Site.id == Licence.site_id)
    .outerjoin(Customer, Customer.id == Site.customer_id)
    .where(
        Licence.id.is_(None)
        | differ(LICENCES, Licence, "state", "supervisor", *DETAILS)
        | (Service.reference != LICENCES.c.service)
        | (Site.label_key != LICENCES.c.site_key)
        | (Customer.account != SERVICES.c.account)
    ),
    "numeros.csv": select(NUMBERS.c.line)
    .outerjoin(Number, Number.e164 == NUMBERS.c.e164)
    .outerjoin(Service, Service.id == Number.service_id)
    .outerjoin(Licence, Licence.id == Number.licence_id)
    .where(
        Number.id.is_(None)
        | (Service.reference != NUMBERS.c.service)
        | Licence.reference.is_distinct_from(NUMBERS.c.licence)
    ),
}

_ABSENT: dict[str, Select[Any]] = {
    "clients.csv": select(Customer.account)
    .outerjoin(CUSTOMERS, CUSTOMERS.c.account == Customer.account)
    .where(CUSTOMERS.c.line.is_(None)),
    "sites.csv": select(Customer.account + " " + Site.label)
    .select_from(Site)
    .join(Customer, Customer.id == Site.customer_id)
    .outerjoin(SITES, (SITES.c.account == Customer.account) & (SITES.c.label_key == Site.label_key))
    .where(SITES.c.line.is_(None)),
    "services.csv": select(Service.reference)
    .outerjoin(SERVICES, SERVICES.c.reference == Service.reference)
    .where(SERVICES.c.line.is_(None)),
    "licences.csv": select(Licence.reference)
    .outerjoin(LICENCES, LICENCES.c.reference == Licence.reference)
    .where(LICENCES.c.line.is_(None)),
    "numeros.csv": select(Number.e164)
    .outerjoin(NUMBERS, NUMBERS.c.e164 == Number.e164)
    .where(NUMBERS.c.line.is_(None)),
}


def compare(session: Session) -> None:
    """Keep the lines of the files that are new or different, in tables of one's own."""
    for name in COLUMNS:
        session.execute(insert(DIFFERENT[name]).from_select(["line"], _DIFFERENT[name]))
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text(f"ANALYZE {DIFFERENT[name].name}"))


def absent(session: Session) -> dict[str, Absent]:
    """Tell what the park has and the files do not name, by file."""
    found = {}
    for name, query in _ABSENT.items():
        count = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        named = session.scalars(query.limit(NAMED)) if count else ()
        found[name] = Absent(count, tuple(sorted(named)))
    return found


def services() -> list[Select[Any]]:
    """Select the services of what differs, as the park has it and as the files do."""
    found: list[Select[Any]] = [
        select(Service.id)
        .join(SERVICES, SERVICES.c.reference == Service.reference)
        .join(DIFFERENT["services.csv"], DIFFERENT["services.csv"].c.line == SERVICES.c.line)
    ]
    for name, into, model, key in (
        ("licences.csv", LICENCES, Licence, "reference"),
        ("numeros.csv", NUMBERS, Number, "e164"),
    ):
        differing = DIFFERENT[name]
        is_different = differing.c.line == into.c.line
        there = select(model.service_id).join(into, into.c[key] == getattr(model, key))
        then = select(Service.id).join(into, into.c.service == Service.reference)
        found += [there.join(differing, is_different), then.join(differing, is_different)]
    return found


def accounts() -> list[Select[Any]]:
    """Select the accounts of the customers of what differs: nobody adds a site meanwhile."""
    return [
        select(into.c.account).join(DIFFERENT[name], DIFFERENT[name].c.line == into.c.line)
        for name, into in (("clients.csv", CUSTOMERS), ("sites.csv", SITES), ("services.csv", SERVICES))
    ]
