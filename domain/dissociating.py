"""Taking numbers off their licences: what is planned, and from what (procedure 3)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from domain import drafts, park
from domain.changes import Change, Following, Procedure, ServicePlan, Side
from domain.errors import NothingSelected, ServiceNotActive
from domain.tables import Number
from domain.values import Field, LicenceState, OperationKind, ServiceState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from domain.changes import Moment
    from domain.rows import NumberRow, ServiceRow


@dataclass(frozen=True)
class DissociationPlan(ServicePlan):
    """Which numbers would leave which licences."""

    to_dissociate: tuple[NumberRow, ...]
    already_free: tuple[NumberRow, ...]
    refused: tuple[NumberRow, ...]
    """Numbers of licences that are terminated (R2)."""
    elsewhere: tuple[NumberRow, ...] = ()
    """Numbers that have gone to another service since they were chosen (R2)."""

    @cached_property
    def lines(self) -> tuple[Change, ...]:
        """Each number to take off its licence."""
        return tuple(
            Change(
                Field.HOLDER,
                row.number.e164,
                Side(row.licence_reference, row.licence_id),
                Side(),
                licence_id=row.licence_id,
                number_id=row.id,
                revision=row.revision,
            )
            for row in self.to_dissociate
        )


def plan_dissociation(service: ServiceRow, numbers: Sequence[NumberRow]) -> DissociationPlan:
    """Sort numbers into those to dissociate, those free already (R3) and those refused (R2).

    Raises ServiceNotActive (R2), NothingSelected.
    """
    if service.state is not ServiceState.ACTIVE:
        raise ServiceNotActive(service.reference, service.state)
    if not numbers:
        raise NothingSelected
    here = [number for number in numbers if number.service_id == service.id]
    held = [number for number in here if number.licence_id is not None]
    return DissociationPlan(
        service=service,
        to_dissociate=tuple(number for number in held if number.licence_state is LicenceState.ACTIVE),
        already_free=tuple(number for number in here if number.licence_id is None),
        refused=tuple(number for number in held if number.licence_state is not LicenceState.ACTIVE),
        elsewhere=tuple(number for number in numbers if number.service_id != service.id),
    )


def _plan(session: Session, row: drafts.DraftRow, moment: Moment) -> DissociationPlan:
    service = drafts.service(session, row, lock=moment.lock)
    chosen = Number.id.in_(drafts.chosen_numbers(row.id))
    return plan_dissociation(service, park.numbers(session, chosen))


def _follow(session: Session, row: drafts.DraftRow, moment: Moment) -> Following | None:
    """Go on with the termination that the numbers stood against."""
    if row.parent_id is None:
        return None
    parent = drafts.read(session, row.parent_id, row.owner)
    draft = drafts.unspent(session, parent, moment.at)
    return Following(draft, row.response_url, is_copy=draft.id != parent.id)


DISSOCIATING = Procedure(OperationKind.DISSOCIATION, _plan, _follow)
