"""What was committed is announced, whatever Slack does (R9)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from bot.sandbox.slack.objects import BOT
from domain.errors import ParkUnavailable
from domain.tables import Announcement
from tests.conftest import AGENT, JOURNAL, SUPPORT
from tests.domain.acts import move, undo
from tests.handlers.words import plain

if TYPE_CHECKING:
    from datetime import datetime

    from bot.sandbox.stage import Stage
    from domain.database import Database
    from handlers.services import Services
    from tests.conftest import Clock

pytestmark = pytest.mark.rule("R9")


def settle(stage: Stage, clock: Clock) -> None:
    """Wait until all is announced, letting the pauses between two tries pass."""
    end = time.monotonic() + 30
    while stage.bot.delivery.backlog()[0]:
        assert time.monotonic() < end
        clock.pass_(seconds=700)
        stage.bot.delivery.wake()
        time.sleep(0.02)


def said(stage: Stage, channel: str = SUPPORT) -> int:
    """Count the announcements of a move in a conversation."""
    return plain(stage.actor(AGENT).conversation(channel)).count("Adresse changée")


@pytest.mark.parametrize("fault", ["ratelimited", "error", "silence"])
def test_r9_a_slack_that_fails_is_asked_again(
    stage: Stage, services: Services, clock: Clock, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """429, 5xx or no answer at all: the message comes once Slack takes it."""
    monkeypatch.setattr(stage.bot.delivery._client, "timeout", 1)
    stage.api.fail("chat.postMessage", fault, times=2)
    move(services, "FPC367128", "Entrepôt Nord")
    settle(stage, clock)
    assert (said(stage), said(stage, JOURNAL)) == (1, 1)


def test_r9_retry_after_is_obeyed(stage: Stage, services: Services, park: Database, clock: Clock) -> None:
    """Nothing is sent before the pause is over."""
    stage.api.fail("chat.postMessage", "ratelimited", times=2, seconds=90)
    move(services, "FPC367128", "Entrepôt Nord")
    due = _let_all_be_postponed(stage, park, clock)
    assert {(each - clock()).total_seconds() for each in due} == {90.0}


def _let_all_be_postponed(stage: Stage, park: Database, clock: Clock) -> list[datetime]:
    """Wait until every try has failed and is on record, and give when each is due again."""
    end = time.monotonic() + 20
    while True:
        with park.reading() as session:
            due = list(session.scalars(select(Announcement.due_at)))
        if all(each > clock() for each in due):
            return due
        assert time.monotonic() < end
        stage.bot.delivery.wake()
        time.sleep(0.01)


def test_r9_the_pauses_grow(stage: Stage, services: Services, park: Database, clock: Clock) -> None:
    """A Slack that is down is not hammered."""
    stage.api.fail("chat.postMessage", "error", times=2)
    move(services, "FPC367128", "Entrepôt Nord")
    _let_all_be_postponed(stage, park, clock)
    with park.writing() as session:
        session.execute(update(Announcement).values(attempts=8, due_at=clock()))
    stage.api.fail("chat.postMessage", "error", times=2)
    due = _let_all_be_postponed(stage, park, clock)
    assert all(250 <= (each - clock()).total_seconds() <= 600 for each in due)


@pytest.mark.parametrize("trouble", ["private", "archived"])
def test_r9_where_the_bot_can_not_post_the_person_is_told(
    stage: Stage, services: Services, clock: Clock, trouble: str
) -> None:
    """By direct message."""
    channel = stage.workspace.channels[SUPPORT]
    channel.kind, channel.archived = ("private", False) if trouble == "private" else ("channel", True)
    move(services, "FPC367128", "Entrepôt Nord")
    settle(stage, clock)
    assert (said(stage), said(stage, stage.actor(AGENT).direct)) == (0, 1)


def test_r9_a_lost_answer_is_not_said_twice_where_slack_lets_it_be_seen(
    stage: Stage, services: Services, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the optional scope the message is found by its metadata."""
    monkeypatch.setattr(stage.bot.delivery._client, "timeout", 1)
    stage.workspace.scopes |= {"channels:history"}
    stage.api.fail("chat.postMessage", "lost")
    move(services, "FPC367128", "Entrepôt Nord")
    settle(stage, clock)
    assert said(stage) == 1


def test_r9_a_message_that_is_not_in_the_history_is_posted(
    stage: Stage, services: Services, clock: Clock
) -> None:
    """The earlier try really failed."""
    stage.workspace.scopes |= {"channels:history"}
    stage.workspace.say(SUPPORT, {"text": "autre chose"})
    stage.api.fail("chat.postMessage", "error")
    move(services, "FPC367128", "Entrepôt Nord")
    settle(stage, clock)
    assert said(stage) == 1


def test_r9_a_file_that_fails_is_sent_again_without_the_message(
    stage: Stage, services: Services, clock: Clock
) -> None:
    """What is posted is posted; only the rest is made good."""
    stage.api.fail("files.*", "error", times=3)
    move(services, " ".join(f"FPC{400000 + i}" for i in range(12)), "Pavillon H")
    settle(stage, clock)
    assert (said(stage), said(stage, JOURNAL)) == (1, 1)
    assert len([file for file in stage.workspace.files.values() if "content" in file]) == 2


def test_r9_a_file_that_the_conversation_does_not_take_goes_to_the_person(
    stage: Stage, services: Services, clock: Clock
) -> None:
    """Slack takes a message in any public channel, a file only where the bot is a member."""
    stage.workspace.channels[SUPPORT].bot_is_member = False
    move(services, " ".join(f"FPC{400000 + i}" for i in range(12)), "Pavillon H")
    settle(stage, clock)
    agent = stage.actor(AGENT)
    assert (said(stage), said(stage, agent.direct)) == (1, 1)
    shared = [file["channel"] for file in stage.workspace.files.values() if "channel" in file]
    assert sorted(shared) == sorted([agent.direct, JOURNAL])


def test_r9_a_journal_that_can_not_be_posted_to_bothers_nobody(
    stage: Stage, services: Services, park: Database, clock: Clock
) -> None:
    """It is tried again; the person has the confirmation already."""
    stage.workspace.channels[JOURNAL].archived = True
    move(services, "FPC367128", "Entrepôt Nord")
    end = time.monotonic() + 20
    while not _tried(park) and time.monotonic() < end:
        stage.bot.delivery.wake()
        time.sleep(0.02)
    assert said(stage, stage.actor(AGENT).direct) == 0
    stage.workspace.channels[JOURNAL].archived = False
    settle(stage, clock)
    assert (said(stage), said(stage, JOURNAL)) == (1, 1)


def _tried(park: Database) -> bool:
    with park.reading() as session:
        return "is_archived" in session.scalars(select(Announcement.last_error)).all()


def test_r9_an_undo_waits_for_the_message_that_it_amends(
    stage: Stage, services: Services, clock: Clock
) -> None:
    """The message may still be on its way when the operation is undone."""
    stage.api.fail("chat.postMessage", "error", times=2)
    undo(services, move(services, "FPC367128", "Entrepôt Nord"))
    settle(stage, clock)
    assert "Annuler le changement" not in stage.actor(AGENT).conversation(SUPPORT)


def test_r9_a_message_that_was_deleted_needs_no_update(
    stage: Stage, services: Services, clock: Clock
) -> None:
    """There is nothing left to bring up to date."""
    recorded = move(services, "FPC367128", "Entrepôt Nord")
    settle(stage, clock)
    stage.workspace.channels[SUPPORT].messages.clear()
    undo(services, recorded)
    settle(stage, clock)
    assert "Changement annulé" in plain(stage.actor(AGENT).conversation(SUPPORT))


def test_r9_a_message_in_an_archived_conversation_needs_no_update(
    stage: Stage, services: Services, clock: Clock
) -> None:
    """Slack does not take it, and nobody can click there."""
    recorded = move(services, "FPC367128", "Entrepôt Nord")
    settle(stage, clock)
    stage.workspace.channels[SUPPORT].archived = True
    services.operations.end_undo(recorded.id)
    settle(stage, clock)
    assert "Annuler le changement" in stage.actor(AGENT).conversation(SUPPORT)


def test_r9_a_message_that_was_given_up_needs_no_update(
    stage: Stage, services: Services, park: Database, clock: Clock
) -> None:
    """An operator who closes what can't be posted closes what was to amend it: nothing waits for it for ever."""
    stage.workspace.channels[JOURNAL].archived = True
    recorded = move(services, "FPC367128", "Entrepôt Nord")
    while not _tried(park):
        stage.bot.delivery.wake()
        time.sleep(0.02)
    with park.writing() as session:
        session.execute(update(Announcement).values(done_at=clock()).where(Announcement.channel == JOURNAL))
    settle(stage, clock)
    services.operations.end_undo(recorded.id)
    settle(stage, clock)
    assert stage.bot.delivery.backlog() == (0, 0.0)


def test_r9_a_database_that_goes_away_is_waited_for(
    stage: Stage, services: Services, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker lives on, and so after any other error."""
    claim = stage.bot.delivery._outbox.claim
    troubles = [ParkUnavailable(), RuntimeError("unexpected")]

    def fail_first() -> object:
        if troubles:
            raise troubles.pop()
        return claim()

    monkeypatch.setattr(stage.bot.delivery._outbox, "claim", fail_first)
    move(services, "FPC367128", "Entrepôt Nord")
    settle(stage, clock)
    assert said(stage) == 1
    assert stage.bot.delivery.is_alive


def test_messages_carry_the_operation_in_their_metadata(stage: Stage, services: Services) -> None:
    """So that a repeat can be told."""
    recorded = move(services, "FPC367128", "Entrepôt Nord")
    stage.settle()
    message = stage.actor(AGENT).messages(SUPPORT)[0]
    assert message["metadata"]["event_payload"] == {"operation_id": recorded.id}
    assert message["user"] == BOT


def test_one_conversation_gets_one_message_a_second(stage: Stage, services: Services) -> None:
    """Slack may hide more (docs/slack.md, Messages); a stop does not wait for it."""
    delivery = stage.bot.delivery
    delivery._pace = 30
    move(services, "FPC367128", "Entrepôt Nord")
    stage.settle()
    delivery._keep_pace("elsewhere")
    waits: list[float] = []
    delivery._stopped.wait = waits.append  # type: ignore[assignment,method-assign]
    delivery._keep_pace(SUPPORT)
    del delivery._stopped.wait
    assert len(waits) == 1
    assert 0 < waits[0] <= 30
