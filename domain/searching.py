"""Finding things in the park by what a person types: words, references, numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, literal, select

from domain import park
from domain.database import one_of
from domain.errors import (
    InvalidPhoneNumber,
    NumberIsFree,
    SeveralServices,
    SeveralSites,
    UnknownReference,
    UnknownSite,
)
from domain.rows import CustomerRow, Found, LicenceRow, NumberRow, ServiceRow, SiteRow
from domain.tables import Customer, CustomerWord, Licence, Number, Service, ServiceWord, Site
from domain.values import PhoneNumber, fold, search_words, tokens, words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from domain.database import Database

CHOICES = 100
"""Rows that a search gives at most, which is all that a list shows (docs/slack.md, Limits)."""

ENOUGH = 2_000
"""Lines of the index that one word is followed through."""


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
            return park.sites(session, Site.id == site_id)[0]

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


def search_services(session: Session, text: str, limit: int) -> tuple[ServiceRow, ...]:
    """Find services of which every word of the text begins a word.

    The rarest word leads, and no further than `ENOUGH` of its lines: a beginning that a million references
    share costs no more than any other, and gives more than a list shows all the same.
    """
    query = park.SERVICE
    wanted = sorted(search_words(text), key=lambda word: _lines(session, word))
    for rank, word in enumerate(wanted):
        lines = _begins(ServiceWord.word, word)
        if rank == 0:
            found = select(ServiceWord.service_id).where(lines).limit(ENOUGH).subquery()
            query = query.where(Service.id.in_(select(found.c.service_id)))
        else:
            query = query.where(exists().where(ServiceWord.service_id == Service.id, lines))
    return tuple(park.service_row(row) for row in session.execute(query.limit(limit)))


def _lines(session: Session, word: str) -> int:
    some = select(literal(1)).select_from(ServiceWord).where(_begins(ServiceWord.word, word)).limit(ENOUGH)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def find(session: Session, text: str) -> Found:
    """Read a free search: the services it leads to, and the licence or number that it names exactly."""
    number = _number_named(session, text)
    if number:
        found = session.execute(park.SERVICE.join(Number).where(Number.id == number.id)).one()
        return Found((park.service_row(found),), number.licence_id, number.licence_reference, number.id)
    spellings = [text.strip(), text.strip().upper()]
    named = select(Licence.id, Licence.reference, Licence.service_id).where(Licence.reference.in_(spellings))
    licence = session.execute(named.order_by(Licence.reference.desc())).first()
    if licence:
        return Found((park.service(session, licence.service_id),), licence.id, licence.reference)
    return Found(search_services(session, text, 2) if search_words(text) else ())


def _number_named(session: Session, text: str) -> NumberRow | None:
    try:
        number = PhoneNumber.parse(text)
    except InvalidPhoneNumber:
        return None
    return next(iter(park.numbers(session, Number.e164 == number.e164)), None)


def search_sites(session: Session, customer_id: int, text: str, limit: int) -> tuple[SiteRow, ...]:
    """Find the customer's open sites that contain every word of the text."""
    query = park.SITE.where(Site.customer_id == customer_id, Site.is_open)
    for word in words(text):
        query = query.where(
            Site.label_key.contains(word, autoescape=True)
            | Site.address_key.contains(word, autoescape=True)
            | (func.lower(Site.city).contains(word, autoescape=True))
        )
    return tuple(SiteRow(*row) for row in session.execute(query.limit(limit)))


def site_named(session: Session, customer_id: int, text: str) -> SiteRow:
    """Find the one site that a person means. Raises UnknownSite, SeveralSites."""
    same = park.sites(session, (Site.customer_id == customer_id) & (Site.label_key == fold(text)))
    like = same or (search_sites(session, customer_id, text, 4) if words(text) else ())
    if not like:
        raise UnknownSite(text)
    if len(like) > 1:
        raise SeveralSites(text, tuple(row.label for row in like))
    return like[0]


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
    return park.service(session, service_ids.pop()), park.licences(session, one_of(Licence.id, ids))


def numbers_named(session: Session, text: str) -> tuple[ServiceRow, tuple[NumberRow, ...]]:
    """Find the associated numbers that are named, all of one service.

    Raises UnknownReference, NumberIsFree, SeveralServices.
    """
    service_row, _ = licences_named(session, text)
    return service_row, park.numbers(session, _spelt(tokens(text)))


def _spelt(texts: Iterable[str]) -> ColumnElement[bool]:
    return Number.e164.in_([number for text in texts for number in _read(text)])


def _read(text: str) -> Collection[str]:
    try:
        return [PhoneNumber.parse(text).e164]
    except InvalidPhoneNumber:
        raise UnknownReference(text) from None
