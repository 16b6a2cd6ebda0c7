"""The park out of the database, as the five files that are read into it."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from domain.parkfiles import COLUMNS, STATES
from domain.tables import Customer, Licence, Number, Service, Site

if TYPE_CHECKING:
    from domain.database import Database


def export_park(database: Database, directory: Path) -> None:
    """Write the five files, as `import_park` reads them, into a directory that is made if need be.

    They are the park as it is, cell by cell. Each takes its name when all of them are written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory, prefix=".") as folder, database.reading() as session:
        for name, query in _EXPORTS.items():
            with (Path(folder) / name).open("w", encoding="utf-8-sig", newline="") as file:
                writer = csv.writer(file, delimiter=";")
                writer.writerow(COLUMNS[name])
                writer.writerows([_cell(value) for value in row] for row in session.execute(query))
        for name in _EXPORTS:
            (Path(folder) / name).replace(directory / name)


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
