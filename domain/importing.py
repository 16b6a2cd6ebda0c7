"""The park's CSV files into the database: by natural key, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from domain import indexing
from domain.parameters import one_of
from domain.parkfiles import COLUMNS, Fault, FilesRefused, ParkFiles
from domain.sites import address_key
from domain.tables import Base, Customer, Licence, Number, Service, Site
from domain.values import LicenceState, fold

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from domain.database import Database

BATCH = 5_000
"""Rows written between two reports of progress."""


@dataclass(frozen=True)
class Imported:
    """What an import did to one table, and what is to be looked at: it is taken, but not silently."""

    table: str
    created: int
    changed: int
    unchanged: int
    abroad: tuple[Fault, ...] = ()
    """Numbers of other countries in its file."""
    notes: tuple[Fault, ...] = ()
    """What became of rows that the files do not name."""


def import_park(
    database: Database, directory: Path, progress: Callable[[str, int, int], None]
) -> list[Imported]:
    """Bring the park to what the five files say; rows that they do not name stay.

    `progress` is told the table, the rows written and the rows to write. Raises FilesRefused with every
    fault, nothing being imported then.
    """
    files = ParkFiles(directory)
    if files.faults:
        raise FilesRefused(files.faults)
    with database.writing() as session:
        done = _Import(session, files, progress).run()
    return [
        replace(each, abroad=tuple(number for number in files.abroad if number.file == name))
        for each, name in zip(done, COLUMNS, strict=True)
    ]


class _Import:
    def __init__(self, session: Session, files: ParkFiles, progress: Callable[[str, int, int], None]) -> None:
        self._session = session
        self._rows = {name: [row.values for row in rows.values()] for name, rows in files.rows.items()}
        self._lines = {
            name: {key: row.line for key, row in rows.items()} for name, rows in files.rows.items()
        }
        self._files = files
        self._progress = progress
        self._held: dict[str, int] = {}
        """The licences of the numbers that were let go, so that they are seen to change."""
        self._touched: set[int] = set()
        """Services that search must learn anew."""

    def run(self) -> list[Imported]:
        # Nobody changes a service or adds a site while they are brought up to date.
        self._session.execute(select(Service.id).with_for_update()).all()
        self._session.execute(select(Customer.id).with_for_update()).all()
        done = [self._customers()]
        accounts = self._ids(Customer.account, Customer.id)
        done.append(self._sites(accounts))
        sites = self._ids(Site.customer_id, Site.label_key, Site.id)
        done.append(self._services(accounts, sites))
        services = self._ids(Service.reference, Service.id)
        customers = self._ids(Service.id, Service.customer_id)
        done.append(self._licences(services, customers, sites))
        done.append(self._numbers(services, self._ids(Licence.reference, Licence.id)))
        notes = {"services": self._left_behind(), "licences": self._let_end()}
        indexing.write(self._session, self._touched)
        return [replace(each, notes=notes.get(each.table, ())) for each in done]

    def _left_behind(self) -> tuple[Fault, ...]:
        """Find the licences that keep a site of the customer whom their service has left."""
        query = (
            select(Service.reference, Licence.reference)
            .join(Service, Service.id == Licence.service_id)
            .join(Site, Site.id == Licence.site_id)
            .where(one_of(Service.id, self._touched), Site.customer_id != Service.customer_id)
            .order_by(Licence.reference)
        )
        reason = (
            "this service changes hands, and {}, which licences.csv does not name, stays at a site of before"
        )
        return self._noted("services.csv", "compte_client", query, reason)

    def _let_end(self) -> tuple[Fault, ...]:
        """Free the numbers of licences that have ended: such a licence can hold none (R4)."""
        ended = one_of(Licence.service_id, self._touched) & (Licence.state == LicenceState.TERMINATED)
        query = select(Licence.reference, Number.e164).join(Number, Number.licence_id == Licence.id)
        reason = "this licence has ended, and {}, which numeros.csv does not name, is free now"
        noted = self._noted("licences.csv", "etat", query.where(ended).order_by(Number.e164), reason)
        freed = update(Number).where(Number.licence_id.in_(select(Licence.id).where(ended)))
        self._session.execute(freed.values(licence_id=None, revision=Number.revision + 1))
        return noted

    def _noted(self, file: str, column: str, query: Select[str, str], reason: str) -> tuple[Fault, ...]:
        lines = {key: row.line for key, row in self._files.rows[file].items()}
        return tuple(
            Fault(file, lines.get(key), column, reason.format(what))
            for key, what in self._session.execute(query)
        )

    def _customers(self) -> Imported:
        rows = {
            row["compte_client"]: {"account": row["compte_client"], "name": row["raison_sociale"]}
            for row in self._rows["clients.csv"]
        }
        return self._write(Customer, (Customer.account,), rows)

    def _sites(self, accounts: dict[Any, int]) -> Imported:
        rows = {}
        for row in self._rows["sites.csv"]:
            key = (accounts[row["compte_client"]], fold(row["site"]))
            rows[key] = {
                "customer_id": key[0],
                "label": row["site"],
                "label_key": key[1],
                "address": row["adresse"],
                "address_key": address_key(row["code_postal"], row["adresse"]),
                "postal_code": row["code_postal"],
                "city": row["ville"],
                "phone": row["telephone"],
            }
        return self._write(Site, (Site.customer_id, Site.label_key), rows)

    def _services(self, accounts: dict[Any, int], sites: dict[Any, int]) -> Imported:
        rows = {}
        for row in self._rows["services.csv"]:
            customer_id = accounts[row["compte_client"]]
            rows[row["reference"]] = {
                "reference": row["reference"],
                "name": row["nom"],
                "type": row["type"],
                "customer_id": customer_id,
                "site_id": sites[customer_id, fold(row["site"])],
                "state": row["etat"],
            }
        return self._write(Service, (Service.reference,), rows)

    def _licences(
        self, services: dict[Any, int], customers: dict[Any, int], sites: dict[Any, int]
    ) -> Imported:
        rows = {}
        for row in self._rows["licences.csv"]:
            service_id = services[row["service"]]
            rows[row["reference"]] = {
                "reference": row["reference"],
                "service_id": service_id,
                "type": row["type"],
                "site_id": sites[customers[service_id], fold(row["site"])],
                "state": row["etat"],
                "accountcode": row["accountcode"],
                "emergency_number": row["numero_urgence"],
                "fax2mail": row["fax2mail"],
                "call_restriction": row["restriction_appels"],
                "overage_restriction": row["restriction_hors_forfait"],
                "supervisor": row["superviseur"],
            }
        followers = self._let_go({row["reference"]: row["service_id"] for row in rows.values()})
        written = self._write(Licence, (Licence.reference,), rows)
        for number_id, licence_id, service_id in followers:
            there = {"licence_id": licence_id, "service_id": service_id, "revision": Number.revision + 1}
            self._session.execute(update(Number).where(Number.id == number_id).values(there))
        return written

    def _let_go(self, services: dict[str, int]) -> list[tuple[int, int, int]]:
        """Free the numbers of licences that go to another service, and give those that follow them.

        A number is always of its licence's service, so that it must leave before the licence does; the files
        say where it goes then. One that they do not name stays with its licence (R4).
        """
        there = self._session.execute(select(Licence.reference, Licence.id, Licence.service_id))
        moving = {
            licence_id: services[reference]
            for reference, licence_id, service_id in there
            if services.get(reference, service_id) != service_id
        }
        if not moving:
            return []
        theirs = one_of(Number.licence_id, moving)
        held = self._session.execute(select(Number.id, Number.e164, Number.licence_id).where(theirs)).all()
        self._session.execute(update(Number).where(theirs).values(licence_id=None))
        self._held = {e164: licence_id for _, e164, licence_id in held if licence_id is not None}
        named = {row["sda"] for row in self._rows["numeros.csv"]}
        return [
            (number_id, licence_id, moving[licence_id])
            for number_id, e164, licence_id in held
            if licence_id is not None and e164 not in named
        ]

    def _numbers(self, services: dict[Any, int], licences: dict[Any, int]) -> Imported:
        rows = {
            row["sda"]: {
                "e164": row["sda"],
                "service_id": services[row["service"]],
                "licence_id": licences[row["licence"]] if row["licence"] else None,
            }
            for row in self._rows["numeros.csv"]
        }
        return self._write(Number, (Number.e164,), rows)

    def _ids(self, *columns: Any) -> dict[Any, int]:
        found = self._session.execute(select(*columns))
        return {row[0] if len(row) == 2 else tuple(row[:-1]): row[-1] for row in found}  # noqa: PLR2004

    def _write(self, table: type[Base], key: tuple[Any, ...], rows: dict[Any, dict[str, Any]]) -> Imported:
        name = table.__tablename__
        if not rows:
            return Imported(name, 0, 0, 0)
        columns = list(next(iter(rows.values())))
        query = select(table.id, *key, *(getattr(table, column) for column in columns))  # type: ignore[attr-defined]
        there = {
            (row[1] if len(key) == 1 else tuple(row[1 : 1 + len(key)])): (
                row[0],
                dict(zip(columns, row[1 + len(key) :], strict=True)),
            )
            for row in self._session.execute(query)
        }
        if table is Number:
            for e164, licence_id in self._held.items():
                there[e164][1]["licence_id"] = licence_id
        new = [values for found, values in rows.items() if found not in there]
        changed = [
            {"row_id": there[found][0], **values, "moved": _place(values) != _place(there[found][1])}
            for found, values in rows.items()
            if found in there and there[found][1] != values
        ]
        self._touch(table, new, changed)
        total = len(new) + len(changed)
        self._run(name, insert(table), new, 0, total)
        base = table.__table__
        modified = base.update().where(base.c.id == bindparam("row_id"))  # type: ignore[attr-defined]
        columns_by_name: dict[str, Any] = {column: bindparam(column) for column in columns}
        if table in (Licence, Number):
            columns_by_name["revision"] = base.c.revision + bindparam("moved")
        self._run(name, modified.values(columns_by_name), changed, len(new), total)
        return Imported(name, len(new), len(changed), len(rows) - total)

    def _run(self, name: str, statement: Any, rows: list[dict[str, Any]], done: int, total: int) -> None:
        connection = self._session.connection()
        for start in range(0, len(rows), BATCH):
            connection.execute(statement, rows[start : start + BATCH])
            self._progress(name, done + min(start + BATCH, len(rows)), total)

    def _touch(self, table: type[Base], new: list[dict[str, Any]], changed: list[dict[str, Any]]) -> None:
        ids = [row["row_id"] for row in changed]
        if table is Service:
            self._touched |= set(ids)
        elif table is Customer:
            theirs = select(Service.id).where(one_of(Service.customer_id, ids))
            self._touched |= set(self._session.scalars(theirs))
        elif table in (Licence, Number):
            before = select(table.service_id).where(one_of(table.id, ids))
            self._touched |= {row["service_id"] for row in (*new, *changed)}
            self._touched |= set(self._session.scalars(before.distinct()))


def _place(row: dict[str, Any]) -> list[Any]:
    return [row.get(column) for column in ("service_id", "site_id", "licence_id", "state")]
