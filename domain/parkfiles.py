"""The park's five CSV files: their columns, what reads a cell, and every fault in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from domain.csvtext import Unreadable, read_rows, read_text
from domain.errors import DoubtfulPhoneNumber, InvalidPhoneNumber, Naming
from domain.tables import CHOICE_LIMIT, KEY_LIMIT, REFERENCE_LIMIT
from domain.values import (
    TEXT_LIMIT,
    LicenceState,
    LicenceType,
    PhoneNumber,
    PostalCode,
    ServiceState,
    ServiceType,
    emergency_number,
    fold,
    tidy,
)

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Fault:
    """Something in the files that can't be imported, or needs a look. `line` counts from 1, the header."""

    file: str
    line: int | None
    column: str | None
    reason: str

    def __str__(self) -> str:
        place = [
            self.file,
            *([f"line {self.line}"] if self.line else []),
            *([self.column] if self.column else []),
        ]
        return f"{', '.join(place)}: {self.reason}"


@dataclass(eq=False)
class FilesRefused(Naming):
    """The files have faults: all of them are listed, nothing was imported."""

    faults: list[Fault]


@dataclass
class Row:
    """One line of a file, read."""

    line: int
    values: dict[str, Any] = field(default_factory=dict)


STATES = {"actif": "active", "suspendu": "suspended", "résilié": "terminated"}
YES_NO = {"oui": True, "non": False}

Reader = Callable[[str], Any]


def _text(limit: int) -> Reader:
    def read(text: str) -> str:
        if not text:
            raise ValueError("is empty")
        return _bounded(text, limit)

    return read


def _bounded(text: str, limit: int) -> str:
    if len(text) > limit:
        raise ValueError(f"has {len(text)} characters; at most {limit} fit")
    return text


def _optional(read: Reader) -> Reader:
    return lambda text: read(text) if text else None


def _phone(text: str) -> str:
    return PhoneNumber.parse(text).e164


def _postal_code(text: str) -> str:
    return PostalCode.parse(text).digits


def _one_of(words: dict[str, Any]) -> Reader:
    folded = {fold(word): value for word, value in words.items()}

    def read(text: str) -> Any:
        if fold(text) not in folded:
            raise ValueError(f"« {text[:80]} » is not one of: {', '.join(words)}")
        return folded[fold(text)]

    return read


_REFERENCE = _text(REFERENCE_LIMIT)
_NAME = _text(TEXT_LIMIT)


def _keyed(text: str) -> str:
    """Read a name that has a key, in which one letter may be several, as ㎢ is."""
    if len(fold(text)) > KEY_LIMIT:
        raise ValueError("is too long once it is written in plain letters")
    name: str = _NAME(text)
    return name


COLUMNS: dict[str, dict[str, Reader]] = {
    "clients.csv": {"compte_client": _REFERENCE, "raison_sociale": _NAME},
    "sites.csv": {
        "compte_client": _REFERENCE,
        "site": _keyed,
        "adresse": _keyed,
        "code_postal": _postal_code,
        "ville": _NAME,
        "telephone": _optional(_phone),
    },
    "services.csv": {
        "reference": _REFERENCE,
        "nom": _NAME,
        "type": _one_of({kind.value: kind for kind in ServiceType}),
        "compte_client": _REFERENCE,
        "site": _NAME,
        "etat": _one_of({word: ServiceState(state) for word, state in STATES.items()}),
    },
    "licences.csv": {
        "reference": _REFERENCE,
        "service": _REFERENCE,
        "type": _one_of({kind.value: kind for kind in LicenceType}),
        "site": _NAME,
        "etat": _one_of({word: LicenceState(STATES[word]) for word in ("actif", "résilié")}),
        "accountcode": _optional(_NAME),
        "numero_urgence": _optional(emergency_number),
        "fax2mail": _optional(_phone),
        "restriction_appels": _optional(_text(CHOICE_LIMIT)),
        "restriction_hors_forfait": _optional(_text(CHOICE_LIMIT)),
        "superviseur": _one_of(YES_NO),
    },
    "numeros.csv": {"sda": _phone, "service": _REFERENCE, "licence": _optional(_REFERENCE)},
}
"""Each file's columns, with what reads a cell; empty cells reach it as ""."""

PHONES = {"telephone", "numero_urgence", "sda"}
"""The columns of telephone numbers."""

_SURPLUS = "remove what separates cells at the end of the line"

KEYS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "clients.csv": lambda row: row["compte_client"],
    "sites.csv": lambda row: (row["compte_client"], fold(row["site"])),
    "services.csv": lambda row: row["reference"],
    "licences.csv": lambda row: row["reference"],
    "numeros.csv": lambda row: row["sda"],
}
"""Each file's natural key."""


class ParkFiles:
    """The five files of a directory, read as far as they go; `faults` lists all that is wrong.

    `abroad` lists the numbers of other countries: they are taken, but not silently.
    """

    def __init__(self, directory: Path) -> None:
        self.faults: list[Fault] = []
        self.abroad: list[Fault] = []
        self.rows: dict[str, dict[Any, Row]] = {name: {} for name in COLUMNS}
        if not directory.is_dir():
            self.faults.append(Fault(str(directory), None, None, "is not a directory"))
            return
        for name in COLUMNS:
            self._read(directory / name)
        if not self.faults:
            self._relate()

    def _fault(self, file: str, line: int | None, column: str | None, reason: str) -> None:
        self.faults.append(Fault(file, line, column, reason))

    def _read(self, path: Path) -> None:
        name = path.name
        columns: list[str] = []
        try:
            rows = read_rows(read_text(path))
            line, cells = next(rows)
            columns = [tidy(cell) for cell in cells]
            if self._header(name, line, columns):
                for line, cells in rows:
                    if any(cell.strip() for cell in cells):
                        self._row(name, line, columns, cells)
        except Unreadable as error:
            named = dict(enumerate(columns, 1)).get(error.column or 0)
            column = named or (f"column {error.column}" if error.column else None)
            self._fault(name, error.line, column, error.reason)

    def _header(self, name: str, line: int, columns: list[str]) -> bool:
        before = len(self.faults)
        for column in COLUMNS[name]:
            if column not in columns:
                self._fault(name, line, column, "this column is missing")
        for place, column in enumerate(columns, 1):
            if not column:
                self._fault(name, line, f"column {place}", f"has no name; {_SURPLUS}")
            elif column in columns[: place - 1]:
                self._fault(name, line, column, "this column stands twice")
            elif column not in COLUMNS[name]:
                self._fault(name, line, column, "this column is not known; remove it")
        return len(self.faults) == before

    def _row(self, name: str, line: int, columns: list[str], cells: list[str]) -> None:
        if len(cells) != len(columns):
            have = f"has {len(cells)} cells; the header has {len(columns)}"
            if len(cells) < len(columns):
                self._fault(name, line, columns[len(cells)], have)
            else:
                surplus = "" if any(cells[len(columns) :]) else f"; {_SURPLUS}"
                self._fault(name, line, f"column {len(columns) + 1}", have + surplus)
            return
        row = Row(line)
        for column, cell in zip(columns, cells, strict=True):
            try:
                row.values[column] = COLUMNS[name][column](tidy(cell))
            except ValueError as error:
                self._fault(name, line, column, str(error))
            except Naming as error:
                self._fault(name, line, column, f"« {tidy(cell)[:80]} » {_what(error)}")
            else:
                self._look(name, line, column, row.values[column])
        if len(row.values) == len(columns):
            key = KEYS[name](row.values)
            first = self.rows[name].setdefault(key, row)
            if first is not row:
                self._fault(name, line, None, f"is a duplicate of line {first.line}")

    def _look(self, name: str, line: int, column: str, value: Any) -> None:
        if column in PHONES and str(value).startswith("+") and (country := PhoneNumber(value).country):
            self.abroad.append(
                Fault(name, line, column, f"{value} is a number of another country, {country}")
            )

    def _relate(self) -> None:
        customers, sites = self.rows["clients.csv"], self.rows["sites.csv"]
        services, licences = self.rows["services.csv"], self.rows["licences.csv"]
        for row in sites.values():
            if row.values["compte_client"] not in customers:
                self._unknown("sites.csv", row, "compte_client", "clients.csv")
        for row in services.values():
            if row.values["compte_client"] not in customers:
                self._unknown("services.csv", row, "compte_client", "clients.csv")
            elif (row.values["compte_client"], fold(row.values["site"])) not in sites:
                self._unknown("services.csv", row, "site", "sites.csv, for this customer")
        for row in licences.values():
            service = services.get(row.values["service"])
            if service is None:
                self._unknown("licences.csv", row, "service", "services.csv")
            elif (service.values["compte_client"], fold(row.values["site"])) not in sites:
                self._unknown("licences.csv", row, "site", "sites.csv, for the service's customer")
        for row in self.rows["numeros.csv"].values():
            self._relate_number(row, services, licences)

    def _relate_number(self, row: Row, services: dict[Any, Row], licences: dict[Any, Row]) -> None:
        if row.values["service"] not in services:
            self._unknown("numeros.csv", row, "service", "services.csv")
        reference = row.values["licence"]
        if reference is None:
            return
        licence = licences.get(reference)
        if licence is None:
            self._unknown("numeros.csv", row, "licence", "licences.csv")
        elif licence.values["service"] != row.values["service"]:
            self._fault("numeros.csv", row.line, "licence", f"{reference} belongs to another service")
        elif licence.values["etat"] is LicenceState.TERMINATED:
            self._fault(
                "numeros.csv", row.line, "licence", f"{reference} is terminated: it can hold no number"
            )

    def _unknown(self, file: str, row: Row, column: str, where: str) -> None:
        self._fault(file, row.line, column, f"« {row.values[column]} » is not in {where}")


def _what(error: Naming) -> str:
    match error:
        case DoubtfulPhoneNumber(_, number):
            return f"may be {number.e164} ({number.country}) or a slip in a French number; write which"
        case InvalidPhoneNumber():
            return "is not a telephone number"
        case _:
            return "is not a French postal code (five digits)"
