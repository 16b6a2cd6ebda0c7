"""Taking back an address, a dissociation, a termination: their changes reversed, those that can be (R10)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, literal, select
from sqlalchemy.orm import aliased

from domain import fields, operations, owing, park
from domain.changes import Change, Procedure, ServicePlan, Side
from domain.errors import (
    AlreadyUndone,
    DraftIncomplete,
    NotUndoable,
    ServiceNotActive,
    UndoExpired,
)
from domain.tables import CarryOver, Licence, Number, Operation, OperationLine, Service, Site
from domain.values import (
    CarryState,
    Field,
    LicenceState,
    LicenceType,
    OperationId,
    OperationKind,
    ServiceState,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from domain.changes import Moment
    from domain.drafts import DraftRow
    from domain.operations import Recorded
    from domain.rows import ServiceRow


@dataclass(frozen=True)
class UndoLine:
    """A change on record beside the park as it is now."""

    position: int
    change: Change = field(repr=False)
    """In no fingerprint: the operation, whose record is final, and the position say which."""
    now: Side
    licence_state: LicenceState
    before_is_open: bool
    before_is_theirs: bool
    """Whether the site to go back to is one of the service's customer (R1)."""
    is_here: bool
    """Whether licence and number are where they were: in the operation's service, of its customer (R2)."""
    is_untouched: bool
    """Whether nothing has changed it since, not even away and back again."""
    licence_type: LicenceType | None = None
    accountcode: str | None = None
    carry: CarryState | None = field(default=None, repr=False)
    """Where it stands with the portal (R15); nothing of a line from before that is not as it was left."""

    @property
    def is_as_changed(self) -> bool:
        """Whether it has the value that the change gave it: what has an id may have another name since."""
        after = self.change.after or Side()
        return self.now == after if after.id is None else self.now.id == after.id


class UndoRefusal(Enum):
    """Why a line can't go back."""

    CARRIED_OVER = auto()
    """A termination that the portal has."""
    CHANGED_SINCE = auto()
    ELSEWHERE = auto()
    LICENCE_TERMINATED = auto()
    MAYBE_CARRIED_OVER = auto()
    """A termination that the portal may have, of before anybody was asked to carry it over."""
    SITE_CLOSED = auto()
    SITE_ELSEWHERE = auto()


_IN_THE_PORTAL = (UndoRefusal.CARRIED_OVER, UndoRefusal.MAYBE_CARRIED_OVER)


@dataclass(frozen=True)
class UndoPlan(ServicePlan):
    """What an undo would take back, and which lines it would leave."""

    operation: OperationId
    kind: OperationKind
    to_restore: tuple[UndoLine, ...]
    refused: tuple[tuple[UndoLine, UndoRefusal], ...]

    @cached_property
    def lines(self) -> tuple[Change, ...]:
        """Each change of the operation, reversed; or left, for the record."""
        back = {line.position: line.change.reverse() for line in self.to_restore}
        for line, _ in self.refused:
            text = line.change.after.text if line.change.after else None
            back[line.position] = line.change._replace(before=Side(text), after=None)
        return tuple(change for _, change in sorted(back.items()) if change)

    @property
    def is_over(self) -> bool:
        """Whether nothing can go back any more: what is untouched may be as it was again."""
        return not self.to_restore and not any(
            line.is_untouched and line.is_as_changed and why not in _IN_THE_PORTAL
            for line, why in self.refused
        )


def is_reversible(recorded: Recorded) -> bool:
    """Tell whether an operation is of those that can be taken back."""
    by_a_person = recorded.kind not in (OperationKind.UNDO, OperationKind.IMPORT)
    return by_a_person and any(group.field in fields.NOW for group in recorded.groups)


def plan_undo(
    recorded: Recorded, service: ServiceRow, lines: Sequence[UndoLine], at: datetime, hours: int
) -> UndoPlan:
    """Sort an operation's lines into those to take back and those changed since.

    Raises NotUndoable, AlreadyUndone, UndoExpired (R10), ServiceNotActive (R2).
    """
    if not is_reversible(recorded):
        raise NotUndoable
    if recorded.undone:
        raise AlreadyUndone(recorded.undone.operation, recorded.undone.by, recorded.undone.at)
    is_termination = recorded.kind is OperationKind.TERMINATION  # as long as the portal does not have it
    if not is_termination and at - recorded.at > timedelta(hours=hours):
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
    is_termination = line.change.field is Field.STATE
    if line.licence_state is not LicenceState.ACTIVE and not is_termination:
        return UndoRefusal.LICENCE_TERMINATED
    if not (line.is_as_changed and line.is_untouched):
        return UndoRefusal.CHANGED_SINCE
    if is_termination and line.carry is not CarryState.OWED:
        is_unsure = line.carry is CarryState.UNSURE
        return UndoRefusal.MAYBE_CARRIED_OVER if is_unsure else UndoRefusal.CARRIED_OVER
    if not line.before_is_theirs:
        return UndoRefusal.SITE_ELSEWHERE
    return None if line.before_is_open else UndoRefusal.SITE_CLOSED


def _plan(session: Session, row: DraftRow, moment: Moment) -> UndoPlan:
    if row.undoes is None:
        raise DraftIncomplete
    undone = select(Operation.service_id, Operation.kind).where(Operation.id == row.undoes)
    service_id, kind = session.execute(undone).one()
    if service_id is None:
        raise NotUndoable
    # The service's lock first: whoever undid it meanwhile has then committed, and is read.
    service = park.service(session, service_id, lock=moment.lock)
    if moment.lock and kind is OperationKind.TERMINATION:  # nobody carries over what is taken back
        owing.lock(session, CarryOver.operation_id == row.undoes)
    recorded = operations.read(session, OperationId(row.undoes))
    lines = _lines(session, row.undoes)
    return plan_undo(recorded, service, lines, moment.at, moment.policy.undo_hours)


UNDOING = Procedure(OperationKind.UNDO, _plan)


def _by_field(values: Mapping[Field, Any], *, else_: bool | None = None) -> Any:
    return case(values, value=OperationLine.field, else_=literal(else_) if else_ is not None else None)


def _lines(session: Session, operation: str) -> list[UndoLine]:
    """Read an operation's lines beside the park of today."""
    before_site = aliased(Site)
    back = {Field.SITE: before_site, Field.STATE: fields.SITE}
    revision = case((OperationLine.field == Field.HOLDER, Number.revision), else_=Licence.revision)
    home = (Licence.service_id == Operation.service_id) & (Service.customer_id == Operation.customer_id)
    query: Any = (
        select(
            OperationLine.position,
            OperationLine.field,
            OperationLine.subject,
            OperationLine.before,
            _by_field({Field.SITE: OperationLine.before_site_id, Field.HOLDER: OperationLine.licence_id}),
            OperationLine.after,
            OperationLine.after_site_id,
            OperationLine.licence_id,
            OperationLine.number_id,
            revision,
            _by_field({each: now.text for each, now in fields.NOW.items()}),
            _by_field({each: now.id for each, now in fields.NOW.items()}),
            Licence.state,
            _by_field({each: site.is_open for each, site in back.items()}, else_=True),
            _by_field(
                {each: site.customer_id == Service.customer_id for each, site in back.items()}, else_=True
            ),
            home & (OperationLine.number_id.is_(None) | (Number.service_id == Operation.service_id)),
            # Lines recorded before there were revisions have none: their value alone is compared.
            func.coalesce(OperationLine.revision, revision) == revision,
            Licence.type,
            Licence.accountcode,
            CarryOver.state,
        )
        .join(Operation, Operation.id == OperationLine.operation_id)
        .join(Licence, Licence.id == OperationLine.licence_id)
        .join(Service, Service.id == Licence.service_id)
        .outerjoin(fields.SITE, fields.SITE.id == Licence.site_id)
        .outerjoin(before_site, before_site.id == OperationLine.before_site_id)
        .outerjoin(Number, Number.id == OperationLine.number_id)
        .outerjoin(fields.HOLDER, fields.HOLDER.id == Number.licence_id)
        .outerjoin(CarryOver, owing.is_of(OperationLine))
        .where(OperationLine.operation_id == operation)
        .order_by(OperationLine.position)
    )
    return [_line(*row) for row in session.execute(query)]


def _line(
    position: int,
    what: Field,
    subject: str,
    before: str | None,
    before_id: int | None,
    after: str | None,
    after_id: int | None,
    licence_id: int | None,
    number_id: int | None,
    revision: int,
    now: str | None,
    now_id: int | None,
    *facts: Any,
) -> UndoLine:
    change = Change(
        what,
        subject,
        Side(before, before_id),
        Side(after, after_id),
        licence_id,
        number_id,
        revision,
    )
    return UndoLine(position, change, Side(now, now_id), *facts)
