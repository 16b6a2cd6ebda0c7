"""A plan applied, whole and once: the record, its lines, the change, and what is owed to Slack (R6 to R9)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sqlalchemy import insert, select, update

from domain import drafts, operations
from domain.errors import (
    DraftSpent,
    NothingToDo,
    OutcomeUnknown,
    ParkMoved,
    ParkUnavailable,
    PlanChanged,
    Refused,
    Stale,
)
from domain.tables import VIEW_LIMIT, Announcement, Operation, OperationLine
from domain.values import Fingerprint, OperationId

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy import Select, UpdateBase
    from sqlalchemy.orm import Session

    from domain.database import Database
    from domain.drafts import DraftRow
    from domain.operations import Recorded
    from domain.values import DraftId, Person


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
    draft on which an operation stands takes no other confirmation, nor the same once the park is again as it
    was. `view` is the modal that will say so, to which the announcement is linked once it is made. Raises
    DraftGone, DraftForeign, DraftSpent, PlanChanged, NothingToDo, ParkMoved, ParkUnavailable, OutcomeUnknown,
    and what both raise.
    """

    def act() -> Recorded:
        with database.writing() as session:
            row = drafts.locked(session, draft, by)
            if already := session.execute(select(Operation.shown).where(Operation.id == draft)).one_or_none():
                recorded = operations.read(session, OperationId(draft))
                if already.shown != shown or recorded.undone or _would(plan, session, row) == shown:
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
            return operations.read(session, OperationId(draft))

    try:
        return act()
    except OutcomeUnknown:
        try:
            return act()  # it waits for the first to end, and tells what became of it
        except ParkUnavailable:
            raise OutcomeUnknown from None


def _would(plan: Callable[[Session, DraftRow], P], session: Session, row: DraftRow) -> Fingerprint | None:
    try:
        return plan(session, row).fingerprint
    except (Refused, Stale):
        return None


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
    columns = [column.name for column in lines.selected_columns]
    change(session, insert(OperationLine).from_select(columns, lines), count)
    announce(session, draft, at, journal)


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
