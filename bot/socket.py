"""Socket Mode: Slack's requests over WebSockets that the bot opens (ADR 2)."""

from __future__ import annotations

import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
from prometheus_client import Gauge
from slack_sdk.errors import SlackClientError
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import connect

from bot.logs import described

if TYPE_CHECKING:
    from slack_sdk import WebClient
    from websockets.sync.client import ClientConnection

    from bot.app import Bot

log = structlog.get_logger(__name__)

HELD = 2
"""Connections that are held: one stands while Slack renews the other."""

CONCURRENCY = 16

MESSAGE_LIMIT = 2 * 1024 * 1024
"""Bytes of a message at most: Slack's largest carries a view of 250 KB, escaped."""

OPEN_TIMEOUT = 10
HEARTBEAT = 5
"""Seconds between two pings, and that the answer to one may take: what died unseen is replaced after ten."""

DRAIN = 30
"""Seconds of silence after which a connection that Slack renews is closed: Slack gives answers three."""

STOP_TIMEOUT = 10
"""Seconds that requests under way have to finish."""

FIRST_PAUSE, LONGEST_PAUSE, STEADY = 0.5, 30.0, 60.0
"""Seconds between tries to open a connection; after so many without a try, the next is made at once."""

NOT_OPENED = (SlackClientError, WebSocketException, OSError)
"""What a Slack that opens no connection raises."""


class Socket:
    """The connections through which Slack's requests come; each is answered where it came from."""

    def __init__(self, bot: Bot, web_client: WebClient, app_token: str) -> None:
        self._bot = bot
        self._web_client = web_client
        self._app_token = app_token
        self._changed = threading.Condition()
        self._held: set[ClientConnection] = set()
        self._renewed: set[ClientConnection] = set()
        self._running = 0
        self._closing = False
        self._keeper = threading.Thread(target=self._keep, name="socket", daemon=True)
        self._workers = ThreadPoolExecutor(CONCURRENCY, "socket")
        gauge = Gauge("metacentrex_socket_connections", "Socket Mode connections", registry=bot.registry)
        gauge.set_function(lambda: len(self._held))

    def connect(self) -> None:
        """Open a connection, and hold as many as are needed from now on. Raises what NOT_OPENED lists."""
        self._open()
        self._keeper.start()

    def unready(self) -> list[str]:
        """Tell what keeps Slack's requests from coming."""
        return [] if self._held else ["no Socket Mode connection"]

    def close(self) -> None:
        """Take no more work, let what runs answer, and close."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._running, STOP_TIMEOUT)
            connections = self._held | self._renewed
        for connection in connections:
            connection.close()
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _keep(self) -> None:
        pause, tried = 0.0, 0.0
        while self._lacks_one():
            if time.monotonic() - tried > STEADY:
                pause = 0.0
            with self._changed:
                if self._changed.wait_for(lambda: self._closing, pause * random.uniform(0.5, 1)):  # noqa: S311
                    return
            tried, pause = time.monotonic(), min(max(pause * 2, FIRST_PAUSE), LONGEST_PAUSE)
            try:
                self._open()
            except NOT_OPENED as error:
                log.warning("no connection", error=described(error))

    def _lacks_one(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._closing or len(self._held) < HELD)
            return not self._closing

    def _open(self) -> None:
        answer = self._web_client.apps_connections_open(app_token=self._app_token)
        opening = connect(
            str(answer["url"]),
            open_timeout=OPEN_TIMEOUT,
            ping_interval=HEARTBEAT,
            ping_timeout=HEARTBEAT,
            max_size=MESSAGE_LIMIT,
        )
        with ExitStack() as stack:
            connection = stack.enter_context(opening)
            connection.recv(OPEN_TIMEOUT)  # hello
            with self._changed:
                self._held.add(connection)
                self._changed.notify_all()
            reading = (connection, stack.pop_all())
            threading.Thread(target=self._read, args=reading, name="socket", daemon=True).start()

    def _read(self, connection: ClientConnection, stack: ExitStack) -> None:
        """Take what comes until the connection ends, also while Slack renews it."""
        with stack:
            try:
                while True:
                    self._take(connection, connection.recv(DRAIN if connection in self._renewed else None))
            except (ConnectionClosed, TimeoutError):
                with self._changed:
                    self._held.discard(connection)
                    self._renewed.discard(connection)
                    self._changed.notify_all()

    def _take(self, connection: ClientConnection, text: str | bytes) -> None:
        with self._changed:
            match _parsed(text):
                case {"type": "disconnect"}:
                    self._held.discard(connection)
                    self._renewed.add(connection)
                    self._changed.notify_all()
                # Once it closes, Slack gives it to another connection or tells the person.
                case {"envelope_id": str(envelope), "payload": payload} if not self._closing:
                    self._running += 1
                    self._workers.submit(self._answer, connection, envelope, payload)
                case {"envelope_id": str(), "payload": _}:
                    pass
                case _:
                    log.warning("malformed", path="envelope")

    def _answer(self, connection: ClientConnection, envelope: str, payload: object) -> None:
        try:
            answer = self._bot.dispatch(payload)
            # What is malformed is acknowledged: sent again, it would be no better.
            if answer.status in (HTTPStatus.OK, HTTPStatus.BAD_REQUEST):
                body = {"payload": json.loads(answer.body)} if answer.body else {}
                connection.send(json.dumps({"envelope_id": envelope, **body}))
        except Exception as error:  # noqa: BLE001 - a worker tells nobody else
            log.error("not acknowledged", error=described(error))  # noqa: TRY400 - its message holds values
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()


def _parsed(text: str | bytes) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
