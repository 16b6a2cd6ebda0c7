"""Who may act: ids and user groups, cached; nobody by default (R11)."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from slack_sdk.errors import SlackClientError

from bot.logs import described
from domain.errors import AccessUnknown, NotAllowed

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_sdk import WebClient

    from domain.values import Person

log = structlog.get_logger(__name__)

REFRESH = timedelta(minutes=5)
"""How often Slack is asked who is in the groups: what a removal takes at most to have effect."""

TRUST = timedelta(hours=1)
"""How long the last answer serves when Slack can't tell."""


class Access:
    """The people who may act, kept up to date beside the requests: no click waits for Slack."""

    def __init__(
        self,
        users: frozenset[str],
        groups: frozenset[str],
        client: WebClient,
        clock: Callable[[], datetime],
    ) -> None:
        self._users = users
        self._groups = groups
        self._client = client
        self._clock = clock
        self._members: frozenset[str] = frozenset()
        self._told_at: datetime | None = None
        self._stop = threading.Event()

    def check(self, person: Person) -> None:
        """Let the person pass. Raises NotAllowed, AccessUnknown."""
        if person in self._users:
            return
        if self._groups and (self._told_at is None or self._clock() - self._told_at > TRUST):
            raise AccessUnknown
        if person not in self._members:
            raise NotAllowed

    def refresh(self) -> None:
        """Ask Slack who is in the groups; the last answer stays where it can't tell."""
        if not self._groups:
            return
        try:
            answer = self._client.usergroups_list(include_users=True)
        except (SlackClientError, OSError) as error:
            log.warning("user groups not told", error=described(error))
            return
        members: set[str] = set()
        for group in answer["usergroups"]:
            if group["id"] in self._groups and not group.get("date_delete"):
                members.update(group.get("users", []))
        self._members, self._told_at = frozenset(members), self._clock()

    def keep(self) -> None:
        """Refresh until `stop`: the body of a thread."""
        while not self._stop.wait(REFRESH.total_seconds() if self._told_at else 5):
            self.refresh()

    def stop(self) -> None:
        """End `keep`."""
        self._stop.set()
