"""A confirmation: what was shown is made again under lock and, if it is the same, done (R6 to R9; ADR 13)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import insert, select

from domain import applying, drafts, operations
from domain.changes import Moment, Plan, Procedure
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
from domain.tables import VIEW_LIMIT, Order
from domain.values import Fingerprint, OperationId, OrderState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from domain.database import Database
    from domain.drafts import DraftRow
    from domain.operations import Recorded
    from domain.values import DraftId, OperationKind, Person

P = TypeVar("P", bound=Plan)


class Orders:
    """Plans shown and confirmed, whatever the procedure."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        procedures: Iterable[Procedure[Any]],
        *,
        journal: str | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._procedures = {each.kind: each for each in procedures}
        self._journal = journal

    def preview(self, procedure: Procedure[P], draft: DraftId, by: Person) -> P:
        """Show what a draft would do now.

        Raises DraftGone, DraftForeign, DraftIncomplete, and what the procedure's plan does.
        """
        with self._database.reading() as session:
            row = drafts.read(session, draft, by)
            if row.kind is not procedure.kind:
                raise DraftIncomplete
            return procedure.plan(session, row, Moment(self._clock()))

    def confirm(self, draft: DraftId, shown: Fingerprint, by: Person, view: str | None = None) -> Recorded:
        """Do what was shown, whole (R8) and once (R7), if it is still what would be done (R6).

        A draft on which an order stands takes no other confirmation, nor the same once the park is again as
        it was. `view` is the modal that will say so, to which the announcement is linked once it is made.
        Raises DraftGone, DraftForeign, DraftSpent, PlanChanged, NothingToDo, ParkMoved, ParkUnavailable,
        OutcomeUnknown, and what the procedure's plan does.
        """
        try:
            return self._confirm(draft, shown, by, view)
        except OutcomeUnknown:
            try:
                return self._confirm(draft, shown, by, view)  # it waits for the first to end, and tells of it
            except ParkUnavailable:
                raise OutcomeUnknown from None

    def _confirm(self, draft: DraftId, shown: Fingerprint, by: Person, view: str | None) -> Recorded:
        with self._database.writing() as session:
            row = drafts.locked(session, draft, by)
            moment = Moment(self._clock(), lock=True)
            order = session.execute(select(Order.shown).where(Order.id == draft)).one_or_none()
            if order:
                recorded = operations.read(session, OperationId(draft))
                if order.shown != shown or recorded.undone or self._would(session, row, moment) == shown:
                    raise DraftSpent
                return recorded
            plan = self._plan(session, row, moment)
            if plan.fingerprint != shown:
                raise PlanChanged
            if not plan.changes:
                raise NothingToDo
            self._place(session, row, shown, moment.at)
            waiting = view if view and len(view) <= VIEW_LIMIT else None
            applying.apply(session, row, plan, moment.at, journal=self._journal, view=waiting)
            return operations.read(session, OperationId(draft))

    def procedure(self, kind: OperationKind) -> Procedure[Any]:
        """Give the procedure of a kind."""
        return self._procedures[kind]

    def _plan(self, session: Session, row: DraftRow, moment: Moment) -> Plan:
        plan: Plan = self.procedure(row.kind).plan(session, row, moment)
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
