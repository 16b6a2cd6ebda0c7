"""The portal's files in tables of one's own, held against each other, later against the park (R16)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, Column, Index, Integer, MetaData, String, Table, func, insert, select, text

from domain.parkfiles import COLUMNS, Fault, Reading
from domain.sites import address_key
from domain.tables import Licence, Service
from domain.values import LicenceState, fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

BATCH = 5_000
"""Rows written between two reports of progress."""

META = MetaData()


def table(name: str, *columns: Column[Any]) -> Table:
    """Describe a table that only its connection sees, and that goes with it."""
    return Table(name, META, *columns, prefixes=["TEMPORARY"])


def _text(name: str) -> Column[Any]:
    return Column(name, String)


def _line() -> Column[Any]:
    return Column("line", Integer, primary_key=True, autoincrement=False)


CUSTOMERS = table("in_customers", _line(), _text("account"), _text("name"))
SITES = table(
    "in_sites",
    _line(),
    *map(_text, ("account", "label", "label_key", "address", "address_key", "postal_code", "city", "phone")),
)
SERVICES = table(
    "in_services",
    _line(),
    *map(_text, ("reference", "name", "account", "site", "site_key")),
    Column("type", Service.type.type),
    Column("state", Service.state.type),
)
LICENCES = table(
    "in_licences",
    _line(),
    *map(_text, ("reference", "service", "site", "site_key", "accountcode", "emergency_number", "fax2mail")),
    *map(_text, ("call_restriction", "overage_restriction")),
    Column("type", Licence.type.type),
    Column("state", Licence.state.type),
    Column("supervisor", Boolean),
)
NUMBERS = table("in_numbers", _line(), *map(_text, ("e164", "service", "licence")))

STAGED = dict(zip(COLUMNS, (CUSTOMERS, SITES, SERVICES, LICENCES, NUMBERS), strict=True))
"""Each file's table."""

KEYS: dict[str, tuple[Any, ...]] = {
    "clients.csv": (CUSTOMERS.c.account,),
    "sites.csv": (SITES.c.account, SITES.c.label_key),
    "services.csv": (SERVICES.c.reference,),
    "licences.csv": (LICENCES.c.reference,),
    "numeros.csv": (NUMBERS.c.e164,),
}
"""Each file's natural key."""
for _name, _keys in KEYS.items():
    Index(f"of_{STAGED[_name].name}", *_keys)

_ROWS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "clients.csv": lambda row: {"account": row["compte_client"], "name": row["raison_sociale"]},
    "sites.csv": lambda row: {
        "account": row["compte_client"],
        "label": row["site"],
        "label_key": fold(row["site"]),
        "address": row["adresse"],
        "address_key": address_key(row["code_postal"], row["adresse"]),
        "postal_code": row["code_postal"],
        "city": row["ville"],
        "phone": row["telephone"],
    },
    "services.csv": lambda row: {
        "reference": row["reference"],
        "name": row["nom"],
        "account": row["compte_client"],
        "site": row["site"],
        "site_key": fold(row["site"]),
        "type": row["type"],
        "state": row["etat"],
    },
    "licences.csv": lambda row: {
        "reference": row["reference"],
        "service": row["service"],
        "site": row["site"],
        "site_key": fold(row["site"]),
        "type": row["type"],
        "state": row["etat"],
        "accountcode": row["accountcode"],
        "emergency_number": row["numero_urgence"],
        "fax2mail": row["fax2mail"],
        "call_restriction": row["restriction_appels"],
        "overage_restriction": row["restriction_hors_forfait"],
        "supervisor": row["superviseur"],
    },
    "numeros.csv": lambda row: {"e164": row["sda"], "service": row["service"], "licence": row["licence"]},
}


@dataclass(frozen=True)
class Staged:
    """What was read: all faults, or rows that agree with each other."""

    faults: list[Fault]
    abroad: list[Fault]
    """Numbers of other countries: they are taken, but not silently."""
    totals: dict[str, int]
    """Rows, by file."""
    digest: str
    """Of what the files hold: the same files have the same."""


def stage(session: Session, directory: Path, progress: Callable[[str, int, int], None]) -> Staged:
    """Read the files into tables of this connection, as flat as they come."""
    META.create_all(session.connection(), checkfirst=False)
    reading = Reading(directory)
    totals: dict[str, int] = {}
    for name, into in STAGED.items():
        rows = ({"line": line, **_ROWS[name](values)} for line, values in reading.rows(name))
        totals[name] = _load(session, name, into, rows, progress)
        reading.faults += _duplicates(session, name)
    if not reading.faults:
        for name, into in STAGED.items():
            if session.get_bind().dialect.name == "postgresql":
                session.execute(text(f"ANALYZE {into.name}"))
            reading.faults += _RELATIONS[name](session)
    return Staged(reading.faults, reading.abroad, totals, "" if reading.faults else _digest(directory))


def _load(
    session: Session,
    name: str,
    into: Table,
    rows: Iterator[dict[str, Any]],
    progress: Callable[[str, int, int], None],
) -> int:
    done = 0
    while batch := list(islice(rows, BATCH)):
        session.connection().execute(insert(into), batch)
        done += len(batch)
        progress(name, done, done)
    return done


def _digest(directory: Path) -> str:
    found = hashlib.sha256()
    for name in COLUMNS:
        with (directory / name).open("rb") as file:
            found.update(hashlib.file_digest(file, "sha256").digest())
    return found.hexdigest()


def _duplicates(session: Session, name: str) -> list[Fault]:
    into, keys = STAGED[name], KEYS[name]
    first = select(*keys, func.min(into.c.line).label("first")).group_by(*keys)
    twice = first.having(func.count() > 1).subquery()
    same = [key == twice.c[key.name] for key in keys]
    query = select(into.c.line, twice.c.first).join(twice, *_all(same)).where(into.c.line != twice.c.first)
    rows = session.execute(query.order_by(into.c.line))
    return [Fault(name, line, None, f"is a duplicate of line {known}") for line, known in rows]


def _all(tests: list[ColumnElement[bool]]) -> tuple[ColumnElement[bool]]:
    first, *others = tests
    for other in others:
        first &= other
    return (first,)


def _unknown(
    session: Session, name: str, column: str, shown: Any, query: Select[Any], where: str
) -> list[Fault]:
    rows = session.execute(query.add_columns(shown).order_by(STAGED[name].c.line))
    return [Fault(name, line, column, f"« {value} » is not in {where}") for line, value in rows]


def _customer_of(name: str) -> Callable[[Session], list[Fault]]:
    into = STAGED[name]
    query = select(into.c.line).outerjoin(CUSTOMERS, CUSTOMERS.c.account == into.c.account)
    missing = query.where(CUSTOMERS.c.line.is_(None))
    return lambda session: _unknown(session, name, "compte_client", into.c.account, missing, "clients.csv")


def _service_faults(session: Session) -> list[Fault]:
    there = (SITES.c.account == SERVICES.c.account) & (SITES.c.label_key == SERVICES.c.site_key)
    query = (
        select(SERVICES.c.line)
        .join(CUSTOMERS, CUSTOMERS.c.account == SERVICES.c.account)
        .outerjoin(SITES, there)
        .where(SITES.c.line.is_(None))
    )
    sites = _unknown(session, "services.csv", "site", SERVICES.c.site, query, "sites.csv, for this customer")
    return sorted([*_customer_of("services.csv")(session), *sites], key=lambda fault: fault.line or 0)


def _service_of(session: Session, name: str) -> list[Fault]:
    into = STAGED[name]
    query = select(into.c.line).outerjoin(SERVICES, SERVICES.c.reference == into.c.service)
    missing = query.where(SERVICES.c.line.is_(None))
    return _unknown(session, name, "service", into.c.service, missing, "services.csv")


def _licence_faults(session: Session) -> list[Fault]:
    there = (SITES.c.account == SERVICES.c.account) & (SITES.c.label_key == LICENCES.c.site_key)
    query = (
        select(LICENCES.c.line)
        .join(SERVICES, SERVICES.c.reference == LICENCES.c.service)
        .outerjoin(SITES, there)
        .where(SITES.c.line.is_(None))
    )
    where = "sites.csv, for the service's customer"
    sites = _unknown(session, "licences.csv", "site", LICENCES.c.site, query, where)
    return sorted([*_service_of(session, "licences.csv"), *sites], key=lambda fault: fault.line or 0)


def _number_faults(session: Session) -> list[Fault]:
    named = (
        select(NUMBERS.c.line, NUMBERS.c.licence)
        .outerjoin(LICENCES, LICENCES.c.reference == NUMBERS.c.licence)
        .where(NUMBERS.c.licence.is_not(None))
        .order_by(NUMBERS.c.line)
    )
    wrong = (
        (LICENCES.c.line.is_(None), "« {} » is not in licences.csv"),
        (LICENCES.c.service != NUMBERS.c.service, "{} belongs to another service"),
        (
            (LICENCES.c.service == NUMBERS.c.service) & (LICENCES.c.state == LicenceState.TERMINATED),
            "{} is terminated: it can hold no number",
        ),
    )
    faults = _service_of(session, "numeros.csv")
    for test, reason in wrong:
        rows = session.execute(named.where(test))
        faults += [Fault("numeros.csv", line, "licence", reason.format(licence)) for line, licence in rows]
    return sorted(faults, key=lambda fault: fault.line or 0)


_RELATIONS: dict[str, Callable[[Session], list[Fault]]] = {
    "clients.csv": lambda _: [],
    "sites.csv": _customer_of("sites.csv"),
    "services.csv": _service_faults,
    "licences.csv": _licence_faults,
    "numeros.csv": _number_faults,
}
"""What a row of a file may name that is nowhere."""
