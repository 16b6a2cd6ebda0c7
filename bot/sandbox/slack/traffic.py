"""What passes between Slack and the bot, for whoever looks on."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from bot.sandbox.slack.objects import Json

KEPT = 300
"""Exchanges that are remembered."""

NO_ANSWER = 0
"""The status of a request that was not answered in time."""


@dataclass
class Exchange:
    """A request, and its answer once there is one."""

    number: int
    sender: Literal["slack", "bot"]
    name: str
    request: Json
    began: float
    """Seconds since the epoch."""
    seconds: float | None = None
    """How long the answer took; None while it is awaited."""
    status: int = NO_ANSWER
    answer: Any = None
    refused: list[str] = field(default_factory=list)
    """What Slack refuses in the request or in its answer, with the reasons."""


class Traffic:
    """The last exchanges, oldest first. All methods may be called from any thread."""

    def __init__(self) -> None:
        self.changes = 0
        """Grows with every request and every answer."""
        self._lock = threading.Lock()
        self._exchanges: deque[Exchange] = deque(maxlen=KEPT)
        self._count = 0

    def begin(self, sender: Literal["slack", "bot"], name: str, request: Json) -> Exchange:
        """Note a request that leaves."""
        with self._lock:
            self._count += 1
            self.changes += 1
            exchange = Exchange(self._count, sender, name, request, time.time())
            self._exchanges.append(exchange)
            return exchange

    def end(self, exchange: Exchange, status: int, answer: Any) -> None:
        """Note what came back."""
        with self._lock:
            exchange.status, exchange.answer = status, answer
            exchange.seconds = time.time() - exchange.began
            self.changes += 1

    def refuse(self, exchange: Exchange, reasons: list[str]) -> None:
        """Note that Slack does not take it."""
        with self._lock:
            exchange.refused += reasons
            self.changes += 1

    def recent(self, sender: Literal["slack", "bot"] | None = None) -> list[Exchange]:
        """Give the last exchanges, of all or of one sender."""
        with self._lock:
            return [each for each in self._exchanges if sender in (None, each.sender)]

    def clear(self) -> None:
        """Forget them."""
        with self._lock:
            self._exchanges.clear()
            self.changes += 1
