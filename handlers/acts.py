"""What a person did, in the words of the trade: who, where, what they clicked and entered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from domain.errors import TextTooLong
from domain.values import Fingerprint, OperationId
from handlers.names import Names, Stale

if TYPE_CHECKING:
    from domain.values import DraftId, Person
    from handlers.payloads import Field, Kind, OpenView, Payload

Word = TypeVar("Word", bound=StrEnum)

COMMAND_LIMIT = 4_000
"""Characters that may follow a command: some four hundred references."""

IDS = 2**63 - 1
"""The greatest id that a database keeps."""

PAGES = 2**31 - 1
"""The greatest page that a database keeps."""


@dataclass(frozen=True)
class Act:
    """What a person did."""

    payload: Payload

    @property
    def kind(self) -> Kind:
        """What kind of thing they did."""
        return self.payload.kind

    @property
    def person(self) -> Person:
        """Who did it."""
        return self.payload.person

    @property
    def key(self) -> str:
        """Which command, shortcut, view or element it is about."""
        return self.payload.key

    @property
    def text(self) -> str:
        """What follows the command, or what is typed into a searchable list. Raises TextTooLong."""
        if len(self.payload.text) > COMMAND_LIMIT:
            raise TextTooLong("text", COMMAND_LIMIT)
        return self.payload.text

    @property
    def channel(self) -> str | None:
        """The conversation it happened in; None in a modal, on the Home tab, from a global shortcut."""
        return self.payload.channel

    @property
    def view(self) -> OpenView:
        """The view that it happened in. Raises Stale outside views."""
        if self.payload.view is None:
            raise Stale("view")
        return self.payload.view

    @property
    def in_modal(self) -> bool:
        """Whether it happened in a modal."""
        return self.payload.view is not None and self.payload.view.is_modal

    # What the view or the button names, and what was entered: all of these raise Stale

    @property
    def draft(self) -> DraftId:
        """The draft that the view or the button names; whose it is, the domain checks."""
        return self._names.draft

    @property
    def shown(self) -> Fingerprint:
        """The fingerprint of the plan that the person confirms; "" where there is none."""
        return Fingerprint(self._names.shown)

    @property
    def generation(self) -> str:
        """The generation of the boxes in the view: kept, Slack keeps what was ticked."""
        return self._names.shown

    @property
    def _names(self) -> Names:
        return Names.parse(self.view.metadata if self.in_modal else self.payload.value)

    @property
    def operation(self) -> OperationId:
        """The operation that the button names."""
        return OperationId(Names.parse(self.payload.value).draft)

    @property
    def page(self) -> int:
        """The page that the button leads to."""
        return whole(self.payload.value, 0, PAGES)

    def clicked(self, words: type[Word]) -> Word:
        """The word of a closed list that the button stands for."""
        return _word(words, self.payload.value)

    def block(self, name: str) -> str:
        """The id of the block of this name as it is now: what follows a dot in it changes."""
        found = self._field(name)
        if found is None:
            raise Stale(name)
        return found.block_id

    def entered(self, name: str) -> str | None:
        """What was typed or chosen in a block, as text; None if nothing."""
        found = self._field(name)
        return next(iter(found.entered), None) if found else None

    def choice(self, name: str, words: type[Word]) -> Word | None:
        """What was chosen in a block from a closed list; None if nothing."""
        text = self.entered(name)
        return _word(words, text) if text else None

    def entered_ids(self, name: str) -> tuple[int, ...]:
        """The ids of what was chosen in a block."""
        found = self._field(name)
        return tuple(whole(text, 1, IDS) for text in found.entered) if found else ()

    def entered_id(self, name: str) -> int:
        """The id of what was chosen in a block that must be filled in."""
        for found in self.entered_ids(name):
            return found
        raise Stale(name)

    def boxes(self, action_id: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The ids of the boxes of an element as the view shows them, and of those that are ticked."""
        fields = [field for field in self.view.fields if field.action_id == action_id]
        ticked = tuple(whole(text, 1, IDS) for field in fields for text in field.entered)
        return tuple(whole(text, 1, IDS) for name, text in self.view.boxes if name == action_id), ticked

    def _field(self, name: str) -> Field | None:
        return next((field for field in self.view.fields if field.block_id.split(".")[0] == name), None)


def whole(text: str, least: int, most: int) -> int:
    """Read a number that one of our views sent. Raises Stale."""
    if not re.fullmatch(r"[0-9]{1,19}", text) or not least <= int(text) <= most:
        raise Stale("number")
    return int(text)


def _word(words: type[Word], text: str) -> Word:
    try:
        return words(text)
    except ValueError:
        raise Stale(words.__name__) from None
