"""What a workspace is made of: conversations, views, response URLs, refusals, the app's answers."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any, Protocol

Json = dict[str, Any]

TEAM = "T0WORKSPACE"
APP = "A0METACENTREX"
BOT = "U0METACENTREX"


class Refused(Exception):
    """Slack's `ok: false`."""

    def __init__(self, code: str, *details: str) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


@dataclass
class Channel:
    """A conversation."""

    id: str
    name: str
    kind: str = "channel"
    """`channel`, `private` (the bot is no member) or `im`."""
    archived: bool = False
    bot_is_member: bool = True
    messages: list[Json] = field(default_factory=list)


@dataclass
class View:
    """A modal that is open, or a Home tab."""

    id: str
    user: str
    content: Json
    hash: str
    root: str
    previous: str | None
    values: Json = field(default_factory=dict)
    errors: Json = field(default_factory=dict)

    @property
    def payload(self) -> Json:
        """The view as Slack sends it back."""
        return {
            "team_id": TEAM,
            "app_id": APP,
            "bot_id": "B0METACENTREX",
            "private_metadata": "",
            "callback_id": "",
            "submit": None,
            "close": None,
            "clear_on_close": False,
            "notify_on_close": False,
            "external_id": "",
            **copy.deepcopy(self.content),
            "id": self.id,
            "hash": self.hash,
            "root_view_id": self.root,
            "previous_view_id": self.previous,
            "state": {"values": copy.deepcopy(self.values)},
        }


@dataclass
class ResponseUrl:
    """Where a command or a click may be answered."""

    user: str
    channel: str
    message: Json | None
    born: float
    uses: int = 0


@dataclass(frozen=True)
class Answer:
    """What the app answered a request: its status and body, or nothing in time (status 0)."""

    status: int
    body: Any = None


class Transport(Protocol):
    """How requests reach the app."""

    def send(self, kind: str, payload: Json) -> Answer:
        """Send a `command`, an `interaction` or an `event`, and wait for the answer."""
