"""How the rows of the portal's files become rows of the park, and tables of one's own on the way (R16)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Column,
    Integer,
    String,
    case,
    literal,
    select,
)
from sqlalchemy.orm import aliased

from domain.columns import Id
from domain.comparing import DETAILS
from domain.staging import CUSTOMERS, LICENCES, NUMBERS, SERVICES, SITES, table
from domain.tables import Customer, Licence, Number, OperationLine, Service, Site
from domain.values import Field, LicenceState

if TYPE_CHECKING:
    from sqlalchemy import Table

KEPT = table(
    "kept",
    Column("field", OperationLine.field.type, primary_key=True),
    Column("subject_id", Id, primary_key=True, autoincrement=False),
)
"""Fields of which ours stays."""

LINES = table(
    "found_lines",
    Column("position", Integer, primary_key=True),
    Column("field", OperationLine.field.type),
    *(Column(name, String) for name in ("detail", "subject", "before", "after")),
    *(Column(name, Id) for name in ("customer_id", "service_id", "licence_id", "number_id")),
    *(Column(name, Id) for name in ("before_site_id", "after_site_id")),
    Column("revision", Integer),
)
"""What is to be put on record."""

TOUCHED = table("touched", Column("service_id", Id))
"""Services that search must learn anew."""


def _kept(field: Field, subject: Any) -> Any:
    return select(literal(1)).where(KEPT.c.field == field, KEPT.c.subject_id == subject).exists()


@dataclass(frozen=True, eq=False)
class Spec:
    """How the rows of a file become rows of a table."""

    file: str
    model: Any
    source: Any
    """Selects the line, and a row's columns by their names; with ids, once what they are of is written."""
    keys: tuple[str, ...]
    texts: dict[str, Any] = field(default_factory=dict)
    """What a column that holds an id is called, by a function of the id."""
    fields: dict[str, Field] = field(default_factory=dict)
    """Columns that are more than a detail."""
    subject: str = "reference"
    owner: str = ""
    """The column of the record that says whose detail a line is."""

    @property
    def target(self) -> Table:
        """The rows that are there, as they are to be."""
        return TARGETS[self.file]

    @property
    def columns(self) -> list[str]:
        """What is written, in the order of the source."""
        return [each.name for each in self.source.selected_columns][1:]


def _site_text(site_id: Any) -> Any:
    return select(Site.label).where(Site.id == site_id).scalar_subquery()


def _service_text(service_id: Any) -> Any:
    other = aliased(Service)
    return select(other.reference).where(other.id == service_id).scalar_subquery()


def _account_text(customer_id: Any) -> Any:
    other = aliased(Customer)
    return select(other.account).where(other.id == customer_id).scalar_subquery()


_NOW = aliased(Licence)
_ACCOUNT_OF_SITE = (Site.customer_id == Customer.id) & (Site.label_key == SITES.c.label_key)

SPECS = (
    Spec(
        "clients.csv",
        Customer,
        select(CUSTOMERS.c.line, CUSTOMERS.c.account, CUSTOMERS.c.name),
        ("account",),
        subject="account",
        owner="customer_id",
    ),
    Spec(
        "sites.csv",
        Site,
        select(
            SITES.c.line,
            Customer.id.label("customer_id"),
            *(SITES.c[name] for name in ("label", "label_key", "address", "address_key")),
            *(SITES.c[name] for name in ("postal_code", "city", "phone")),
        ).join(Customer, Customer.account == SITES.c.account),
        ("customer_id", "label_key"),
        subject="label",
        owner="after_site_id",
    ),
    Spec(
        "services.csv",
        Service,
        select(
            SERVICES.c.line,
            *(SERVICES.c[name] for name in ("reference", "name", "type")),
            Customer.id.label("customer_id"),
            Site.id.label("site_id"),
            SERVICES.c.state,
        )
        .join(Customer, Customer.account == SERVICES.c.account)
        .join(Site, (Site.customer_id == Customer.id) & (Site.label_key == SERVICES.c.site_key)),
        ("reference",),
        {"customer_id": _account_text, "site_id": _site_text},
        owner="service_id",
    ),
    Spec(
        "licences.csv",
        Licence,
        select(
            LICENCES.c.line,
            LICENCES.c.reference,
            Service.id.label("service_id"),
            case((_kept(Field.SITE, _NOW.id), _NOW.site_id), else_=Site.id).label("site_id"),
            case((_kept(Field.STATE, _NOW.id), _NOW.state), else_=LICENCES.c.state).label("state"),
            *(LICENCES.c[name] for name in (*DETAILS, "supervisor")),
        )
        .join(Service, Service.reference == LICENCES.c.service)
        .join(Site, (Site.customer_id == Service.customer_id) & (Site.label_key == LICENCES.c.site_key))
        .outerjoin(_NOW, _NOW.reference == LICENCES.c.reference),
        ("reference",),
        {"service_id": _service_text, "site_id": _site_text},
        {"site_id": Field.SITE, "state": Field.STATE},
        owner="licence_id",
    ),
    Spec(
        "numeros.csv",
        Number,
        select(
            NUMBERS.c.line,
            NUMBERS.c.e164,
            Service.id.label("service_id"),
            # A licence that has ended in the bot alone holds none (R4): that is a conflict.
            case((_NOW.state == LicenceState.ACTIVE, _NOW.id)).label("licence_id"),
        )
        .join(Service, Service.reference == NUMBERS.c.service)
        .outerjoin(_NOW, _NOW.reference == NUMBERS.c.licence),
        ("e164",),
        {"service_id": _service_text},
        subject="e164",
        owner="number_id",
    ),
)

TARGETS = {
    spec.file: table(
        f"to_{spec.model.__tablename__}",
        Column("id", Id, primary_key=True, autoincrement=False),
        *(Column(name, getattr(spec.model, name).type) for name in spec.columns),
    )
    for spec in SPECS
}
CUSTOMER, SITE, SERVICE, LICENCE, NUMBER = SPECS
