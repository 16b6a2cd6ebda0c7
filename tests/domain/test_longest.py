"""What the longest texts cost: a statement's conditions and parameters are few, whatever is typed."""

from __future__ import annotations

import string
from itertools import islice, product
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, insert

from domain.rows import LicenceFilter
from domain.tables import ServiceWord
from domain.values import TEXT_LIMIT, OperationKind
from tests.domain.acts import AGENT

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from domain.database import Database
    from handlers.services import Services

LENGTH = 4_000
"""Characters that a command may have."""

TEXTS = {
    "short words": " ".join(map("".join, islice(product(string.ascii_lowercase, repeat=3), LENGTH // 4))),
    "letters": " ".join(string.printable[:62] * 32),
    "references": " ".join(f"FPC{367120 + index}" for index in range(LENGTH // 10)),
    "numbers": " ".join(f"0491{index:06}" for index in range(LENGTH // 11)),
    "digits": "0123456789" * (LENGTH // 10),
    "digits apart": "0 " * (LENGTH // 2),
    "one word": "a" * LENGTH,
    "one letter of fifteen": "\U0001f16d" * LENGTH,
    "wildcards": "%_\\" * (LENGTH // 3),
    "words and wildcards": "%a _b " * (LENGTH // 6),
}

SELECTS, PATTERNS = 2 * 30 + 1, 3 * 30
"""In a statement, at most: thirty words, each of them sought in the index, or in the three texts of a site.

PostgreSQL plans a statement in more than the cube of its parts: three hundred take twenty seconds. Counted side
by side, each in a query of its own, words cost no more than in as many statements.
"""

PARAMETERS = 2 * LENGTH
"""Of a statement, at most: a list of names is one condition, and may be as long as a command."""


def draft(services: Services, kind: OperationKind) -> Any:
    """Begin a procedure in the service of the example."""
    return services.drafts.name(kind, AGENT, None, "MCX-13001-01")[0].id


def command(services: Services, text: str) -> None:
    """Type a command that may say where licences go."""
    services.drafts.name(OperationKind.MOVE, AGENT, None, text)


def search_numbers(services: Services, text: str) -> None:
    """Search among the numbers of a service."""
    services.selecting.numbers(draft(services, OperationKind.DISSOCIATION), AGENT, text)


def filter_by_number(services: Services, text: str) -> None:
    """Filter by as much of a text as a filter takes."""
    begun = draft(services, OperationKind.MOVE)
    wanted = LicenceFilter(sda="0" + text[:254], accountcode=text[:255], reference=text[:255])
    services.selecting.filter(begun, AGENT, wanted)
    services.selecting.licences(begun, AGENT)


ENTRIES: dict[str, Callable[[Services, str], object]] = {
    "services": lambda services, text: services.park.search_services(text),
    "customers": lambda services, text: services.park.search_customers(text),
    "sites": lambda services, text: services.park.search_sites(1, text),
    "restrictions": lambda services, text: services.park.restrictions(1, "call_restriction", text),
    "a command": command,
    "names": lambda services, text: command(services, f"{text} vers Entrepôt Nord"),
    "a site's name": lambda services, text: command(services, f"FPC367128 vers {text}"),
    "numbers": search_numbers,
    "filters": filter_by_number,
}


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("entry", ENTRIES)
def test_the_longest_texts_make_statements_of_few_conditions(
    services: Services, park: Database, entry: str, text: str
) -> None:
    """Wherever they are typed, and on either database."""

    def hold(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        # Before it is run: PostgreSQL would not come back from one that has too many.
        assert statement.count("SELECT") <= SELECTS
        assert statement.count("LIKE") <= PATTERNS
        assert many or len(values) <= PARAMETERS

    event.listen(park.engine, "before_cursor_execute", hold)
    ENTRIES[entry](services, TEXTS[text])


@pytest.mark.parametrize("text", ["p pr pro provence", "provence pro provence", "mcx provence " + "p " * 40])
def test_a_word_that_another_begins_with_asks_for_nothing_more(services: Services, text: str) -> None:
    """Whatever begins with the longer one begins with the shorter."""
    assert [row.reference for row in services.park.search_services(text)] == ["MCX-13001-01"]
    assert [row.name for row in services.park.search_customers(text.removeprefix("mcx "))] == [
        "Provence Matériaux"
    ]


def test_the_longest_word_of_the_index_is_found_whole(services: Services, park: Database) -> None:
    """The index holds as much of it as a search seeks."""
    with park.writing() as session:
        session.execute(insert(ServiceWord).values(word="a" * TEXT_LIMIT, service_id=1))
    assert [row.id for row in services.park.search_services("a" * LENGTH)] == [1]
