"""What is owed and what is posted: the announcements, taken one by one by whoever delivers them (R9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import aliased

from domain.tables import TEXT_LIMIT, Announcement, Operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from domain.database import Database
    from domain.values import OperationId, Person

CLAIM = timedelta(seconds=30)
"""How long an announcement is one worker's before another takes it: longer than Slack takes to answer."""


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
    amends: OperationId | None
    """The operation whose message is to be brought up to date, if it is not a message of its own."""
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

    def posted(self, due: Due, channel: str, ts: str) -> None:
        """Remember where the message stands, for its thread, its undo, and so as not to post it twice."""
        claimed = self._clock() + 2 * CLAIM  # a file may follow, in three calls
        self._write(due, posted_channel=channel, posted_ts=ts, claimed_until=claimed)

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
        owed = select(func.count(), func.min(Operation.at)).select_from(Announcement)
        joined = owed.join(Operation, Operation.id == Announcement.operation_id)
        with self._database.reading() as session:
            count, oldest = session.execute(joined.where(Announcement.done_at.is_(None))).one()
        return count, (self._clock() - oldest).total_seconds() if count else 0.0

    def _due(self, now: datetime) -> bool:
        # A look without lock first: an idle worker leaves SQLite's one writer alone.
        query = select(Announcement.id).where(Announcement.done_at.is_(None), Announcement.due_at <= now)
        with self._database.reading() as session:
            return session.scalar(query.limit(1)) is not None

    def _write(self, due: Due, **values: Any) -> None:
        with self._database.writing() as session:
            session.execute(update(Announcement).where(Announcement.id == due.id).values(**values))


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
            amended.operation_id,
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
