"""The park's files: whole or not at all, every fault told, the same files twice change nothing."""

from __future__ import annotations

import csv
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from bot.sandbox.host import PARK
from domain import park as reading
from domain.exporting import export_park
from domain.importing import import_park
from domain.parkfiles import COLUMNS, FilesRefused
from domain.rows import LicenceFilter
from domain.searching import Park
from domain.tables import Customer, Licence, Number
from domain.values import LicenceType, tidy
from tests.domain.acts import holder_of, move, place_of
from tests.domain.portal import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.database import Database
    from handlers.services import Services

SMALL = {
    "clients.csv": "compte_client;raison_sociale\nC1;Société Générale d'Été\n",
    "sites.csv": "compte_client;site;adresse;code_postal;ville;telephone\nC1;Siège;1 rue A;75001;Paris;01 40 00 00 00\n",
    "services.csv": "reference;nom;type;compte_client;site;etat\nM1;Centrex;MetaCentrex;C1;Siège;actif\n",
    "licences.csv": ";".join(COLUMNS["licences.csv"])
    + "\nFPC1;M1;Licence full;Siège;actif;A1;;;;;non\nFPC2;M1;Licence SVI;Siège;résilié;;;;;;oui\n",
    "numeros.csv": "sda;service;licence\n01 40 00 00 01;M1;FPC1\n01 40 00 00 02;M1;\n",
}


def quiet(*_: object) -> None:
    """Report no progress."""


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., Path]:
    """Write the five files, some of them changed."""

    def write(encoding: str = "utf-8", **changed: str | bytes | None) -> Path:
        for name, text in SMALL.items():
            content = changed.get(name.removesuffix(".csv"), text)
            if content is not None:
                raw = content if isinstance(content, bytes) else content.encode(encoding)
                (tmp_path / name).write_bytes(raw)
        return tmp_path

    return write


def count(database: Database) -> list[int | None]:
    """Count customers, licences and numbers."""
    with database.reading() as session:
        return [
            session.scalar(select(func.count()).select_from(table)) for table in (Customer, Licence, Number)
        ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ","])
def test_files_come_in_three_encodings_and_two_delimiters(
    empty: Database, files: Callable[..., Path], encoding: str, delimiter: str
) -> None:
    """Accents arrive whole."""
    changed = {name.removesuffix(".csv"): text.replace(";", delimiter) for name, text in SMALL.items()}
    import_park(empty, files(encoding, **changed), quiet, at=NOW)
    assert [row.name for row in Park(empty).search_customers("generale ete")] == ["Société Générale d'Été"]


def test_the_same_files_again_change_nothing(park: Database) -> None:
    """An import is idempotent."""
    imported = import_park(park, PARK, quiet, at=NOW).tables
    assert [(each.created, each.changed) for each in imported] == [(0, 0)] * 5


def test_numbers_of_other_countries_are_taken_and_told(empty: Database, files: Callable[..., Path]) -> None:
    """With the table that they went into, and their place."""
    numbers = "sda;service;licence\n0596500000;M1;\n+493012345678;M1;\n"
    imported = import_park(empty, files(numeros=numbers), quiet, at=NOW).tables
    assert [(each.table, number.line) for each in imported for number in each.abroad] == [("numbers", 3)]


def test_what_is_exported_is_imported_without_change(park: Database, empty: Database, tmp_path: Path) -> None:
    """The five files carry the whole park, hostile names included."""
    export_park(park, tmp_path / "out")
    assert [
        (each.created, each.changed) for each in import_park(park, tmp_path / "out", quiet, at=NOW).tables
    ] == [(0, 0)] * 5
    import_park(empty, tmp_path / "out", quiet, at=NOW)
    assert count(empty) == count(park)


def test_an_import_brings_changed_rows_up_to_date(empty: Database, files: Callable[..., Path]) -> None:
    """The natural key finds the row again; search learns the new name and forgets the old one."""
    import_park(empty, files(), quiet, at=NOW)
    renamed = files(
        clients="compte_client;raison_sociale\nC1;Nouveau Nom\n",
        numeros="sda;service;licence\n0140000001;M1;\n",
    )
    customers, *_, numbers = import_park(empty, renamed, quiet, at=NOW).tables
    assert (customers.changed, numbers.changed) == (1, 1)
    found = Park(empty)
    assert [row.reference for row in found.search_services("nouveau")] == ["M1"]
    assert found.search_services("generale") == ()
    assert holder_of(empty, "+33140000001") is None


def test_a_renamed_service_is_found_by_its_new_name(empty: Database, files: Callable[..., Path]) -> None:
    """And no longer by its old one."""
    import_park(empty, files(), quiet, at=NOW)
    import_park(
        empty, files(services=SMALL["services.csv"].replace("M1;Centrex", "M1;Standard")), quiet, at=NOW
    )
    assert [row.name for row in Park(empty).search_services("standard")] == ["Standard"]
    assert Park(empty).search_services("centrex") == ()


def test_overseas_machine_and_short_numbers_are_numbers(empty: Database, files: Callable[..., Path]) -> None:
    """Each is kept once, and found by either spelling, in search and in filters."""
    spelt = ("0262200000", "+590 590 20 00 00", "0594300000", "0692123456", "0639123456", "07000123456789")
    lines = "".join(f"{text};M1;FPC1\n" for text in spelt)
    licences = (
        SMALL["licences.csv"].replace("A1;;", "A1;15;").replace("résilié;;;", "résilié;;07000123456789;")
    )
    import_park(empty, files(numeros=f"sda;service;licence\n{lines}", licences=licences), quiet, at=NOW)
    found = Park(empty)
    for text in (
        "0262200000",
        "+262 262 20 00 00",
        "0590 20 00 00",
        "00590590200000",
        "0639-12-34-56",
        "07000123456789",
    ):
        assert found.find(text).licence_reference == "FPC1"
        assert [row.reference for row in found.search_services(text)] == ["M1"]
        with empty.reading() as session:
            passed = reading.licences(session, reading.matching(1, LicenceFilter(sda=text)))
            assert [row.reference for row in passed] == ["FPC1"]
    with empty.reading() as session:
        assert session.scalars(select(Licence.emergency_number).order_by(Licence.id)).all() == [
            "15",
            "+337000123456789",
        ]


def test_one_line_is_not_imported_as_two(empty: Database, files: Callable[..., Path]) -> None:
    """In national and in international spelling it is one SDA."""
    with pytest.raises(FilesRefused) as refused:
        import_park(
            empty, files(numeros="sda;service;licence\n0596500000;M1;\n+596596500000;M1;\n"), quiet, at=NOW
        )
    assert [str(fault) for fault in refused.value.faults] == ["numeros.csv, line 3: is a duplicate of line 2"]


def test_progress_is_told(empty: Database, files: Callable[..., Path]) -> None:
    """Whoever waits sees how far it is."""
    told: list[tuple[str, int, int]] = []
    import_park(empty, files(), lambda *step: told.append(step), at=NOW)
    files_read = [("clients.csv", 1, 1), ("sites.csv", 1, 1), ("services.csv", 1, 1)]
    assert told == [
        *files_read,
        ("licences.csv", 2, 2),
        ("numeros.csv", 2, 2),
        ("customers", 1, 1),
        ("sites", 1, 1),
        ("services", 1, 1),
        ("licences", 2, 2),
        ("numbers", 2, 2),
    ]


def test_files_with_headers_only_import_nothing(empty: Database, files: Callable[..., Path]) -> None:
    """A park may be empty."""
    headers = {name.removesuffix(".csv"): text.splitlines()[0] + "\n" for name, text in SMALL.items()}
    import_park(empty, files(**headers), quiet, at=NOW)
    assert count(empty) == [0, 0, 0]


@pytest.mark.rule("R16")
def test_r16_an_older_export_does_not_put_back_what_the_bot_changed(
    services: Services, park: Database, tmp_path: Path
) -> None:
    """The portal does not show it yet: it is owed."""
    export_park(park, tmp_path)
    move(services, "FPC367128", "Entrepôt Nord")
    assert import_park(park, tmp_path, quiet, at=NOW).owed == 1
    assert place_of(park, "FPC367128") == "Entrepôt Nord"


LICENCE = "FPC1;M1;Licence full;Siège;actif;A1;;;;;non"
FAULTS = [
    ("clients", None, "clients.csv: can't be read: No such file or directory"),
    ("clients", "", "clients.csv: is empty; a header line is needed at least"),
    ("clients", b"\xef\xbb\xbf", "clients.csv: is empty; a header line is needed at least"),
    ("clients", b"\xff\xfec\x00", "clients.csv: is UTF-16; save it as UTF-8"),
    (
        "clients",
        b"compte_client;raison_sociale\nC1;\x81\n",
        "clients.csv, line 2: is neither UTF-8 nor Windows-1252",
    ),
    (
        "clients",
        "sep=;\ncompte_client;raison_sociale;\nC1;x;\n",
        "clients.csv, line 2, column 3: has no name; remove what separates cells at the end of the line",
    ),
    (
        "clients",
        "compte_client;raison_sociale\nC1;x;\n",
        (
            "clients.csv, line 2, column 3: has 3 cells; the header has 2; "
            "remove what separates cells at the end of the line"
        ),
    ),
    (
        "clients",
        "compte_client;raison_sociale\nC1;x;y\n",
        "clients.csv, line 2, column 3: has 3 cells; the header has 2",
    ),
    (
        "clients",
        'compte_client;raison_sociale\nC1;"x"y\n',
        (
            'clients.csv, line 2, raison_sociale: a quote (") opens here, and text follows where it closes, '
            'on line 2; write "" for a quote in a cell'
        ),
    ),
    ("clients", '"', 'clients.csv, line 1, column 1: a quote (") opens here and is never closed'),
    (
        "sites",
        SMALL["sites.csv"].replace("Siège", "㎢" * 255),
        "sites.csv, line 2, site: is too long once it is written in plain letters",
    ),
    ("clients", "compte_client\nC1\n", "clients.csv, line 1, raison_sociale: this column is missing"),
    (
        "clients",
        "compte_client;raison_sociale;x\n",
        "clients.csv, line 1, x: this column is not known; remove it",
    ),
    (
        "clients",
        "compte_client;raison_sociale;raison_sociale\n",
        "clients.csv, line 1, raison_sociale: this column stands twice",
    ),
    (
        "clients",
        "compte_client;raison_sociale\nC1\n",
        "clients.csv, line 2, raison_sociale: has 1 cells; the header has 2",
    ),
    ("clients", "compte_client;raison_sociale\nC1;\n", "clients.csv, line 2, raison_sociale: is empty"),
    (
        "clients",
        f"compte_client;raison_sociale\nC1;{'x' * 256}\n",
        "clients.csv, line 2, raison_sociale: has 256 characters; at most 255 fit",
    ),
    (
        "clients",
        'compte_client;raison_sociale\nC1;"x\n',
        'clients.csv, line 2, raison_sociale: a quote (") opens here and is never closed',
    ),
    (
        "clients",
        "compte_client;raison_sociale\nC1;A\n\nC1;B\n",
        "clients.csv, line 4: is a duplicate of line 2",
    ),
    (
        "sites",
        SMALL["sites.csv"] + "C1;SIEGE;2 rue;75001;Paris;\n",
        "sites.csv, line 3: is a duplicate of line 2",
    ),
    (
        "sites",
        SMALL["sites.csv"].replace("75001", "7500"),
        "sites.csv, line 2, code_postal: « 7500 » is not a French postal code (five digits)",
    ),
    (
        "sites",
        SMALL["sites.csv"].replace("01 40 00 00 00", "01 40"),
        "sites.csv, line 2, telephone: « 01 40 » is not a telephone number",
    ),
    (
        "sites",
        SMALL["sites.csv"].replace("01 40 00 00 00", "004-92-58-76-11"),
        (
            "sites.csv, line 2, telephone: « 004-92-58-76-11 » may be +492587611 (DE) or a slip in a French number; "
            "write which"
        ),
    ),
    (
        "sites",
        SMALL["sites.csv"].replace("C1", "C2"),
        "sites.csv, line 2, compte_client: « C2 » is not in clients.csv",
    ),
    (
        "services",
        SMALL["services.csv"].replace("MetaCentrex", "Trunk"),
        "services.csv, line 2, type: « Trunk » is not one of: MetaCentrex",
    ),
    (
        "services",
        SMALL["services.csv"].replace("C1", "C2"),
        "services.csv, line 2, compte_client: « C2 » is not in clients.csv",
    ),
    (
        "services",
        SMALL["services.csv"].replace("Siège", "Dépôt"),
        "services.csv, line 2, site: « Dépôt » is not in sites.csv, for this customer",
    ),
    (
        "licences",
        SMALL["licences.csv"].replace("Licence SVI", "Licence pro"),
        "licences.csv, line 3, type: « Licence pro » is not one of: " + ", ".join(LicenceType),
    ),
    (
        "licences",
        SMALL["licences.csv"].replace("FPC2;M1", "FPC2;M9"),
        "licences.csv, line 3, service: « M9 » is not in services.csv",
    ),
    (
        "licences",
        SMALL["licences.csv"].replace(LICENCE, LICENCE.replace("Siège", "Dépôt")),
        "licences.csv, line 2, site: « Dépôt » is not in sites.csv, for the service's customer",
    ),
    (
        "numeros",
        "sda;service;licence\n0140000001;M9;\n",
        "numeros.csv, line 2, service: « M9 » is not in services.csv",
    ),
    (
        "numeros",
        "sda;service;licence\n0140000001;M1;FPC9\n",
        "numeros.csv, line 2, licence: « FPC9 » is not in licences.csv",
    ),
    (
        "numeros",
        "sda;service;licence\n0140000001;M1;FPC2\n",
        "numeros.csv, line 2, licence: FPC2 is terminated: it can hold no number",
    ),
]


@pytest.mark.parametrize(("name", "content", "fault"), FAULTS)
def test_a_fault_is_told_with_its_place_and_nothing_is_imported(
    empty: Database, files: Callable[..., Path], name: str, content: str | bytes | None, fault: str
) -> None:
    """Each fault names file, line, column and reason."""
    with pytest.raises(FilesRefused) as refused:
        import_park(empty, files(**{name: content}), quiet, at=NOW)
    assert str(refused.value.faults[0]) == fault
    assert count(empty) == [0, 0, 0]


def test_a_number_of_another_services_licence_is_a_fault(empty: Database, files: Callable[..., Path]) -> None:
    """A licence only takes numbers of its own service."""
    services = SMALL["services.csv"] + "M2;Autre;MetaCentrex;C1;Siège;suspendu\n"
    directory = files(services=services, numeros="sda;service;licence\n0140000001;M2;FPC1\n")
    with pytest.raises(FilesRefused) as refused:
        import_park(empty, directory, quiet, at=NOW)
    assert str(refused.value.faults[0]) == "numeros.csv, line 2, licence: FPC1 belongs to another service"


def test_all_faults_are_told_at_once(empty: Database, files: Callable[..., Path]) -> None:
    """Nobody imports five times to learn of five faults."""
    directory = files(clients="compte_client\n", sites="", numeros=None)
    with pytest.raises(FilesRefused) as refused:
        import_park(empty, directory, quiet, at=NOW)
    assert len(refused.value.faults) == 3


def test_a_directory_that_is_not_there_is_told(empty: Database, tmp_path: Path) -> None:
    """The fault names it."""
    with pytest.raises(FilesRefused) as refused:
        import_park(empty, tmp_path / "none", quiet, at=NOW)
    assert str(refused.value.faults[0]) == f"{tmp_path / 'none'}: is not a directory"


def test_the_demonstration_park_is_plain_csv(tmp_path: Path) -> None:
    """Its columns are the documented ones."""
    shutil.copytree(PARK, tmp_path / "park")
    for name, columns in COLUMNS.items():
        with (tmp_path / "park" / name).open(encoding="utf-8") as file:
            assert next(csv.reader(file, delimiter=";")) == list(columns)


def test_an_accountcode_is_found_and_forgotten(empty: Database, files: Callable[..., Path]) -> None:
    """The index holds it with its service, as it is in the files."""
    licence = SMALL["licences.csv"].replace("actif;A1;", "actif;PM-77 Léa;")
    import_park(empty, files(licences=licence), quiet, at=NOW)
    assert [row.reference for row in Park(empty).search_services("lea pm")] == ["M1"]
    import_park(empty, files(), quiet, at=NOW)
    assert Park(empty).search_services("lea") == ()
    assert [row.reference for row in Park(empty).search_services("a1")] == ["M1"]


def test_a_word_longer_than_the_index_is_found_by_its_beginning(
    empty: Database, files: Callable[..., Path]
) -> None:
    """Letters without a plain form take several each: no name is too long for search."""
    import_park(empty, files(clients=f"compte_client;raison_sociale\nC1;{'中' * 255}\n"), quiet, at=NOW)
    assert [row.account for row in Park(empty).search_customers("中中中")] == ["C1"]


def test_files_of_a_spreadsheet_with_its_hint_and_tabs_are_read(
    empty: Database, files: Callable[..., Path]
) -> None:
    """As spreadsheets write them."""
    changed = {
        name.removesuffix(".csv"): "sep=\t\r\n" + text.replace(";", "\t") for name, text in SMALL.items()
    }
    import_park(empty, files(**changed), quiet, at=NOW)
    assert count(empty) == [1, 2, 2]


HOSTILE = (
    st.one_of(
        st.sampled_from(
            ["SociÃ©tÃ©", "=1+1", "+33", "-2", "@x", "'x", '"', "a;b", "a,b", "<!channel>", "&amp;", "sep=;"]
        ),
        st.text(min_size=1, max_size=30),
    )
    .map(tidy)
    .filter(bool)
)


@given(names=st.lists(HOSTILE, min_size=4, max_size=4))
@settings(max_examples=30)
def test_what_is_exported_is_imported_exactly_whatever_the_names(empty: Database, names: list[str]) -> None:
    """Nothing is defused in the five files: they are the park, cell by cell."""
    with tempfile.TemporaryDirectory() as folder:
        write_park(Path(folder), names)
        import_park(empty, Path(folder), quiet, at=NOW, force=True)
        export_park(empty, Path(folder))
        assert sorted(path.name for path in Path(folder).iterdir()) == sorted(COLUMNS)
        assert [
            (each.created, each.changed)
            for each in import_park(empty, Path(folder), quiet, at=NOW, force=True).tables
        ] == [(0, 0)] * 5
    with empty.reading() as session:
        assert session.scalar(select(Customer.name)) == names[0]
        assert session.scalar(select(Licence.accountcode)) == names[3]


def write_park(folder: Path, names: list[str]) -> None:
    """Write a park with these names of customer, address, service and accountcode."""
    customer, address, service, accountcode = names
    rows = {
        "clients.csv": ["Cé", customer],
        "sites.csv": ["Cé", "Siège", address, "75001", "Paris", ""],
        "services.csv": ["M1", service, "MetaCentrex", "Cé", "Siège", "actif"],
        "licences.csv": ["FPC1", "M1", "Licence full", "Siège", "actif", accountcode, "", "", "", "", "non"],
    }
    for name, columns in COLUMNS.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=";").writerows(
                [list(columns), *([rows[name]] if name in rows else [])]
            )
