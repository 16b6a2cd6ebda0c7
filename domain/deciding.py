"""A conflict with the portal, decided by a person: ours is kept and owed again, or theirs is taken (R16)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from domain import owing, park
from domain.agreeing import FORM
from domain.errors import ChoiceGone, Refused, SiteClosed, SiteOfAnotherCustomer
from domain.tables import (
    CarryOver,
    Conflict,
    Customer,
    Import,
    Licence,
    Number,
    Operation,
    OperationLine,
    Service,
    Site,
)
from domain.values import CarryState, ConflictState, Field, LicenceState, OperationId, OperationKind, Person

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from domain.database import Database


@dataclass(eq=False)
class HolderUnfit(Refused):
    """The licence that the portal gives a number to has ended here, or is of another service (R4)."""

    reference: str


@dataclass(frozen=True)
class Conflicting:
    """A conflict as it is put to a person."""

    id: int
    field: Field
    subject: str
    """A licence, a number in E.164, a site."""
    customer_name: str
    service_reference: str | None
    base: str | None
    ours: str | None
    theirs: str | None
    since: datetime
    """When the import was that showed it first."""


@dataclass(frozen=True)
class Decided:
    """What has become of a conflict, now or before."""

    state: ConflictState
    by: Person | None
    """Nobody where an import showed that there is none any more."""
    at: datetime | None
    is_now: bool
    """Whether this decision did it; otherwise it came too late."""
    operation: OperationId | None = None
    """What the portal's side was taken by."""


class Conflicts:
    """What the bot and the portal have changed differently."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def open(self) -> tuple[Conflicting, ...]:
        """List what is to be decided, the oldest first."""
        query: Any = (
            select(
                Conflict.id,
                Conflict.field,
                Conflict.subject,
                Customer.name,
                Service.reference,
                Conflict.base,
                Conflict.ours,
                Conflict.theirs,
                Import.at,
            )
            .join(Customer, Customer.id == Conflict.customer_id)
            .outerjoin(Service, Service.id == Conflict.service_id)
            .join(Import, Import.id == Conflict.import_id)
            .where(Conflict.state == ConflictState.OPEN)
            .order_by(Conflict.id)
        )
        with self._database.reading() as session:
            return tuple(Conflicting(*row) for row in session.execute(query))

    def keep_ours(self, conflict: int, by: Person) -> Decided:
        """Let ours stay: it is owed to the portal again, from what that has now. Raises ChoiceGone."""
        with self._database.writing() as session:
            row, steps = _locked(session, conflict)
            if row.state is ConflictState.OPEN:
                if _is_settled(session, row, steps):
                    return self._close(row, ConflictState.GONE, by)
                for step in steps:
                    step.state, step.settled_by = CarryState.OVERRULED, steps[-1].operation_id
                for step in steps[-1:]:
                    step.state, step.settled_by, step.by, step.at = CarryState.OWED, None, None, None
                    step.before, step.before_key = row.theirs, row.theirs_key
                return self._close(row, ConflictState.OURS, by)
            return _known(row)

    def take_theirs(self, conflict: int, by: Person) -> Decided:
        """Take what the portal has: an operation of its own, which owes nothing.

        Raises ChoiceGone, SiteOfAnotherCustomer and SiteClosed (R1), HolderUnfit (R4).
        """
        with self._database.writing() as session:
            row, steps = _locked(session, conflict)
            if row.state is ConflictState.OPEN:
                if _is_settled(session, row, steps):
                    return self._close(row, ConflictState.GONE, by)
                lines = _TAKE[row.field](session, row)
                row.operation_id = self._record(session, row, lines, by)
                for step in steps:
                    step.state, step.settled_by = CarryState.OVERRULED, row.operation_id
                return self._close(row, ConflictState.THEIRS, by)
            return _known(row)

    def _close(self, row: Conflict, state: ConflictState, by: Person) -> Decided:
        row.state, row.by, row.at = state, by, self._clock()
        operation = OperationId(row.operation_id) if row.operation_id else None
        return Decided(state, by, row.at, is_now=True, operation=operation)

    def _record(self, session: Session, row: Conflict, lines: list[dict[str, Any]], by: Person) -> str:
        operation = uuid.uuid4().hex
        values = {"customer_id": row.customer_id, "service_id": row.service_id}
        told = {"id": operation, "kind": OperationKind.IMPORT, "by": by, "at": self._clock()}
        session.execute(insert(Operation).values(**told, **values))
        for position, line in enumerate(lines, 1):
            mine = {"operation_id": operation, "position": position, "refused": False}
            session.execute(insert(OperationLine).values(**mine, **line))
        return operation


def _locked(session: Session, conflict: int) -> tuple[Conflict, Sequence[CarryOver]]:
    """Read a conflict and the lines that it is about, once nobody else changes either. Raises ChoiceGone."""
    found = session.get(Conflict, conflict)
    if found is None:
        raise ChoiceGone
    # In the order in which everybody takes them: customer or service, lines, conflict.
    if found.service_id:
        park.service(session, found.service_id, lock=True)
    customer = select(Customer.id).where(Customer.id == found.customer_id)
    session.execute(customer.with_for_update() if not found.service_id else customer)
    thing = (CarryOver.field == found.field) & (CarryOver.subject_id == found.subject_id)
    owing.lock(session, thing)
    session.refresh(found, with_for_update=True)
    lines = select(CarryOver).where(thing, CarryOver.state.in_(owing.ACTIVE)).order_by(CarryOver.id)
    return found, session.scalars(lines).all()


def _known(row: Conflict) -> Decided:
    operation = OperationId(row.operation_id) if row.operation_id else None
    return Decided(row.state, Person(row.by) if row.by else None, row.at, is_now=False, operation=operation)


def _is_settled(session: Session, row: Conflict, steps: Sequence[CarryOver]) -> bool:
    """Tell whether ours has become the portal's meanwhile: then its file showed what we have."""
    match row.field:
        case Field.SITE:
            query: Any = select(Licence.site_id).where(Licence.id == row.subject_id)
        case Field.HOLDER:
            query = select(Number.licence_id).where(Number.id == row.subject_id)
        case _:
            return False
    if str(session.scalar(query) or "") != row.theirs_key:
        return False
    for step in steps:
        step.state, step.import_id = CarryState.SEEN, row.import_id
    return True


def _take_site(session: Session, row: Conflict) -> list[dict[str, Any]]:
    query = (
        select(Licence, Service.customer_id, Site.label)
        .join(Service, Service.id == Licence.service_id)
        .join(Site, Site.id == Licence.site_id)
        .where(Licence.id == row.subject_id)
    )
    licence, customer_id, label = session.execute(query).one()
    there = park.site(session, int(row.theirs_key))
    if there.customer_id != customer_id:
        raise SiteOfAnotherCustomer(there.label)
    if not there.is_open:
        raise SiteClosed(there.label)
    line = {
        "field": Field.SITE,
        "subject": row.subject,
        "before": label,
        "after": there.label,
        "licence_id": licence.id,
        "before_site_id": licence.site_id,
        "after_site_id": there.id,
        "revision": licence.revision + 1,
    }
    moved = update(Licence).where(Licence.id == licence.id)
    session.execute(moved.values(site_id=there.id, revision=Licence.revision + 1))
    return [line]


def _take_holder(session: Session, row: Conflict) -> list[dict[str, Any]]:
    number = session.scalars(select(Number).where(Number.id == row.subject_id)).one()
    sides = {"before": number.licence_id, "after": int(row.theirs_key) if row.theirs_key else None}
    lines = []
    for side, licence_id in sides.items():
        if licence_id is not None:
            licence = session.scalars(select(Licence).where(Licence.id == licence_id)).one()
            is_fit = licence.state is LicenceState.ACTIVE and licence.service_id == number.service_id
            if side == "after" and not is_fit:
                raise HolderUnfit(licence.reference)
            thing = {"field": Field.HOLDER, "subject": row.subject, "number_id": number.id}
            lines.append(
                {**thing, side: licence.reference, "licence_id": licence.id, "revision": number.revision + 1}
            )
    associated = update(Number).where(Number.id == number.id)
    session.execute(associated.values(licence_id=sides["after"], revision=Number.revision + 1))
    return lines


def _take_form(session: Session, row: Conflict) -> list[dict[str, Any]]:
    form = row.form or {}
    site = session.scalars(select(Site).where(Site.id == row.subject_id)).one()
    thing = {"field": Field.DETAIL, "subject": row.subject, "after_site_id": site.id}
    lines = [
        {**thing, "detail": name, "before": getattr(site, name), "after": form[name]}
        for name in FORM
        if form[name] != getattr(site, name) and not name.endswith("_key")
    ]
    session.execute(update(Site).where(Site.id == site.id).values(form))
    return lines


_TAKE: dict[Field, Callable[[Any, Conflict], list[dict[str, Any]]]] = {
    Field.SITE: _take_site,
    Field.HOLDER: _take_holder,
    Field.NEW_SITE: _take_form,
}
"""How the portal's side is taken: gives what is put on record of it."""
