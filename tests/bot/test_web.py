"""What an operator's tools ask over HTTP."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import TYPE_CHECKING

from alembic import command

from bot.sandbox.transports import SignedHttp
from domain.errors import ParkUnavailable
from tests.conftest import AGENT, SUPPORT
from tests.domain.acts import move

if TYPE_CHECKING:
    import pytest

    from bot.sandbox.stage import Stage
    from domain.database import Database
    from handlers.services import Services


def ask(stage: Stage, path: str, method: str = "GET", body: str = "") -> tuple[int, str]:
    """Ask the bot's own server."""
    transport = stage.workspace.transport
    assert isinstance(transport, SignedHttp)
    connection = HTTPConnection(transport.url.hostname or "", transport.url.port, timeout=30)
    connection.request(method, path, body)
    answer = connection.getresponse()
    read = answer.read().decode()
    connection.close()
    return answer.status, read


def test_a_bot_that_serves_is_healthy_and_ready(stage: Stage) -> None:
    """The database is reachable and migrated, the worker is alive."""
    assert ask(stage, "/healthz") == (200, '{"status": "ok"}')
    assert ask(stage, "/readyz") == (200, '{"status": "ready", "reasons": []}')


def test_a_bot_without_worker_is_not_ready(stage: Stage) -> None:
    """What it commits would not be announced."""
    stage.bot.delivery.stop()
    status, body = ask(stage, "/readyz")
    assert (status, json.loads(body)["reasons"]) == (503, ["the delivery worker does not run"])


def test_a_bot_without_database_is_not_ready(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so."""

    def fail() -> bool:
        raise ParkUnavailable

    monkeypatch.setattr(stage.bot.database, "is_migrated", fail)
    status, body = ask(stage, "/readyz")
    assert (status, json.loads(body)["reasons"]) == (503, ["the database is out of reach"])


def test_a_bot_on_old_tables_is_not_ready(stage: Stage, park: Database) -> None:
    """The operator is told the command."""
    with park.migrating() as config:
        command.stamp(config, "0001")
    status, body = ask(stage, "/readyz")
    assert status == 503
    assert "metacentrex migrate" in body


def test_metrics_tell_what_is_owed_and_what_failed(stage: Stage, services: Services) -> None:
    """In Prometheus's words."""
    move(services, "FPC367128", "Entrepôt Nord")
    stage.settle()
    status, body = ask(stage, "/metrics")
    assert status == 200
    assert "metacentrex_announcements_total 2.0" in body
    assert "metacentrex_outbox_backlog 0.0" in body
    assert "metacentrex_outbox_oldest_seconds 0.0" in body
    assert "metacentrex_incidents_total 0.0" in body


def test_anything_else_is_not_there(stage: Stage) -> None:
    """Nor may Slack's requests come by GET, or malformed."""
    assert ask(stage, "/")[0] == 404
    assert ask(stage, "/slack/events")[0] == 404
    assert ask(stage, "/slack/events", "POST", "payload=%7B")[0] in (400, 401)


def test_a_bot_answers_while_another_click_is_slow(stage: Stage) -> None:
    """Sixteen threads serve; one slow call to Slack blocks its own click only."""
    stage.api.fail("views.open", "slow", seconds=0.5)
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "provence")
    assert ask(stage, "/healthz")[0] == 200
    assert agent.troubles == []
