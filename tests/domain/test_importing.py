"""The park's files: whole or not at all, every fault told, the same files twice change nothing."""

from __future__ import annotations

import csv
import shutil
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from bot.sandbox.host import PARK
from domain.importing import export_park, import_park
from domain.parkfiles import COLUMNS, FilesRefused
from domain.searching import Park
from domain.tables import Customer, Licence, Number
from domain.values import LicenceType
from tests.domain.acts import holder_of, move, place_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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
    import_park(empty, files(encoding, **changed), quiet)
    assert [row.name for row in Park(empty).search_customers("generale ete")] == ["Société Générale d'Été"]


def test_the_same_files_again_change_nothing(park: Database) -> None:
    """An import is idempotent."""
    imported = import_park(park, PARK, quiet)
    assert [(each.created, each.changed) for each in imported] == [(0, 0)] * 5


def test_what_is_exported_is_imported_without_change(park: Database, empty: Database, tmp_path: Path) -> None:
    """The five files carry the whole park, hostile names included."""
    export_park(park, tmp_path / "out")
    assert [(each.created, each.changed) for each in import_park(park, tmp_path / "out", quiet)] == [
        (0, 0)
    ] * 5
    import_park(empty, tmp_path / "out", quiet)
    assert count(empty) == count(park)


def test_an_import_brings_changed_rows_up_to_date(empty: Database, files: Callable[..., Path]) -> None:
    """The natural key finds the row again; search learns the new name and forgets the old one."""
    import_park(empty, files(), quiet)
    renamed = files(
        clients="compte_client;raison_sociale\nC1;Nouveau Nom\n",
        numeros="sda;service;licence\n0140000001;M1;\n",
    )
    customers, *_, numbers = import_park(empty, renamed, quiet)
    assert (customers.changed, numbers.changed) == (1, 1)
    found = Park(empty)
    assert [row.reference for row in found.search_services("nouveau")] == ["M1"]
    assert found.search_services("generale") == ()
    assert holder_of(empty, "+33140000001") is None


def test_a_renamed_service_is_found_by_its_new_name(empty: Database, files: Callable[..., Path]) -> None:
    """And no longer by its old one."""
    import_park(empty, files(), quiet)
    import_park(empty, files(services=SMALL["services.csv"].replace("M1;Centrex", "M1;Standard")), quiet)
    assert [row.name for row in Park(empty).search_services("standard")] == ["Standard"]
    assert Park(empty).search_services("centrex") == ()


def test_progress_is_told(empty: Database, files: Callable[..., Path]) -> None:
    """Whoever waits sees how far it is."""
    told: list[tuple[str, int, int]] = []
    import_park(empty, files(), lambda *step: told.append(step))
    assert told == [
        ("customers", 1, 1),
        ("sites", 1, 1),
        ("services", 1, 1),
        ("licences", 2, 2),
        ("numbers", 2, 2),
    ]


def test_files_with_headers_only_import_nothing(empty: Database, files: Callable[..., Path]) -> None:
    """A park may be empty."""
    headers = {name.removesuffix(".csv"): text.splitlines()[0] + "\n" for name, text in SMALL.items()}
    import_park(empty, files(**headers), quiet)
    assert count(empty) == [0, 0, 0]


def test_an_older_export_puts_back_what_the_bot_changed(
    services: Services, park: Database, tmp_path: Path
) -> None:
    """The files are the portal's word: who imports old ones gets the old park."""
    export_park(park, tmp_path)
    move(services, "FPC367128", "Entrepôt Nord")
    import_park(park, tmp_path, quiet)
    assert place_of(park, "FPC367128") == "Siège Social"


LICENCE = "FPC1;M1;Licence full;Siège;actif;A1;;;;;non"
FAULTS = [
    ("clients", None, "clients.csv: can't be read: No such file or directory"),
    ("clients", "", "clients.csv: is empty; a header line is needed at least"),
    ("clients", b"\xff\xfec\x00", "clients.csv: is neither UTF-8 nor Windows-1252 text"),
    (
        "clients",
        b"compte_client;raison_sociale\nC1;\x81\n",
        "clients.csv: is neither UTF-8 nor Windows-1252 text",
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
    ("clients", "compte_client;raison_sociale\nC1\n", "clients.csv, line 2: has 1 cells; the header has 2"),
    ("clients", "compte_client;raison_sociale\nC1;\n", "clients.csv, line 2, raison_sociale: is empty"),
    (
        "clients",
        f"compte_client;raison_sociale\nC1;{'x' * 256}\n",
        "clients.csv, line 2, raison_sociale: has 256 characters; at most 255 fit",
    ),
    (
        "clients",
        'compte_client;raison_sociale\nC1;"x\n',
        "clients.csv, line 2: is not CSV: unexpected end of data",
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
        import_park(empty, files(**{name: content}), quiet)
    assert str(refused.value.faults[0]) == fault
    assert count(empty) == [0, 0, 0]


def test_a_number_of_another_services_licence_is_a_fault(empty: Database, files: Callable[..., Path]) -> None:
    """A licence only takes numbers of its own service."""
    services = SMALL["services.csv"] + "M2;Autre;MetaCentrex;C1;Siège;suspendu\n"
    directory = files(services=services, numeros="sda;service;licence\n0140000001;M2;FPC1\n")
    with pytest.raises(FilesRefused) as refused:
        import_park(empty, directory, quiet)
    assert str(refused.value.faults[0]) == "numeros.csv, line 2, licence: FPC1 belongs to another service"


def test_all_faults_are_told_at_once(empty: Database, files: Callable[..., Path]) -> None:
    """Nobody imports five times to learn of five faults."""
    directory = files(clients="compte_client\n", sites="", numeros=None)
    with pytest.raises(FilesRefused) as refused:
        import_park(empty, directory, quiet)
    assert len(refused.value.faults) == 3


def test_a_directory_that_is_not_there_is_told(empty: Database, tmp_path: Path) -> None:
    """The fault names it."""
    with pytest.raises(FilesRefused) as refused:
        import_park(empty, tmp_path / "none", quiet)
    assert str(refused.value.faults[0]) == f"{tmp_path / 'none'}: is not a directory"


def test_the_demonstration_park_is_plain_csv(tmp_path: Path) -> None:
    """Its columns are the documented ones."""
    shutil.copytree(PARK, tmp_path / "park")
    for name, columns in COLUMNS.items():
        with (tmp_path / "park" / name).open(encoding="utf-8") as file:
            assert next(csv.reader(file, delimiter=";")) == list(columns)
