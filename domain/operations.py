"""What all procedures share: the record of an operation, and the announcement that it owes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import aliased

from domain import drafts, park
from domain.errors import DraftSpent, NothingToDo, ParkMoved, PlanChanged, UnknownOperation
from domain.rows import Group, Line, read_side
from domain.tables import VIEW_LIMIT, Announcement, Customer, Licence, Operation, OperationLine, Service
from domain.values import DraftId, Fingerprint, OperationId, OperationKind, Person, PhoneNumber

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy import Select, UpdateBase
    from sqlalchemy.orm import Session

    from domain.database import Database
    from domain.drafts import DraftRow

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
    customer_name: str
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

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, operation: OperationId) -> Recorded:
        """Read an operation. Raises UnknownOperation."""
        with self._database.reading() as session:
            return read(session, operation)

    def lines(self, operation: OperationId) -> tuple[Line, ...]:
        """Read all lines of an operation, for its file."""
        with self._database.reading() as session:
            undone = aliased(Operation)
            query = (
                select(func.coalesce(undone.kind, Operation.kind))
                .select_from(Operation)
                .outerjoin(undone, undone.id == Operation.undoes)
                .where(Operation.id == operation)
            )
            kind = session.execute(query).scalar_one()
            return _lines(session, kind, OperationLine.operation_id == operation)


class Plan(Protocol):
    """What a procedure would do, as it is shown and confirmed."""

    @property
    def fingerprint(self) -> Fingerprint:
        """The digest of all that the plan shows."""

    @property
    def changes(self) -> int:
        """How many things would change."""


P = TypeVar("P", bound=Plan)


def confirm(
    database: Database,
    draft: DraftId,
    shown: Fingerprint,
    by: Person,
    view: str | None,
    *,
    plan: Callable[[Session, DraftRow], P],
    change: Callable[[Session, DraftRow, P], None],
) -> Recorded:
    """Do what was shown, whole (R8) and once (R7), if it is still what would be done (R6).

    `plan` makes the plan again, taking its lock before it reads; `change` applies it and records it. A
    draft on which an operation stands takes no other confirmation. `view` is the modal that will say so, to
    which the announcement is linked once it is made. Raises DraftGone, DraftForeign,
    DraftSpent, PlanChanged, NothingToDo, ParkMoved, ParkUnavailable, and what both raise.
    """
    with database.writing() as session:
        row = drafts.locked(session, draft, by)
        if already := session.execute(select(Operation.shown).where(Operation.id == draft)).one_or_none():
            recorded = read(session, OperationId(draft))
            if already.shown != shown or recorded.undone:
                raise DraftSpent
            return recorded
        planned = plan(session, row)
        if planned.fingerprint != shown:
            raise PlanChanged
        if not planned.changes:
            raise NothingToDo
        change(session, row, planned)
        if view and len(view) <= VIEW_LIMIT:
            told = (Announcement.operation_id == draft) & Announcement.recipient.is_not(None)
            session.execute(
                update(Announcement).where(told, Announcement.amends_id.is_(None)).values(view=view)
            )
        return read(session, OperationId(draft))


def fingerprint(*shown: Any) -> Fingerprint:
    """Digest what a plan shows. The parts are frozen values, so that their text says all (R6)."""
    return Fingerprint(hashlib.sha256(repr(shown).encode()).hexdigest()[:32])


def record(
    session: Session,
    draft: DraftRow,
    at: datetime,
    *,
    plan: Plan,
    lines: Select[*tuple[Any, ...]],
    count: int,
    journal: str | None,
    **facts: Any,
) -> None:
    """Write an operation, its `count` lines and its announcements, in the change's own transaction.

    `lines` selects position, subject, before, after, then the ids, as they are before the change (R8, R9).
    Raises ParkMoved where it gives another number of lines.
    """
    session.execute(
        insert(Operation).values(
            id=draft.id,
            by=draft.owner,
            at=at,
            shown=plan.fingerprint,
            **{"kind": draft.kind, "reason": draft.reason, "service_id": draft.service_id, **facts},
        )
    )
    add_lines(session, lines, count)
    announce(session, draft, at, journal)


def add_lines(session: Session, lines: Select[*tuple[Any, ...]], count: int) -> None:
    """Write lines of an operation. Raises ParkMoved where there are not `count`."""
    columns = [column.name for column in lines.selected_columns]
    change(session, insert(OperationLine).from_select(columns, lines), count)


def change(session: Session, statement: UpdateBase, count: int) -> None:
    """Change `count` rows; roll back, with ParkMoved, where it is more or fewer (R6)."""
    # psycopg gives no row count for INSERT … SELECT unless asked to keep it.
    options = {"preserve_rowcount": True, "synchronize_session": False}
    if session.connection().execute(statement, execution_options=options).rowcount != count:
        raise ParkMoved


def announce(session: Session, draft: DraftRow, at: datetime, journal: str | None) -> None:
    """Owe the confirmation where the person acted, and a copy in the journal (R9)."""
    owed: Mapping[str, Any] = {"operation_id": draft.id, "due_at": at}
    confirmation = {**owed, "channel": draft.channel or draft.owner, "recipient": draft.owner}
    copies = [{**owed, "channel": journal, "recipient": None}] if journal else []
    session.execute(insert(Announcement), [confirmation, *copies])


def read(session: Session, operation: OperationId) -> Recorded:
    """Read an operation with what undid it. Raises UnknownOperation."""
    query = (
        select(Operation, Customer.name, Service.reference, Service.name)
        .join(Customer, Customer.id == Operation.customer_id)
        .outerjoin(Service, Service.id == Operation.service_id)
        .where(Operation.id == operation)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise UnknownOperation
    row: Operation = found[0]
    mine = OperationLine.operation_id == operation
    applied, refused = mine & ~OperationLine.refused, mine & OperationLine.refused
    tally = (
        select(OperationLine.before, OperationLine.after, func.count())
        .where(applied)
        .group_by(OperationLine.before, OperationLine.after)
        .order_by(func.count().desc(), OperationLine.before)
    )
    undoes = _other(session, Operation.id == row.undoes)
    changed = undoes.kind if undoes else row.kind  # an undo's lines are of the kind of what it undid
    groups = tuple(
        Group(read_side(changed, before), read_side(changed, after), count)
        for before, after, count in session.execute(tally)
    )
    return Recorded(
        id=operation,
        kind=row.kind,
        by=Person(row.by),
        at=row.at,
        reason=row.reason,
        customer_name=found[1],
        service_reference=found[2],
        service_name=found[3],
        undoes=undoes,
        groups=groups,
        lines=_lines(session, changed, applied, SHOWN),
        count=sum(group.count for group in groups),
        refused=_lines(session, changed, refused, SHOWN),
        refused_count=_count(session, refused),
        undone=_other(session, Operation.undoes == operation),
    )


def _count(session: Session, where: Any) -> int:
    return session.scalar(select(func.count()).select_from(OperationLine).where(where)) or 0


def _other(session: Session, where: Any) -> Undone | None:
    query: Any = select(Operation.id, Operation.kind, Operation.by, Operation.at).where(where)
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    mine = OperationLine.operation_id == row.id
    applied, refused = mine & ~OperationLine.refused, mine & OperationLine.refused
    return Undone(row.id, row.kind, row.by, row.at, _count(session, applied), _count(session, refused))


def _lines(session: Session, kind: OperationKind, where: Any, limit: int | None = None) -> tuple[Line, ...]:
    query = (
        select(OperationLine, Licence.reference, Licence.type, Licence.accountcode)
        .outerjoin(Licence, Licence.id == OperationLine.licence_id)
        .where(where)
        .order_by(OperationLine.position)
    )
    rows = session.execute(query.limit(limit)).all()
    held = park.held_numbers(session, [row[0].licence_id for row in rows if row[0].licence_id])
    return tuple(
        Line(
            subject=PhoneNumber(line.subject) if kind is OperationKind.DISSOCIATION else line.subject,
            before=read_side(kind, line.before),
            after=None if line.refused else read_side(kind, line.after),
            refused=line.refused,
            licence_reference=reference,
            licence_type=licence_type,
            accountcode=accountcode,
            numbers=held.get(line.licence_id or 0, ()),
        )
        for line, reference, licence_type, accountcode in rows
    )


def created_site(session: Session, operation: str) -> int:
    """Give the id of the site that an operation added."""
    added = select(OperationLine.after_site_id).where(OperationLine.operation_id == operation)
    return session.scalars(added.where(OperationLine.after_site_id.is_not(None))).one()  # type: ignore[return-value]
