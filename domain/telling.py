"""The webhook's outbox: what a program is told, written with the change, taken one by one (R9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, String, delete, func, insert, literal, select, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.sql.functions import FunctionElement

from domain import notices
from domain.events import Event, EventType, Webhook
from domain.notices import LINES
from domain.parameters import one_of
from domain.tables import Operation, OperationLine
from domain.values import TEXT_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session
    from sqlalchemy.sql.compiler import SQLCompiler

    from domain.database import Database
    from domain.notices import Notice

CLAIM = timedelta(seconds=60)
"""How long an event is one sender's before another takes it: longer than a receiver may take to answer."""

KEPT = timedelta(days=5)
"""How long an event is sent again and, sent or not, kept."""

BATCH = 500
"""Events that are deleted at a time."""


@dataclass(frozen=True)
class Due:
    """An event that is to be sent now."""

    id: int
    key: str
    """Its id for the receiver: the same at each try."""
    type: EventType
    operation: str
    page: int
    at: datetime
    attempts: int
    """Tries so far, this one included."""


@dataclass(frozen=True)
class Backlog:
    """Where the webhook stands."""

    count: int
    """Events that are owed."""
    oldest: float
    """Seconds since the oldest of them happened."""
    receiver: str | None
    """Whom they are for, as `Events.subscribe` was told."""
    ended_at: datetime | None
    """When that receiver said that it is gone."""


class Events:
    """What the receiver of the webhook is to be told."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def subscribe(self, receiver: str | None) -> None:
        """Settle who is told from now on, by a digest of the address; None: nobody, and no event is written.

        Another receiver gets what is still owed, now, also where the one before was gone. Raises
        ParkUnavailable.
        """
        with self._database.reading() as session:  # as a rule it is the same: a start needs no writer's turn
            if session.scalar(select(Webhook.receiver)) == receiver:
                return
        with self._database.writing() as session:
            session.execute(update(Webhook).values(receiver=receiver, ended_at=None))
            session.execute(update(Event).where(Event.done_at.is_(None)).values(due_at=self._clock()))

    def claim(self, receiver: str) -> Due | None:
        """Take the event that is due longest and nobody's, if it is this receiver that is told.

        Of one operation the oldest comes first: the others wait until it is sent, or given up.
        """
        now = self._clock()
        earlier = aliased(Event)
        waits = select(earlier.id).where(
            earlier.operation_id == Event.operation_id, earlier.id < Event.id, earlier.done_at.is_(None)
        )
        listens = select(Webhook.id).where(Webhook.receiver == receiver, Webhook.ended_at.is_(None))
        query = (
            select(Event.id)
            .where(Event.done_at.is_(None), Event.due_at <= now, ~waits.exists(), listens.exists())
            .where(Event.claimed_until.is_(None) | (Event.claimed_until <= now))
            .order_by(Event.due_at, Event.id)
            .limit(1)
        )
        with self._database.reading() as session:  # an idle sender leaves SQLite's one writer alone
            if session.scalar(query) is None:
                return None
        with self._database.writing() as session:
            found = session.scalar(query.with_for_update(skip_locked=True, of=Event))
            if found is None:
                return None
            taken = update(Event).where(Event.id == found)
            session.execute(taken.values(claimed_until=now + CLAIM, attempts=Event.attempts + 1))
            columns: Any = (Event.key, Event.type, Event.operation_id, Event.page, Event.at, Event.attempts)
            key, what, *others = session.execute(select(*columns).where(Event.id == found)).one()
            return Due(found, key, EventType(what), *others)

    def read(self, due: Due) -> Notice:
        """Read what is to be said."""
        with self._database.reading() as session:
            return notices.read(session, due.type, due.operation, due.page, due.at)

    def sent(self, due: Due) -> None:
        """Close an event."""
        self._write(due, done_at=self._clock(), claimed_until=None, last_error=None)

    def postpone(self, due: Due, pause: timedelta, error: str) -> None:
        """Try again after a pause."""
        until = self._clock() + pause
        self._write(due, due_at=until, claimed_until=None, last_error=error[:TEXT_LIMIT])

    def end(self, due: Due, receiver: str) -> bool:
        """Send this receiver nothing more, since it is gone; tell whether nobody had found that out before.

        What is owed stays owed, for the receiver that takes its place.
        """
        listens = (Webhook.receiver == receiver) & Webhook.ended_at.is_(None)
        ended = update(Webhook).where(listens).values(ended_at=self._clock())
        with self._database.writing() as session:
            # In the order of `subscribe`: they would wait for each other for ever.
            is_first = bool(session.execute(ended).rowcount)  # type: ignore[attr-defined]
            session.execute(update(Event).where(Event.id == due.id).values(claimed_until=None))
            return is_first

    def backlog(self) -> Backlog:
        """Tell where the webhook stands. Raises ParkUnavailable."""
        owed = Event.done_at.is_(None)
        count = select(func.count(Event.id)).where(owed).scalar_subquery()
        oldest = select(func.min(Event.at)).where(owed).scalar_subquery()
        with self._database.reading() as session:
            row = session.execute(select(count, oldest, Webhook.receiver, Webhook.ended_at)).one()
        age = max(0.0, (self._clock() - row[1]).total_seconds()) if row[0] else 0.0
        return Backlog(row[0], age, row.receiver, row.ended_at)

    def sweep(self) -> int:
        """Delete events that are too old to be sent or kept, and tell how many are given up unsent."""
        old = select(Event.id, Event.done_at).where(Event.at < self._clock() - KEPT).limit(BATCH)
        with self._database.reading() as session:
            if session.execute(old.limit(1)).first() is None:
                return 0
        with self._database.writing() as session:
            found = session.execute(old.with_for_update(skip_locked=True)).all()
            session.execute(delete(Event).where(one_of(Event.id, [each.id for each in found])))
            return sum(each.done_at is None for each in found)

    def _write(self, due: Due, **values: Any) -> None:
        with self._database.writing() as session:
            session.execute(update(Event).where(Event.id == due.id).values(**values))


def tell(session: Session, what: EventType, which: ColumnElement[bool], at: datetime) -> None:
    """Owe the receiver, if there is one, an event about each of the operations `which`.

    Lines are told with what was applied alone, `LINES` at a time.
    """
    page: Any = literal(1)
    operations = select(Operation.id)
    if what is EventType.APPLIED:
        page = func.coalesce((OperationLine.position - 1) // LINES, 0) + 1
        operations = operations.outerjoin(OperationLine, OperationLine.operation_id == Operation.id)
    listens = select(Webhook.id).where(Webhook.receiver.is_not(None)).exists()
    pages = operations.add_columns(page.label("page")).where(which, listens).distinct().subquery()
    moment = literal(at, Event.at.type)
    events = select(_NewKey(), literal(what.value), pages.c.id, pages.c.page, moment, moment, literal(0))
    columns = ["key", "type", "operation_id", "page", "at", "due_at", "attempts"]
    session.execute(insert(Event).from_select(columns, events.order_by(pages.c.id, pages.c.page)))


class _NewKey(FunctionElement[str]):
    """32 random digits, other ones for each row."""

    inherit_cache = True
    type = String()


@compiles(_NewKey, "sqlite")
def _new_key_on_sqlite(_element: _NewKey, _compiler: SQLCompiler, **_options: Any) -> str:
    return "lower(hex(randomblob(16)))"


@compiles(_NewKey, "postgresql")
def _new_key_on_postgresql(_element: _NewKey, _compiler: SQLCompiler, **_options: Any) -> str:
    return "replace(CAST(gen_random_uuid() AS text), '-', '')"
