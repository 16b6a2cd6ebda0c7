"""Terminating licences: what is planned, and from what (procedure 2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from domain import drafts, park
from domain.changes import Change, Following, Procedure, ServicePlan, Side
from domain.errors import (
    DraftIncomplete,
    NothingSelected,
    QuantityNotWhole,
    QuantityTooLarge,
    ServiceNotActive,
)
from domain.tables import Licence
from domain.values import Field, LicenceState, OperationKind, ServiceState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from domain.changes import Moment
    from domain.rows import LicenceRow, ServiceRow
    from domain.values import PhoneNumber


@dataclass(frozen=True)
class TerminationPlan(ServicePlan):
    """Which licences a termination would end."""

    to_terminate: tuple[LicenceRow, ...]
    held: tuple[LicenceRow, ...] = ()
    """Named licences that a number holds (R4)."""
    ended: tuple[LicenceRow, ...] = ()
    """Named licences that are terminated already (R2)."""
    elsewhere: tuple[LicenceRow, ...] = ()
    """Named licences that have gone to another service since (R2)."""

    @property
    def held_by(self) -> tuple[PhoneNumber, ...]:
        """The numbers that hold the licences named."""
        return tuple(number for licence in self.held for number in licence.numbers)

    @cached_property
    def lines(self) -> tuple[Change, ...]:
        """Each licence to terminate."""
        return tuple(
            Change(
                Field.STATE,
                licence.reference,
                Side(LicenceState.ACTIVE),
                Side(LicenceState.TERMINATED),
                licence_id=licence.id,
                revision=licence.revision,
            )
            for licence in self.to_terminate
        )


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


def _plan(session: Session, row: drafts.DraftRow, moment: Moment) -> TerminationPlan:
    service = drafts.service(session, row, lock=moment.lock)
    if row.licence_type is None:
        named = Licence.id.in_(drafts.chosen_licences(row.id))
        return plan_named_termination(service, park.licences(session, named))
    if row.quantity is None:
        raise DraftIncomplete
    of_type = (Licence.service_id == row.service) & (Licence.type == row.licence_type)
    subscribed = of_type & (Licence.state == LicenceState.ACTIVE)
    return plan_termination(service, park.licences(session, subscribed), row.quantity)


def _follow(session: Session, row: drafts.DraftRow, moment: Moment) -> Following:
    """Begin anew in the same service: the next type is an order of its own (R7)."""
    return Following(drafts.copy(session, row, moment.at))


TERMINATING = Procedure(OperationKind.TERMINATION, _plan, _follow)
