"""The outbox: what is owed is taken by one worker at a time (R9)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from domain.outbox import BATCH, CLAIM, Outbox
from tests.domain.acts import SUPPORT, move, undo

if TYPE_CHECKING:
    from domain.database import Database
    from handlers.services import Services
    from tests.conftest import Clock


@pytest.fixture
def outbox(services: Services, park: Database, clock: Clock) -> Outbox:
    """Owe the confirmation of a move and its copy in the journal."""
    move(services, "FPC367128", "Entrepôt Nord")
    return Outbox(park, clock)


@pytest.mark.rule("R9")
def test_r9_what_one_worker_has_claimed_no_other_takes(outbox: Outbox) -> None:
    """Two announcements, two claims, and nothing is left."""
    first, second = outbox.claim(), outbox.claim()
    assert first and second
    assert (first.channel, second.channel) == (SUPPORT, "C0JOURNAL")
    assert outbox.claim() is None


@pytest.mark.rule("R9")
def test_r9_what_a_dead_worker_had_claimed_is_taken_after_a_while(outbox: Outbox, clock: Clock) -> None:
    """The next try knows that there was one before."""
    first = outbox.claim()
    outbox.claim()
    clock.pass_(seconds=CLAIM.total_seconds())
    again = outbox.claim()
    assert first and again
    assert (again.id, again.attempts) == (first.id, 2)


@pytest.mark.rule("R9")
def test_r9_two_workers_that_see_the_same_announcement_take_it_once(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look without lock is only a look."""
    assert outbox.claim() and outbox.claim()
    monkeypatch.setattr(outbox, "_due", lambda _: True)
    assert outbox.claim() is None


def test_the_backlog_tells_how_much_is_owed_and_since_when(outbox: Outbox, clock: Clock) -> None:
    """For the metrics."""
    clock.pass_(seconds=90)
    assert outbox.backlog() == (2, 90.0)
    while due := outbox.claim():
        outbox.done(due)
    assert outbox.backlog() == (0, 0.0)


WINDOW = timedelta(hours=24)


def post(outbox: Outbox, clock: Clock) -> int:
    """Post all that is owed, as messages that offer an undo of a change made now, and tell how many."""
    posted = 0
    while due := outbox.claim():
        if due.amends is None:
            outbox.posted(due, due.channel, f"{due.id}.0", clock())
        outbox.done(due)
        posted += 1
    return posted


@pytest.mark.rule("R10")
def test_r10_messages_lose_their_undo_once_when_its_time_is_over(outbox: Outbox, clock: Clock) -> None:
    """Not before, and not again."""
    post(outbox, clock)
    clock.pass_(hours=24)
    assert outbox.end_undo(WINDOW) == 0
    clock.pass_(seconds=1)
    assert [outbox.end_undo(WINDOW), outbox.end_undo(WINDOW)] == [2, 0]
    updates = [outbox.claim(), outbox.claim(), outbox.claim()]
    assert [each and each.amends == each.operation for each in updates] == [True, True, None]


@pytest.mark.rule("R10")
def test_r10_two_processes_end_an_undo_once(
    outbox: Outbox, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second has looked before the first wrote."""
    post(outbox, clock)
    clock.pass_(hours=25)
    reading = outbox._database.reading
    both = [True]

    def first_lets_the_second_go_ahead() -> object:
        if both.pop() if both else False:
            assert outbox.end_undo(WINDOW) == 2
        return reading()

    monkeypatch.setattr(outbox._database, "reading", first_lets_the_second_go_ahead)
    outbox.end_undo(WINDOW)
    assert post(outbox, clock) == 2


@pytest.mark.rule("R10")
def test_r10_messages_lose_their_undo_a_few_at_a_time(
    outbox: Outbox, services: Services, clock: Clock
) -> None:
    """The oldest first: what is announced meanwhile does not wait for years of messages."""
    for index in range(BATCH // 2):
        clock.pass_(seconds=1)
        move(services, f"FPC{400000 + index}", "Pavillon H")
        post(outbox, clock)
    clock.pass_(hours=25)
    assert [outbox.end_undo(WINDOW) for _ in range(3)] == [BATCH, 2, 0]


@pytest.mark.rule("R10")
def test_r10_a_message_whose_change_was_undone_is_not_updated_again(
    outbox: Outbox, services: Services, clock: Clock
) -> None:
    """Its button is gone already."""
    recorded = move(services, "FPC367127", "Entrepôt Nord")
    post(outbox, clock)
    services.operations.end_undo(recorded.id)
    undo(services, recorded)
    services.operations.end_undo(recorded.id)
    assert post(outbox, clock) == 2 * 3  # the end, the undo's own messages, and what they say of the first
    clock.pass_(hours=25)
    assert outbox.end_undo(WINDOW) == 4


def test_the_end_of_an_undo_is_owed_since_its_time_is_over(outbox: Outbox, clock: Clock) -> None:
    """A change of yesterday is no announcement that has waited for a day."""
    post(outbox, clock)
    clock.pass_(hours=25)
    outbox.end_undo(WINDOW)
    clock.pass_(seconds=5)
    assert outbox.backlog() == (2, 5.0)
