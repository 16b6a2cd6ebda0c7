"""Socket Mode: the same bot over a WebSocket."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from bot.sandbox.slack.transports import SocketMode
from bot.socket import HELD
from domain.searching import Park
from domain.tables import Site
from domain.values import LicenceState, fold
from tests.conftest import AGENT, COLLEAGUE, SUPPORT
from tests.domain.acts import place_of, state_of
from tests.handlers.words import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.stage import Stage
    from domain.database import Database
    from tests.conftest import Log

GAUGE = "metacentrex_socket_connections"


@pytest.fixture
def stage(perform: Callable[..., Stage]) -> Stage:
    """Put the bot on stage over Socket Mode."""
    return perform(socket_mode=True)


@pytest.fixture
def wire(stage: Stage) -> SocketMode:
    """Give Slack's end of the connections."""
    assert isinstance(stage.workspace.transport, SocketMode)
    return stage.workspace.transport


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for what a thread of the bot does."""
    while not holds():
        time.sleep(0.01)


def test_procedure_1_over_socket_mode(stage: Stage, park: Database) -> None:
    """From the command to the confirmation."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site")
    agent.choose("Service", "MCX-13001-01", query="provence")
    agent.submit()
    agent.tick("FPC367128")
    agent.submit()
    agent.choose("Site", "Entrepôt Nord")
    agent.submit()
    agent.submit()
    stage.settle()
    assert place_of(park, "FPC367128") == "Entrepôt Nord"
    assert "Adresse changée" in agent.conversation(SUPPORT)


def test_procedure_2_over_socket_mode(stage: Stage, park: Database) -> None:
    """With the warning and its way out."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-resilier", "provence")
    agent.click("Dissocier un numéro", beside="Licence SVI")
    agent.submit()
    agent.submit()
    agent.click("Résilier", beside="Licence SVI")
    agent.submit()
    agent.submit()
    assert state_of(park, "FPC367123") is LicenceState.TERMINATED


def test_the_home_tab_over_socket_mode(stage: Stage) -> None:
    """Events come the same way."""
    agent = stage.actor(AGENT)
    agent.open_home()
    assert "Licences MetaCentrex" in agent.home


def test_an_answer_of_more_than_64_kib_arrives_whole(
    stage: Stage, park: Database, wire: SocketMode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred sites, more than a list has, of the longest accented names: JSON makes six bytes of a letter."""
    monkeypatch.setattr(Park.search_sites, "__defaults__", (100,))
    with park.writing() as session:
        for index in range(100):
            label = f"{index:03} " + "é" * 200
            site = {"label": label, "label_key": fold(label), "address": "è" * 200, "address_key": "e" * 200}
            session.add(Site(customer_id=1, postal_code="13001", city="Marseille", **site))
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "FPC367128")
    agent.submit()
    assert len(agent.search("Site", "é")) == 100
    assert wire.largest_answer > 65_536


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
def test_a_connection_that_slack_renews_leaves_no_gap(stage: Stage, wire: SocketMode, reason: str) -> None:
    """Slack asks for it every few hours: another stands meanwhile, and the next is there at once."""
    for _ in range(3):
        assert wire.wait_for_connections(HELD)
        wire.renew(reason).close()
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-aide")
    assert ("Les commandes" in agent.conversation(SUPPORT), wire.gaps) == (True, 0)


def test_a_click_under_way_is_answered_on_the_connection_that_slack_renews(
    stage: Stage, wire: SocketMode
) -> None:
    """An answer through another connection would be none."""
    assert wire.wait_for_connections(HELD)
    stage.api.fail("views.open", "slow", seconds=1.0)
    agent = stage.actor(AGENT)
    click = threading.Thread(target=agent.command, args=(SUPPORT, "/licence-site", "provence"))
    click.start()
    wait_until(lambda: not stage.api.faults[0].times)
    wire.renew("warning")
    assert wire.wait_for_connections(HELD)
    click.join()
    assert (agent.troubles, "MCX-13001-01" in plain(agent.screen)) == ([], True)


def test_connections_that_are_lost_are_opened_again(stage: Stage, wire: SocketMode) -> None:
    """However often Slack refuses meanwhile."""
    assert wire.wait_for_connections(HELD)
    stage.api.fail("apps.connections.open", "error", times=2)
    wire.reset()
    assert wire.wait_for_connections(HELD)
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-aide")
    assert "Les commandes" in agent.conversation(SUPPORT)


def test_a_bot_without_a_connection_is_not_ready(stage: Stage, wire: SocketMode) -> None:
    """And the gauge says so."""
    assert stage.socket
    wait_until(lambda: stage.bot.registry.get_sample_value(GAUGE) == HELD)
    ready = stage.socket.unready()
    stage.api.fail("apps.connections.open", "error", times=1_000)
    wire.reset()
    wait_until(lambda: stage.bot.registry.get_sample_value(GAUGE) == 0)
    assert (ready, stage.socket.unready()) == ([], ["no Socket Mode connection"])


def test_what_is_no_envelope_is_passed_over(stage: Stage, wire: SocketMode) -> None:
    """The connection goes on."""
    assert wire.wait_for_connections(HELD)
    for text in ("", "{", "[]", "null", '{"type": 1}', '{"envelope_id": {}}', "[" * 20_000):
        wire.say(text)
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-aide")
    assert ("Les commandes" in agent.conversation(SUPPORT), wire.gaps) == (True, 0)


@pytest.mark.rule("R14")
@pytest.mark.parametrize("payload", [None, [], 7, "x", {}, {"type": 7}, {"type": "view_submission"}])
def test_r14_what_can_not_be_read_is_acknowledged(wire: SocketMode, log: Log, payload: Any) -> None:
    """Sent again, it would be no better."""
    assert wire.send("interaction", payload).status == 200
    assert [line["event"] for line in log.lines if line["level"] != "info"] == ["malformed"]


@pytest.mark.rule("R14")
def test_r14_what_nobody_serves_is_acknowledged(wire: SocketMode) -> None:
    """Legacy interactions among it."""
    legacy = {"type": "interactive_message", "callback_id": "old", "actions": [{"name": "old"}]}
    assert wire.send("interaction", legacy).status == 200


def test_a_click_that_nothing_of_can_be_shown_is_not_acknowledged(stage: Stage, wire: SocketMode) -> None:
    """Slack then tells the person itself that it did not work: silence would look like success."""
    for method in ("views.open", "chat.postMessage"):
        stage.api.fail(method, "error")
    wire.patience = 1
    agent = stage.actor(AGENT)
    agent.shortcut("changer_adresse")
    stage.close_bot()
    assert (agent.troubles, wire._answers) == (["operation_timeout"], {})


def test_an_answer_whose_connection_is_lost_is_logged_and_the_next_click_served(
    stage: Stage, wire: SocketMode, log: Log
) -> None:
    """Slack sends it again, or tells the person; the thread that answered must be there for others."""
    patience, wire.patience = wire.patience, 1
    stage.api.fail("views.open", "slow", seconds=1.0)
    agent = stage.actor(AGENT)
    click = threading.Thread(target=agent.command, args=(SUPPORT, "/licence-site", "provence"))
    click.start()
    wait_until(lambda: not stage.api.faults[0].times)
    wire.reset()
    wait_until(lambda: "not acknowledged" in log.text)
    click.join()
    wire.patience = patience
    agent.command(SUPPORT, "/licence-aide")
    assert "Les commandes" in agent.conversation(SUPPORT)


def test_a_click_that_comes_while_it_stops_is_left_to_slack(stage: Stage, wire: SocketMode) -> None:
    """Slack gives it to another connection, or tells the person: nothing is begun that could not be ended."""
    stage.api.fail("views.open", "slow", seconds=1.0)
    agent = stage.actor(AGENT)
    click = threading.Thread(target=agent.command, args=(SUPPORT, "/licence-site", "provence"))
    click.start()
    wait_until(lambda: not stage.api.faults[0].times)
    stopping = threading.Thread(target=stage.close_bot)
    stopping.start()
    wait_until(lambda: stage.socket is not None and stage.socket._closing)
    wire.patience = 0
    colleague = stage.actor(COLLEAGUE)
    colleague.command(SUPPORT, "/licence-aide")
    stopping.join()
    click.join()
    assert (colleague.troubles, wire._answers, agent.troubles) == (["operation_timeout"], {}, [])


def test_a_stop_lets_the_click_under_way_answer(stage: Stage) -> None:
    """The person whose modal is being opened gets it."""
    stage.api.fail("views.open", "slow", seconds=1.0)
    agent = stage.actor(AGENT)
    click = threading.Thread(target=agent.command, args=(SUPPORT, "/licence-site", "provence"))
    click.start()
    wait_until(lambda: not stage.api.faults[0].times)
    stage.close_bot()
    click.join()
    assert (agent.troubles, "MCX-13001-01" in plain(agent.screen)) == ([], True)
