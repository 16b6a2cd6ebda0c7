"""Procedure 1 in Slack: changing the address of licences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conftest import AGENT, SUPPORT

if TYPE_CHECKING:
    from bot.sandbox.stage import Stage


def test_procedure_1_from_the_command_to_the_confirmation(stage: Stage) -> None:
    """An agent changes the address of two licences of the sheets' own example."""
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site")
    agent.choose("Service", "MCX-13001-01", query="provence")
    agent.submit()
    agent.tick("FPC367128", "FPC367129")
    agent.submit()
    agent.choose("Site", "Entrepôt Nord")
    agent.submit()
    assert (
        "Siège Social → Entrepôt Nord : 2 licences".replace(" :", "\u00a0:").replace("2 l", "2\u00a0l")
        in agent.screen
    )
    agent.submit()
    stage.settle()
    assert "Adresse changée" in agent.conversation(SUPPORT)
