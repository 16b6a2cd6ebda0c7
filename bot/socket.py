"""Socket Mode: Slack's requests over a WebSocket that the bot opens."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from slack_bolt.adapter.socket_mode.internals import build_headers, send_response
from slack_bolt.request import BoltRequest
from slack_sdk.socket_mode.websocket_client import SocketModeClient

if TYPE_CHECKING:
    from slack_sdk import WebClient
    from slack_sdk.socket_mode.client import BaseSocketModeClient
    from slack_sdk.socket_mode.request import SocketModeRequest

    from bot.app import Bot

CONCURRENCY = 16
STOP_TIMEOUT = 10
"""Seconds that requests under way have to finish."""


class Socket:
    """One connection, which replaces itself when Slack asks it to.

    The websocket-client library carries it: the SDK's own client fails on an answer of 64 KiB or more.
    """

    def __init__(self, bot: Bot, web_client: WebClient, app_token: str) -> None:
        self._bot = bot
        self._running = 0
        self._closing = False
        self._idle = threading.Condition()
        self._client = SocketModeClient(
            app_token=app_token, web_client=web_client, concurrency=CONCURRENCY, logger=bot.app.logger
        )
        self._client.socket_mode_request_listeners.append(self._handle)

    def connect(self) -> None:
        """Open the connection. Raises SlackApiError, OSError."""
        self._client.connect()

    def close(self) -> None:
        """Take no more work, let what runs answer, and close."""
        with self._idle:
            self._closing = True
            self._idle.wait_for(lambda: not self._running, STOP_TIMEOUT)
        self._client.close()

    def _handle(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        with self._idle:
            if self._closing:  # unacknowledged, Slack gives it to another connection or tells the person
                return
            self._running += 1
        try:
            started = time.time()
            body = BoltRequest(mode="socket_mode", body=request.payload, headers=build_headers(request))
            send_response(client, request, self._bot.dispatch(body), started)
        finally:
            with self._idle:
                self._running -= 1
                self._idle.notify_all()
