"""Taking numbers off their licences: the plan, then the service that applies it (procedure 3)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from sqlalchemy import func, literal, select, update

from domain import applying, drafts, park
from domain.database import one_of
from domain.errors import NothingSelected, ServiceNotActive
from domain.tables import Licence, Number
from domain.values import DraftId, Fingerprint, LicenceState, OperationKind, Person, ServiceState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from domain.database import Database
    from domain.operations import Recorded
    from domain.rows import NumberRow, ServiceRow


@dataclass(frozen=True)
class DissociationPlan:
    """Which numbers would leave which licences."""

    service: ServiceRow
    to_dissociate: tuple[NumberRow, ...]
    already_free: tuple[NumberRow, ...]
    refused: tuple[NumberRow, ...]
    """Numbers of licences that are terminated (R2)."""
    elsewhere: tuple[NumberRow, ...] = ()
    """Numbers that have gone to another service since they were chosen (R2)."""

    @property
    def changes(self) -> int:
        """How many numbers would be free."""
        return len(self.to_dissociate)

    @cached_property
    def fingerprint(self) -> Fingerprint:
        """The digest of all that the plan shows."""
        return applying.fingerprint(
            self.service, self.to_dissociate, self.already_free, self.refused, self.elsewhere
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


class Dissociating:
    """The service of procedure 3."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], *, journal: str | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal

    def preview(self, draft: DraftId, by: Person) -> DissociationPlan:
        """Show what the draft would do now.

        Raises what `plan_dissociation` does, and DraftGone, DraftForeign, DraftIncomplete.
        """
        with self._database.reading() as session:
            return self._plan(session, drafts.read(session, draft, by))

    def apply(self, draft: DraftId, shown: Fingerprint, by: Person, view: str | None = None) -> Recorded:
        """Do what was shown (R6 to R9). Raises what `applying.confirm` and `preview` do."""
        return applying.confirm(
            self._database,
            draft,
            shown,
            by,
            view,
            plan=partial(self._plan, lock=True),
            change=self._dissociate,
        )

    def _plan(self, session: Session, row: drafts.DraftRow, *, lock: bool = False) -> DissociationPlan:
        service = drafts.service(session, row, lock=lock)
        chosen = Number.id.in_(drafts.chosen_numbers(row.id))
        return plan_dissociation(service, park.numbers(session, chosen))

    def _dissociate(self, session: Session, row: drafts.DraftRow, plan: DissociationPlan) -> None:
        ids = [number.id for number in plan.to_dissociate]
        here = one_of(Number.id, ids) & (Number.service_id == plan.service.id)
        held = here & Number.licence_id.is_not(None)
        lines = (
            select(
                literal(row.id).label("operation_id"),
                func.row_number().over(order_by=Number.e164).label("position"),
                Number.e164.label("subject"),
                Licence.reference.label("before"),
                Licence.id.label("licence_id"),
                Number.id.label("number_id"),
                (Number.revision + 1).label("revision"),
                literal(value=False).label("refused"),
            )
            .join(Licence, Licence.id == Number.licence_id)
            .where(held)
        )
        applying.record(
            session,
            row,
            self._clock(),
            plan=plan,
            lines=lines,
            count=len(ids),
            journal=self._journal,
            kind=OperationKind.DISSOCIATION,
            customer_id=plan.service.customer.id,
        )
        freed = update(Number).where(held).values(licence_id=None, revision=Number.revision + 1)
        applying.change(session, freed, len(ids))
