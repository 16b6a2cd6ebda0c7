"""What search goes by: the words that lead to customers and services, written with what they are made of."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select

from domain.parameters import one_of
from domain.tables import Customer, CustomerWord, Licence, Number, Service, ServiceWord
from domain.values import TEXT_LIMIT, PhoneNumber, words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from sqlalchemy.orm import Session

CUSTOMERS = 1_000
SERVICES = 50
"""How many are taken at a time: a service may have ten thousand licences, and memory stays flat."""


def write(session: Session, customers: Collection[int], services: Collection[int]) -> None:
    """Write the words of customers and of services, as they are now."""
    for some in _batches(customers, CUSTOMERS):
        names: Any = select(Customer.id, Customer.name, Customer.account).where(one_of(Customer.id, some))
        _rewrite(session, CustomerWord, CustomerWord.customer_id, some, _wanted(session, [names]))
    for some in _batches(services, SERVICES):
        names = select(Service.id, Service.reference, Service.name, Customer.name, Customer.account)
        licences: Any = select(Licence.service_id, Licence.reference, Licence.accountcode)
        numbers = select(Number.service_id, Number.e164).where(one_of(Number.service_id, some))
        wanted = _wanted(
            session,
            [
                names.join(Customer, Customer.id == Service.customer_id).where(one_of(Service.id, some)),
                licences.where(one_of(Licence.service_id, some)),
            ],
        )
        for service_id, e164 in session.execute(numbers):
            wanted.setdefault(service_id, set()).add(PhoneNumber(e164).dialled)
        _rewrite(session, ServiceWord, ServiceWord.service_id, some, wanted)


def all_words(texts: Iterable[str | None]) -> set[str]:
    """The words of several texts, each as far as the index holds it."""
    return {word[:TEXT_LIMIT] for text in texts for word in words(text or "")}


def _batches(ids: Collection[int], size: int) -> Iterator[list[int]]:
    rest = iter(sorted(ids))
    while some := list(islice(rest, size)):
        yield some


def _wanted(session: Session, queries: list[Any]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for query in queries:
        for owner_id, *texts in session.execute(query):
            found.setdefault(owner_id, set()).update(all_words(texts))
    return found


def _rewrite(session: Session, table: Any, owner: Any, some: list[int], wanted: dict[int, set[str]]) -> None:
    there = {tuple(row) for row in session.execute(select(owner, table.word).where(one_of(owner, some)))}
    needed = {(owner_id, word) for owner_id, found in wanted.items() for word in found}
    connection = session.connection()
    if gone := there - needed:
        this = (owner == bindparam("of")) & (table.word == bindparam("text"))
        connection.execute(delete(table).where(this), [{"of": of, "text": word} for of, word in gone])
    if new := needed - there:
        connection.execute(insert(table), [{owner.name: of, "word": word} for of, word in new])
