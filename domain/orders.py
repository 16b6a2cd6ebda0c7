"""A confirmation: what was shown is made again under lock and, if it is the same, done (R6 to R9; ADR 13)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import insert, select
from sqlalchemy.orm import aliased

from domain import applying, drafts, operations
from domain.changes import Moment, Plan, Policy, Procedure
from domain.errors import (
    DraftIncomplete,
    DraftSpent,
    NothingToDo,
    OutcomeUnknown,
    ParkUnavailable,
    PlanChanged,
    Refused,
    Stale,
)
from domain.tables import VIEW_LIMIT, Draft, Order
from domain.values import Fingerprint, OperationId, OrderState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from domain.database import Database
    from domain.drafts import DraftRow
    from domain.operations import Recorded
    from domain.values import DraftId, Person

P = TypeVar("P", bound=Plan)
T = TypeVar("T")


class Orders:
    """Plans shown and confirmed, whatever the procedure."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        procedures: Iterable[Procedure[Any]],
        policy: Policy,
        *,
        journal: str | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._procedures = {each.kind: each for each in procedures}
        self._policy = policy
        self._journal = journal

    def preview(self, procedure: Procedure[P], draft: DraftId, by: Person) -> P:
        """Show what a draft would do now.

        Raises DraftGone, DraftForeign, DraftIncomplete, and what the procedure's plan does.
        """
        with self._database.reading() as session:
            row = drafts.read(session, draft, by)
            if row.kind is not procedure.kind:
                raise DraftIncomplete
            return procedure.plan(session, row, self._moment())

    def enter(
        self, procedure: Procedure[P], draft: DraftId, by: Person, form: Mapping[str, Any], view: str
    ) -> P | Recorded:
        """Write a form into a draft and show what it would do; or do it, where the plan is applied at once.

        A form that is sent twice is answered twice alike (R7). Raises what `confirm` does, and ChoiceGone.
        """
        return _surely(lambda: self._enter(procedure, draft, by, form, view))

    def _enter(
        self, procedure: Procedure[P], draft: DraftId, by: Person, form: Mapping[str, Any], view: str
    ) -> P | Recorded:
        with self._database.writing() as session:
            _lock_parent(session, draft)
            before = drafts.locked(session, draft, by)
            if before.kind is not procedure.kind:
                raise DraftIncomplete
            moment = self._moment(lock=True)
            if _ordered(session, draft):
                if replace(before, **form) != before:
                    raise DraftSpent
                recorded = operations.read(session, OperationId(draft))
                return self._followed(session, before, recorded, moment, view)
            row = drafts.fill(session, draft, by, form)
            plan = procedure.plan(session, row, moment)
            if not (procedure.at_once and procedure.at_once(plan)):
                return plan
            return self._apply(session, row, plan, moment, view)

    def confirm(self, draft: DraftId, shown: Fingerprint, by: Person, view: str | None = None) -> Recorded:
        """Do what was shown, whole (R8) and once (R7), if it is still what would be done (R6).

        A draft on which an order stands takes no other confirmation, nor the same once the park is again as
        it was. `view` is the modal that will say so, to which the announcement is linked once it is made.
        Raises DraftGone, DraftForeign, DraftSpent, PlanChanged, NothingToDo, ParkMoved, ParkUnavailable,
        OutcomeUnknown, and what the procedure's plan does.
        """
        return _surely(lambda: self._confirm(draft, shown, by, view))

    def _confirm(self, draft: DraftId, shown: Fingerprint, by: Person, view: str | None) -> Recorded:
        with self._database.writing() as session:
            _lock_parent(session, draft)
            row = drafts.locked(session, draft, by)
            return self._confirmed(session, row, shown, self._moment(lock=True), view)

    def _confirmed(
        self, session: Session, row: DraftRow, shown: Fingerprint, moment: Moment, view: str | None
    ) -> Recorded:
        if ordered := _ordered(session, row.id):
            recorded = operations.read(session, OperationId(row.id))
            if ordered.shown != shown or recorded.undone or self._would(session, row, moment) == shown:
                raise DraftSpent
            return self._followed(session, row, recorded, moment, view)
        plan = self._plan(session, row, moment)
        if plan.fingerprint != shown:
            raise PlanChanged
        return self._apply(session, row, plan, moment, view)

    def _apply(
        self, session: Session, row: DraftRow, plan: Plan, moment: Moment, view: str | None
    ) -> Recorded:
        if not plan.changes:
            raise NothingToDo
        self._place(session, row, plan.fingerprint, moment.at)
        waiting = view if view and len(view) <= VIEW_LIMIT else None
        applying.apply(session, row, plan, moment.at, journal=self._journal, view=waiting)
        recorded = operations.read(session, OperationId(row.id))
        return self._followed(session, row, recorded, moment, view)

    def _followed(
        self, session: Session, row: DraftRow, recorded: Recorded, moment: Moment, view: str | None
    ) -> Recorded:
        follow = self._procedures[row.kind].follow
        return replace(recorded, following=follow(session, row, moment)) if follow and view else recorded

    def _moment(self, *, lock: bool = False) -> Moment:
        return Moment(self._clock(), self._policy, lock)

    def _plan(self, session: Session, row: DraftRow, moment: Moment) -> Plan:
        plan: Plan = self._procedures[row.kind].plan(session, row, moment)
        return plan

    def _would(self, session: Session, row: DraftRow, moment: Moment) -> Fingerprint | None:
        try:
            return self._plan(session, row, moment).fingerprint
        except (Refused, Stale):
            return None

    def _place(self, session: Session, row: DraftRow, shown: Fingerprint, at: datetime) -> None:
        session.execute(
            insert(Order).values(
                id=row.id,
                kind=row.kind,
                by=row.owner,
                at=at,
                shown=shown,
                state=OrderState.APPLIED,
                channel=row.channel or row.owner,
            )
        )


def _lock_parent(session: Session, draft: DraftId) -> None:
    """Lock the draft on whose way a draft is, before it: so does who throws that one away."""
    parent, child = aliased(Draft), aliased(Draft)
    query = select(parent.id).join(child, child.parent_id == parent.id).where(child.id == draft)
    session.execute(query.with_for_update(of=parent))


def _ordered(session: Session, draft: DraftId) -> Any:
    """Read what was shown of the order on a draft, if there is one; nothing of the first version's."""
    return session.execute(select(Order.shown).where(Order.id == draft)).one_or_none()


def _surely(act: Callable[[], T]) -> T:
    """Do once more what nobody knows the end of: it waits for the first to end, and tells of it (R7)."""
    try:
        return act()
    except OutcomeUnknown:
        try:
            return act()
        except ParkUnavailable:
            raise OutcomeUnknown from None
