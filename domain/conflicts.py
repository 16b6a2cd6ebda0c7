"""What bot and portal have changed differently: named, kept until a person decides, decided once (R16)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update

from domain import holding
from domain.agreeing import Clash
from domain.parameters import one_of
from domain.staging import LICENCES, NUMBERS
from domain.tables import Conflict
from domain.values import ConflictState, Field

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from domain.agreeing import Agreement
    from domain.values import OperationId


@dataclass
class Changes:
    """What an import changes in the conflicts that there are."""

    new: list[Clash] = field(default_factory=list)
    other: list[tuple[int, Clash]] = field(default_factory=list)
    """Open ones of which the portal's side has changed."""
    gone: list[int] = field(default_factory=list)
    """Open ones that are none any more."""
    lost: list[int] = field(default_factory=list)
    """Open ones of which the portal's side is taken."""

    @property
    def count(self) -> int:
        """How many conflicts it changes."""
        return len(self.new) + len(self.other) + len(self.gone) + len(self.lost)


def of_ended(session: Session) -> list[Clash]:
    """Find the numbers that the portal has given to a licence that has ended in the bot alone (R4).

    Where a person has decided for ours already, it is not asked again.
    """
    clashes = [
        Clash(Field.HOLDER, number_id, e164, service_id, customer_id, ours, ours, theirs, str(theirs_id))
        for number_id, e164, service_id, customer_id, ours, theirs, theirs_id in holding.refused(session)
    ]
    latest = select(func.max(Conflict.id)).where(
        one_of(Conflict.subject_id, [each.subject_id for each in clashes])
    )
    query = select(Conflict.subject_id, Conflict.theirs_key).where(
        Conflict.id.in_(latest.group_by(Conflict.field, Conflict.subject_id)),
        Conflict.field == Field.HOLDER,
        Conflict.state == ConflictState.OURS,
    )
    decided = {tuple(row) for row in session.execute(query)} if clashes else set()
    return [each for each in clashes if (each.subject_id, each.theirs_key) not in decided]


def plan(session: Session, agreement: Agreement) -> Changes:
    """Hold what clashes against the conflicts that are open: the same again is no other one."""
    query = select(Conflict).where(Conflict.state == ConflictState.OPEN).with_for_update()
    known = {(each.field, each.subject_id): each for each in session.scalars(query.order_by(Conflict.id))}
    changes = Changes()
    for clash in agreement.clashes:
        there = known.pop((clash.field, clash.subject_id), None)
        if there is None:
            changes.new.append(clash)
        elif (there.theirs_key, there.ours) != (clash.theirs_key, clash.ours):
            changes.other.append((there.id, clash))
    lost = {(clash.field, clash.subject_id) for clash in agreement.lost}
    changes.lost = [each.id for thing, each in known.items() if thing in lost]
    told = _named(session, [each for thing, each in known.items() if thing not in lost])
    changes.gone = [each.id for each in told]
    return changes


def _named(session: Session, known: list[Conflict]) -> list[Conflict]:
    """Leave out those of which the files say nothing."""
    if not known:
        return []
    names = [each.subject for each in known]
    licences = set(session.scalars(select(LICENCES.c.reference).where(LICENCES.c.reference.in_(names))))
    numbers = set(session.scalars(select(NUMBERS.c.e164).where(NUMBERS.c.e164.in_(names))))
    return [each for each in known if each.field is Field.NEW_SITE or each.subject in licences | numbers]


def write(
    session: Session, changes: Changes, import_id: int, operation: OperationId | None, at: datetime
) -> None:
    """Keep what an import has found to clash, and what clashes no more."""
    if changes.new:
        rows = [
            {**asdict(clash), "import_id": import_id, "state": ConflictState.OPEN} for clash in changes.new
        ]
        session.execute(insert(Conflict), rows)
    for conflict, clash in changes.other:
        values = {name: getattr(clash, name) for name in ("ours", "theirs", "theirs_key", "form")}
        session.execute(update(Conflict).where(Conflict.id == conflict).values(values))
    for ids, values in (
        (changes.gone, {"state": ConflictState.GONE, "at": at}),
        (changes.lost, {"state": ConflictState.THEIRS, "at": at, "operation_id": operation}),
    ):
        if ids:
            session.execute(update(Conflict).where(one_of(Conflict.id, ids)).values(values))
