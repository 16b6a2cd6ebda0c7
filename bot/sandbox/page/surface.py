"""Where blocks stand, and each block there: what was entered, and what using an element does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from bot.sandbox.slack.inputs import value_key

if TYPE_CHECKING:
    from bot.sandbox.slack.objects import Json


class Surface(Protocol):
    """Where blocks stand, such as a modal: what was entered there, and what using an element does."""

    @property
    def names(self) -> dict[str, str]:
        """What people and conversations are called, by their ids."""

    def entered(self, block: Json, element: Json) -> Json:
        """Give the state of an element, to be read and changed."""

    async def act(self, block: Json, element: Json, action: Json) -> None:
        """Tell the app that an element was used."""

    async def suggest(self, block: Json, element: Json, query: str) -> list[Json]:
        """Ask the app for the choices of a searchable list."""

    async def submit(self) -> None:
        """Send the form, if there is one."""


@dataclass
class Cell:
    """A block where it stands. Its block changes when the same is sent anew, with another id."""

    surface: Surface
    block: Json

    def entered(self, element: Json) -> Json:
        """Give the state of an element."""
        return self.surface.entered(self.block, element)

    async def act(self, element: Json, action: Json) -> None:
        """Tell the app that an element was used."""
        await self.surface.act(self.block, element, {"type": element["type"], **action})

    async def choose(self, element: Json, value: Any) -> None:
        """Keep what was entered; outside an input block the app hears of it at once."""
        self.entered(element)[value_key(element)] = value
        if self.block["type"] != "input":
            await self.act(element, {value_key(element): value})
