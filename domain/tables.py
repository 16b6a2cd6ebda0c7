"""The database's tables: the park, the drafts, the record and the outbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from domain.columns import Base as Base  # noqa: PLC0414 - with it come all tables
from domain.events import Event as Event  # noqa: PLC0414
from domain.events import Webhook as Webhook  # noqa: PLC0414
from domain.portal import CarryOver as CarryOver  # noqa: PLC0414
from domain.portal import Conflict as Conflict  # noqa: PLC0414
from domain.portal import Import as Import  # noqa: PLC0414
from domain.values import (
    TEXT_LIMIT,
    Field,
    LicenceState,
    LicenceType,
    OperationKind,
    OrderState,
    ServiceState,
    ServiceType,
)

REFERENCE_LIMIT = 40
"""Characters that a reference may have: a licence's line must fit an option (75, Slack)."""

VIEW_LIMIT = 60
"""Characters that are kept of a modal's id, of which Slack's have some eleven."""

KEY_LIMIT = 2 * TEXT_LIMIT - len("00000 ")
"""Characters that the key of a label or an address has room for: its plain letters."""

CHOICE_LIMIT = 150
"""Characters that a text may have that is chosen from a list: an option's value (150, Slack)."""


Word = String(TEXT_LIMIT).with_variant(String(TEXT_LIMIT, collation="C"), "postgresql")


class Customer(Base):
    """A company that buys services."""

    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(String(REFERENCE_LIMIT), unique=True)
    name: Mapped[str] = mapped_column(String(TEXT_LIMIT))


class Site(Base):
    """An address of a customer."""

    __tablename__ = "sites"
    __table_args__ = (UniqueConstraint("customer_id", "label_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    label: Mapped[str] = mapped_column(String(TEXT_LIMIT))
    label_key: Mapped[str] = mapped_column(String(2 * TEXT_LIMIT))
    address: Mapped[str] = mapped_column(String(TEXT_LIMIT))
    address_key: Mapped[str] = mapped_column(String(2 * TEXT_LIMIT))
    postal_code: Mapped[str] = mapped_column(String(5))
    city: Mapped[str] = mapped_column(String(TEXT_LIMIT))
    phone: Mapped[str | None] = mapped_column(String(16))
    is_open: Mapped[bool] = mapped_column(default=True)


class Service(Base):
    """A subscribed MetaCentrex of a customer."""

    __tablename__ = "services"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(REFERENCE_LIMIT), unique=True)
    name: Mapped[str] = mapped_column(String(TEXT_LIMIT))
    type: Mapped[ServiceType]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    state: Mapped[ServiceState]


class Licence(Base):
    """One contracted licence of a service."""

    __tablename__ = "licences"
    __table_args__ = (UniqueConstraint("id", "service_id"), Index(None, "service_id", "type"))

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(REFERENCE_LIMIT), unique=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("services.id"))
    type: Mapped[LicenceType]
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    state: Mapped[LicenceState]
    accountcode: Mapped[str | None] = mapped_column(String(TEXT_LIMIT))
    emergency_number: Mapped[str | None] = mapped_column(String(16))
    fax2mail: Mapped[str | None] = mapped_column(String(16))
    call_restriction: Mapped[str | None] = mapped_column(String(CHOICE_LIMIT))
    overage_restriction: Mapped[str | None] = mapped_column(String(CHOICE_LIMIT))
    supervisor: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """How often its site, service or state has changed: what goes away and comes back has changed (R10)."""


class Number(Base):
    """A direct-inward-dialling number of a service, associated with one of its licences, or free."""

    __tablename__ = "numbers"
    __table_args__ = (
        ForeignKeyConstraint(["licence_id", "service_id"], ["licences.id", "licences.service_id"]),
        Index(None, "licence_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    e164: Mapped[str] = mapped_column(String(16), unique=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("services.id"), index=True)
    licence_id: Mapped[int | None] = mapped_column(BigInteger)
    revision: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """How often its licence or service has changed (R10)."""


class ServiceWord(Base):
    """A word that leads to a service: its names, its customer's, its references and numbers."""

    __tablename__ = "service_words"
    __table_args__ = (Index(None, "service_id", "word"),)

    word: Mapped[str] = mapped_column(Word, primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("services.id"), primary_key=True)


class CustomerWord(Base):
    """A word that leads to a customer: its name and account."""

    __tablename__ = "customer_words"

    word: Mapped[str] = mapped_column(Word, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), primary_key=True, index=True)


class Draft(Base):
    """A procedure under way; each has the choices that its kind asks for."""

    __tablename__ = "drafts"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[OperationKind]
    owner: Mapped[str] = mapped_column(String(30))
    expires_at: Mapped[datetime] = mapped_column(index=True)
    channel: Mapped[str | None] = mapped_column(String(30))
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("drafts.id", ondelete="SET NULL"))
    search: Mapped[str] = mapped_column(String(TEXT_LIMIT), default="")
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    service_id: Mapped[int | None] = mapped_column(ForeignKey("services.id"))
    filters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    page: Mapped[int] = mapped_column(Integer, default=0)
    licence_type: Mapped[LicenceType | None]
    quantity: Mapped[int | None] = mapped_column(Integer)
    destination_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))
    site_text: Mapped[str | None] = mapped_column(String(TEXT_LIMIT))
    """The destination as it was typed, until it is found among a customer's sites."""
    form: Mapped[dict[str, Any] | None]
    undoes: Mapped[str | None] = mapped_column(ForeignKey("operations.id"))
    reason: Mapped[str | None] = mapped_column(String(TEXT_LIMIT))
    response_url: Mapped[str | None] = mapped_column(String(TEXT_LIMIT))


class DraftLicence(Base):
    """A licence that is ticked in a draft."""

    __tablename__ = "draft_licences"

    draft_id: Mapped[str] = mapped_column(ForeignKey("drafts.id", ondelete="CASCADE"), primary_key=True)
    licence_id: Mapped[int] = mapped_column(ForeignKey("licences.id"), primary_key=True)


class DraftNumber(Base):
    """A number that is chosen in a draft."""

    __tablename__ = "draft_numbers"

    draft_id: Mapped[str] = mapped_column(ForeignKey("drafts.id", ondelete="CASCADE"), primary_key=True)
    number_id: Mapped[int] = mapped_column(ForeignKey("numbers.id"), primary_key=True)


class Order(Base):
    """A confirmation, and what has become of it; its id is the draft's (R7)."""

    __tablename__ = "orders"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[OperationKind]
    by: Mapped[str] = mapped_column(String(30))
    at: Mapped[datetime]
    shown: Mapped[str | None] = mapped_column(String(32))
    """The fingerprint of the plan that was shown; nothing of those of the first version."""
    state: Mapped[OrderState]
    channel: Mapped[str | None] = mapped_column(String(30))


class Operation(Base):
    """What was done: written with the change, never changed nor deleted (R8; triggers see to it)."""

    __tablename__ = "operations"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[OperationKind]
    by: Mapped[str] = mapped_column(String(30))
    at: Mapped[datetime] = mapped_column(index=True)
    reason: Mapped[str | None] = mapped_column(String(TEXT_LIMIT))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    """Nothing of an import, which is of all of them."""
    service_id: Mapped[int | None] = mapped_column(ForeignKey("services.id"), index=True)
    undoes: Mapped[str | None] = mapped_column(ForeignKey("operations.id"), unique=True)


class OperationLine(Base):
    """One thing that an operation changed: its name, before and after, and the ids to replay it."""

    __tablename__ = "operation_lines"
    __table_args__ = (
        CheckConstraint(
            "COALESCE(licence_id, number_id, after_site_id, service_id, customer_id) IS NOT NULL", "subject"
        ),
        Index(None, "licence_id"),
        Index(None, "number_id"),
    )

    operation_id: Mapped[str] = mapped_column(ForeignKey("operations.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    field: Mapped[Field]
    subject: Mapped[str] = mapped_column(String(TEXT_LIMIT))
    before: Mapped[str | None] = mapped_column(String(TEXT_LIMIT))
    after: Mapped[str | None] = mapped_column(String(TEXT_LIMIT))
    refused: Mapped[bool] = mapped_column(default=False)
    licence_id: Mapped[int | None] = mapped_column(ForeignKey("licences.id"))
    number_id: Mapped[int | None] = mapped_column(ForeignKey("numbers.id"))
    before_site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))
    after_site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))
    revision: Mapped[int | None] = mapped_column(Integer)
    """The revision that the change gave the licence or number (R10)."""
    detail: Mapped[str | None] = mapped_column(String(30))
    """The column, where the field is but a detail."""
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    """The customer that it is a detail of."""
    service_id: Mapped[int | None] = mapped_column(ForeignKey("services.id"))
    """The service that it is a detail of."""


class Announcement(Base):
    """The outbox: a message that a committed operation owes (R9)."""

    __tablename__ = "announcements"
    __table_args__ = (Index(None, "done_at", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    operation_id: Mapped[str] = mapped_column(ForeignKey("operations.id"), index=True)
    amends_id: Mapped[int | None] = mapped_column(ForeignKey("announcements.id"))
    channel: Mapped[str] = mapped_column(String(30))
    recipient: Mapped[str | None] = mapped_column(String(30))
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    claimed_until: Mapped[datetime | None]
    posted_channel: Mapped[str | None] = mapped_column(String(30))
    posted_ts: Mapped[str | None] = mapped_column(String(30))
    view: Mapped[str | None] = mapped_column(String(VIEW_LIMIT))
    """The modal that says « C’est fait », by Slack's id: it is given the link to the message."""
    undoable_since: Mapped[datetime | None] = mapped_column(index=True)
    """When the change was made that the message offers to undo; nothing once it doesn't offer it."""
    done_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(TEXT_LIMIT))
