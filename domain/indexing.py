"""What search goes by: the words that lead to customers and services, written with what they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from domain.tables import Customer, CustomerWord, Licence, Number, Service, ServiceWord
from domain.values import TEXT_LIMIT, PhoneNumber, words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy.orm import Session


def write(session: Session, touched: Collection[int]) -> None:
    """Write the words of the services `touched`, and of what was renamed: names are few, all are compared."""
    known = _words(session, CustomerWord.customer_id, CustomerWord.word)
    customers = session.execute(select(Customer.id, Customer.name, Customer.account)).all()
    for customer_id, *texts in customers:
        _rewrite(session, CustomerWord, "customer_id", customer_id, all_words(texts), known)
    names = select(Service.id, Service.reference, Service.name, Customer.name, Customer.account)
    services = session.execute(names.join(Customer, Customer.id == Service.customer_id)).all()
    known = _words(session, ServiceWord.service_id, ServiceWord.word)
    for service_id, *texts in services:
        wanted = all_words(texts)
        if service_id in touched or not wanted <= known.get(service_id, set()):
            wanted |= _held_words(session, service_id)
            _rewrite(session, ServiceWord, "service_id", service_id, wanted, known)


def all_words(texts: Iterable[str | None]) -> set[str]:
    """The words of several texts, each as far as the index holds it."""
    return {word[:TEXT_LIMIT] for text in texts for word in words(text or "")}


def _words(session: Session, owner: Any, word: Any) -> dict[int, set[str]]:
    known: dict[int, set[str]] = {}
    for owner_id, text in session.execute(select(owner, word)):
        known.setdefault(owner_id, set()).add(text)
    return known


def _held_words(session: Session, service_id: int) -> set[str]:
    licences = select(Licence.reference, Licence.accountcode).where(Licence.service_id == service_id)
    numbers = session.scalars(select(Number.e164).where(Number.service_id == service_id))
    texts = (text for row in session.execute(licences) for text in row)
    return all_words(texts) | {PhoneNumber(e164).dialled for e164 in numbers}


def _rewrite(
    session: Session, table: Any, owner: str, owner_id: int, wanted: set[str], known: dict[int, set[str]]
) -> None:
    there = known.get(owner_id, set())
    column = getattr(table, owner)
    if there - wanted:
        session.execute(delete(table).where(column == owner_id, table.word.in_(there - wanted)))
    if wanted - there:
        lines = [{"word": word, owner: owner_id} for word in wanted - there]
        session.connection().execute(insert(table), lines)
