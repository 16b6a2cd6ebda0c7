"""A procedure under way: its service, filters, selection; kept in the database between two clicks."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from domain import commands, park, ticks
from domain.errors import (
    ChoiceGone,
    DraftForeign,
    DraftGone,
    DraftIncomplete,
    DraftSpent,
    ServiceElsewhere,
    ServiceNotActive,
)
from domain.parameters import one_of
from domain.rows import CustomerRow, LicenceFilter, ServiceRow
from domain.tables import Customer, Draft, DraftLicence, DraftNumber, Number, Operation, Service
from domain.values import (
    TEXT_LIMIT,
    DraftId,
    LicenceType,
    OperationKind,
    Person,
    ServiceState,
    typed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from domain.commands import Command
    from domain.database import Database

LIFE = timedelta(hours=12)
"""How long a procedure may stay open: a working day."""


@dataclass(frozen=True)
class DraftRow:
    """A draft's choices so far."""

    id: DraftId
    kind: OperationKind
    owner: Person
    channel: str | None
    parent_id: DraftId | None
    search: str
    customer_id: int | None
    service_id: int | None
    filters: dict[str, Any]
    page: int
    licence_type: LicenceType | None
    quantity: int | None
    destination_id: int | None
    site_text: str | None
    form: dict[str, Any] | None
    undoes: str | None
    reason: str | None
    response_url: str | None

    @property
    def filter(self) -> LicenceFilter:
        """The licence filters, as values."""
        return LicenceFilter.read(self.filters)

    @property
    def service(self) -> int:
        """The service chosen. Raises DraftIncomplete."""
        if self.service_id is None:
            raise DraftIncomplete
        return self.service_id


class Drafts:
    """Procedures under way."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def begin(
        self, kind: OperationKind, by: Person, channel: str | None, *, search: str = "", **choices: Any
    ) -> DraftId:
        """Open a procedure, to be announced in `channel` (None: to the person). Raises ChoiceGone."""
        with self._database.writing() as session:
            return self._begin(session, kind, by, channel=channel, search=commands.kept(search), **choices).id

    def _begin(self, session: Session, kind: OperationKind, by: Person, **choices: Any) -> DraftRow:
        values = {"id": uuid.uuid4().hex, "kind": kind, "owner": by, "expires_at": self._clock() + LIFE}
        try:
            begun = session.execute(insert(Draft).values(**values, **choices).returning(*_COLUMNS))
        except IntegrityError:  # the ids come back from Slack
            raise ChoiceGone from None
        return DraftRow(*begun.one())

    def name(
        self, kind: OperationKind, by: Person, channel: str | None, text: str
    ) -> tuple[DraftRow, Command]:
        """Open a procedure with all that a command's text names already chosen."""
        with self._database.writing() as session:
            command = commands.read(session, kind, text)
            row = self._begin(session, kind, by, channel=channel, **command.values)
            if row.service_id:
                ticks.tick(session, row.id, kind, command.found)
            return row, command

    def branch(
        self,
        draft: DraftId,
        by: Person,
        kind: OperationKind,
        *,
        licences: Collection[int] = (),
        leaving: Mapping[str, Any] | None = None,
        **choices: Any,
    ) -> DraftRow:
        """Open a procedure on the way of another, for its customer; a dissociation for its service.

        The numbers of `licences` are chosen in it; `leaving` are choices that the other is left with. Raises
        DraftGone, DraftForeign, DraftIncomplete, TextTooLong.
        """
        with self._database.writing() as session:
            row = fill(session, draft, by, leaving or {})
            choices |= {"channel": row.channel, "customer_id": row.customer_id, "parent_id": row.id}
            if kind is OperationKind.DISSOCIATION:
                choices |= {"service_id": row.service}
            branch = self._begin(session, kind, by, **choices)
            if licences:
                ticks.add_numbers(session, branch.id, one_of(Number.licence_id, licences))
            return branch

    def choose_service(self, draft: DraftId, by: Person, service_id: int) -> None:
        """Choose the service; the selection starts anew. Raises ServiceNotActive (R2)."""
        with self._database.writing() as session:
            row = locked(session, draft, by)
            service = park.service(session, service_id)
            if service.state is not ServiceState.ACTIVE:
                raise ServiceNotActive(service.reference, service.state)
            values = commands.choose(session, service, row.site_text)
            session.execute(update(Draft).where(Draft.id == draft).values(values))
            ticks.untick(session, draft, ticks.table(row.kind))

    def read(self, draft: DraftId, by: Person) -> DraftRow:
        """Read a draft. Raises DraftGone, DraftForeign."""
        with self._database.reading() as session:
            return read(session, draft, by)

    def with_service(self, draft: DraftId, by: Person) -> tuple[DraftRow, ServiceRow]:
        """Read a draft and its service. Raises DraftGone, DraftForeign, DraftIncomplete, ServiceElsewhere."""
        with self._database.reading() as session:
            return with_service(session, draft, by)

    def with_customer(self, draft: DraftId, by: Person) -> tuple[DraftRow, CustomerRow | None]:
        """Read a draft and its customer, if it is chosen. Raises DraftGone, DraftForeign."""
        with self._database.reading() as session:
            row = read(session, draft, by)
            return row, park.customer(session, row.customer_id) if row.customer_id else None

    def reopen(self, draft: DraftId, by: Person) -> DraftRow:
        """Read a draft of the same choices on which no operation stands. Raises DraftGone, DraftForeign."""
        with self._database.writing() as session:
            return unspent(session, locked(session, draft, by), self._clock())

    def change(self, draft: DraftId, by: Person, **choices: Any) -> DraftRow:
        """Write choices into a draft. Raises DraftGone, DraftForeign, TextTooLong, ChoiceGone."""
        with self._database.writing() as session:
            return fill(session, draft, by, choices)

    def drop(self, draft: DraftId, by: Person) -> None:
        """Delete a draft. Raises DraftGone, DraftForeign, DraftSpent where it was confirmed meanwhile."""
        with self._database.writing() as session:
            if _is_spent(session, locked(session, draft, by)):
                raise DraftSpent
            session.execute(delete(Draft).where(Draft.id == draft))

    def sweep(self) -> int:
        """Delete the drafts that have expired, and tell how many."""
        with self._database.writing() as session:
            gone = session.execute(delete(Draft).where(Draft.expires_at <= self._clock()))
            return int(gone.rowcount)  # type: ignore[attr-defined]


def fill(session: Session, draft: DraftId, by: Person, choices: Mapping[str, Any]) -> DraftRow:
    """Write choices into a person's draft, and read it. Raises what `Drafts.change` does."""
    row = locked(session, draft, by)
    if "reason" in choices:
        choices = {**choices, "reason": typed("reason", choices["reason"], TEXT_LIMIT)}
    if choices:
        try:
            session.execute(update(Draft).where(Draft.id == draft).values(choices))
        except IntegrityError:  # the ids come back from Slack
            raise ChoiceGone from None
    return replace(row, **choices)


def unspent(session: Session, row: DraftRow, at: datetime) -> DraftRow:
    """Give a draft itself, if no operation stands on it, or else a copy of its choices (R7)."""
    return copy(session, row, at) if _is_spent(session, row) else row


def _is_spent(session: Session, row: DraftRow) -> bool:
    return session.scalar(select(Operation.id).where(Operation.id == row.id)) is not None


def copy(session: Session, row: DraftRow, at: datetime) -> DraftRow:
    """Begin a draft anew with the same choices."""
    fresh = DraftId(uuid.uuid4().hex)
    own = {"id": fresh, "draft_id": fresh, "expires_at": at + LIFE}
    chosen = ticks.table(row.kind)
    for table, key in ((Draft, Draft.id), (chosen, chosen.draft_id)):
        columns = table.__table__.columns
        copied = (literal(own[each.name], each.type) if each.name in own else each for each in columns)
        session.execute(insert(table).from_select(columns.keys(), select(*copied).where(key == row.id)))
    return replace(row, id=fresh)


def service(session: Session, row: DraftRow, *, lock: bool = False) -> ServiceRow:
    """Read a draft's service, held to the customer under which it was chosen (R2).

    Raises DraftIncomplete, ServiceElsewhere.
    """
    return _held(row, park.service(session, row.service, lock=lock))


def _held(row: DraftRow, service: ServiceRow) -> ServiceRow:
    if service.customer.id != row.customer_id:
        raise ServiceElsewhere(service.reference)
    return service


def chosen_licences(draft: DraftId) -> Any:
    """Select the ids of the licences that are ticked."""
    return select(DraftLicence.licence_id).where(DraftLicence.draft_id == draft)


def chosen_numbers(draft: DraftId) -> Any:
    """Select the ids of the numbers that are chosen."""
    return select(DraftNumber.number_id).where(DraftNumber.draft_id == draft)


_COLUMNS = [getattr(Draft, name) for name in DraftRow.__dataclass_fields__]


def read(session: Session, draft: DraftId, by: Person, *, lock: bool = False) -> DraftRow:
    """Read a person's draft. Raises DraftGone, DraftForeign."""
    query = select(*_COLUMNS).where(Draft.id == draft)
    return _own(session.execute(query.with_for_update() if lock else query).one_or_none(), by)


def _own(found: Sequence[Any] | None, by: Person) -> DraftRow:
    if found is None:
        raise DraftGone
    row = DraftRow(*found)
    if row.owner != by:
        raise DraftForeign
    return row


_WITH_SERVICE = (
    select(*_COLUMNS, *park.SERVICE.selected_columns)
    .outerjoin(Service, Service.id == Draft.service_id)
    .outerjoin(Customer, Customer.id == Service.customer_id)
)


def with_service(session: Session, draft: DraftId, by: Person) -> tuple[DraftRow, ServiceRow]:
    """Read a person's draft with its service, in one statement. Raises what `read` and `service` do."""
    found = session.execute(_WITH_SERVICE.where(Draft.id == draft)).one_or_none()
    row = _own(found and found[: len(_COLUMNS)], by)
    if found is None or row.service_id is None:
        raise DraftIncomplete
    return row, _held(row, park.service_row(found[len(_COLUMNS) :]))


def locked(session: Session, draft: DraftId, by: Person) -> DraftRow:
    """Read a person's draft so that a second click waits its turn (R7). Raises DraftGone, DraftForeign."""
    return read(session, draft, by, lock=True)
