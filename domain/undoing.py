"""Taking back a change of address or a dissociation: the plan, then the service that applies it (R10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, literal, select, update
from sqlalchemy.orm import aliased

from domain import applying, drafts, operations, outbox, park
from domain.database import one_of
from domain.errors import (
    AlreadyUndone,
    DraftIncomplete,
    NotUndoable,
    ServiceNotActive,
    UndoExpired,
)
from domain.tables import Announcement, Licence, Number, Operation, OperationLine, Service, Site
from domain.values import (
    DraftId,
    Fingerprint,
    LicenceState,
    LicenceType,
    OperationId,
    OperationKind,
    Person,
    ServiceState,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

    from domain.database import Database
    from domain.operations import Recorded
    from domain.rows import ServiceRow


UNDOABLE = (OperationKind.MOVE, OperationKind.DISSOCIATION)
"""What can be taken back."""


@dataclass(frozen=True)
class UndoLine:
    """One line of an operation beside the park as it is now; sites and licences by id."""

    position: int
    subject: str
    licence_id: int
    licence_state: LicenceState
    number_id: int | None
    before: str | None
    after: str | None
    before_id: int | None
    after_id: int | None
    now: str | None
    now_id: int | None
    before_is_open: bool
    before_is_theirs: bool
    """Whether the site to go back to is one of the service's customer (R1)."""
    is_here: bool
    """Whether licence and number are where they were: in the operation's service, of its customer (R2)."""
    is_untouched: bool
    """Whether nothing has changed it since, not even away and back again."""
    licence_type: LicenceType | None = None
    accountcode: str | None = None


class UndoRefusal(Enum):
    """Why a line can't go back."""

    CHANGED_SINCE = auto()
    ELSEWHERE = auto()
    LICENCE_TERMINATED = auto()
    SITE_CLOSED = auto()
    SITE_ELSEWHERE = auto()


@dataclass(frozen=True)
class UndoPlan:
    """What an undo would take back, and which lines it would leave."""

    operation: OperationId
    kind: OperationKind
    service: ServiceRow
    to_restore: tuple[UndoLine, ...]
    refused: tuple[tuple[UndoLine, UndoRefusal], ...]

    @property
    def changes(self) -> int:
        """How many lines would go back."""
        return len(self.to_restore)

    @property
    def is_over(self) -> bool:
        """Whether nothing can go back any more: what is untouched may be as it was again."""
        return not self.to_restore and not any(
            line.is_untouched and line.now_id == line.after_id for line, _ in self.refused
        )

    @cached_property
    def fingerprint(self) -> Fingerprint:
        """The digest of all that the plan shows."""
        return applying.fingerprint(self.operation, self.service, self.to_restore, self.refused)


def plan_undo(
    recorded: Recorded, service: ServiceRow, lines: Sequence[UndoLine], at: datetime, hours: int
) -> UndoPlan:
    """Sort an operation's lines into those to take back and those changed since.

    Raises NotUndoable, AlreadyUndone, UndoExpired (R10), ServiceNotActive (R2).
    """
    if recorded.kind not in UNDOABLE:
        raise NotUndoable
    if recorded.undone:
        raise AlreadyUndone(recorded.undone.operation, recorded.undone.by, recorded.undone.at)
    if at - recorded.at > timedelta(hours=hours):
        raise UndoExpired(hours)
    if service.state is not ServiceState.ACTIVE:
        raise ServiceNotActive(service.reference, service.state)
    verdicts = [(line, _refusal(line)) for line in lines]
    return UndoPlan(
        operation=recorded.id,
        kind=recorded.kind,
        service=service,
        to_restore=tuple(line for line, refusal in verdicts if refusal is None),
        refused=tuple((line, refusal) for line, refusal in verdicts if refusal is not None),
    )


def _refusal(line: UndoLine) -> UndoRefusal | None:
    if not line.is_here:
        return UndoRefusal.ELSEWHERE
    if line.licence_state is not LicenceState.ACTIVE:
        return UndoRefusal.LICENCE_TERMINATED
    if line.now_id != line.after_id or not line.is_untouched:
        return UndoRefusal.CHANGED_SINCE
    if not line.before_is_theirs:
        return UndoRefusal.SITE_ELSEWHERE
    return None if line.before_is_open else UndoRefusal.SITE_CLOSED


class Undoing:
    """The service that takes operations back."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        *,
        hours: int,
        journal: str | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._hours = hours
        self._journal = journal

    def preview(self, draft: DraftId, by: Person) -> UndoPlan:
        """Show what the draft would take back now.

        Raises what `plan_undo` does, and DraftGone, DraftForeign, DraftIncomplete.
        """
        with self._database.reading() as session:
            return self._plan(session, drafts.read(session, draft, by))

    def apply(self, draft: DraftId, shown: Fingerprint, by: Person, view: str | None = None) -> Recorded:
        """Take back what was shown, as an operation of its own, once (R6 to R10).

        Raises what `applying.confirm` and `preview` do.
        """
        return applying.confirm(
            self._database, draft, shown, by, view, plan=partial(self._plan, lock=True), change=self._undo
        )

    def end(self, operation: OperationId) -> None:
        """Owe the messages of an operation that can't be undone any more an update without their button."""
        with self._database.writing() as session:
            outbox.amend(session, Announcement.operation_id == operation, self._clock())

    def _plan(self, session: Session, row: drafts.DraftRow, *, lock: bool = False) -> UndoPlan:
        if row.undoes is None:
            raise DraftIncomplete
        service_id = session.scalars(select(Operation.service_id).where(Operation.id == row.undoes)).one()
        if service_id is None:
            raise NotUndoable
        # The service's lock first: whoever undid it meanwhile has then committed, and is read.
        service = park.service(session, service_id, lock=lock)
        recorded = operations.read(session, OperationId(row.undoes))
        lines = _lines(session, row.undoes, recorded.kind)
        return plan_undo(recorded, service, lines, self._clock(), self._hours)

    def _undo(self, session: Session, row: drafts.DraftRow, plan: UndoPlan) -> None:
        original = aliased(OperationLine)
        goes_back = one_of(original.position, [line.position for line in plan.to_restore])
        lines = select(
            literal(row.id).label("operation_id"),
            original.position,
            original.subject,
            original.licence_id,
            original.number_id,
            original.after.label("before"),
            case((goes_back, original.before)).label("after"),
            case((goes_back, original.after_site_id)).label("before_site_id"),
            case((goes_back, original.before_site_id)).label("after_site_id"),
            (~goes_back).label("refused"),
        ).where(original.operation_id == plan.operation)
        at = self._clock()
        applying.record(
            session,
            row,
            at,
            plan=plan,
            lines=lines,
            count=len(plan.to_restore) + len(plan.refused),
            journal=self._journal,
            kind=OperationKind.UNDO,
            undoes=plan.operation,
            service_id=plan.service.id,
            customer_id=plan.service.customer.id,
        )
        self._restore(session, plan)
        outbox.amend(session, Announcement.operation_id == plan.operation, at, undo=row.id)

    def _restore(self, session: Session, plan: UndoPlan) -> None:
        mine = (OperationLine.operation_id == plan.operation) & one_of(
            OperationLine.position, [line.position for line in plan.to_restore]
        )
        if plan.kind is OperationKind.MOVE:
            back: Any = (
                update(Licence)
                .where(mine, Licence.id == OperationLine.licence_id, Licence.state == LicenceState.ACTIVE)
                .where(Licence.site_id == OperationLine.after_site_id, _untouched(Licence, plan))
                .values(site_id=OperationLine.before_site_id, revision=Licence.revision + 1)
            )
        else:
            back = (
                update(Number)
                .where(mine, Number.id == OperationLine.number_id, Number.licence_id.is_(None))
                .where(_untouched(Number, plan))
                .values(licence_id=OperationLine.licence_id, revision=Number.revision + 1)
            )
        applying.change(session, back, len(plan.to_restore))


def _untouched(table: Any, plan: UndoPlan) -> Any:
    recorded = func.coalesce(OperationLine.revision, table.revision)
    return (table.service_id == plan.service.id) & (table.revision == recorded)


def _lines(session: Session, operation: str, kind: OperationKind) -> list[UndoLine]:
    """Read an operation's lines beside the park: the sites or the licences of today."""
    moved = kind is OperationKind.MOVE
    changed: Any = Licence if moved else Number
    before_site, site, holder = aliased(Site), aliased(Site), aliased(Licence)
    home = (Licence.service_id == Operation.service_id) & (Service.customer_id == Operation.customer_id)
    query: Any = (
        select(
            OperationLine.position,
            OperationLine.subject,
            Licence.id,
            Licence.state,
            Number.id,
            OperationLine.before,
            OperationLine.after,
            OperationLine.before_site_id if moved else Licence.id,
            OperationLine.after_site_id,
            site.label if moved else holder.reference,
            site.id if moved else holder.id,
            before_site.is_open if moved else literal(value=True),
            (before_site.customer_id == Service.customer_id) if moved else literal(value=True),
            home if moved else home & (Number.service_id == Operation.service_id),
            # Lines recorded before there were revisions have none: their value alone is compared.
            func.coalesce(OperationLine.revision, changed.revision) == changed.revision,
            Licence.type,
            Licence.accountcode,
        )
        .join(Operation, Operation.id == OperationLine.operation_id)
        .join(Licence, Licence.id == OperationLine.licence_id)
        .join(Service, Service.id == Licence.service_id)
        .outerjoin(site, site.id == Licence.site_id)
        .outerjoin(before_site, before_site.id == OperationLine.before_site_id)
        .outerjoin(Number, Number.id == OperationLine.number_id)
        .outerjoin(holder, holder.id == Number.licence_id)
        .where(OperationLine.operation_id == operation)
        .order_by(OperationLine.position)
    )
    return [UndoLine(*row) for row in session.execute(query)]
