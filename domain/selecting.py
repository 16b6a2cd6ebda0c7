"""What is ticked and chosen in a draft: page by page, through filters, for any number of licences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, literal, select, update

from domain import drafts, park, searching
from domain.errors import ChoiceGone, DraftIncomplete, FormInvalid
from domain.parameters import one_of
from domain.tables import Draft, DraftLicence, DraftNumber, Licence, Number

if TYPE_CHECKING:
    from collections.abc import Collection

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

    def filter(self, draft: DraftId, by: Person, wanted: LicenceFilter) -> None:
        """Filter anew, from the first page; what is ticked stays. Raises FormInvalid, ChoiceGone."""
        if wanted.faults:
            raise FormInvalid(wanted.faults)
        with self._database.writing() as session:
            row = drafts.locked(session, draft, by)
            if wanted.site_id and park.site(session, wanted.site_id).customer_id != row.customer_id:
                raise ChoiceGone
            values = {"filters": wanted.chosen, "page": 0}
            session.execute(update(Draft).where(Draft.id == draft).values(values))

    def tick(self, draft: DraftId, by: Person, shown: Collection[int], ticked: Collection[int]) -> None:
        """Take over the boxes of the licences that are `shown`; those elsewhere stay as they are."""
        with self._database.writing() as session:
            row = drafts.locked(session, draft, by)
            mine = DraftLicence.draft_id == draft
            session.execute(delete(DraftLicence).where(mine, one_of(DraftLicence.licence_id, shown)))
            # Also of another service, to which they have gone meanwhile: the plan leaves and names them (R2).
            drafts.add_licences(session, row, one_of(Licence.id, set(ticked) & set(shown)))

    def tick_all(self, draft: DraftId, by: Person) -> None:
        """Tick every licence that the filters leave."""
        with self._database.writing() as session:
            row = drafts.locked(session, draft, by)
            drafts.add_licences(session, row, park.matching(row.service, row.filter))

    def untick_all(self, draft: DraftId, by: Person) -> None:
        """Untick every licence."""
        with self._database.writing() as session:
            drafts.locked(session, draft, by)
            session.execute(delete(DraftLicence).where(DraftLicence.draft_id == draft))

    def licences(self, draft: DraftId, by: Person) -> LicencePage:
        """Show the draft's page of licences."""
        with self._database.reading() as session:
            row = drafts.read(session, draft, by)
            where = park.matching(row.service, row.filter)
            matching = session.scalar(select(func.count()).select_from(Licence).where(where)) or 0
            page = min(row.page, max(0, (matching - 1) // PAGE))
            rows = park.licences(session, where, slice(page * PAGE, (page + 1) * PAGE))
            mine = drafts.chosen_licences(draft)
            shown = one_of(DraftLicence.licence_id, [licence.id for licence in rows])
            # What is ticked counts too, so that « 3 sur 2 » is never said, whatever the filters show.
            can_be_shown = park.in_state(row.service, row.filter)
            ticked = Licence.id.in_(mine) & (Licence.service_id == row.service)
            everything = can_be_shown | ticked
            return LicencePage(
                service=drafts.service(session, row),
                filter=row.filter,
                rows=rows,
                ticked=frozenset(session.scalars(mine.where(shown))),
                page=page,
                matching=matching,
                total=session.scalar(select(func.count()).select_from(Licence).where(everything)) or 0,
                ticked_total=session.scalar(select(func.count()).select_from(Licence).where(ticked)) or 0,
            )

    def selection(self, draft: DraftId, by: Person) -> Selection:
        """Show the first ticked licences, and how many there are."""
        with self._database.reading() as session:
            service = drafts.service(session, drafts.read(session, draft, by))
            ticked = Licence.id.in_(drafts.chosen_licences(draft))
            mine = ticked & (Licence.service_id == service.id)
            return Selection(
                rows=park.licences(session, mine, slice(0, NAMED)),
                total=session.scalar(select(func.count()).select_from(Licence).where(mine)) or 0,
                gone=park.licences(session, ticked & (Licence.service_id != service.id)),
            )

    def choose_numbers(self, draft: DraftId, by: Person, ids: Collection[int]) -> None:
        """Choose exactly these numbers."""
        with self._database.writing() as session:
            row = drafts.locked(session, draft, by)
            session.execute(delete(DraftNumber).where(DraftNumber.draft_id == draft))
            # Also of another service, to which they have gone meanwhile: the plan leaves and names them (R2).
            chosen = select(literal(row.id), Number.id).where(one_of(Number.id, ids))
            session.execute(insert(DraftNumber).from_select(["draft_id", "number_id"], chosen))

    def numbers(self, draft: DraftId, by: Person, text: str) -> tuple[NumberRow, ...]:
        """Find the numbers that the draft could dissociate, by number or licence."""
        with self._database.reading() as session:
            row = drafts.read(session, draft, by)
            where = (Number.service_id == drafts.service(session, row).id) & Number.licence_id.is_not(None)
            if row.licence_type:
                where &= Licence.type == row.licence_type
            if text.strip():
                named = park.has_text(Licence.reference, text) | park.has_text(Licence.accountcode, text)
                where &= park.has_digits(Number.e164, text) | named
            return park.numbers(session, where, searching.CHOICES)

    def chosen_numbers(self, draft: DraftId, by: Person) -> tuple[NumberRow, ...]:
        """Read the numbers that are chosen."""
        with self._database.reading() as session:
            service = drafts.service(session, drafts.read(session, draft, by))
            mine = Number.id.in_(drafts.chosen_numbers(draft)) & (Number.service_id == service.id)
            return park.numbers(session, mine)

    def counts(self, draft: DraftId, by: Person) -> tuple[ServiceRow, tuple[TypeCount, ...]]:
        """Count the licences of the draft's service. Raises ServiceElsewhere."""
        with self._database.reading() as session:
            service = drafts.service(session, drafts.read(session, draft, by))
            return service, park.counts(session, service.id)

    def count(self, draft: DraftId, by: Person) -> TypeCount:
        """Count the licences of the draft's type."""
        with self._database.reading() as session:
            row = drafts.read(session, draft, by)
            if row.licence_type is None:
                raise DraftIncomplete
            return next(c for c in park.counts(session, row.service) if c.type is row.licence_type)
