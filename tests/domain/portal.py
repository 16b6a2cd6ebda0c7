"""The portal's own changes: the park's files are exported, edited and imported, as they come."""

from __future__ import annotations

import csv
import tempfile
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from domain.exporting import export_park
from domain.importing import import_park
from domain.sites import SiteForm
from domain.tables import Customer, Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from domain.database import Database
    from domain.importing import Imported

ADDRESS = {"address": "1 rue Neuve", "postal_code": "13002", "city": "Marseille", "phone": None}
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""When the tests import."""

KEYS = {"services.csv": "reference", "licences.csv": "reference", "numeros.csv": "sda"}


def portal_changes(database: Database, file: str, key: str, **cells: str) -> None:
    """Import the park as it is now, but for these cells of the row that `key` names."""
    with portal_files(database) as folder:
        edit(folder / file, key, **cells)


@contextmanager
def portal_files(database: Database, done: list[Imported] | None = None) -> Iterator[Path]:
    """Give the park as it is now in a folder; import what has become of it there, and tell it in `done`.

    The portal has all that the bot has changed: an import has shown that before.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        export_park(database, folder)
        import_park(database, folder, lambda *_: None, at=NOW, force=True)
        yield folder
        outcome = import_park(database, folder, lambda *_: None, at=NOW, force=True)
        if done is not None:
            done += outcome.tables


def edit(path: Path, key: str, **cells: str) -> None:
    """Change cells of the row that `key` names."""
    rows = _read(path)
    next(row for row in rows if row[KEYS[path.name]] == key).update(cells)
    _write(path, rows)


def leave_out(path: Path, key: str) -> None:
    """Take out the row that `key` names."""
    _write(path, [row for row in _read(path) if row[KEYS[path.name]] != key])


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines, delimiter=";"))


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)


def add_site(session: Session, customer_id: int, label: str) -> None:
    """Give a customer a site at ADDRESS."""
    form = SiteForm.parse({**ADDRESS, "label": label})
    keys = {"label_key": form.label_key, "address_key": form.address_key}
    session.execute(insert(Site).values(customer_id=customer_id, **asdict(form), **keys))


def hand_over(park: Database) -> None:
    """Give the sheet's service to another customer, who has a site of the same name."""
    with park.writing() as session:
        other = session.scalars(select(Customer.id).where(Customer.account == "C06100")).one()
        for label in ("Siège Social", "Entrepôt Nord"):
            if not session.scalars(
                select(Site.id).where(Site.customer_id == other, Site.label == label)
            ).all():
                add_site(session, other, label)
    portal_changes(park, "services.csv", "MCX-13001-01", compte_client="C06100")
