"""What one person has in front of them, and how they find things there."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.blocktext import read, read_view, text_of
from bot.sandbox.slack.inputs import elements, value_key

if TYPE_CHECKING:
    from bot.sandbox.slack.objects import Json, View
    from bot.sandbox.slack.workspace import Workspace

TEXT_LIMIT = 3000
"""Letters of a text, unless the element says otherwise."""

MIN_QUERY = 3
"""Letters after which Slack asks the app for choices, unless the element says otherwise."""

MISSING = "Remplissez ce champ."


class CantDo(Exception):
    """Slack's own interface does not let the person do this; `faults` stand under the fields."""

    def __init__(self, why: str, faults: dict[str, str] | None = None) -> None:
        super().__init__(why)
        self.faults = faults or {}


@dataclass
class Screen:
    """One person's view of the workspace."""

    workspace: Workspace
    id: str

    @property
    def modal(self) -> View | None:
        """The modal on top."""
        views = self.workspace.stacks[self.id]
        return views[-1] if views else None

    @property
    def screen(self) -> str:
        """The modal on top as text; "" without one."""
        return read_view(self.modal) if self.modal else ""

    @property
    def home(self) -> str:
        """The Home tab as text."""
        view = self.workspace.homes.get(self.id)
        return read(view.content["blocks"]) if view else ""

    def messages(self, channel: str) -> list[Json]:
        """The messages of a conversation that the person can see, threads included."""
        found = self.workspace.channels[channel].messages
        return [message for message in found if message["only_for"] in (None, self.id)]

    def conversation(self, channel: str) -> str:
        """The conversation as text."""
        return "\n\n".join(read(each["blocks"]) or each["text"] for each in self.messages(channel))

    @property
    def direct(self) -> str:
        """The direct message with the app."""
        return self.workspace.direct(self.id)

    @property
    def top(self) -> View:
        """The modal on top. Raises CantDo without one."""
        if self.modal is None:
            raise CantDo("no modal is open")
        return self.modal

    def value_of(self, block: Json, element: Json) -> Json:
        """What is entered in an element of the modal."""
        value: Json = self.top.values[block["block_id"]][element["action_id"]]
        return value

    def find_button(
        self, text: str, beside: str, channel: str | None, ts: str | None
    ) -> tuple[Json, Json, Any]:
        """Find a button by its text: in the modal, else on Home, else in the newest message that has it."""
        places: list[tuple[list[Json], Any]] = []
        if channel is None and self.modal:
            places.append((self.modal.content["blocks"], self.modal))
        elif channel is None and self.id in self.workspace.homes:
            home = self.workspace.homes[self.id]
            places.append((home.content["blocks"], home))
        elif channel:
            newest_first = [each for each in reversed(self.messages(channel)) if ts in (None, each["ts"])]
            places += [(each["blocks"], {"channel": channel, "message": each}) for each in newest_first]
        for blocks, place in places:
            for block, element in elements(blocks):
                label = text_of(block["text"]) if "text" in block else ""
                if (
                    element["type"] == "button"
                    and element["text"]["text"].startswith(text)
                    and beside in label
                ):
                    return block, element, place
        raise CantDo(f"no button {text!r}")

    def find_option(self, start: str, kinds: tuple[str, ...]) -> tuple[Json, Json, Json]:
        """Find a box by how its text begins."""
        for block, element in elements(self.top.content["blocks"]):
            if element["type"] in kinds:
                for option in element["options"]:
                    if option["text"]["text"].startswith(start):
                        return block, element, option
        raise CantDo(f"no box {start!r}")

    def find_element(self, action_id: str) -> tuple[Json, Json]:
        """Find an element of the modal by its id."""
        for block, element in elements(self.top.content["blocks"]):
            if element["action_id"] == action_id:
                return block, element
        raise CantDo(f"no element {action_id!r}")

    def find_input(self, label: str) -> tuple[Json, Json]:
        """Find a field by its label."""
        for block in self.top.content["blocks"]:
            if block["type"] == "input" and text_of(block["label"]) == label:
                return block, block["element"]
        raise CantDo(f"no field {label!r}")

    def field_faults(self, view: View) -> dict[str, str]:
        """Tell what Slack's interface itself does not accept, by block id."""
        faults = {}
        for block in view.content["blocks"]:
            if block["type"] == "input":
                element = block["element"]
                fault = _fault(element, self.value_of(block, element)[value_key(element)])
                if fault and not (fault == MISSING and block.get("optional")):
                    faults[block["block_id"]] = fault
        return faults


def _fault(element: Json, entered: Any) -> str:
    if not entered:
        return MISSING
    if element["type"] == "number_input":
        return _number_fault(element, entered)
    if element["type"] == "plain_text_input" and len(entered) > element.get("max_length", TEXT_LIMIT):
        return f"{len(entered)} caractères\u00a0: {element.get('max_length', TEXT_LIMIT)} au plus."
    return ""


def _number_fault(element: Json, entered: str) -> str:
    try:
        number = Decimal(entered)
    except InvalidOperation:
        return "Saisissez un nombre."
    if not element["is_decimal_allowed"] and number != int(number):
        return "Saisissez un nombre entier."
    if number < Decimal(element.get("min_value", entered)):
        return f"Saisissez un nombre d’au moins {element['min_value']}."
    if number > Decimal(element.get("max_value", entered)):
        return f"Saisissez un nombre d’au plus {element['max_value']}."
    return ""
