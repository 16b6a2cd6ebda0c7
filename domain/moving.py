"""Changing the address of licences: the plan, then the service that applies it (procedure 1)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from sqlalchemy import literal, select, update

from domain import applying, drafts, park
from domain.database import one_of
from domain.errors import (
    DraftIncomplete,
    NothingSelected,
    ServiceNotActive,
    SiteClosed,
    SiteOfAnotherCustomer,
)
from domain.tables import Licence, Site
from domain.values import DraftId, Fingerprint, LicenceState, OperationKind, Person, ServiceState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from domain.database import Database
    from domain.operations import Recorded
    from domain.rows import LicenceRow, ServiceRow, SiteRow


@dataclass(frozen=True)
class MovePlan:
    """What a change of address would do."""

    service: ServiceRow
    destination: SiteRow
    to_move: tuple[LicenceRow, ...]
    already_there: tuple[LicenceRow, ...]
    refused: tuple[LicenceRow, ...]
    """Terminated licences (R2)."""
    elsewhere: tuple[LicenceRow, ...] = ()
    """Licences that have gone to another service since they were chosen (R2)."""
    reason: str | None = None

    @property
    def changes(self) -> int:
        """How many licences would move."""
        return len(self.to_move)

    @cached_property
    def fingerprint(self) -> Fingerprint:
        """The digest of all that the plan shows."""
        return applying.fingerprint(
            self.service,
            self.destination,
            self.to_move,
            self.already_there,
            self.refused,
            self.elsewhere,
            self.reason,
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


class Moving:
    """The service of procedure 1."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], *, journal: str | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal

    def preview(self, draft: DraftId, by: Person) -> MovePlan:
        """Show what the draft would do now.

        Raises what `plan_move` does, and DraftGone, DraftForeign, DraftIncomplete.
        """
        with self._database.reading() as session:
            return self._plan(session, drafts.read(session, draft, by))

    def apply(self, draft: DraftId, shown: Fingerprint, by: Person, view: str | None = None) -> Recorded:
        """Do what was shown (R6, R7, R8, R9). Raises what `applying.confirm` and `preview` do."""
        return applying.confirm(
            self._database, draft, shown, by, view, plan=partial(self._plan, lock=True), change=self._move
        )

    def _plan(self, session: Session, row: drafts.DraftRow, *, lock: bool = False) -> MovePlan:
        if row.destination_id is None:
            raise DraftIncomplete
        service = drafts.service(session, row, lock=lock)
        licences = park.licences(session, Licence.id.in_(drafts.chosen_licences(row.id)))
        destination = park.sites(session, Site.id == row.destination_id)[0]
        return plan_move(service, licences, destination, row.reason)

    def _move(self, session: Session, row: drafts.DraftRow, plan: MovePlan) -> None:
        ids = [licence.id for licence in plan.to_move]
        lines = (
            select(
                literal(row.id).label("operation_id"),
                park.rank().label("position"),
                Licence.reference.label("subject"),
                Site.label.label("before"),
                literal(plan.destination.label).label("after"),
                Licence.id.label("licence_id"),
                Licence.site_id.label("before_site_id"),
                literal(plan.destination.id).label("after_site_id"),
                (Licence.revision + 1).label("revision"),
                literal(value=False).label("refused"),
            )
            .join(Site, Site.id == Licence.site_id)
            .where(one_of(Licence.id, ids))
        )
        applying.record(
            session,
            row,
            self._clock(),
            plan=plan,
            lines=lines,
            count=len(ids),
            journal=self._journal,
            kind=OperationKind.MOVE,
            customer_id=plan.service.customer.id,
        )
        here = (Licence.service_id == plan.service.id) & (Licence.state == LicenceState.ACTIVE)
        moved = update(Licence).where(one_of(Licence.id, ids), here)
        values = {"site_id": plan.destination.id, "revision": Licence.revision + 1}
        applying.change(session, moved.values(values), len(ids))
