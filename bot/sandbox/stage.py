"""The real bot and a Slack in memory, connected: what the sandbox runs and the tests drive."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.app import Bot, build_app, now
from bot.sandbox.slack.actor import Actor
from bot.sandbox.slack.api import Api
from bot.sandbox.slack.transports import SignedHttp, SocketMode
from bot.sandbox.slack.workspace import Workspace
from bot.server import Server
from bot.settings import Settings
from bot.socket import Socket
from bot.web import Web
from domain.database import WAIT

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

SIGNING_SECRET = "sandbox"  # noqa: S105


@dataclass
class Stage:
    """A workspace with its API, and a bot in it."""

    workspace: Workspace
    api: Api
    bot: Bot
    close_bot: Callable[[], None]
    socket: Socket | None = None

    def actor(self, user: str) -> Actor:
        """Put a person of the workspace in front of Slack."""
        return Actor(self.workspace, user)

    def settle(self, patience: float = 20.0) -> None:
        """Wait until everything that was committed is announced."""
        end = time.monotonic() + patience
        while self.bot.delivery.backlog()[0] and time.monotonic() < end:
            self.bot.delivery.wake()
            time.sleep(0.01)

    def close(self) -> None:
        """Stop the bot, then Slack."""
        self.close_bot()
        if isinstance(self.workspace.transport, SocketMode):
            self.workspace.transport.stop()
        self.api.stop()


def open_workspace(clock: Callable[[], float] = time.monotonic) -> tuple[Workspace, Api, str]:
    """Open a workspace, and give it with the base URL of its API."""
    workspace = Workspace(clock)
    api = Api(workspace)
    return workspace, api, api.start()


def put_on(
    workspace: Workspace,
    api: Api,
    base_url: str,
    *,
    clock: Callable[[], datetime] = now,
    pace: float = 1.0,
    patience: float = 3.0,
    wait: float = WAIT,
    socket_mode: bool = False,
    **variables: Any,
) -> Stage:
    """Start the bot in a workspace; `variables` are settings, by their names in lower case."""
    secret = (
        {"slack_app_token": workspace.app_token} if socket_mode else {"slack_signing_secret": SIGNING_SECRET}
    )
    settings = Settings(
        **{"slack_bot_token": workspace.token, "slack_api_url": base_url, "port": 0, **secret, **variables}
    )
    bot = build_app(settings, clock, pace=pace, wait=wait)
    socket = _over_socket(workspace, api, bot, patience) if socket_mode else None
    stop = socket.close if socket else _over_http(workspace, bot, patience)
    bot.start()

    def close_bot() -> None:
        stop()
        bot.stop()

    return Stage(workspace, api, bot, close_bot, socket)


def _over_http(workspace: Workspace, bot: Bot, patience: float) -> Callable[[], None]:
    server = Server(Web(bot), "127.0.0.1", 0)
    threading.Thread(target=server.serve, name="bot", daemon=True).start()
    url = f"http://127.0.0.1:{server.port}/slack/events"
    workspace.transport = SignedHttp(url, SIGNING_SECRET, patience, lambda: bot.clock().timestamp())
    return server.stop


def _over_socket(workspace: Workspace, api: Api, bot: Bot, patience: float) -> Socket:
    transport = SocketMode(patience)
    workspace.transport = transport
    api.wss = transport.url
    socket = Socket(bot, bot.app.client, workspace.app_token)
    socket.connect()
    return socket
