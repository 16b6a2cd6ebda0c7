"""A procedure under way: its service, filters, selection; kept in the database between two clicks."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from domain import park, searching
from domain.errors import (
    ChoiceGone,
    DraftForeign,
    DraftGone,
    DraftIncomplete,
    ServiceElsewhere,
    ServiceNotActive,
    SeveralSites,
    UnknownSite,
)
from domain.rows import Found, LicenceFilter, ServiceRow
from domain.tables import TEXT_LIMIT, Draft, DraftLicence, DraftNumber, Licence, Operation
from domain.values import (
    DraftId,
    LicenceState,
    LicenceType,
    OperationKind,
    Person,
    ServiceState,
    tidy,
    typed,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

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
        values = dict(self.filters)
        if "licence" in values:
            values["licence"] = LicenceType(values["licence"])
        if "state" in values:
            values["state"] = LicenceState(values["state"])
        return LicenceFilter(**values)

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
        """Open a procedure for a person, to be announced in `channel` (None: to the person)."""
        with self._database.writing() as session:
            choices |= {"channel": channel, "search": _kept(search)}
            return self._begin(session, kind, by, **choices)

    def _begin(self, session: Session, kind: OperationKind, by: Person, **choices: Any) -> DraftId:
        draft = DraftId(uuid.uuid4().hex)
        values = {"id": draft, "kind": kind, "owner": by, "expires_at": self._clock() + LIFE}
        session.execute(insert(Draft).values(**values, **choices))
        return draft

    def search(
        self, kind: OperationKind, by: Person, channel: str | None, text: str
    ) -> tuple[DraftId, Found]:
        """Open a procedure with what a free search names already chosen.

        A service that is the only one found and active is chosen, its licences ticked, its numbers chosen.
        """
        with self._database.writing() as session:
            found = searching.find(session, text)
            draft = self._begin(session, kind, by, channel=channel, search=_kept(text))
            if len(found.services) == 1 and found.services[0].state is ServiceState.ACTIVE:
                self._choose_service(session, draft, found.services[0].id, found)
            return draft, found

    def choose_service(self, draft: DraftId, by: Person, service_id: int) -> None:
        """Choose the service; the selection starts anew. Raises ServiceNotActive (R2)."""
        with self._database.writing() as session:
            locked(session, draft, by)
            service = park.service(session, service_id)
            if service.state is not ServiceState.ACTIVE:
                raise ServiceNotActive(service.reference, service.state)
            self._choose_service(session, draft, service_id, Found((service,)))

    def _choose_service(self, session: Session, draft: DraftId, service_id: int, found: Found) -> None:
        shown = LicenceFilter(reference=found.licence_reference, state=found.licence_state)
        customer_id = found.services[0].customer.id
        values = {"service_id": service_id, "customer_id": customer_id, "filters": shown.chosen, "page": 0}
        session.execute(update(Draft).where(Draft.id == draft).values(**values, destination_id=None))
        ticked = [{"draft_id": draft, "licence_id": each} for each in found.licence_ids]
        chosen = [{"draft_id": draft, "number_id": each} for each in found.number_ids]
        for table, rows in ((DraftLicence, ticked), (DraftNumber, chosen)):
            session.execute(delete(table).where(table.draft_id == draft))
            if rows:
                session.execute(insert(table), rows)
        _settle(session, draft, customer_id)

    def read(self, draft: DraftId, by: Person) -> DraftRow:
        """Read a draft. Raises DraftGone, DraftForeign."""
        with self._database.reading() as session:
            return read(session, draft, by)

    def service(self, draft: DraftId, by: Person) -> ServiceRow:
        """Read the service of a draft. Raises DraftGone, DraftForeign, DraftIncomplete, ServiceElsewhere."""
        with self._database.reading() as session:
            return service(session, read(session, draft, by))

    def renew(self, draft: DraftId, by: Person) -> DraftId:
        """Give a draft of the same choices on which no operation stands: itself, or else a copy (R7).

        Raises DraftGone, DraftForeign.
        """
        with self._database.writing() as session:
            locked(session, draft, by)
            if session.scalar(select(Operation.id).where(Operation.id == draft)) is None:
                return draft
            fresh = DraftId(uuid.uuid4().hex)
            own = {"id": fresh, "draft_id": fresh, "expires_at": self._clock() + LIFE}
            for table, key in (
                (Draft, Draft.id),
                (DraftLicence, DraftLicence.draft_id),
                (DraftNumber, DraftNumber.draft_id),
            ):
                columns = table.__table__.columns
                copy = select(
                    *(
                        literal(own[column.name], column.type) if column.name in own else column
                        for column in columns
                    )
                )
                session.execute(insert(table).from_select(columns.keys(), copy.where(key == draft)))
            return fresh

    def change(self, draft: DraftId, by: Person, **choices: Any) -> None:
        """Write choices into a draft. Raises DraftGone, DraftForeign, TextTooLong, ChoiceGone."""
        if "reason" in choices:
            choices["reason"] = typed("reason", choices["reason"], TEXT_LIMIT)
        with self._database.writing() as session:
            locked(session, draft, by)
            try:
                session.execute(update(Draft).where(Draft.id == draft).values(**choices))
            except IntegrityError:  # the ids come back from Slack
                raise ChoiceGone from None

    def name(self, draft: DraftId, by: Person, text: str) -> None:
        """Choose the licences and numbers that a text names, and their service; it is kept as the search.

        Raises NamesLeftOut about what can't be taken along, when the rest is.
        """
        with self._database.writing() as session:
            locked(session, draft, by)
            found = searching.licences_named(session, text)
            session.execute(update(Draft).where(Draft.id == draft).values(search=_kept(text)))
            if found.services:
                self._choose_service(session, draft, found.services[0].id, found)
        if found.left:
            raise found.left

    def name_site(self, draft: DraftId, by: Person, text: str) -> None:
        """Choose the destination by its name, as soon as it is known whose sites are meant.

        Raises UnknownSite, SeveralSites; the name is then kept for another customer's sites.
        """
        with self._database.writing() as session:
            row = locked(session, draft, by)
            session.execute(update(Draft).where(Draft.id == draft).values(site_text=_kept(text)))
            error = _settle(session, draft, row.customer_id) if row.customer_id else None
        if error:
            raise error

    def drop(self, draft: DraftId, by: Person) -> None:
        """Delete a draft. Raises DraftGone, DraftForeign."""
        with self._database.writing() as session:
            locked(session, draft, by)
            session.execute(delete(Draft).where(Draft.id == draft))

    def sweep(self) -> int:
        """Delete the drafts that have expired, and tell how many."""
        with self._database.writing() as session:
            gone = session.execute(delete(Draft).where(Draft.expires_at <= self._clock()))
            return int(gone.rowcount)  # type: ignore[attr-defined]


def _settle(session: Session, draft: DraftId, customer_id: int) -> UnknownSite | SeveralSites | None:
    """Find the destination that was typed among the customer's sites; or tell why it is not found."""
    text = session.scalar(select(Draft.site_text).where(Draft.id == draft))
    if not text:
        return None
    try:
        site = searching.site_named(session, customer_id, text)
    except (UnknownSite, SeveralSites) as error:
        return error
    session.execute(update(Draft).where(Draft.id == draft).values(destination_id=site.id, site_text=None))
    return None


def _kept(text: str) -> str:
    return tidy(text)[:TEXT_LIMIT]


def service(session: Session, row: DraftRow, *, lock: bool = False) -> ServiceRow:
    """Read a draft's service, held to the customer under which it was chosen (R2).

    Raises DraftIncomplete, ServiceElsewhere.
    """
    found = park.service(session, row.service, lock=lock)
    if found.customer.id != row.customer_id:
        raise ServiceElsewhere(found.reference)
    return found


def add_licences(session: Session, row: DraftRow, where: ColumnElement[bool]) -> None:
    """Tick the licences of a condition that are not ticked yet."""
    chosen = select(literal(row.id), Licence.id).where(where)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    added = dialect.insert(DraftLicence).from_select(["draft_id", "licence_id"], chosen)
    session.execute(added.on_conflict_do_nothing())


def chosen_licences(draft: DraftId) -> Any:
    """Select the ids of the licences that are ticked."""
    return select(DraftLicence.licence_id).where(DraftLicence.draft_id == draft)


def chosen_numbers(draft: DraftId) -> Any:
    """Select the ids of the numbers that are chosen."""
    return select(DraftNumber.number_id).where(DraftNumber.draft_id == draft)


def read(session: Session, draft: DraftId, by: Person, *, lock: bool = False) -> DraftRow:
    """Read a person's draft. Raises DraftGone, DraftForeign."""
    columns = [getattr(Draft, name) for name in DraftRow.__dataclass_fields__]
    query = select(*columns).where(Draft.id == draft)
    found = session.execute(query.with_for_update() if lock else query).one_or_none()
    if found is None:
        raise DraftGone
    if found.owner != by:
        raise DraftForeign
    return DraftRow(*found)


def locked(session: Session, draft: DraftId, by: Person) -> DraftRow:
    """Read a person's draft so that a second click waits its turn (R7). Raises DraftGone, DraftForeign."""
    return read(session, draft, by, lock=True)
