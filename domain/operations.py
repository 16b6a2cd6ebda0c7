"""Committed operations, read back as they are announced and told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from domain import outbox, owing, park
from domain.errors import UnknownOperation
from domain.owing import NOTHING, Standing
from domain.rows import Group, Line
from domain.tables import Announcement, Customer, Licence, Operation, OperationLine, Service
from domain.values import Field, OperationId, OperationKind, Person, PhoneNumber

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from domain.changes import Following
    from domain.database import Database

SHOWN = 10
"""Lines that a message shows; a longer list goes into a file."""


@dataclass(frozen=True)
class Recorded:
    """A committed operation, as it is announced and told."""

    id: OperationId
    kind: OperationKind
    by: Person
    at: datetime
    reason: str | None
    customer_name: str | None
    """Nothing of an import, which is of all customers."""
    service_reference: str | None
    service_name: str | None
    undoes: Undone | None
    groups: tuple[Group, ...]
    lines: tuple[Line, ...]
    """The first `SHOWN` lines that were applied."""
    count: int
    refused: tuple[Line, ...]
    """The first `SHOWN` lines that an undo had to leave."""
    refused_count: int
    undone: Undone | None
    """The operation that took this one back, if one did."""
    standing: Standing = NOTHING
    """Where its lines stand with the portal (R15)."""
    following: Following | None = field(default=None, compare=False)
    """Where the person who has just confirmed goes on."""

    @property
    def is_long(self) -> bool:
        """Whether a message can't show all lines, so that a file must."""
        return max(self.count, self.refused_count) > SHOWN


@dataclass(frozen=True)
class Undone:
    """An undo and what it undid, seen from either: which operation, whose, when, how much."""

    operation: OperationId
    kind: OperationKind
    by: Person
    at: datetime
    count: int
    refused_count: int


class Operations:
    """Committed operations, read back."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def read(self, operation: OperationId) -> Recorded:
        """Read an operation. Raises UnknownOperation."""
        with self._database.reading() as session:
            return read(session, operation)

    def lines(self, operation: OperationId) -> tuple[Line, ...]:
        """Read all lines of an operation, for its file."""
        with self._database.reading() as session:
            return _lines(session, OperationLine.operation_id == operation)

    def end_undo(self, operation: OperationId) -> None:
        """Owe the messages of an operation that can't be undone any more an update without their button."""
        with self._database.writing() as session:
            outbox.amend(session, Announcement.operation_id == operation, self._clock())


def _told(other: Any) -> list[Any]:
    """Select what is told of an undo, or of what it undid."""
    counts = [
        select(func.count())
        .where(OperationLine.operation_id == other.id, OperationLine.refused == refused)
        .scalar_subquery()
        for refused in (False, True)
    ]
    return [other.id, other.kind, other.by, other.at, *counts]


_BEFORE, _AFTER = aliased(Operation), aliased(Operation)
_HEAD: Any = (
    select(Operation, Customer.name, Service.reference, Service.name, *_told(_BEFORE), *_told(_AFTER))
    .outerjoin(Customer, Customer.id == Operation.customer_id)
    .outerjoin(Service, Service.id == Operation.service_id)
    .outerjoin(_BEFORE, _BEFORE.id == Operation.undoes)
    .outerjoin(_AFTER, _AFTER.undoes == Operation.id)
)


def read(session: Session, operation: OperationId) -> Recorded:
    """Read an operation with what undid it. Raises UnknownOperation."""
    found = session.execute(_HEAD.where(Operation.id == operation)).one_or_none()
    if found is None:
        raise UnknownOperation
    row, customer, reference, name, *others = found
    tally = (
        select(
            OperationLine.refused,
            OperationLine.field,
            OperationLine.before,
            OperationLine.after,
            func.count().label("many"),
        )
        .where(OperationLine.operation_id == operation)
        .group_by(OperationLine.refused, OperationLine.field, OperationLine.before, OperationLine.after)
        .order_by(func.count().desc(), OperationLine.before)
    )
    counted = session.execute(tally).all()
    groups = tuple(Group(*each[1:]) for each in counted if not each.refused)
    refused_count = sum(each.many for each in counted if each.refused)
    mine = OperationLine.operation_id == operation
    return Recorded(
        id=operation,
        kind=row.kind,
        by=Person(row.by),
        at=row.at,
        reason=row.reason,
        customer_name=customer,
        service_reference=reference,
        service_name=name,
        undoes=_other(others[: len(others) // 2]),
        groups=groups,
        lines=_lines(session, mine & ~OperationLine.refused, SHOWN),
        count=sum(group.count for group in groups),
        refused=_lines(session, mine & OperationLine.refused, SHOWN) if refused_count else (),
        refused_count=refused_count,
        undone=_other(others[len(others) // 2 :]),
        standing=owing.standings(session, [operation]).get(operation, NOTHING),
    )


def _other(found: Sequence[Any]) -> Undone | None:
    return Undone(*found) if found[0] else None


def _lines(session: Session, where: Any, limit: int | None = None) -> tuple[Line, ...]:
    query: Any = (
        select(OperationLine, Licence.reference, Licence.type, Licence.accountcode, park.HELD)
        .outerjoin(Licence, Licence.id == OperationLine.licence_id)
        .where(where)
        .order_by(OperationLine.position)
    )
    return tuple(
        Line(
            field=line.field,
            subject=PhoneNumber(line.subject) if line.field is Field.HOLDER else line.subject,
            before=line.before,
            after=line.after,
            refused=line.refused,
            licence_reference=reference,
            licence_type=licence_type,
            accountcode=accountcode,
            numbers=park.phones(held),
        )
        for line, reference, licence_type, accountcode, held in session.execute(query.limit(limit))
    )


def created_site(session: Session, operation: str) -> int:
    """Give the id of the site that an operation added."""
    added = select(OperationLine.after_site_id).where(OperationLine.operation_id == operation)
    return session.scalars(added.where(OperationLine.after_site_id.is_not(None))).one()  # type: ignore[return-value]
