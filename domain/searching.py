"""Finding things in the park by what a person types: words, references, numbers."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, func, literal, or_, select, union_all

from domain import naming, park
from domain.errors import NamesLeftOut, SeveralSites, UnknownSite
from domain.parameters import one_of
from domain.reading import Order, names_numbers, read_order, search_words, tokens, unquoted
from domain.rows import CustomerRow, Found, ServiceRow, SiteRow
from domain.tables import Customer, CustomerWord, Licence, Service, ServiceWord, Site
from domain.values import TEXT_LIMIT, OperationKind, fold, tidy, unmarked, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from domain.database import Database
    from domain.naming import Name

CHOICES = 30
"""Rows that a search gives at most: whoever does not see theirs types another word. Slack takes a hundred."""

WORDS = 30
"""Words of a search that count: each is a condition, and PostgreSQL plans a statement in more than their cube
(three hundred in twenty seconds and a gigabyte)."""

SEVERAL = 4
"""Sites that are named where a text does not tell them apart: more than there are ways to read it."""

ENOUGH = 2_000
"""Lines of the index that one word is followed through."""


class Park:
    """What there is, as it is now."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def search_services(self, text: str, limit: int = CHOICES) -> tuple[ServiceRow, ...]:
        """Find services of which every word of the text begins a word, or else those of all that it names."""
        with self._database.reading() as session:
            return search_services(session, text, limit) or services_of_names(session, text)[:limit]

    def find(self, text: str) -> Found:
        """Read a free search: the services it leads to, and the licence or number that it names exactly."""
        with self._database.reading() as session:
            return find(session, text)

    def site(self, site_id: int) -> SiteRow:
        """Read a site. Raises ChoiceGone."""
        with self._database.reading() as session:
            return park.site(session, site_id)

    def search_customers(self, text: str, limit: int = CHOICES) -> tuple[CustomerRow, ...]:
        """Find customers of which every word of the text begins a word of name or account."""
        with self._database.reading() as session:
            return search_customers(session, text, limit)

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


def _counting(found: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Keep the words that count, as far as the index holds them: those that no other of them begins with."""
    first = list(dict.fromkeys(tuple(spelling[:TEXT_LIMIT] for spelling in word) for word in found))[:WORDS]
    return [
        word
        for word in first
        if sum(all(spelling.startswith(word) for spelling in other) for other in first) == 1
    ]


def _begins(column: Any, word: tuple[str, ...]) -> ColumnElement[bool]:
    # A range, not LIKE: it uses the index whatever the database's collation.
    return or_(*((column >= spelling) & (column < spelling + "\uffff") for spelling in word))


def search_customers(session: Session, text: str, limit: int) -> tuple[CustomerRow, ...]:
    """Find customers of which every word of the text begins a word of name or account."""
    query = select(Customer.id, Customer.account, Customer.name)
    for word in _counting(search_words(text)):
        lines = select(CustomerWord.customer_id).where(_begins(CustomerWord.word, word))
        query = query.where(Customer.id.in_(lines))
    rows = session.execute(query.order_by(Customer.name, Customer.id).limit(limit))
    return tuple(CustomerRow(*row) for row in rows)


def search_services(session: Session, text: str, limit: int) -> tuple[ServiceRow, ...]:
    """Find services of which every word of the text begins a word.

    The rarest word leads, and no further than `ENOUGH` of its lines: a beginning that a million references
    share costs no more than any other, and gives more than a list shows all the same.
    """
    query = park.SERVICE
    for rank, word in enumerate(_rarest_first(session, _counting(search_words(text)))):
        lines = _begins(ServiceWord.word, word)
        if rank == 0:
            found = select(ServiceWord.service_id).where(lines).limit(ENOUGH).subquery()
            query = query.where(Service.id.in_(select(found.c.service_id)))
        else:
            query = query.where(exists().where(ServiceWord.service_id == Service.id, lines))
    return tuple(park.service_row(row) for row in session.execute(query.limit(limit)))


def services_of_names(session: Session, text: str) -> tuple[ServiceRow, ...]:
    """Give the services of all that is named, where no one of them has it all."""
    names = naming.read(session, tokens(text)).values()
    ids = {name.service_id for name in names if name.service_id}
    services = session.execute(park.SERVICE.where(one_of(Service.id, ids))) if ids else ()
    return tuple(park.service_row(row) for row in services)


def _rarest_first(session: Session, wanted: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Put words in the order of how many lines they have, as far as they are counted."""
    if len(wanted) == 1:
        return wanted
    some = (
        select(literal(1)).select_from(ServiceWord).where(_begins(ServiceWord.word, word)).limit(ENOUGH)
        for word in wanted
    )
    counts = [select(func.count()).select_from(each.subquery()).scalar_subquery() for each in some]
    lines = dict(zip(wanted, session.execute(select(*counts)).one(), strict=True)) if counts else {}
    return sorted(wanted, key=lambda word: lines[word])


def find(session: Session, text: str) -> Found:
    """Read a free search: what it names, one by one; or the services that its words lead to."""
    return _find(session, text, names_in(session, text))


def find_order(session: Session, kind: OperationKind, text: str) -> tuple[Found, Order | None]:
    """Read a command: what it names, and the order that it is if it says all that its procedure asks."""
    order = read_order(text)
    if kind is OperationKind.MOVE and order.site is not None:
        return _find_move(session, text, order)
    found = find(session, text)
    if kind is OperationKind.DISSOCIATION:
        is_free = bool(found.left and found.left.free)  # there is nothing to do, and that is told
        is_order = names_numbers(text) and (is_free or bool(found.licence_ids))
    else:
        is_order = kind is OperationKind.TERMINATION and bool(found.licence_ids)
    return found, Order(text) if is_order else None


def _find_move(session: Session, text: str, order: Order) -> tuple[Found, Order | None]:
    """Find what goes to a site; or, as a customer's name may hold the word for it, what the whole names."""
    names = names_in(session, order.named, text)
    found = licences_named(session, order.named, names)
    if not found.services and (whole := _find(session, text, names)).services:
        return whole, None
    return found, order


def _find(session: Session, text: str, names: Mapping[str, Name]) -> Found:
    named = _named(session, text, names)
    if named.services:
        return named
    left = named.left if named.left and named.left.doubtful else None
    return Found(search_services(session, text, 2) if search_words(text) else (), left=left)


def licences_named(session: Session, text: str, names: Mapping[str, Name]) -> Found:
    """Find the licences that references, numbers or accountcodes name, of one service, with their numbers.

    What can't be taken along is in `left`; a word that leads to the service, as its customer's name, is none.
    """
    named = _named(session, text, names)
    if named.services or not named.left or not named.left.unknown:
        return named
    services = search_services(session, text, 2)
    if len(services) > 1:
        return Found((), left=NamesLeftOut(ambiguous=text))
    if not services:
        return named
    left = dataclasses.replace(_beside(session, named.left, services[0]), service=services[0].reference)
    return Found(services, left=left)


def names_in(session: Session, *texts: str) -> Mapping[str, Name]:
    """Read all that texts may name, each as a whole and token by token."""
    whole = (tidy(unmarked(text)) for text in texts)
    return naming.read(session, [*filter(None, whole), *(token for text in texts for token in tokens(text))])


def _named(session: Session, text: str, names: Mapping[str, Name]) -> Found:
    whole = names.get(tidy(unmarked(text)))
    # Not a number: digits of several things may read as one.
    is_one = whole and whole.service_id and not whole.number
    read = [whole] if whole and is_one else [names[token] for token in dict.fromkeys(tokens(text))]
    named = naming.gather(session, read)
    if not (named.services and named.left and named.left.unknown):
        return named
    left = _beside(session, named.left, named.services[0])
    return dataclasses.replace(named, left=left if left.is_any or not left.takes_some else None)


def _beside(session: Session, left: NamesLeftOut, service: ServiceRow) -> NamesLeftOut:
    """Tell what stands beside licences: what leads to their service is none of the unknown names."""
    strange = [name for name in left.unknown if not _is_of(service, name)]
    exact = {spelling for name in strange for spelling in (name, name.upper())}
    plain = {name: set() if re.search(r"\d", name) else set(words(name)) for name in strange}
    known = union_all(
        select(Service.reference).where(Service.reference.in_(exact)),
        select(Customer.account).where(Customer.account.in_(exact)),
        select(ServiceWord.word).where(ServiceWord.word.in_(set().union(*plain.values()))).distinct(),
    )
    found = {fold(each) for each in session.scalars(known)} if strange else set()
    is_known = {name: bool({fold(name), *plain[name]} & found) for name in strange}
    return dataclasses.replace(
        left,
        unknown=tuple(name for name in strange if not is_known[name]),
        foreign=tuple(name for name in strange if is_known[name]),
    )


def _is_of(service: ServiceRow, name: str) -> bool:
    if fold(name) in (fold(service.reference), fold(service.customer.account)):
        return True
    theirs = words(f"{service.name} {service.customer.name}")
    if re.search(r"\d", name):
        return set(words(name)) <= set(theirs)
    return all(any(other.startswith(word) for other in theirs) for word in words(name))


def search_sites(session: Session, customer_id: int, text: str, limit: int) -> tuple[SiteRow, ...]:
    """Find the customer's open sites that contain every word of the text."""
    query = park.SITE.where(Site.customer_id == customer_id, _has_words(text))
    return tuple(SiteRow(*row) for row in session.execute(query.limit(limit)))


def _has_words(text: str) -> ColumnElement[bool]:
    """Test that a site is open and contains every word of a text."""
    texts = (Site.label_key, Site.address_key, func.lower(Site.city))
    return and_(
        Site.is_open,
        *(
            or_(*(each.contains(word, autoescape=True) for each in texts))
            for (word,) in _counting((word,) for word in words(text))
        ),
    )


def site_named(session: Session, customer_id: int, text: str) -> SiteRow:
    """Find the one site that a person means. Raises UnknownSite, SeveralSites."""
    spelt = list(dict.fromkeys(fold(spelling) for spelling in (text, *unquoted(text))))
    is_same = Site.label_key.in_(spelt)
    wanted = is_same | _has_words(text) if words(text) else is_same
    query = park.SITE.where(Site.customer_id == customer_id, wanted).order_by(None)
    rows = session.execute(query.order_by(is_same.desc(), Site.label_key).limit(SEVERAL))
    like = [SiteRow(*row) for row in rows]
    same = [row for row in like if fold(row.label) in spelt]
    if same:
        return min(same, key=lambda row: spelt.index(fold(row.label)))
    if not like:
        raise UnknownSite(text)
    if len(like) > 1:
        raise SeveralSites(text, tuple(row.label for row in like))
    return like[0]
