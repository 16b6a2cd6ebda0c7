"""What a receiver is told, as it is sent: references, never people (docs/webhook.md has the schema).

These types are the documentation of the payload: each docstring here is a description in its JSON Schema.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.events import EventType
from domain.tables import Customer, Licence, Number, Operation, OperationLine, Service
from domain.values import Field, OperationKind

LINES = 100
"""Lines of an operation in one event, at most: some twenty thousand bytes, which any receiver takes."""

# How pydantic reads the types; the domain itself needs none of it.
_DOCUMENTED = {"use_attribute_docstrings": True, "json_schema_serialization_defaults_required": True}


@dataclass(frozen=True)
class LineTold:
    """One thing that an operation changed."""

    __pydantic_config__ = _DOCUMENTED

    field: Field
    """What was changed: a licence's site or state, a number's holder, a new site, or a detail."""
    licence: str | None
    """The licence's reference, such as FPC367128."""
    number: str | None
    """The number (SDA) in E.164, such as +33491000001."""
    site: str | None
    """The label of a new site, or of the site that a detail is of."""
    service: str | None
    """The reference of the service that a detail is of."""
    customer: str | None
    """The account of the customer that a detail is of."""
    detail: str | None
    """The column of a detail, which an import brought. Its values are not told: they may name people."""
    before: str | None
    """A site's label, a state, or the reference of a number's licence; nothing where there was none."""
    after: str | None
    """The same after the change; the address, of a new site."""


@dataclass(frozen=True)
class OperationTold:
    """Which operation it is about."""

    __pydantic_config__ = _DOCUMENTED

    id: str
    kind: OperationKind
    at: datetime
    """When it was applied."""
    customer: str | None
    """The customer's account; nothing of an import, which is of all customers."""
    service: str | None
    """The service's reference, where it is about one."""


@dataclass(frozen=True)
class Applied:
    """An operation with its lines, a page of them."""

    __pydantic_config__ = _DOCUMENTED

    operation: OperationTold
    undoes: str | None
    """The id of the operation that it takes back, if it does."""
    page: int
    """Which part of the lines this is; the first is 1."""
    pages: int
    """In how many parts, each an event of its own, the lines are told, in order."""
    lines: tuple[LineTold, ...]
    """What was changed: at most 100 lines, without those that an undo had to leave."""


@dataclass(frozen=True)
class Undone:
    """An operation that was taken back, whole or in part."""

    __pydantic_config__ = _DOCUMENTED

    operation: OperationTold
    undone_by: str
    """The id of the operation that took it back: its own event says which lines."""


@dataclass(frozen=True)
class Nothing:
    """No data."""

    __pydantic_config__ = _DOCUMENTED


@dataclass(frozen=True)
class OperationApplied:
    """An operation was applied in the bot. The portal may not have it yet."""

    __pydantic_config__ = _DOCUMENTED

    timestamp: datetime
    """When it happened, which is not when it is sent."""
    data: Applied
    type: Literal[EventType.APPLIED] = EventType.APPLIED
    version: Literal[1] = 1


@dataclass(frozen=True)
class OperationUndone:
    """An operation was taken back, after what was told of it before."""

    __pydantic_config__ = _DOCUMENTED

    timestamp: datetime
    """When it was taken back."""
    data: Undone
    type: Literal[EventType.UNDONE] = EventType.UNDONE
    version: Literal[1] = 1


@dataclass(frozen=True)
class WebhookTest:
    """What `metacentrex webhook test` sends: nothing has happened."""

    __pydantic_config__ = _DOCUMENTED

    timestamp: datetime
    """When it was sent."""
    data: Nothing = Nothing()
    type: Literal["webhook.test"] = "webhook.test"
    version: Literal[1] = 1


Notice = OperationApplied | OperationUndone | WebhookTest


def read(session: Session, what: EventType, operation: str, page: int, at: datetime) -> Notice:
    """Read what is told of an operation: from its record, so that a retry says the same."""
    head: Any = (
        select(Operation.id, Operation.kind, Operation.at, Customer.account, Service.reference)
        .outerjoin(Customer, Customer.id == Operation.customer_id)
        .outerjoin(Service, Service.id == Operation.service_id)
        .where(Operation.id == operation)
    )
    if what is EventType.UNDONE:
        undo = select(Operation.id).where(Operation.undoes == operation).scalar_subquery()
        *told, undone_by = session.execute(head.add_columns(undo)).one()
        return OperationUndone(at, Undone(OperationTold(*told), undone_by))
    lines = OperationLine.operation_id == operation
    last = select(func.max(OperationLine.position)).where(lines).scalar_subquery()
    *told, undoes, count = session.execute(head.add_columns(Operation.undoes, last)).one()
    pages = max(1, math.ceil((count or 0) / LINES))
    about = Applied(OperationTold(*told), undoes, page, pages, _lines(session, operation, page))
    return OperationApplied(at, about)


def _lines(session: Session, operation: str, page: int) -> tuple[LineTold, ...]:
    first = (page - 1) * LINES + 1
    query: Any = (
        select(OperationLine, Licence.reference, Number.e164, Service.reference, Customer.account)
        .outerjoin(Licence, Licence.id == OperationLine.licence_id)
        .outerjoin(Number, Number.id == OperationLine.number_id)
        .outerjoin(Service, Service.id == OperationLine.service_id)
        .outerjoin(Customer, Customer.id == OperationLine.customer_id)
        .where(OperationLine.operation_id == operation, ~OperationLine.refused)
        .where(OperationLine.position.between(first, first + LINES - 1))
        .order_by(OperationLine.position)
    )
    return tuple(_line(*row) for row in session.execute(query))


def _line(
    line: OperationLine, licence: str | None, number: str | None, service: str | None, customer: str | None
) -> LineTold:
    is_detail = line.field is Field.DETAIL
    is_of_site = line.field is Field.NEW_SITE or (is_detail and line.after_site_id is not None)
    return LineTold(
        field=line.field,
        licence=licence,
        number=number,
        site=line.subject if is_of_site else None,
        service=service,
        customer=customer,
        detail=line.detail,
        before=None if is_detail else line.before,
        after=None if is_detail else line.after,
    )
