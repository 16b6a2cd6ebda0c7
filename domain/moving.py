"""Changing the address of licences: what is planned, and from what (procedure 1)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from domain import drafts, park
from domain.changes import Change, Procedure, ServicePlan, Side
from domain.errors import (
    DraftIncomplete,
    NothingSelected,
    ServiceNotActive,
    SiteClosed,
    SiteOfAnotherCustomer,
)
from domain.tables import Licence, Site
from domain.values import Field, LicenceState, OperationKind, ServiceState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from domain.changes import Moment
    from domain.rows import LicenceRow, ServiceRow, SiteRow


@dataclass(frozen=True)
class MovePlan(ServicePlan):
    """What a change of address would do."""

    destination: SiteRow
    to_move: tuple[LicenceRow, ...]
    already_there: tuple[LicenceRow, ...]
    refused: tuple[LicenceRow, ...]
    """Terminated licences (R2)."""
    elsewhere: tuple[LicenceRow, ...] = ()
    """Licences that have gone to another service since they were chosen (R2)."""
    reason: str | None = None

    @cached_property
    def lines(self) -> tuple[Change, ...]:
        """Each licence to move, from its site to the destination."""
        there = Side(self.destination.label, self.destination.id)
        return tuple(
            Change(
                Field.SITE,
                row.reference,
                Side(row.site_label, row.site_id),
                there,
                row.id,
                None,
                row.revision,
            )
            for row in self.to_move
        )


def plan_move(
    service: ServiceRow, licences: Sequence[LicenceRow], destination: SiteRow, reason: str | None = None
) -> MovePlan:
    """Sort licences into those to move, those already there (R3) and those left (R2).

    Raises NothingSelected, ServiceNotActive (R2), SiteOfAnotherCustomer and SiteClosed (R1).
    """
    if not licences:
        raise NothingSelected
    if service.state is not ServiceState.ACTIVE:
        raise ServiceNotActive(service.reference, service.state)
    if destination.customer_id != service.customer.id:
        raise SiteOfAnotherCustomer(destination.label)
    if not destination.is_open:
        raise SiteClosed(destination.label)
    here = [licence for licence in licences if licence.service_id == service.id]
    active = [licence for licence in here if licence.state is LicenceState.ACTIVE]
    return MovePlan(
        service=service,
        destination=destination,
        to_move=tuple(licence for licence in active if licence.site_id != destination.id),
        already_there=tuple(licence for licence in active if licence.site_id == destination.id),
        refused=tuple(licence for licence in here if licence.state is not LicenceState.ACTIVE),
        elsewhere=tuple(licence for licence in licences if licence.service_id != service.id),
        reason=reason,
    )


def _plan(session: Session, row: drafts.DraftRow, moment: Moment) -> MovePlan:
    if row.destination_id is None:
        raise DraftIncomplete
    service = drafts.service(session, row, lock=moment.lock)
    licences = park.licences(session, Licence.id.in_(drafts.chosen_licences(row.id)))
    destination = park.sites(session, Site.id == row.destination_id)[0]
    return plan_move(service, licences, destination, row.reason)


MOVING = Procedure(OperationKind.MOVE, _plan)
