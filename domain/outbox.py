"""What is owed and what is posted: the announcements, taken one by one by whoever delivers them (R9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, insert, literal, select, update
from sqlalchemy.orm import aliased

from domain.parameters import one_of
from domain.tables import Announcement, CarryOver, Licence, Number, Operation, OperationLine
from domain.values import TEXT_LIMIT, CarryState, Field, OperationKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from domain.database import Database
    from domain.values import OperationId, Person

CLAIM = timedelta(seconds=30)
"""How long an announcement is one worker's before another takes it: longer than Slack takes to answer."""

BATCH = 20
"""Messages that lose their undo at a time: what is announced meanwhile waits for no more than these."""


@dataclass(frozen=True)
class Due:
    """An announcement that is to be made now."""

    id: int
    operation: OperationId
    channel: str
    recipient: Person | None
    """Who is told directly where the bot can't post; nobody for the journal's copy."""
    attempts: int
    """Tries so far, this one included: from the second on the message may be there already."""
    owed_since: datetime
    posted_channel: str | None
    posted_ts: str | None
    view: str | None
    """The modal that says « C’est fait » and waits for the link to the message."""
    amends: OperationId | None
    """The operation whose message is to lose its undo, if it is not a message of its own."""
    amends_undoable: bool
    """Whether that message offers an undo, and goes on to."""
    amended_channel: str | None
    amended_ts: str | None
    amended_done: bool
    thread_channel: str | None
    """Where the message that an undo answers stands, so that it is said in its thread."""
    thread_ts: str | None


class Outbox:
    """The announcements that committed operations owe."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def claim(self) -> Due | None:
        """Take the oldest announcement that is due and nobody's."""
        now = self._clock()
        free = Announcement.claimed_until.is_(None) | (Announcement.claimed_until <= now)
        query = (
            select(Announcement.id)
            .where(Announcement.done_at.is_(None), Announcement.due_at <= now, free)
            .order_by(Announcement.due_at, Announcement.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if not self._due(now):
            return None
        with self._database.writing() as session:
            found = session.scalar(query)
            if found is None:
                return None
            taken = update(Announcement).where(Announcement.id == found)
            session.execute(taken.values(claimed_until=now + CLAIM, attempts=Announcement.attempts + 1))
            return _read(session, found)

    def posted(self, due: Due, channel: str, ts: str, undoable_since: datetime | None) -> None:
        """Remember where the message stands, for its thread, its undo, and so as not to post it twice."""
        claimed = self._clock() + 2 * CLAIM  # a file may follow, in three calls
        where = {"posted_channel": channel, "posted_ts": ts}
        self._write(due, **where, undoable_since=undoable_since, claimed_until=claimed)

    def done(self, due: Due) -> None:
        """Close an announcement."""
        self._write(due, done_at=self._clock(), claimed_until=None, last_error=None)

    def redirect(self, due: Due) -> None:
        """Send it to the person instead, now: the bot can't post in that channel."""
        self._write(due, channel=due.recipient, due_at=self._clock(), claimed_until=None)

    def postpone(self, due: Due, pause: timedelta, error: str) -> None:
        """Try again after a pause."""
        values = {"due_at": self._clock() + pause, "claimed_until": None}
        self._write(due, **values, last_error=error[:TEXT_LIMIT])

    def backlog(self) -> tuple[int, float]:
        """Count what is owed, and tell the age of the oldest in seconds."""
        amended = aliased(Announcement)
        # What ends an undo is owed since the time to undo has ended, not since the change.
        is_end = amended.operation_id == Announcement.operation_id
        since = case((is_end, Announcement.due_at), else_=Operation.at)
        query = (
            select(func.count(), func.min(since))
            .select_from(Announcement)
            .join(Operation, Operation.id == Announcement.operation_id)
            .outerjoin(amended, amended.id == Announcement.amends_id)
            .where(Announcement.done_at.is_(None))
        )
        with self._database.reading() as session:
            count, oldest = session.execute(query).one()
        return count, max(0.0, (self._clock() - oldest).total_seconds()) if count else 0.0

    def end_undo(self, window: timedelta) -> int:
        """Owe an update of messages that offer an undo for which it is too late, and tell of how many.

        Its time is over, or all that it would take back has changed since, or, of a termination, is carried
        over; the oldest first.
        """
        now = self._clock()
        changed = func.coalesce(
            Number.revision, Licence.revision
        )  # a dissociation's number, or else a licence
        as_it_was = (
            select(OperationLine.position)
            .outerjoin(Licence, Licence.id == OperationLine.licence_id)
            .outerjoin(Number, Number.id == OperationLine.number_id)
            .outerjoin(
                CarryOver,
                (CarryOver.operation_id == OperationLine.operation_id)
                & (CarryOver.position == OperationLine.position),
            )
            .where(OperationLine.operation_id == Announcement.operation_id)
            .where(func.coalesce(OperationLine.revision, changed) == changed)
            .where((OperationLine.field != Field.STATE) | (CarryOver.state == CarryState.OWED))
        )
        is_termination = select(Operation.id).where(
            Operation.id == Announcement.operation_id, Operation.kind == OperationKind.TERMINATION
        )
        is_late = (Announcement.undoable_since < now - window) & ~is_termination.exists()
        is_over = is_late | ~as_it_was.exists()
        ended = (
            select(Announcement.id)
            .where(Announcement.undoable_since.is_not(None), is_over)
            .order_by(Announcement.undoable_since)
            .limit(BATCH)
        )
        with self._database.reading() as session:  # as in `_due`: a look without lock first
            if session.scalar(ended.limit(1)) is None:
                return 0
        with self._database.writing() as session:
            found = session.scalars(ended.with_for_update(skip_locked=True)).all()
            amend(session, one_of(Announcement.id, found), now)
            return len(found)

    def _due(self, now: datetime) -> bool:
        # A look without lock first: an idle worker leaves SQLite's one writer alone.
        query = select(Announcement.id).where(Announcement.done_at.is_(None), Announcement.due_at <= now)
        with self._database.reading() as session:
            return session.scalar(query.limit(1)) is not None

    def _write(self, due: Due, **values: Any) -> None:
        with self._database.writing() as session:
            session.execute(update(Announcement).where(Announcement.id == due.id).values(**values))


def owe(
    session: Session,
    operation: str,
    channel: str,
    by: str,
    at: datetime,
    *,
    journal: str | None,
    view: str | None,
) -> None:
    """Owe the confirmation where the person acted, for the modal that waits, and the journal's copy."""
    owed = {"operation_id": operation, "due_at": at}
    confirmation = {**owed, "channel": channel, "recipient": by, "view": view}
    copies = [{**owed, "channel": journal, "recipient": None, "view": None}] if journal else []
    session.execute(insert(Announcement), [confirmation, *copies])


def amend(session: Session, messages: Any, at: datetime, undo: str | None = None) -> None:
    """Owe an update of messages that offer an undo: by the operation `undo`, or because there is none left.

    An update that is owed already is not owed twice.
    """
    refresh(session, messages, at, undo)
    session.execute(update(Announcement).where(messages).values(undoable_since=None))


def refresh(session: Session, messages: Any, at: datetime, undo: str | None = None) -> None:
    """Owe an update of messages, which go on to offer what they do; one that is owed already is not twice."""
    by: Any = literal(undo) if undo else Announcement.operation_id
    owed = aliased(Announcement)
    is_owed = select(owed.id).where(
        owed.operation_id == by,
        owed.amends_id == Announcement.id,
        owed.done_at.is_(None),
        owed.claimed_until.is_(None),  # what is under way may have read what was there before
    )
    updates = select(
        by,
        Announcement.id,
        Announcement.channel,
        Announcement.recipient,
        literal(at, Announcement.due_at.type),
        literal(0),
    ).where(messages, Announcement.amends_id.is_(None), ~is_owed.exists())
    columns = ["operation_id", "amends_id", "channel", "recipient", "due_at", "attempts"]
    session.execute(insert(Announcement).from_select(columns, updates))


def _read(session: Session, announcement: int) -> Due:
    amended, first = aliased(Announcement), aliased(Announcement)
    # An undo is said in the thread of the message in the same place that announced what it undoes.
    thread = (
        select(func.min(first.id))
        .where(
            first.operation_id == Operation.undoes,
            first.amends_id.is_(None),
            first.posted_ts.is_not(None),
            (first.channel == Announcement.channel) | (first.posted_channel == Announcement.channel),
        )
        .correlate(Operation, Announcement)
        .scalar_subquery()
    )
    query: Any = (
        select(
            Announcement.id,
            Announcement.operation_id,
            Announcement.channel,
            Announcement.recipient,
            Announcement.attempts,
            Operation.at,
            Announcement.posted_channel,
            Announcement.posted_ts,
            Announcement.view,
            amended.operation_id,
            amended.undoable_since.is_not(None),
            amended.posted_channel,
            amended.posted_ts,
            amended.done_at.is_not(None),
            first.posted_channel,
            first.posted_ts,
        )
        .join(Operation, Operation.id == Announcement.operation_id)
        .outerjoin(amended, amended.id == Announcement.amends_id)
        .outerjoin(first, first.id == thread)
        .where(Announcement.id == announcement)
    )
    return Due(*session.execute(query).one())
