"""The park's CSV files, in and out of the database: by natural key, in one transaction."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select

from domain.database import one_of
from domain.parkfiles import COLUMNS, STATES, FilesRefused, ParkFiles
from domain.sites import address_key
from domain.tables import Base, Customer, CustomerWord, Licence, Number, Service, ServiceWord, Site
from domain.values import PhoneNumber, fold, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from sqlalchemy.orm import Session

    from domain.database import Database

BATCH = 5_000
"""Rows written between two reports of progress."""


@dataclass(frozen=True)
class Imported:
    """What an import did to one table."""

    table: str
    created: int
    changed: int
    unchanged: int


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
        return _Import(session, files, progress).run()


class _Import:
    def __init__(self, session: Session, files: ParkFiles, progress: Callable[[str, int, int], None]) -> None:
        self._session = session
        self._rows = {name: [row.values for row in rows.values()] for name, rows in files.rows.items()}
        self._progress = progress
        self._touched: set[int] = set()
        """Services that search must learn anew."""

    def run(self) -> list[Imported]:
        # Nobody changes anything in a service while its licences are brought up to date.
        self._session.execute(select(Service.id).with_for_update()).all()
        done = [self._customers()]
        accounts = self._ids(Customer.account, Customer.id)
        done.append(self._sites(accounts))
        sites = self._ids(Site.customer_id, Site.label_key, Site.id)
        done.append(self._services(accounts, sites))
        services = self._ids(Service.reference, Service.id)
        customers = self._ids(Service.id, Service.customer_id)
        done.append(self._licences(services, customers, sites))
        done.append(self._numbers(services, self._ids(Licence.reference, Licence.id)))
        self._index()
        return done

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
        return self._write(Licence, (Licence.reference,), rows)

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
        new = [values for found, values in rows.items() if found not in there]
        changed = [
            {"row_id": there[found][0], **values}
            for found, values in rows.items()
            if found in there and there[found][1] != values
        ]
        self._touch(table, new, changed)
        total = len(new) + len(changed)
        self._run(name, insert(table), new, 0, total)
        base = table.__table__
        modified = base.update().where(base.c.id == bindparam("row_id"))  # type: ignore[attr-defined]
        columns_by_name: dict[str, Any] = {column: bindparam(column) for column in columns}
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

    def _index(self) -> None:
        """Write the words of what changed; names are few, so that all of them are compared."""
        known = self._words(CustomerWord.customer_id, CustomerWord.word)
        customers = self._session.execute(select(Customer.id, Customer.name, Customer.account)).all()
        for customer_id, *texts in customers:
            self._rewrite(CustomerWord, "customer_id", customer_id, _all_words(texts), known)
        names = select(Service.id, Service.reference, Service.name, Customer.name, Customer.account)
        services = self._session.execute(names.join(Customer, Customer.id == Service.customer_id)).all()
        known = self._words(ServiceWord.service_id, ServiceWord.word)
        for service_id, *texts in services:
            wanted = _all_words(texts)
            if service_id in self._touched or not wanted <= known.get(service_id, set()):
                self._rewrite(
                    ServiceWord, "service_id", service_id, wanted | self._held_words(service_id), known
                )

    def _words(self, owner: Any, word: Any) -> dict[int, set[str]]:
        known: dict[int, set[str]] = {}
        for owner_id, text in self._session.execute(select(owner, word)):
            known.setdefault(owner_id, set()).add(text)
        return known

    def _held_words(self, service_id: int) -> set[str]:
        references = self._session.scalars(select(Licence.reference).where(Licence.service_id == service_id))
        numbers = self._session.scalars(select(Number.e164).where(Number.service_id == service_id))
        return _all_words(references) | {PhoneNumber(e164).search_word for e164 in numbers}

    def _rewrite(
        self, table: Any, owner: str, owner_id: int, wanted: set[str], known: dict[int, set[str]]
    ) -> None:
        there = known.get(owner_id, set())
        column = getattr(table, owner)
        if there - wanted:
            self._session.execute(delete(table).where(column == owner_id, table.word.in_(there - wanted)))
        if wanted - there:
            lines = [{"word": word, owner: owner_id} for word in wanted - there]
            self._session.connection().execute(insert(table), lines)


def _all_words(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in words(text)}


def export_park(database: Database, directory: Path) -> None:
    """Write the five files, as `import_park` reads them, into a directory that is made if need be."""
    directory.mkdir(parents=True, exist_ok=True)
    with database.reading() as session:
        for name, query in _EXPORTS.items():
            with (directory / name).open("w", encoding="utf-8-sig", newline="") as file:
                writer = csv.writer(file, delimiter=";")
                writer.writerow(COLUMNS[name])
                writer.writerows([_cell(value) for value in row] for row in session.execute(query))


_FRENCH = {english: french for french, english in STATES.items()}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    return _FRENCH.get(str(value), str(value)) if hasattr(value, "value") else str(value)


_SITE_LABEL = select(Site.label).where(Site.id == Licence.site_id).scalar_subquery()
_EXPORTS = {
    "clients.csv": select(Customer.account, Customer.name).order_by(Customer.id),
    "sites.csv": select(Customer.account, Site.label, Site.address, Site.postal_code, Site.city, Site.phone)
    .join(Customer, Customer.id == Site.customer_id)
    .order_by(Site.id),
    "services.csv": select(
        Service.reference, Service.name, Service.type, Customer.account, Site.label, Service.state
    )
    .join(Customer, Customer.id == Service.customer_id)
    .join(Site, Site.id == Service.site_id)
    .order_by(Service.id),
    "licences.csv": select(
        Licence.reference,
        Service.reference,
        Licence.type,
        _SITE_LABEL,
        Licence.state,
        Licence.accountcode,
        Licence.emergency_number,
        Licence.fax2mail,
        Licence.call_restriction,
        Licence.overage_restriction,
        Licence.supervisor,
    )
    .join(Service, Service.id == Licence.service_id)
    .order_by(Licence.id),
    "numeros.csv": select(Number.e164, Service.reference, Licence.reference)
    .join(Service, Service.id == Number.service_id)
    .outerjoin(Licence, Licence.id == Number.licence_id)
    .order_by(Number.id),
}
