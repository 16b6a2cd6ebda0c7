"""A procedure under way: its service, filters, selection; kept in the database between two clicks."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from domain import park, searching
from domain.database import one_of
from domain.errors import DraftForeign, DraftGone, DraftIncomplete, ServiceNotActive
from domain.rows import Found, LicenceFilter, ServiceRow
from domain.tables import TEXT_LIMIT, Draft, DraftLicence, DraftNumber, Licence, Number
from domain.values import DraftId, LicenceState, LicenceType, OperationKind, Person, ServiceState, tidy

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
            return self._begin(session, kind, by, channel, search=search, **choices)

    def _begin(
        self,
        session: Session,
        kind: OperationKind,
        by: Person,
        channel: str | None,
        *,
        search: str,
        **choices: Any,
    ) -> DraftId:
        draft = DraftId(uuid.uuid4().hex)
        expires = self._clock() + LIFE
        values = {"id": draft, "kind": kind, "owner": by, "expires_at": expires, "channel": channel}
        session.execute(insert(Draft).values(**values, search=_kept(search), **choices))
        return draft

    def search(
        self, kind: OperationKind, by: Person, channel: str | None, text: str
    ) -> tuple[DraftId, Found]:
        """Open a procedure with what a free search names already chosen.

        A service that is the only one found and active is chosen, a licence ticked, a number chosen.
        """
        text = _kept(text)
        with self._database.writing() as session:
            found = searching.find(session, text)
            draft = self._begin(session, kind, by, channel, search=text)
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
            session.execute(delete(DraftLicence).where(DraftLicence.draft_id == draft))
            session.execute(delete(DraftNumber).where(DraftNumber.draft_id == draft))
            self._choose_service(session, draft, service_id, Found((service,)))

    def _choose_service(self, session: Session, draft: DraftId, service_id: int, found: Found) -> None:
        named = LicenceFilter(reference=found.licence_reference)
        shown = named if found.licence_id else LicenceFilter(state=LicenceState.ACTIVE)
        customer_id = found.services[0].customer.id
        values = {"service_id": service_id, "customer_id": customer_id, "filters": shown.chosen, "page": 0}
        session.execute(update(Draft).where(Draft.id == draft).values(**values))
        if found.licence_id:
            session.execute(insert(DraftLicence).values(draft_id=draft, licence_id=found.licence_id))
            numbers = (
                (Number.id == found.number_id) if found.number_id else (Number.licence_id == found.licence_id)
            )
            held = select(literal(draft), Number.id).where(numbers)
            session.execute(insert(DraftNumber).from_select(["draft_id", "number_id"], held))

    def read(self, draft: DraftId, by: Person) -> DraftRow:
        """Read a draft. Raises DraftGone, DraftForeign."""
        with self._database.reading() as session:
            return read(session, draft, by)

    def service(self, draft: DraftId, by: Person) -> ServiceRow:
        """Read the service of a draft. Raises DraftGone, DraftForeign, DraftIncomplete."""
        with self._database.reading() as session:
            return park.service(session, read(session, draft, by).service)

    def change(self, draft: DraftId, by: Person, **choices: Any) -> None:
        """Write choices into a draft. Raises DraftGone, DraftForeign."""
        with self._database.writing() as session:
            locked(session, draft, by)
            session.execute(update(Draft).where(Draft.id == draft).values(**choices))

    def filter(self, draft: DraftId, by: Person, wanted: LicenceFilter) -> None:
        """Filter the licences anew, from the first page; what is ticked stays."""
        self.change(draft, by, filters=wanted.chosen, page=0)

    def name_licences(self, draft: DraftId, by: Person, text: str) -> None:
        """Tick the licences that references or numbers name, and choose their service.

        Raises UnknownReference, NumberIsFree, SeveralServices; the text is then kept as the search.
        """
        self.change(draft, by, search=_kept(text))
        with self._database.writing() as session:
            service, licences = searching.licences_named(session, text)
            self._choose_service(session, draft, service.id, Found((service,)))
            row = locked(session, draft, by)
            add_licences(session, row, one_of(Licence.id, [licence.id for licence in licences]))

    def name_numbers(self, draft: DraftId, by: Person, text: str) -> None:
        """Choose the associated numbers that are named, and their service.

        Raises UnknownReference, NumberIsFree, SeveralServices; the text is then kept as the search.
        """
        self.change(draft, by, search=_kept(text))
        with self._database.writing() as session:
            service, numbers = searching.numbers_named(session, text)
            self._choose_service(session, draft, service.id, Found((service,)))
            chosen = [{"draft_id": draft, "number_id": number.id} for number in numbers]
            session.execute(insert(DraftNumber), chosen)

    def name_site(self, draft: DraftId, by: Person, text: str) -> None:
        """Choose the destination by its name. Raises UnknownSite, SeveralSites."""
        with self._database.writing() as session:
            row = locked(session, draft, by)
            customer_id = park.service(session, row.service).customer.id
            site = searching.site_named(session, customer_id, tidy(text))
            session.execute(update(Draft).where(Draft.id == draft).values(destination_id=site.id))

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


def _kept(text: str) -> str:
    return tidy(text)[:TEXT_LIMIT]


def add_licences(session: Session, row: DraftRow, where: ColumnElement[bool]) -> None:
    """Tick the licences of a condition that are not ticked yet."""
    # Licences of the draft's own service only: the ids come back from Slack.
    chosen = select(literal(row.id), Licence.id).where(where, Licence.service_id == row.service)
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
