"""Giving licences another accountcode: what is planned, and from what."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from domain import drafts, park
from domain.changes import Change, Procedure, ServicePlan, Side
from domain.errors import DraftIncomplete, NothingSelected
from domain.tables import Licence
from domain.values import Field, OperationKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from domain.changes import Moment
    from domain.rows import LicenceRow, ServiceRow


@dataclass(frozen=True)
class RecodingPlan(ServicePlan):
    """Which licences would have another accountcode."""

    accountcode: str
    to_change: tuple[LicenceRow, ...]

    @cached_property
    def lines(self) -> tuple[Change, ...]:
        """Each licence to change."""
        return tuple(
            Change(
                Field.ACCOUNTCODE,
                row.reference,
                Side(row.accountcode),
                Side(self.accountcode),
                licence_id=row.id,
                revision=row.revision,
            )
            for row in self.to_change
        )


def plan_recoding(service: ServiceRow, licences: Sequence[LicenceRow], accountcode: str) -> RecodingPlan:
    """Leave the licences that have it already. Raises NothingSelected."""
    if not licences:
        raise NothingSelected
    here = [row for row in licences if row.service_id == service.id]
    return RecodingPlan(service, accountcode, tuple(row for row in here if row.accountcode != accountcode))


def _plan(session: Session, row: drafts.DraftRow, moment: Moment) -> RecodingPlan:
    if row.form is None:
        raise DraftIncomplete
    service = drafts.service(session, row, lock=moment.lock)
    licences = park.licences(session, Licence.id.in_(drafts.chosen_licences(row.id)))
    return plan_recoding(service, licences, row.form["accountcode"])


RECODING = Procedure(OperationKind.RECODING, _plan)
