"""The bot as a process: ready, stopped, killed (R9)."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text, update

from bot.sandbox.process import Process
from bot.sandbox.slack.actor import Actor
from bot.sandbox.slack.transports import SignedHttp
from bot.sandbox.stage import open_workspace
from domain.tables import Announcement
from tests.conftest import AGENT, SUPPORT
from tests.program import only

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bot.sandbox.slack.api import Api
    from domain.database import Database


@pytest.fixture
def slack() -> Iterator[tuple[Actor, Api, str]]:
    """Give an agent in a workspace, its API and the API's URL."""
    workspace, api, base_url = open_workspace()
    workspace.add_person(AGENT, "Agathe")
    workspace.add_channel(SUPPORT, "support")
    yield Actor(workspace, AGENT), api, base_url
    api.stop()
    assert workspace.violations == []


def bot_process(agent: Actor, base_url: str, park_url: str, folder: Path) -> Process:
    """Give the bot as a process of its own."""
    log = folder / "log"
    variables = only(DATABASE_URL=park_url, ACCESS_USERS=AGENT)
    return Process(agent.workspace, base_url, log, patience=30, **variables)


def wait_for(what: Callable[[], object], end: float = 30.0) -> None:
    """Wait until something is true."""
    limit = time.monotonic() + end
    while not what():
        assert time.monotonic() < limit
        time.sleep(0.02)


def confirm_a_move(agent: Actor) -> None:
    """Change the address of one licence inline."""
    agent.command(SUPPORT, "/licence-site", "FPC367128 vers Entrepôt Nord")
    agent.click("Valider", channel=SUPPORT)


def said(agent: Actor) -> int:
    """Count the confirmations in the conversation."""
    return sum("Annuler le changement" in str(each["blocks"]) for each in agent.messages(SUPPORT))


def let_the_claim_pass(park: Database) -> None:
    """Let the time pass after which another worker takes what a dead one had claimed."""
    with park.writing() as session:
        session.execute(update(Announcement).values(claimed_until=None))


@pytest.mark.rule("R9")
@pytest.mark.parametrize("fault", ["silence", "lost"])
def test_r9_what_was_committed_before_a_crash_is_announced_once_after_it(
    slack: tuple[Actor, Api, str], park: Database, park_url: str, tmp_path: Path, fault: str
) -> None:
    """Killed while it posts: the message had not arrived, or it had and the answer was lost."""
    agent, api, base_url = slack
    agent.workspace.scopes |= {"channels:history"}
    process = bot_process(agent, base_url, park_url, tmp_path)
    process.start()
    api.fail("chat.postMessage", fault)
    confirm_a_move(agent)
    wait_for(lambda: api.faults[0].times == 0)
    process.kill()
    let_the_claim_pass(park)
    process.start()
    wait_for(lambda: not _owed(park))
    assert process.stop() == 0
    assert said(agent) == 1


def _owed(park: Database) -> int:
    with park.reading() as session:
        return session.query(Announcement).filter(Announcement.done_at.is_(None)).count()


def test_sigterm_lets_the_click_under_way_finish(
    slack: tuple[Actor, Api, str], park_url: str, tmp_path: Path
) -> None:
    """The person whose modal is being opened gets it, then the process ends with code 0."""
    agent, api, base_url = slack
    process = bot_process(agent, base_url, park_url, tmp_path)
    process.start()
    api.fail("views.open", "slow", seconds=1.0)
    click = threading.Thread(target=agent.command, args=(SUPPORT, "/licence-site", "provence"))
    click.start()
    wait_for(lambda: not api.faults[0].times)
    assert process.stop() == 0
    click.join()
    assert (agent.troubles, "MCX-13001-01" in agent.screen) == ([], True)
    assert '"stopped"' in process.log


def test_the_log_holds_no_secret_and_no_payload(
    slack: tuple[Actor, Api, str], park_url: str, tmp_path: Path
) -> None:
    """Neither tokens nor what people typed."""
    agent, api, base_url = slack
    process = bot_process(agent, base_url, park_url, tmp_path)
    process.start()
    api.fail("views.update", "error", times=2)
    agent.command(SUPPORT, "/licence-site", "provence")
    agent.tick("FPC367128")
    transport = agent.workspace.transport
    assert isinstance(transport, SignedHttp)
    form = "application/x-www-form-urlencoded"
    assert transport.post("command=%2Flicence-site&text=confidentiel", form, timestamp=1).status == 401
    assert transport.post("payload=%7B%22confidentiel", form).status == 400
    process.stop()
    for secret in (agent.workspace.token, "provence", "response_url", "confidentiel"):
        assert secret not in process.log


@pytest.mark.rule("R14")
def test_r14_the_log_of_an_incident_holds_no_text_of_people_and_no_statement(
    slack: tuple[Actor, Api, str], park: Database, park_url: str, tmp_path: Path
) -> None:
    """Nor the parameters of one: it names the error and the place, and has the number that the person sees."""
    agent, _, base_url = slack
    process = bot_process(agent, base_url, park_url, tmp_path)
    process.start()
    with park.writing() as session:
        session.execute(text("DROP TABLE customer_words"))
    agent.command(SUPPORT, "/site-ajouter", "confidentiel Dupont")
    process.stop()
    entry = next(line for line in process.log.splitlines() if '"incident"' in line)
    assert json.loads(entry)["incident"] in agent.conversation(SUPPORT)
    for told in ("confidentiel", "dupont", "select", "customer_words"):
        assert told not in process.log.lower()
