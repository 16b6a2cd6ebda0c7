"""What is ticked and chosen in a draft: page by page, through filters, for any number of licences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, delete, func, select, update

from domain import drafts, park, searching, ticks
from domain.errors import ChoiceGone, DraftIncomplete, FormInvalid
from domain.parameters import one_of
from domain.tables import Draft, DraftLicence, DraftNumber, Licence, Number

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.orm import Session

    from domain.database import Database
    from domain.rows import LicenceFilter, LicenceRow, NumberRow, ServiceRow, TypeCount
    from domain.values import DraftId, Person

PAGE = 30
"""Licences on a page: three groups of ten boxes, Slack's limit for one group."""

NAMED = 10
"""Licences of a selection that are shown by name."""


@dataclass(frozen=True)
class LicencePage:
    """One page of a service's licences, and what is ticked over all pages."""

    service: ServiceRow
    filter: LicenceFilter
    rows: tuple[LicenceRow, ...]
    ticked: frozenset[int]
    page: int
    matching: int
    total: int
    ticked_total: int

    @property
    def pages(self) -> int:
        """How many pages there are; one even if nothing matches."""
        return max(1, -(-self.matching // PAGE))


@dataclass(frozen=True)
class Selection:
    """What is ticked in a draft."""

    rows: tuple[LicenceRow, ...]
    """The first `NAMED` of them, as far as they are in the draft's service."""
    total: int
    """How many of them are."""
    gone: tuple[LicenceRow, ...]
    """Those that have gone to another service since (R2)."""


class Selecting:
    """The selection of a draft. Every method raises DraftGone, DraftForeign, DraftIncomplete."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def filter(
        self,
        draft: DraftId,
        by: Person,
        wanted: LicenceFilter,
        shown: Collection[int] = (),
        ticked: Collection[int] = (),
    ) -> None:
        """Take over the boxes that are `shown`, and filter anew, from the first page.

        Raises FormInvalid, ChoiceGone.
        """
        if wanted.faults:
            raise FormInvalid(wanted.faults)
        with self._database.writing() as session:
            row = drafts.locked(session, draft, by)
            if wanted.site_id and park.site(session, wanted.site_id).customer_id != row.customer_id:
                raise ChoiceGone
            _take_over(session, draft, shown, ticked)
            values = {"filters": wanted.chosen, "page": 0}
            session.execute(update(Draft).where(Draft.id == draft).values(values))

    def tick(
        self,
        draft: DraftId,
        by: Person,
        shown: Collection[int],
        ticked: Collection[int],
        *,
        page: int | None = None,
    ) -> None:
        """Take over the boxes that are `shown`; those elsewhere stay as they are. Then turn to a `page`."""
        with self._database.writing() as session:
            drafts.locked(session, draft, by)
            _take_over(session, draft, shown, ticked)
            if page is not None:
                session.execute(update(Draft).where(Draft.id == draft).values(page=page))

    def tick_all(
        self, draft: DraftId, by: Person, shown: Collection[int] = (), ticked: Collection[int] = ()
    ) -> None:
        """Take over the boxes that are `shown`, and tick every licence that the filters leave."""
        with self._database.writing() as session:
            row = drafts.locked(session, draft, by)
            _take_over(session, draft, shown, ticked)
            ticks.add_licences(session, draft, park.matching(row.service, row.filter))

    def untick_all(self, draft: DraftId, by: Person) -> None:
        """Untick every licence."""
        with self._database.writing() as session:
            drafts.locked(session, draft, by)
            ticks.untick(session, draft, DraftLicence)

    def licences(self, draft: DraftId, by: Person) -> LicencePage:
        """Show the draft's page of licences."""
        with self._database.reading() as session:
            row, service = drafts.with_service(session, draft, by)
            where = park.matching(service.id, row.filter)
            mine = drafts.chosen_licences(draft)
            # What is ticked counts too, so that « 3 sur 2 » is never said, whatever the filters show.
            is_ticked = Licence.id.in_(mine)
            can_be_shown = park.in_state(service.id, row.filter) | is_ticked
            counted = [func.count(case((test, 1))) for test in (where, can_be_shown, is_ticked)]
            counts: Any = select(*counted).where(Licence.service_id == service.id)
            matching, total, ticked_total = session.execute(counts).one()
            page = min(row.page, max(0, (matching - 1) // PAGE))
            rows = park.licences(session, where, slice(page * PAGE, (page + 1) * PAGE))
            shown = one_of(DraftLicence.licence_id, [licence.id for licence in rows])
            return LicencePage(
                service=service,
                filter=row.filter,
                rows=rows,
                ticked=frozenset(session.scalars(mine.where(shown)) if ticked_total else ()),
                page=page,
                matching=matching,
                total=total,
                ticked_total=ticked_total,
            )

    def selection(self, draft: DraftId, by: Person) -> Selection:
        """Show the first ticked licences, and how many there are."""
        with self._database.reading() as session:
            _, service = drafts.with_service(session, draft, by)
            ticked = Licence.id.in_(drafts.chosen_licences(draft))
            is_here = Licence.service_id == service.id
            counts = select(func.count(), func.count(case((is_here, 1)))).where(ticked)
            everything, total = session.execute(counts).one()
            first = select(Licence.id).where(ticked, is_here).order_by(park.rank()).limit(NAMED)
            rows = park.licences(session, ticked & (~is_here | Licence.id.in_(first))) if everything else ()
            return Selection(
                rows=tuple(row for row in rows if row.service_id == service.id),
                total=total,
                gone=tuple(row for row in rows if row.service_id != service.id),
            )

    def choose_numbers(self, draft: DraftId, by: Person, ids: Collection[int]) -> None:
        """Choose exactly these numbers."""
        with self._database.writing() as session:
            drafts.locked(session, draft, by)
            ticks.untick(session, draft, DraftNumber)
            # Also of another service, to which they have gone meanwhile: the plan leaves and names them (R2).
            ticks.add_numbers(session, draft, one_of(Number.id, ids))

    def numbers(self, draft: DraftId, by: Person, text: str) -> tuple[NumberRow, ...]:
        """Find the numbers that the draft could dissociate, by number or licence."""
        with self._database.reading() as session:
            row, service = drafts.with_service(session, draft, by)
            where = (Number.service_id == service.id) & Number.licence_id.is_not(None)
            if row.licence_type:
                where &= Licence.type == row.licence_type
            if text.strip():
                named = park.has_text(Licence.reference, text) | park.has_text(Licence.accountcode, text)
                where &= park.has_digits(Number.e164, text) | named
            return park.numbers(session, where, searching.CHOICES)

    def chosen_numbers(self, draft: DraftId, by: Person) -> tuple[NumberRow, ...]:
        """Read the numbers that are chosen."""
        with self._database.reading() as session:
            _, service = drafts.with_service(session, draft, by)
            mine = Number.id.in_(drafts.chosen_numbers(draft)) & (Number.service_id == service.id)
            return park.numbers(session, mine)

    def counts(self, draft: DraftId, by: Person) -> tuple[ServiceRow, tuple[TypeCount, ...]]:
        """Count the licences of the draft's service. Raises ServiceElsewhere."""
        with self._database.reading() as session:
            _, service = drafts.with_service(session, draft, by)
            return service, park.counts(session, service.id)

    def count(self, draft: DraftId, by: Person) -> TypeCount:
        """Count the licences of the draft's type."""
        with self._database.reading() as session:
            row = drafts.read(session, draft, by)
            if row.licence_type is None:
                raise DraftIncomplete
            return next(c for c in park.counts(session, row.service) if c.type is row.licence_type)


def _take_over(session: Session, draft: DraftId, shown: Collection[int], ticked: Collection[int]) -> None:
    if shown:
        mine = DraftLicence.draft_id == draft
        session.execute(delete(DraftLicence).where(mine, one_of(DraftLicence.licence_id, shown)))
        # Also of another service, to which they have gone meanwhile: the plan leaves and names them (R2).
        ticks.add_licences(session, draft, one_of(Licence.id, set(ticked) & set(shown)))
