"""What an operator's tools ask over HTTP."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import pytest
from alembic import command
from sqlalchemy import text

from bot import server
from bot.sandbox.slack.transports import SignedHttp
from domain.errors import ParkUnavailable
from tests.conftest import AGENT, SUPPORT, Log
from tests.domain.acts import move

if TYPE_CHECKING:
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


def test_a_bot_on_tables_of_a_newer_version_is_not_ready(stage: Stage, park: Database) -> None:
    """After a rollback: what it would write there, the newer one might misread."""
    with park.migrating() as config:
        config.attributes["connection"].execute(text("UPDATE alembic_version SET version_num = '9999'"))
    status, body = ask(stage, "/readyz")
    assert (status, json.loads(body)["reasons"]) == (503, ["the database is of a newer version"])


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


def test_slack_may_check_the_address_by_get(stage: Stage) -> None:
    """It does so now and then, without a signature, and turns an address off that does not answer."""
    assert ask(stage, "/slack/events?token=x&ssl_check=1") == (200, '{"status": "ok"}')


def test_a_bot_answers_while_another_click_is_slow(stage: Stage) -> None:
    """Sixteen threads serve; one slow call to Slack blocks its own click only."""
    stage.api.fail("views.open", "slow", seconds=0.5)
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "provence")
    assert ask(stage, "/healthz")[0] == 200
    assert agent.troubles == []


# Who means no good, or is slow (R14)


def connect(stage: Stage, said: bytes = b"") -> socket.socket:
    """Open a connection to the bot's own server, and say something."""
    transport = stage.workspace.transport
    assert isinstance(transport, SignedHttp)
    connection = socket.create_connection((transport.url.hostname, transport.url.port), timeout=30)
    connection.sendall(said)
    return connection


HEAD = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"


@pytest.mark.rule("R14")
@pytest.mark.parametrize("begun", [b"", b"POST /sla", HEAD, HEAD + b"\r\n", HEAD + b"\r\ncommand="], ids=len)
def test_r14_requests_that_do_not_come_to_an_end_hold_nobody_up(stage: Stage, begun: bytes) -> None:
    """As many as there are threads, and more: who is signed is answered all the same."""
    with ExitStack() as stack:
        for _ in range(3 * server.THREADS):
            stack.enter_context(connect(stage, begun))
        agent = stage.actor(AGENT)
        agent.command(SUPPORT, "/licence-aide")
        assert (agent.troubles, "Les commandes" in agent.conversation(SUPPORT)) == ([], True)


@pytest.mark.rule("R14")
@pytest.mark.parametrize(
    "patience", [{"READ_TIMEOUT": 0}, {"CROWD": 0, "CROWDED_TIMEOUT": 0}], ids=["alone", "crowd"]
)
def test_r14_what_comes_by_the_drop_is_given_up(
    stage: Stage, log: Log, monkeypatch: pytest.MonkeyPatch, patience: dict[str, int]
) -> None:
    """Saying something now and then does not keep a request open for ever, and less long in a crowd."""
    for name, value in patience.items():
        monkeypatch.setattr(server, name, value)
    with connect(stage, HEAD) as connection:
        connection.settimeout(0.05)
        while True:
            try:
                if not connection.recv(100):
                    break
            except TimeoutError:
                connection.sendall(b"X-Drop: 1\r\n")
            except ConnectionResetError:
                break
    assert [(each["event"], each["status"]) for each in log.lines] == [("given up", 408)]


@pytest.mark.rule("R14")
def test_r14_a_connection_that_says_nothing_is_closed_without_a_word(
    stage: Stage, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every kept connection ends so: a line for each would hide those that count."""
    monkeypatch.setattr(server, "READ_TIMEOUT", 0)
    with connect(stage) as connection:
        assert connection.recv(1) == b""
    assert log.lines == []


@pytest.mark.rule("R14")
@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"POST //[/slack/events HTTP/1.1\r\n\r\n", 404),
        (b"GET http://[/healthz HTTP/1.1\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\n Host: x\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nContent-Length: abc\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nX: " + b"a" * server.HEADER_LIMIT, 431),
        (HEAD.replace(b"1000", b"9000000") + b"\r\n", 413),
        (HEAD.replace(b"Content-Length: 1000", b"Transfer-Encoding: gzip") + b"\r\n", 501),
    ],
)
def test_r14_what_is_no_request_is_turned_away(
    stage: Stage, log: Log, request_line: bytes, status: int
) -> None:
    """With one line in the log where the server itself refuses it, and no traceback."""
    with connect(stage, request_line) as connection:
        answer = connection.makefile("rb").readline()
    assert answer.split()[1] == str(status).encode()
    refused = [] if status == 404 else [("refused", status)]
    assert [(each["event"], each.get("status")) for each in log.lines] == refused


def test_metrics_are_given_whatever_is_accepted(stage: Stage) -> None:
    """A form that there is not changes nothing."""
    with connect(
        stage, b"GET /metrics HTTP/1.1\r\nAccept: application/openmetrics-text; version=abc\r\n\r\n"
    ) as asked:
        assert asked.makefile("rb").readline() == b"HTTP/1.1 200 OK\r\n"
