"""The park's five CSV files: their columns, what reads a cell, and every fault in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
    from collections.abc import Iterator
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


class Reading:
    """The five files of a directory, row by row; `faults` lists all that is wrong in them, as far as they go.

    `abroad` lists the numbers of other countries: they are taken, but not silently.
    """

    def __init__(self, directory: Path) -> None:
        self.faults: list[Fault] = []
        self.abroad: list[Fault] = []
        self._directory = directory
        if not directory.is_dir():
            self.faults.append(Fault(str(directory), None, None, "is not a directory"))

    def rows(self, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """Give the rows of a file that can be read, each with its line; the others are among the faults."""
        if not self._directory.is_dir():
            return
        columns: list[str] = []
        try:
            rows = read_rows(read_text(self._directory / name))
            line, cells = next(rows)
            columns = [tidy(cell) for cell in cells]
            if self._header(name, line, columns):
                for line, cells in rows:
                    if any(cell.strip() for cell in cells) and (
                        values := self._row(name, line, columns, cells)
                    ):
                        yield line, values
        except Unreadable as error:
            named = dict(enumerate(columns, 1)).get(error.column or 0)
            column = named or (f"column {error.column}" if error.column else None)
            self._fault(name, error.line, column, error.reason)

    def _fault(self, file: str, line: int | None, column: str | None, reason: str) -> None:
        self.faults.append(Fault(file, line, column, reason))

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

    def _row(self, name: str, line: int, columns: list[str], cells: list[str]) -> dict[str, Any]:
        """Read a row; nothing if any of its cells can't be read."""
        if len(cells) != len(columns):
            have = f"has {len(cells)} cells; the header has {len(columns)}"
            if len(cells) < len(columns):
                self._fault(name, line, columns[len(cells)], have)
            else:
                surplus = "" if any(cells[len(columns) :]) else f"; {_SURPLUS}"
                self._fault(name, line, f"column {len(columns) + 1}", have + surplus)
            return {}
        values: dict[str, Any] = {}
        for column, cell in zip(columns, cells, strict=True):
            try:
                values[column] = COLUMNS[name][column](tidy(cell))
            except ValueError as error:
                self._fault(name, line, column, str(error))
            except Naming as error:
                self._fault(name, line, column, f"« {tidy(cell)[:80]} » {_what(error)}")
            else:
                self._look(name, line, column, values[column])
        return values if len(values) == len(columns) else {}

    def _look(self, name: str, line: int, column: str, value: Any) -> None:
        if column in PHONES and str(value).startswith("+") and (country := PhoneNumber(value).country):
            self.abroad.append(
                Fault(name, line, column, f"{value} is a number of another country, {country}")
            )


def _what(error: Naming) -> str:
    match error:
        case DoubtfulPhoneNumber(_, number):
            return f"may be {number.e164} ({number.country}) or a slip in a French number; write which"
        case InvalidPhoneNumber():
            return "is not a telephone number"
        case _:
            return "is not a French postal code (five digits)"
