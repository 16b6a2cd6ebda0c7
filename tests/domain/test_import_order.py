"""Any consistent set of files is imported, whatever moved since the last one."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from domain.importing import import_park
from domain.parkfiles import COLUMNS
from domain.tables import Licence, Number, Service
from tests.domain.acts import holder_of
from tests.domain.portal import NOW

if TYPE_CHECKING:
    from domain.database import Database

SERVICES = ("M1", "M2", "M3")
NUMBERS = tuple(f"+3349100000{index}" for index in range(5))
Licences = dict[str, tuple[str, str]]
"""By reference: service and state."""

Numbers = dict[str, tuple[str, str | None]]
"""By E.164: service and licence."""


def read_in(database: Database, licences: Licences, numbers: Numbers) -> None:
    """Import a park of three services of two customers with these licences and numbers."""
    rows: dict[str, list[tuple[str, ...]]] = {
        "clients.csv": [("C1", "Un"), ("C2", "Deux")],
        "sites.csv": [(f"C{c}", "Siège", "1 rue A", "75001", "Paris", "") for c in (1, 2)],
        "services.csv": [
            (name, name, "MetaCentrex", "C2" if name == "M3" else "C1", "Siège", "actif") for name in SERVICES
        ],
        "licences.csv": [
            (name, service, "Licence full", "Siège", state, "", "", "", "", "", "non")
            for name, (service, state) in licences.items()
        ],
        "numeros.csv": [(e164, service, licence or "") for e164, (service, licence) in numbers.items()],
    }
    with tempfile.TemporaryDirectory() as folder:
        for file, lines in rows.items():
            with (Path(folder) / file).open("w", encoding="utf-8", newline="") as text:
                csv.writer(text, delimiter=";").writerows([tuple(COLUMNS[file]), *lines])
        import_park(database, Path(folder), lambda *_: None, at=NOW, force=True)


def places(database: Database) -> Numbers:
    """Tell each number's service and licence."""
    query = (
        select(Number.e164, Service.reference, Licence.reference)
        .join(Service, Service.id == Number.service_id)
        .outerjoin(Licence, Licence.id == Number.licence_id)
    )
    with database.reading() as session:
        return {e164: (service, licence) for e164, service, licence in session.execute(query)}


@st.composite
def parks(draw: st.DrawFn) -> tuple[Licences, Numbers]:
    """Draw files that agree with each other; some rows that there could be are not named."""
    licences: Licences = {
        f"FPC{index}": (draw(st.sampled_from(SERVICES)), draw(st.sampled_from(["actif", "résilié"])))
        for index in draw(st.sets(st.integers(1, 4)))
    }
    active = [name for name, (_, state) in licences.items() if state == "actif"]
    numbers: Numbers = {}
    for e164 in sorted(draw(st.sets(st.sampled_from(NUMBERS)))):
        licence = draw(st.sampled_from([None, *active]))
        numbers[e164] = (licences[licence][0] if licence else draw(st.sampled_from(SERVICES)), licence)
    return licences, numbers


@settings(max_examples=40)
@given(st.lists(parks(), min_size=2, max_size=4))
def test_any_consistent_files_are_imported_after_any_others(
    empty: Database, states: list[tuple[Licences, Numbers]]
) -> None:
    """What they name is as they say; a number that they do not name stays with its licence, until that ends."""
    for licences, numbers in states:
        held = {e164: licence for e164, (_, licence) in places(empty).items() if licence}
        read_in(empty, licences, numbers)
        now = places(empty)
        assert numbers.items() <= now.items()
        assert {e164: now[e164][1] for e164 in held if e164 not in numbers} == {
            e164: None if licences.get(licence, ("", "actif"))[1] == "résilié" else licence
            for e164, licence in held.items()
            if e164 not in numbers
        }


MOVES: dict[str, tuple[Licences, Numbers]] = {
    "with its number": ({"FPC1": ("M2", "actif")}, {NUMBERS[0]: ("M2", "FPC1")}),
    "to another customer": ({"FPC1": ("M3", "actif")}, {NUMBERS[0]: ("M3", "FPC1")}),
    "without its number": ({"FPC1": ("M2", "actif")}, {NUMBERS[0]: ("M1", None)}),
    "swapped": (
        {"FPC1": ("M2", "actif"), "FPC2": ("M1", "actif")},
        {NUMBERS[0]: ("M2", "FPC1"), NUMBERS[1]: ("M1", "FPC2")},
    ),
    "numbers exchanged": (
        {"FPC1": ("M1", "actif"), "FPC2": ("M2", "actif")},
        {NUMBERS[0]: ("M2", "FPC2"), NUMBERS[1]: ("M1", "FPC1")},
    ),
    "terminated, its number elsewhere": (
        {"FPC1": ("M1", "résilié"), "FPC2": ("M2", "actif")},
        {NUMBERS[0]: ("M2", "FPC2"), NUMBERS[1]: ("M2", "FPC2")},
    ),
}


@pytest.mark.parametrize("after", MOVES.values(), ids=MOVES)
def test_a_licence_moves_whatever_its_number_does(empty: Database, after: tuple[Licences, Numbers]) -> None:
    """The order in which rows are written is not the files' concern."""
    before: Licences = {"FPC1": ("M1", "actif"), "FPC2": ("M2", "actif")}
    read_in(empty, before, {NUMBERS[0]: ("M1", "FPC1"), NUMBERS[1]: ("M2", "FPC2")})
    read_in(empty, *after)
    assert after[1].items() <= places(empty).items()


@pytest.mark.rule("R4")
def test_r4_a_number_that_the_files_do_not_name_follows_its_licence(empty: Database) -> None:
    """A licence that has a number does not become free because a file lacks it."""
    read_in(empty, {"FPC1": ("M1", "actif")}, {NUMBERS[0]: ("M1", "FPC1")})
    read_in(empty, {"FPC1": ("M2", "actif")}, {})
    assert holder_of(empty, NUMBERS[0]) == "FPC1"
    assert places(empty)[NUMBERS[0]] == ("M2", "FPC1")
