"""The sandbox behind its page: the park, the bot and what is made to go wrong."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from bot.sandbox.host import AGENT, FAULTS, PARK, SUPPORT, Sandbox
from bot.sandbox.process import BotFailed, Process
from bot.sandbox.slack.actor import Actor
from bot.sandbox.stage import open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """Give a sandbox whose bot does not run yet."""
    sandbox = Sandbox(PARK, tmp_path)
    yield sandbox
    sandbox.stop()


def move(agent: Actor) -> None:
    """Change the address of a licence, with a last step that waits for a click."""
    agent.command(SUPPORT, "/licence-site", "FPC367128 vers Entrepôt Nord")


def test_a_killed_bot_goes_on_where_it_was(sandbox: Sandbox) -> None:
    """The park and what was begun outlive a crash: what a person learns here must hold in earnest."""
    sandbox.start()
    agent = Actor(sandbox.workspace, AGENT.id)
    move(agent)
    sandbox.kill()
    agent.click("Valider", channel=SUPPORT)
    assert (sandbox.bot.is_running, agent.troubles) == (False, ["operation_timeout"])
    sandbox.restart()
    process = sandbox.bot.popen
    sandbox.restart()
    assert sandbox.bot.popen is process, "a bot that runs is left alone"
    agent.click("Valider", channel=SUPPORT)
    end = time.monotonic() + 20
    while "Adresse changée" not in agent.conversation(SUPPORT):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_reset_brings_everything_back(sandbox: Sandbox) -> None:
    """Park, conversations, faults: whoever comes next begins as the first one did."""
    sandbox.start()
    agent = Actor(sandbox.workspace, AGENT.id)
    move(agent)
    agent.click("Valider", channel=SUPPORT)
    sandbox.arm("lost")
    before = sandbox.workspace.revision
    sandbox.reset()
    assert (agent.conversation(SUPPORT), sandbox.armed) == ("", set())
    assert sandbox.workspace.revision > before
    move(agent)
    assert "Siège Social → Entrepôt Nord" in agent.conversation(SUPPORT)


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_is_armed_alone_and_taken_back_by_a_second_click(sandbox: Sandbox, kind: str) -> None:
    """The buttons show what waits for its moment."""
    before = sandbox.workspace.revision
    sandbox.arm(kind)
    armed = sandbox.armed
    sandbox.arm(kind)
    assert (armed, sandbox.armed) == ({kind}, set())
    assert sandbox.workspace.revision > before


def test_a_bot_that_does_not_start_says_why(tmp_path: Path) -> None:
    """Its log is all there is to find the cause."""
    workspace, api, base_url = open_workspace()
    bot = Process(workspace, base_url, tmp_path / "log", ACCESS_USERS="nobody")
    stopped_before = bot.stop()
    with pytest.raises(BotFailed, match="ACCESS_USERS: “nobody” is not a Slack id"):
        bot.start()
    api.stop()
    assert (stopped_before, bot.is_running) == (None, False)
