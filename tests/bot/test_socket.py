"""Socket Mode: the same bot over a WebSocket."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from bot.sandbox.transports import SocketMode
from domain.tables import Site
from domain.values import LicenceState, fold
from tests.conftest import AGENT, SUPPORT
from tests.domain.acts import place_of, state_of
from tests.handlers.words import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.stage import Stage
    from domain.database import Database


@pytest.fixture
def stage(perform: Callable[..., Stage]) -> Stage:
    """Put the bot on stage over Socket Mode."""
    return perform(socket_mode=True)


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


def test_an_answer_of_more_than_64_kib_arrives_whole(stage: Stage, park: Database) -> None:
    """A hundred sites of the longest accented names: JSON makes six bytes of each letter."""
    with park.writing() as session:
        for index in range(100):
            label = f"{index:03} " + "é" * 200
            site = {"label": label, "label_key": fold(label), "address": "è" * 200, "address_key": "e" * 200}
            session.add(Site(customer_id=1, postal_code="13001", city="Marseille", **site))
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "FPC367128")
    agent.submit()
    assert len(agent.search("Site", "é")) == 100
    transport = stage.workspace.transport
    assert isinstance(transport, SocketMode)
    assert transport.largest_answer > 65_536


def test_a_connection_that_slack_closes_is_replaced(stage: Stage) -> None:
    """Slack asks for it every few hours; the next click goes through the new one."""
    transport = stage.workspace.transport
    assert isinstance(transport, SocketMode)
    transport.disconnect()
    transport.wait_for_connection()
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-aide")
    assert "Les commandes" in agent.conversation(SUPPORT)


def test_a_stop_lets_the_click_under_way_answer(stage: Stage) -> None:
    """And takes no other."""
    stage.api.fail("views.open", "slow", seconds=1.0)
    agent = stage.actor(AGENT)
    click = threading.Thread(target=agent.command, args=(SUPPORT, "/licence-site", "provence"))
    click.start()
    while stage.api.faults[0].times:
        time.sleep(0.01)
    stage.close_bot()
    click.join()
    assert (agent.troubles, "MCX-13001-01" in plain(agent.screen)) == ([], True)
