"""What is still to be carried over to the portal: listed as it works, ticked and unticked (R15; ADR 15)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, assert_never

from sqlalchemy import func, select, update
from sqlalchemy.orm import aliased

from domain import outbox, owed, owing
from domain.errors import ChoiceGone, UnknownOperation
from domain.groups import OfGroup, OwedPage
from domain.owing import PENDING
from domain.parameters import one_of
from domain.tables import Announcement, CarryOver, Operation
from domain.values import CarryState, OperationId, Person

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime, timedelta

    from sqlalchemy.orm import Session

    from domain.database import Database
    from domain.owing import Standing


@dataclass(frozen=True)
class Lines:
    """Lines of the record, by the ids under which they are owed."""

    ids: tuple[int, ...]


@dataclass(frozen=True)
class OfOperation:
    """All lines of an operation."""

    operation: OperationId


@dataclass(frozen=True)
class OfAct:
    """All lines that a person ticked at one moment."""

    by: Person
    at: datetime


What = Lines | OfOperation | OfGroup | OfAct
"""What is ticked or unticked at once."""


@dataclass(frozen=True)
class Ticked:
    """What a tick did, and what it found to be otherwise than it was shown."""

    carried: int
    """Lines that are carried over now."""
    moment: datetime | None = field(default=None, compare=False)
    """The moment of this tick, by which it can be taken back."""
    along: int = 0
    """Earlier lines of the same things among them: who carries the last over carries all of them over."""
    already: int = 0
    """Lines that somebody had ticked before."""
    by: Person | None = None
    at: datetime | None = None
    """Who ticked them, and when; of several the last."""
    seen: int = 0
    """Lines that an import had shown."""
    netted: int = 0
    """Lines that had been taken back: the portal is to stay as it was before them."""
    overruled: int = 0
    """Lines in whose place the portal's side was taken."""


@dataclass(frozen=True)
class Unticked:
    """What became owed again, and what could not."""

    owed: int
    """Lines that are no longer carried over; of these some may have netted out with later ones."""
    along: int = 0
    """Later lines of the same things among them."""
    late: int = 0
    """Lines that were ticked too long ago."""
    seen: int = 0
    """Lines that an import has shown since."""
    other: int = 0
    """Lines that were not ticked."""


@dataclass(frozen=True)
class Owing:
    """How much is to be carried over."""

    owed: int
    unsure: int
    """Things of before anybody was asked to carry over: the portal may have them."""
    since: datetime | None
    """When the oldest of those that are owed was changed."""


class Carrying:
    """What the portal does not have yet, as far as is known."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def owed(self, text: str = "", page: int = 0) -> OwedPage:
        """List what is to be carried over, as the portal works, the oldest first; a search leaves some out.

        The search is by customer, account, service, licence or number, as everywhere. The last page is given
        for one beyond it.
        """
        with self._database.reading() as session:
            return owed.page(session, owed.sought(session, text), page)

    def overdue(self, than: timedelta, page: int = 0) -> OwedPage:
        """List what has been owed for longer; what the portal may have from before is not recalled."""
        with self._database.reading() as session:
            return owed.page(session, owed.older(self._clock() - than), page)

    def count(self) -> Owing:
        """Count the things to carry over: fields of licences, numbers and sites, however often changed."""
        with self._database.reading() as session:
            return Owing(*owed.count(session))

    def standings(self, operations: Collection[OperationId]) -> dict[str, Standing]:
        """Tell where the lines of operations stand; what owes nothing has none."""
        with self._database.reading() as session:
            return owing.standings(session, operations)

    def tick(self, what: What, by: Person) -> Ticked:
        """Say that the portal has what is named, and what led there (R15). Two people who tick make one tick.

        Raises ChoiceGone where there is no such line, UnknownOperation.
        """
        now = self._clock()
        with self._database.writing() as session:
            rows = _locked(session, what)
            last, ticked = aliased(CarryOver), [row.id for row in rows if row.state in PENDING]
            led = (
                select(CarryOver.id)
                .join(last, owing.is_same(last, CarryOver) & (last.id >= CarryOver.id))
                .where(one_of(last.id, ticked), CarryOver.state.in_(PENDING))
            )
            carried = _write(session, led, state=CarryState.CARRIED, by=by, at=now) if ticked else 0
            _retell(session, (CarryOver.by == by) & (CarryOver.at == now), now)
        before = [row for row in rows if row.state is CarryState.CARRIED]
        newest = max(before, key=lambda row: row.at, default=None)
        return Ticked(
            carried=carried,
            moment=now if carried else None,
            along=carried - len(ticked),
            already=len(before),
            by=newest and newest.by,
            at=newest and newest.at,
            seen=_count(rows, CarryState.SEEN),
            netted=_count(rows, CarryState.NETTED),
            overruled=_count(rows, CarryState.OVERRULED),
        )

    def untick(self, what: What, window: timedelta) -> Unticked:
        """Take back a tick that is no older than the window: it is owed again, and what was built on it.

        Raises ChoiceGone where there is no such line, UnknownOperation.
        """
        since = self._clock() - window
        with self._database.writing() as session:
            rows = _locked(session, what)
            ticked = [row for row in rows if row.state is CarryState.CARRIED]
            undone = [row.id for row in ticked if row.at >= since]
            first = aliased(CarryOver)
            led = (
                select(CarryOver.id)
                .join(first, owing.is_same(first, CarryOver) & (first.id <= CarryOver.id))
                .where(one_of(first.id, undone), CarryOver.state == CarryState.CARRIED)
            )
            owed_again = _write(session, led, state=CarryState.OWED, by=None, at=None) if undone else 0
            owing.straighten(session, undone)
            _retell(session, one_of(CarryOver.id, undone), self._clock())
        return Unticked(
            owed=owed_again,
            along=owed_again - len(undone),
            late=len(ticked) - len(undone),
            seen=_count(rows, CarryState.SEEN),
            other=len(rows) - len(ticked) - _count(rows, CarryState.SEEN),
        )


def _locked(session: Session, what: What) -> list[Any]:
    """Read the lines named, once nobody else can change where they stand."""
    which = _which(what)
    found = session.scalars(select(CarryOver.id).where(which)).all()
    if not found:
        _explain(session, what)
    named = one_of(CarryOver.id, found)
    owing.lock(session, owing.same_things(select(CarryOver.field, CarryOver.subject_id).where(named)))
    columns = (CarryOver.id, CarryOver.state, CarryOver.by, CarryOver.at)
    return list(session.execute(select(*columns).where(named)))


def _which(what: What) -> Any:
    match what:
        case Lines(ids):
            return one_of(CarryOver.id, ids)
        case OfOperation(operation):
            return CarryOver.operation_id == operation
        case OfAct(by, at):
            return (CarryOver.by == by) & (CarryOver.at == at)
        case OfGroup():
            return CarryOver.id.in_(owed.of_group(what))
        case _ as never:
            assert_never(never)


def _explain(session: Session, what: What) -> None:
    """Say why there is nothing to tick, unless that is because it is ticked, or owes nothing."""
    match what:
        case OfOperation(operation):
            if session.scalar(select(func.count()).where(Operation.id == operation)) == 0:
                raise UnknownOperation
        case Lines():
            raise ChoiceGone
        case _:
            pass


def _write(session: Session, which: Any, **values: Any) -> int:
    statement = update(CarryOver).where(CarryOver.id.in_(which)).values(values)
    return int(session.connection().execute(statement).rowcount)


def _retell(session: Session, which: Any, at: datetime) -> None:
    """Owe an update of the messages that tell of these lines."""
    told = Announcement.operation_id.in_(select(CarryOver.operation_id).where(which))
    outbox.refresh(session, told, at)


def _count(rows: list[Any], state: CarryState) -> int:
    return sum(row.state is state for row in rows)
