"""The outbox: what is owed is taken by one worker at a time (R9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from domain.outbox import CLAIM, Outbox
from tests.domain.acts import SUPPORT, move

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
