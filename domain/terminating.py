"""Terminating licences: the plan, then the service that applies it (procedure 2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from sqlalchemy import literal, select, update

from domain import applying, drafts, park
from domain.database import one_of
from domain.errors import (
    DraftIncomplete,
    NothingSelected,
    QuantityNotWhole,
    QuantityTooLarge,
    ServiceNotActive,
)
from domain.tables import Licence
from domain.values import DraftId, Fingerprint, LicenceState, OperationKind, Person, ServiceState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from domain.database import Database
    from domain.operations import Recorded
    from domain.rows import LicenceRow, ServiceRow, TypeCount
    from domain.values import PhoneNumber


@dataclass(frozen=True)
class TerminationPlan:
    """Which licences a termination would end."""

    service: ServiceRow
    to_terminate: tuple[LicenceRow, ...]
    held: tuple[LicenceRow, ...] = ()
    """Named licences that a number holds (R4)."""
    ended: tuple[LicenceRow, ...] = ()
    """Named licences that are terminated already (R2)."""
    elsewhere: tuple[LicenceRow, ...] = ()
    """Named licences that have gone to another service since (R2)."""

    @property
    def changes(self) -> int:
        """How many licences would end."""
        return len(self.to_terminate)

    @property
    def held_by(self) -> tuple[PhoneNumber, ...]:
        """The numbers that hold the licences named."""
        return tuple(number for licence in self.held for number in licence.numbers)

    @cached_property
    def fingerprint(self) -> Fingerprint:
        """The digest of all that the plan shows."""
        return applying.fingerprint(self.service, self.to_terminate, self.held, self.ended, self.elsewhere)


def read_quantity(text: str | None) -> int:
    """Read a quantity as it was typed. Raises QuantityNotWhole unless it is 1 or more (R5)."""
    if not re.fullmatch(r"[0-9]{1,9}", (text or "").strip()) or int(text or "") < 1:
        raise QuantityNotWhole(text or "")
    return int(text or "")


def plan_termination(service: ServiceRow, licences: Sequence[LicenceRow], quantity: int) -> TerminationPlan:
    """Pick `quantity` of the licences (of one type, by reference), the most recent references first.

    Raises ServiceNotActive (R2), QuantityNotWhole and QuantityTooLarge (R5; R4: only free ones are picked).
    """
    if service.state is not ServiceState.ACTIVE:
        raise ServiceNotActive(service.reference, service.state)
    if quantity < 1:
        raise QuantityNotWhole(str(quantity))
    active = [licence for licence in licences if licence.state is LicenceState.ACTIVE]
    free = [licence for licence in active if not licence.numbers]
    if quantity > len(free):
        held_by = tuple(number for licence in active for number in licence.numbers)
        raise QuantityTooLarge(len(free), len(active) - len(free), held_by)
    return TerminationPlan(service, tuple(reversed(free[-quantity:])))


def plan_named_termination(service: ServiceRow, licences: Sequence[LicenceRow]) -> TerminationPlan:
    """Sort licences that were named into those to terminate and those refused (R2, R4).

    Raises ServiceNotActive (R2), NothingSelected.
    """
    if service.state is not ServiceState.ACTIVE:
        raise ServiceNotActive(service.reference, service.state)
    if not licences:
        raise NothingSelected
    here = [licence for licence in licences if licence.service_id == service.id]
    active = [licence for licence in here if licence.state is LicenceState.ACTIVE]
    return TerminationPlan(
        service=service,
        to_terminate=tuple(licence for licence in active if not licence.numbers),
        held=tuple(licence for licence in active if licence.numbers),
        ended=tuple(licence for licence in here if licence.state is not LicenceState.ACTIVE),
        elsewhere=tuple(licence for licence in licences if licence.service_id != service.id),
    )


class Terminating:
    """The service of procedure 2."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], *, journal: str | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._journal = journal

    def counts(self, draft: DraftId, by: Person) -> tuple[ServiceRow, tuple[TypeCount, ...]]:
        """Count the licences of the draft's service.

        Raises DraftGone, DraftForeign, DraftIncomplete, ServiceElsewhere.
        """
        with self._database.reading() as session:
            _, service = drafts.with_service(session, draft, by)
            return service, park.counts(session, service.id)

    def count(self, draft: DraftId, by: Person) -> TypeCount:
        """Count the licences of the draft's type. Raises DraftGone, DraftForeign, DraftIncomplete."""
        with self._database.reading() as session:
            row = drafts.read(session, draft, by)
            if row.licence_type is None:
                raise DraftIncomplete
            return next(c for c in park.counts(session, row.service) if c.type is row.licence_type)

    def preview(self, draft: DraftId, by: Person) -> TerminationPlan:
        """Show what the draft would do now.

        Raises what the plans do, and DraftGone, DraftForeign, DraftIncomplete.
        """
        with self._database.reading() as session:
            return self._plan(session, drafts.read(session, draft, by))

    def apply(self, draft: DraftId, shown: Fingerprint, by: Person, view: str | None = None) -> Recorded:
        """Do what was shown (R4 to R9). Raises what `applying.confirm` and `preview` do."""
        return applying.confirm(
            self._database,
            draft,
            shown,
            by,
            view,
            plan=partial(self._plan, lock=True),
            change=self._terminate,
        )

    def _plan(self, session: Session, row: drafts.DraftRow, *, lock: bool = False) -> TerminationPlan:
        service = drafts.service(session, row, lock=lock)
        if row.licence_type is None:
            named = Licence.id.in_(drafts.chosen_licences(row.id))
            return plan_named_termination(service, park.licences(session, named))
        if row.quantity is None:
            raise DraftIncomplete
        of_type = (Licence.service_id == row.service) & (Licence.type == row.licence_type)
        subscribed = of_type & (Licence.state == LicenceState.ACTIVE)
        return plan_termination(service, park.licences(session, subscribed), row.quantity)

    def _terminate(self, session: Session, row: drafts.DraftRow, plan: TerminationPlan) -> None:
        ids = [licence.id for licence in plan.to_terminate]
        # The last word against R4 is the statement's own: a licence that is held does not match.
        here = one_of(Licence.id, ids) & (Licence.service_id == plan.service.id)
        free = here & (Licence.state == LicenceState.ACTIVE) & ~park.is_held()
        lines = select(
            literal(row.id).label("operation_id"),
            park.rank().label("position"),
            Licence.reference.label("subject"),
            literal(LicenceState.ACTIVE.value).label("before"),
            literal(LicenceState.TERMINATED.value).label("after"),
            Licence.id.label("licence_id"),
            literal(value=False).label("refused"),
        ).where(free)
        applying.record(
            session,
            row,
            self._clock(),
            plan=plan,
            lines=lines,
            count=len(ids),
            journal=self._journal,
            kind=OperationKind.TERMINATION,
            customer_id=plan.service.customer.id,
        )
        applying.change(
            session,
            update(Licence).where(free).values(state=LicenceState.TERMINATED, revision=Licence.revision + 1),
            len(ids),
        )
