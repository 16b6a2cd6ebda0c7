"""Reading the park: search, lists with filters, counters."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, exists, func, select

from domain.database import one_of
from domain.errors import (
    InvalidPhoneNumber,
    NumberIsFree,
    SeveralServices,
    SeveralSites,
    UnknownReference,
    UnknownSite,
)
from domain.tables import Customer, CustomerWord, Licence, Number, Service, ServiceWord, Site
from domain.values import (
    LicenceState,
    LicenceType,
    PhoneNumber,
    ServiceState,
    fold,
    search_words,
    tokens,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from domain.database import Database

CHOICES = 50
"""Rows that a search gives at most: who needs more types another letter."""

NAMED = 3
"""Numbers that a warning names, before « et N autres »."""


@dataclass(frozen=True)
class CustomerRow:
    """A customer as it is chosen from a list."""

    id: int
    account: str
    name: str


@dataclass(frozen=True)
class ServiceRow:
    """A service as it is chosen from a list, with its customer."""

    id: int
    reference: str
    name: str
    state: ServiceState
    customer: CustomerRow


@dataclass(frozen=True)
class SiteRow:
    """A site as it is chosen from a list."""

    id: int
    customer_id: int
    label: str
    address: str
    postal_code: str
    city: str
    is_open: bool


@dataclass(frozen=True)
class LicenceRow:
    """A licence with what tells it apart: type, numbers, current site."""

    id: int
    reference: str
    type: LicenceType
    state: LicenceState
    site_id: int
    site_label: str
    numbers: tuple[PhoneNumber, ...] = ()


@dataclass(frozen=True)
class NumberRow:
    """A number with the licence that it is associated with, if any."""

    id: int
    number: PhoneNumber
    licence_id: int | None
    licence_reference: str | None
    licence_type: LicenceType | None
    licence_state: LicenceState | None


@dataclass(frozen=True)
class TypeCount:
    """Licences of one type in a service: `active` of the `subscribed` hold a number."""

    type: LicenceType
    subscribed: int
    active: int
    held_by: tuple[PhoneNumber, ...] = ()
    """The first numbers that hold its licences, as many as a warning names."""
    numbers: int = 0
    """How many numbers hold them in all."""

    @property
    def terminable(self) -> int:
        """Licences that may be terminated (R5)."""
        return self.subscribed - self.active


@dataclass(frozen=True)
class LicenceFilter:
    """The portal's eleven filters; they combine (and), and None or "" leaves one out."""

    sda: str | None = None
    licence: LicenceType | None = None
    accountcode: str | None = None
    reference: str | None = None
    state: LicenceState | None = None
    emergency_number: str | None = None
    site_id: int | None = None
    fax2mail: str | None = None
    call_restriction: str | None = None
    overage_restriction: str | None = None
    supervisor: bool | None = None

    @property
    def chosen(self) -> dict[str, Any]:
        """The filters that are set, by name."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value not in (None, "")}


@dataclass(frozen=True)
class Found:
    """What a free search names: services, and the one licence or number if it is exactly that."""

    services: tuple[ServiceRow, ...]
    licence_id: int | None = None
    licence_reference: str | None = None
    number_id: int | None = None


class Park:
    """What there is, as it is now."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def search_services(self, text: str, limit: int = CHOICES) -> tuple[ServiceRow, ...]:
        """Find services of which every word of the text begins a word."""
        with self._database.reading() as session:
            return search_services(session, text, limit)

    def find(self, text: str) -> Found:
        """Read a free search: the services it leads to, and the licence or number that it names exactly."""
        with self._database.reading() as session:
            return find(session, text)

    def site(self, site_id: int) -> SiteRow:
        """Read a site."""
        with self._database.reading() as session:
            return sites(session, Site.id == site_id)[0]

    def search_customers(self, text: str, limit: int = CHOICES) -> tuple[CustomerRow, ...]:
        """Find customers of which every word of the text begins a word of name or account."""
        query = select(Customer.id, Customer.account, Customer.name)
        for word in search_words(text):
            lines = select(CustomerWord.customer_id).where(_begins(CustomerWord.word, word))
            query = query.where(Customer.id.in_(lines))
        with self._database.reading() as session:
            rows = session.execute(query.order_by(Customer.name, Customer.id).limit(limit))
            return tuple(CustomerRow(*row) for row in rows)

    def search_sites(self, customer_id: int, text: str, limit: int = CHOICES) -> tuple[SiteRow, ...]:
        """Find the customer's open sites that contain every word of the text."""
        with self._database.reading() as session:
            return search_sites(session, customer_id, text, limit)

    def counts(self, service_id: int) -> tuple[TypeCount, ...]:
        """Count the service's licences, a row for each of the eight types."""
        with self._database.reading() as session:
            return counts(session, service_id)

    def restrictions(self, service_id: int, name: str, text: str) -> tuple[str, ...]:
        """List the values of a `call_restriction` or `overage_restriction` in use in a service."""
        column = {
            "call_restriction": Licence.call_restriction,
            "overage_restriction": Licence.overage_restriction,
        }[name]
        query = select(column).where(Licence.service_id == service_id, column.is_not(None)).distinct()
        with self._database.reading() as session:
            values = session.scalars(query.order_by(column))
            return tuple(value for value in values if value and fold(text) in fold(value))[:CHOICES]


def _begins(column: Any, word: str) -> ColumnElement[bool]:
    # A range, not LIKE: it uses the index whatever the database's collation.
    test: ColumnElement[bool] = (column >= word) & (column < word + "\uffff")
    return test


_SERVICE = (
    select(
        Service.id,
        Service.reference,
        Service.name,
        Service.state,
        Customer.id,
        Customer.account,
        Customer.name,
    )
    .join(Customer, Customer.id == Service.customer_id)
    .order_by(Service.id)
)


def _service_row(row: Sequence[Any]) -> ServiceRow:
    return ServiceRow(*row[:4], customer=CustomerRow(*row[4:]))


def service(session: Session, service_id: int, *, lock: bool = False) -> ServiceRow:
    """Read a service; with `lock`, nobody else changes anything in it before this transaction ends."""
    query = _SERVICE.where(Service.id == service_id)
    return _service_row(session.execute(query.with_for_update(of=Service) if lock else query).one())


def customer(session: Session, customer_id: int) -> CustomerRow:
    """Read a customer."""
    query = select(Customer.id, Customer.account, Customer.name).where(Customer.id == customer_id)
    return CustomerRow(*session.execute(query).one())


def search_services(session: Session, text: str, limit: int) -> tuple[ServiceRow, ...]:
    """Find services of which every word of the text begins a word."""
    query = _SERVICE
    for word in search_words(text):
        lines = select(ServiceWord.service_id).where(_begins(ServiceWord.word, word))
        query = query.where(Service.id.in_(lines))
    return tuple(_service_row(row) for row in session.execute(query.limit(limit)))


def find(session: Session, text: str) -> Found:
    """Read a free search: the services it leads to, and the licence or number that it names exactly."""
    number = _number_named(session, text)
    if number:
        found = session.execute(_SERVICE.join(Number).where(Number.id == number.id)).one()
        return Found((_service_row(found),), number.licence_id, number.licence_reference, number.id)
    spellings = [text.strip(), text.strip().upper()]
    named = select(Licence.id, Licence.reference, Licence.service_id).where(Licence.reference.in_(spellings))
    licence = session.execute(named.order_by(Licence.reference.desc())).first()
    if licence:
        return Found((service(session, licence.service_id),), licence.id, licence.reference)
    return Found(search_services(session, text, 2) if search_words(text) else ())


def _number_named(session: Session, text: str) -> NumberRow | None:
    try:
        number = PhoneNumber.parse(text)
    except InvalidPhoneNumber:
        return None
    return next(iter(numbers(session, Number.e164 == number.e164)), None)


_SITE = select(
    Site.id, Site.customer_id, Site.label, Site.address, Site.postal_code, Site.city, Site.is_open
).order_by(Site.label_key)


def sites(session: Session, where: ColumnElement[bool]) -> tuple[SiteRow, ...]:
    """Read the sites of a condition, by label."""
    return tuple(SiteRow(*row) for row in session.execute(_SITE.where(where)))


def search_sites(session: Session, customer_id: int, text: str, limit: int) -> tuple[SiteRow, ...]:
    """Find the customer's open sites that contain every word of the text."""
    query = _SITE.where(Site.customer_id == customer_id, Site.is_open)
    for word in words(text):
        query = query.where(
            Site.label_key.contains(word, autoescape=True)
            | Site.address_key.contains(word, autoescape=True)
            | (func.lower(Site.city).contains(word, autoescape=True))
        )
    return tuple(SiteRow(*row) for row in session.execute(query.limit(limit)))


def site_named(session: Session, customer_id: int, text: str) -> SiteRow:
    """Find the one site that a person means. Raises UnknownSite, SeveralSites."""
    same = sites(session, (Site.customer_id == customer_id) & (Site.label_key == fold(text)))
    like = same or (search_sites(session, customer_id, text, 4) if words(text) else ())
    if not like:
        raise UnknownSite(text)
    if len(like) > 1:
        raise SeveralSites(text, tuple(row.label for row in like))
    return like[0]


def _natural(column: Any) -> tuple[Any, Any]:
    # FPC9 before FPC10: references count upwards, so the longer is the later.
    return func.length(column), column


def rank() -> ColumnElement[int]:
    """Number licences from 1 in the order of their references."""
    return func.row_number().over(order_by=_natural(Licence.reference))


_LICENCE = select(
    Licence.id, Licence.reference, Licence.type, Licence.state, Licence.site_id, Site.label
).join(Site, Site.id == Licence.site_id)


def licences(
    session: Session, where: ColumnElement[bool], page: slice | None = None
) -> tuple[LicenceRow, ...]:
    """Read licences with their numbers, in the order of their references."""
    query = _LICENCE.where(where).order_by(*_natural(Licence.reference))
    if page:
        query = query.offset(page.start).limit(page.stop - page.start)
    rows = session.execute(query).all()
    held = held_numbers(session, [row[0] for row in rows])
    return tuple(LicenceRow(*row, numbers=held.get(row[0], ())) for row in rows)


def held_numbers(session: Session, licence_ids: Collection[int]) -> dict[int, tuple[PhoneNumber, ...]]:
    """Read the numbers that are associated with each of the licences."""
    held: dict[int, tuple[PhoneNumber, ...]] = {}
    query = select(Number.licence_id, Number.e164).where(one_of(Number.licence_id, licence_ids))
    for licence_id, e164 in session.execute(query.order_by(Number.e164)):
        held[licence_id] = (*held.get(licence_id, ()), PhoneNumber(e164))
    return held


_NUMBER = (
    select(Number.id, Number.e164, Licence.id, Licence.reference, Licence.type, Licence.state)
    .outerjoin(Licence, Licence.id == Number.licence_id)
    .order_by(Number.e164)
)


def numbers(session: Session, where: ColumnElement[bool], limit: int | None = None) -> tuple[NumberRow, ...]:
    """Read numbers with their licences."""
    rows = session.execute(_NUMBER.where(where).limit(limit))
    return tuple(NumberRow(row[0], PhoneNumber(row[1]), *row[2:]) for row in rows)


def is_held() -> ColumnElement[bool]:
    """Test that a licence is associated with at least one number."""
    return exists().where(Number.licence_id == Licence.id)


def counts(session: Session, service_id: int) -> tuple[TypeCount, ...]:
    """Count the service's licences, a row for each of the eight types."""
    here = (Licence.service_id == service_id) & (Licence.state == LicenceState.ACTIVE)
    query = select(Licence.type, func.count(), func.sum(case((is_held(), 1), else_=0))).where(here)
    found = {row[0]: row[1:] for row in session.execute(query.group_by(Licence.type))}
    rank = func.row_number().over(partition_by=Licence.type, order_by=Number.e164)
    total = func.count().over(partition_by=Licence.type)
    ranked = select(Licence.type, Number.e164, rank.label("rank"), total.label("total"))
    lines = ranked.join(Number, Number.licence_id == Licence.id).where(here).subquery()
    held: dict[LicenceType, list[PhoneNumber]] = {}
    totals: dict[LicenceType, int] = {}
    named = select(lines).where(lines.c.rank <= NAMED).order_by(lines.c.type, lines.c.rank)
    for licence_type, e164, _, count in session.execute(named):
        held.setdefault(licence_type, []).append(PhoneNumber(e164))
        totals[licence_type] = count
    return tuple(
        TypeCount(kind, *map(int, found.get(kind, (0, 0))), tuple(held.get(kind, ())), totals.get(kind, 0))
        for kind in LicenceType
    )


def matching(service_id: int, wanted: LicenceFilter) -> ColumnElement[bool]:
    """Test that a licence is in the service and passes all filters."""
    test: ColumnElement[bool] = Licence.service_id == service_id
    for name, value in wanted.chosen.items():
        test &= _passes(name, value)
    return test


def _passes(name: str, value: Any) -> ColumnElement[bool]:
    if name == "sda":
        return exists().where(Number.licence_id == Licence.id, has_digits(Number.e164, value))
    if name in ("emergency_number", "fax2mail"):
        return has_digits(getattr(Licence, name), value)
    if name in ("accountcode", "reference"):
        column = func.lower(getattr(Licence, name))
        return column.contains(value.lower(), autoescape=True)
    column = {"licence": Licence.type}.get(name) or getattr(Licence, name)
    test: ColumnElement[bool] = column == value
    return test


def has_digits(column: Any, text: str) -> ColumnElement[bool]:
    """Test that a number begins with a French beginning (`04 91`), or else contains the digits."""
    digits = "".join(search_words(text))
    test: ColumnElement[bool] = (
        column.startswith("+33" + digits[1:], autoescape=True)
        if digits.startswith("0")
        else column.contains(digits, autoescape=True)
    )
    return test


def licences_named(session: Session, text: str) -> tuple[ServiceRow, tuple[LicenceRow, ...]]:
    """Find the licences that references or numbers name, all of one service.

    Raises UnknownReference, NumberIsFree, SeveralServices.
    """
    ids: list[int] = []
    references: list[str] = []
    service_ids: set[int] = set()
    for token in tokens(text):
        found = find(session, token)
        if found.number_id and not found.licence_id:
            raise NumberIsFree(PhoneNumber.parse(token))
        if not found.licence_id:
            raise UnknownReference(token)
        ids.append(found.licence_id)
        references.append(token)
        service_ids.add(found.services[0].id)
    if len(service_ids) > 1:
        raise SeveralServices(tuple(references))
    if not service_ids:
        raise UnknownReference(text)
    return service(session, service_ids.pop()), licences(session, one_of(Licence.id, ids))


def numbers_named(session: Session, text: str) -> tuple[ServiceRow, tuple[NumberRow, ...]]:
    """Find the associated numbers that are named, all of one service.

    Raises UnknownReference, NumberIsFree, SeveralServices.
    """
    service_row, _ = licences_named(session, text)
    return service_row, numbers(session, _spelt(tokens(text)))


def _spelt(texts: Iterable[str]) -> ColumnElement[bool]:
    return Number.e164.in_([number for text in texts for number in _read(text)])


def _read(text: str) -> Collection[str]:
    try:
        return [PhoneNumber.parse(text).e164]
    except InvalidPhoneNumber:
        raise UnknownReference(text) from None
