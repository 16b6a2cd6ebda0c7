"""How the simulator's requests reach an app that does not answer, or is not there."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from bot.sandbox.process import free_port
from bot.sandbox.slack.objects import Answer
from bot.sandbox.slack.traffic import NO_ANSWER
from bot.sandbox.slack.transports import MOST_CONNECTIONS, SignedHttp, SocketMode

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def wire() -> Iterator[SocketMode]:
    """Give Slack's end of Socket Mode, with no patience at all."""
    wire = SocketMode(patience=0)
    yield wire
    wire.stop()


def test_an_app_that_is_not_there_gives_no_answer() -> None:
    """As one that was killed: the person is told, and nothing fails in the simulator."""
    transport = SignedHttp(f"http://127.0.0.1:{free_port()}/slack/events", "s")
    assert transport.send("command", {"command": "/x"}) == Answer(NO_ANSWER)


def test_an_app_without_a_connection_gives_no_answer(wire: SocketMode) -> None:
    """Slack has nowhere to send it."""
    assert wire.send("command", {"command": "/x"}) == Answer(NO_ANSWER)


def test_an_envelope_that_is_not_acknowledged_has_no_answer(wire: SocketMode) -> None:
    """What comes when Slack has given up is too late; what answers nothing that was asked is passed over."""
    with connect(wire.url()) as connection:
        connection.recv()
        wire.patience = 20
        assert wire.wait_for_connections()
        connection.send(json.dumps({"envelope_id": "never asked"}))
        wire.patience = 0
        assert wire.send("command", {"command": "/x"}) == Answer(NO_ANSWER)
        assert json.loads(connection.recv())["type"] == "slash_commands"


@pytest.mark.parametrize("held", [0, MOST_CONNECTIONS], ids=["unknown ticket", "one too many"])
def test_a_connection_that_slack_does_not_give_is_closed(wire: SocketMode, held: int) -> None:
    """Each address is good for one connection, and an app may hold ten."""
    with ExitStack() as stack:
        for _ in range(held):
            stack.enter_context(connect(wire.url()))
        wire.patience = 20
        assert wire.wait_for_connections(held)
        refused = stack.enter_context(connect(wire.url() if held else wire.url()[:-1]))
        assert json.loads(refused.recv()) == {"type": "disconnect", "reason": "too_many_websockets"}
        with pytest.raises(ConnectionClosed):
            refused.recv()
