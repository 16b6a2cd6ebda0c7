"""A person in front of one browser tab: where they are, and what they do there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from nicegui import run

from bot.sandbox.host import AGENT, SUPPORT, Person, Sandbox
from bot.sandbox.process import BotFailed
from bot.sandbox.slack.client import Client
from bot.sandbox.slack.objects import Refused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.sandbox.slack.objects import Json, View

P = ParamSpec("P")
T = TypeVar("T")

HOME = "home"
"""The place that is the app's Home tab; every other place is a conversation's id."""

_TROUBLES = {
    "operation_timeout": "L’application n’a pas répondu à temps. Réessayez.",
    "dispatch_failed": "L’application a répondu par une erreur. Réessayez.",
}


class Seat:
    """Who sits here and what they look at. What may take seconds is done in a thread."""

    def __init__(
        self, sandbox: Sandbox, refresh: Callable[[], None], complain: Callable[[str], None]
    ) -> None:
        self.sandbox = sandbox
        self.workspace = sandbox.workspace
        self.refresh = refresh
        self.complain = complain
        self.place = SUPPORT
        self.thread: str | None = None
        self._read: dict[tuple[str, str], int] = {}
        self.sit(AGENT)

    def sit(self, person: Person) -> None:
        """Let another person sit here."""
        self.person = person
        self.client = Client(self.workspace, person.id)
        self.thread = None
        if self.place.startswith("D"):
            self.place = self.client.direct

    def has_news(self, channel: str) -> bool:
        """Tell whether there are messages that this person has not had before them."""
        count = len(self.client.messages(channel))
        if channel == self.place:
            self._read[self.person.id, channel] = count
        return count > self._read.get((self.person.id, channel), 0)

    @property
    def names(self) -> dict[str, str]:
        """What people and conversations are called, by their ids."""
        channels = {channel.id: channel.name for channel in self.workspace.channels.values()}
        return {**self.workspace.people, **channels}

    async def do(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Do something that may take seconds; None if it could not be done. What went wrong is shown."""
        known = len(self.client.troubles)
        try:
            return await run.io_bound(act, *args, **kwargs)
        except Refused as refused:
            why = "\u00a0; ".join(refused.details)
            self.complain(f"Slack refuse ce que l’application envoie ({refused.code}). {why}")
        except BotFailed as failed:
            self.complain(f"Le bot ne démarre pas. {failed}")
        finally:
            for trouble in self.client.troubles[known:]:
                self.complain(_TROUBLES[trouble])
            self.refresh()
        return None


@dataclass
class Spot:
    """Where some blocks stand before this person (surface.Surface)."""

    seat: Seat
    place: View | Json
    values: Json = field(default_factory=dict)
    """What was entered in a message; a view keeps its own."""
    send: Callable[[], Awaitable[None]] | None = None
    """How the form is sent, if there is one."""

    @property
    def names(self) -> dict[str, str]:
        """What people and conversations are called, by their ids."""
        return self.seat.names

    def entered(self, block: Json, element: Json) -> Json:
        """Give the state of an element, to be read and changed."""
        values = self.values if isinstance(self.place, dict) else self.place.values
        value: Json = values[block["block_id"]][element["action_id"]]
        return value

    async def act(self, block: Json, element: Json, action: Json) -> None:
        """Tell the app that an element was used."""
        await self.seat.do(self.seat.client.act, block, element, action, self.place)

    async def suggest(self, block: Json, element: Json, query: str) -> list[Json]:
        """Ask the app for the choices of a searchable list."""
        return await self.seat.do(self.seat.client.suggest, block, element, query, self.place) or []

    async def submit(self) -> None:
        """Send the form, if there is one."""
        if self.send:
            await self.send()
