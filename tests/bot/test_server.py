"""The HTTP server by itself: it begins and ends without a gap (ADR 2)."""

from __future__ import annotations

import os
import threading
import time
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import pytest

from bot import server as server_module
from bot.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment


def answer(_environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
    """Answer anything."""
    start("200 OK", [("Content-Length", "2")])
    return [b"ok"]


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that is not serving yet."""
    server = Server(answer, "127.0.0.1", 0)
    yield server
    server.stop()


def test_who_comes_before_it_serves_is_answered_when_it_does(server: Server) -> None:
    """The port is told, and nobody is refused there."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", "/")
    threading.Thread(target=server.serve).start()
    assert connection.getresponse().read() == b"ok"
    connection.close()


def test_a_stop_that_its_own_loop_overtakes_writes_into_nothing_closed(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop may end before who woke it has finished."""
    threading.Thread(target=server.serve).start()
    pull: Callable[[], None] = server.trigger._physical_pull

    def pull_twice() -> None:
        pull()
        while server.trigger.thunks:
            time.sleep(0.001)
        pull()

    monkeypatch.setattr(server.trigger, "_physical_pull", pull_twice)
    server.stop()
    assert server.active_channels == {}


def test_a_stop_leaves_a_request_that_hangs_its_way_to_wake_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not waited for for ever; when it ends at last, it must not write into another's file."""
    monkeypatch.setattr(server_module, "STOP_TIMEOUT", 0)
    came, goes_on = threading.Event(), threading.Event()

    def hang(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        came.set()
        goes_on.wait()
        return answer(environ, start)

    server = Server(hang, "127.0.0.1", 0)
    serving = threading.Thread(target=server.serve)
    serving.start()
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", "/")
    came.wait()
    server.stop()
    os.fstat(server.trigger.trigger)
    goes_on.set()
    while server.task_dispatcher.threads:
        time.sleep(0.001)
    serving.join()
    server.trigger.close()  # type: ignore[no-untyped-call]
    connection.close()
