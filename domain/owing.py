"""What each line of the record owes the portal: written with it, netted out, where it stands (R15; ADR 15).

A thing of the portal's is a field of one licence, number or site. Its lines that are owed are the way from
what the portal has to what we have, and no value stands on it twice: a line that leads back takes out all
between.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, case, cast, func, insert, literal, select, update
from sqlalchemy.orm import aliased

from domain.parameters import one_of
from domain.tables import CarryOver, Import, OperationLine
from domain.values import CarryState, Field, Person

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement, UpdateBase
    from sqlalchemy.orm import Session

PENDING = (CarryState.OWED, CarryState.UNSURE)
"""What is still to be carried over, as far as is known."""

ACTIVE = (*PENDING, CarryState.CARRIED)
"""What no file of the portal's has shown yet."""

THERE = "there"
"""The key of a site that is there as it was added."""

_TEXT = String(64)
_HOLDER = cast(OperationLine.licence_id, _TEXT)
_ADDED = OperationLine.field == Field.NEW_SITE
_KEYS = {
    "before": {
        Field.SITE: cast(OperationLine.before_site_id, _TEXT),
        Field.STATE: OperationLine.before,
        Field.HOLDER: case((OperationLine.before.is_(None), ""), else_=_HOLDER),
    },
    "after": {
        Field.SITE: cast(OperationLine.after_site_id, _TEXT),
        Field.STATE: OperationLine.after,
        Field.HOLDER: case((OperationLine.after.is_(None), ""), else_=_HOLDER),
    },
}
_SUBJECT = case(
    (_ADDED, OperationLine.after_site_id),
    (OperationLine.field == Field.HOLDER, OperationLine.number_id),
    else_=OperationLine.licence_id,
)


@dataclass(frozen=True)
class Standing:
    """Where an operation's lines stand with the portal, and who or what said so last (R15)."""

    owed: int = 0
    unsure: int = 0
    """Lines of before anybody was asked to carry over: the portal may have them."""
    carried: int = 0
    seen: int = 0
    netted: int = 0
    overruled: int = 0
    carried_by: Person | None = None
    carried_at: datetime | None = None
    """When the last of those that are carried or seen was ticked."""
    seen_at: datetime | None = None
    """When the last import was that showed one."""

    @property
    def is_settled(self) -> bool:
        """Whether nothing is to be carried over any more."""
        return not self.owed and not self.unsure


NOTHING = Standing()
"""Where the lines of an operation stand that owes nothing."""


def owe(session: Session, operation: str) -> None:
    """Owe the portal each applied line of an operation; what the operation takes back is netted out (R15).

    Whoever ticks one of the lines that it may take back waits, or was first.
    """
    mine = (OperationLine.operation_id == operation) & ~OperationLine.refused
    things = select(OperationLine.field, _SUBJECT).where(mine)
    may_lead_back = lock(session, same_things(things))
    keys = [
        case(*((OperationLine.field == field, key) for field, key in _KEYS[side].items()), else_=none)
        for side, none in (("before", ""), ("after", THERE))
    ]
    columns = [OperationLine.operation_id, OperationLine.position, OperationLine.field, _SUBJECT]
    owed = literal(CarryState.OWED, CarryOver.state.type)
    lines = select(*columns, OperationLine.before, *keys, owed).where(mine).order_by(OperationLine.position)
    into = ["operation_id", "position", "field", "subject_id", "before", "before_key", "after_key", "state"]
    session.execute(insert(CarryOver).from_select(into, lines))
    if may_lead_back:
        _net(session, operation)


def _net(session: Session, operation: str) -> None:
    """Take out what leads away and, by a line of this operation, back again."""
    first, between, last = aliased(CarryOver), aliased(CarryOver), aliased(CarryOver)
    netted = (
        select(between.id)
        .join(first, is_same(first, between) & (first.id <= between.id))
        .join(last, is_same(last, between) & (last.id >= between.id))
        .where(last.operation_id == operation, last.after_key == first.before_key)
        .where(*(each.state == CarryState.OWED for each in (first, between, last)))
    )
    values = {"state": CarryState.NETTED, "settled_by": operation}
    _write(session, update(CarryOver).where(CarryOver.id.in_(netted)).values(values))


def lock(session: Session, which: ColumnElement[bool]) -> bool:
    """Let nobody else change where lines stand that no file has shown, and tell whether there are any.

    Always in one order, before this transaction reads them.
    """
    active = which & CarryOver.state.in_(ACTIVE)
    locked = session.execute(select(CarryOver.id).where(active).order_by(CarryOver.id).with_for_update())
    return bool(locked.all())


def standings(session: Session, operations: Collection[str]) -> dict[str, Standing]:
    """Tell where the lines of operations stand, in one statement; what owes nothing has none."""
    mine = aliased(CarryOver)
    last = (
        select(mine.by)
        .where(mine.operation_id == CarryOver.operation_id, mine.at.is_not(None))
        .order_by(mine.at.desc(), mine.id.desc())
        .limit(1)
        .correlate(CarryOver)
        .scalar_subquery()
    )
    grouped = (
        select(
            CarryOver.operation_id,
            CarryOver.state,
            func.count(),
            last,
            func.max(CarryOver.at),
            func.max(Import.at),
        )
        .outerjoin(Import, Import.id == CarryOver.import_id)
        .where(CarryOver.operation_id.in_(operations))
        .group_by(CarryOver.operation_id, CarryOver.state)
    )
    found: dict[str, dict[str, Any]] = {}
    for operation, state, count, by, at, seen_at in session.execute(grouped):
        told = found.setdefault(operation, {})
        told[state.value] = count
        told |= {"carried_by": by} if by else {}
        told |= {"carried_at": max(filter(None, (at, told.get("carried_at"))))} if at else {}
        told |= {"seen_at": seen_at} if seen_at else {}
    return {operation: Standing(**told) for operation, told in found.items()}


def _write(session: Session, statement: UpdateBase) -> None:
    session.execute(statement.execution_options(synchronize_session=False))


def straighten(session: Session, lines: Collection[int]) -> None:
    """Take out of what is owed, of the things of these lines, each way that leads away and back again."""
    named = select(CarryOver.field, CarryOver.subject_id).where(one_of(CarryOver.id, lines))
    owed = (
        select(CarryOver)
        .where(same_things(named), CarryOver.state == CarryState.OWED)
        .order_by(CarryOver.field, CarryOver.subject_id, CarryOver.id)
    )
    rows = session.scalars(owed).all() if lines else ()
    for _, chain in groupby(rows, lambda row: (row.field, row.subject_id)):
        way: list[CarryOver] = []
        for row in chain:
            way.append(row)
            places = [each.before_key for each in way]
            if row.after_key in places:
                start = places.index(row.after_key)
                for taken in way[start:]:
                    taken.state, taken.settled_by = CarryState.NETTED, row.operation_id
                del way[start:]


def same_things(things: Any) -> ColumnElement[bool]:
    """Test that a line is of one of the things: fields and ids."""
    wanted = things.subquery()
    test: ColumnElement[bool] = (
        select(literal(1)).where(wanted.c[0] == CarryOver.field, wanted.c[1] == CarryOver.subject_id).exists()
    )
    return test


def key(value: Any) -> Any:
    """Give the key of an id; of none there is an empty one."""
    return func.coalesce(cast(value, _TEXT), "")


def either(test: Any, one: Any, other: Any) -> Any:
    """Give one value or another as text, as keys and sides are kept."""
    return case((test, cast(one, String)), else_=cast(other, String))


def is_of(line: Any) -> ColumnElement[bool]:
    """Test that it is what a line of the record owes."""
    test: ColumnElement[bool] = (CarryOver.operation_id == line.operation_id) & (
        CarryOver.position == line.position
    )
    return test


def is_same(one: Any, other: Any) -> ColumnElement[bool]:
    """Test that two lines are of the same thing."""
    test: ColumnElement[bool] = (one.field == other.field) & (one.subject_id == other.subject_id)
    return test
