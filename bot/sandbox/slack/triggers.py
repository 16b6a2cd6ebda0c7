"""Triggers: each lets the app open one view, within three seconds of the click that gave it."""

from __future__ import annotations

import secrets
import threading
from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.objects import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

LIFE = 3.0
"""Seconds that a trigger lives."""


class Triggers:
    """The triggers of a workspace. Any thread may call its methods."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.stale = 0
        """How many triggers to come have expired when they arrive."""
        self._clock = clock
        self._lock = threading.Lock()
        self._given: dict[str, tuple[str, float]] = {}
        self._spent: set[str] = set()

    def give(self, user: str) -> str:
        """Make a trigger for what a person did."""
        trigger = secrets.token_hex(8)
        with self._lock:
            age = LIFE + 1 if self.stale else 0
            self.stale = max(0, self.stale - 1)
            self._given[trigger] = (user, self._clock() - age)
        return trigger

    def spend(self, trigger: Any) -> str:
        """Use a trigger up, and give whose it is. Raises Refused."""
        with self._lock:
            if trigger in self._spent:
                raise Refused("exchanged_trigger_id")
            if trigger not in self._given:
                raise Refused("invalid_trigger_id")
            user, born = self._given[trigger]
            if self._clock() - born > LIFE:
                raise Refused("expired_trigger_id")
            self._spent.add(trigger)
        return user
