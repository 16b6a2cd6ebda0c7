"""A person at work in the workspace: types, chooses, ticks, clicks, by what is written on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.slack.client import Client
from bot.sandbox.slack.inputs import value_key
from bot.sandbox.slack.screen import MIN_QUERY, TEXT_LIMIT, CantDo

if TYPE_CHECKING:
    from bot.sandbox.slack.objects import Answer, Json


class Actor(Client):
    """One person at work."""

    def click(
        self, text: str, *, beside: str = "", channel: str | None = None, ts: str | None = None
    ) -> Answer:
        """Click a button by its text: in the modal, else on Home, else in the conversation.

        There it is the newest message that has it, or the one that `ts` names.
        """
        block, element, place = self.find_button(text, beside, channel, ts)
        action = {"type": "button", "text": element["text"], "value": element.get("value", "")}
        return self.act(block, element, action, place)

    def tick(self, *starts: str) -> None:
        """Tick or untick the boxes whose texts begin so, one after the other."""
        for start in starts:
            block, element, option = self.find_option(start, ("checkboxes", "radio_buttons"))
            value = self.value_of(block, element)
            if element["type"] == "radio_buttons":
                value["selected_option"] = option
            elif option in value["selected_options"]:
                value["selected_options"].remove(option)
            else:
                value["selected_options"].append(option)
            if block["type"] != "input":
                self.act(block, element, dict(value), self.top)

    def pick(self, action_id: str, *starts: str) -> Answer:
        """Choose in an element outside input blocks, which tells the app at once."""
        block, element = self.find_element(action_id)
        chosen: Any
        if element["type"] == "datepicker":
            key, chosen = "selected_date", starts[0]
        else:
            options = [
                next(each for each in element["options"] if each["text"]["text"].startswith(start))
                for start in starts
            ]
            many = element["type"] in ("checkboxes", "multi_static_select")
            key, chosen = ("selected_options", options) if many else ("selected_option", options[0])
        if element["type"] != "overflow":  # an overflow menu keeps nothing
            self.value_of(block, element)[key] = chosen
        return self.act(block, element, {"type": element["type"], key: chosen}, self.top)

    def search(self, label: str, query: str = "") -> list[Json]:
        """Type into a searchable list, and see its choices."""
        block, element = self.find_input(label)
        if len(query) < element.get("min_query_length", MIN_QUERY):
            raise CantDo(f"{label}: type more letters")
        return self.suggest(block, element, query, self.top)

    def choose(self, label: str, *starts: str, query: str | None = None) -> None:
        """Choose from a list by how the choices' texts begin; a searchable one is asked for `query`."""
        block, element = self.find_input(label)
        external = "external" in element["type"]
        value = self.value_of(block, element)
        chosen = []
        for start in starts:
            options = (
                self.search(label, start if query is None else query) if external else element["options"]
            )
            chosen += [each for each in options if each["text"]["text"].startswith(start)][:1]
        if len(chosen) < len(starts):
            raise CantDo(f"{label}: no such choice: {starts}")
        if value_key(element) == "selected_options":
            value["selected_options"] = chosen
        else:
            value["selected_option"] = chosen[0]

    def clear(self, label: str) -> None:
        """Empty a field."""
        block, element = self.find_input(label)
        value = self.value_of(block, element)
        value[value_key(element)] = [] if value_key(element) == "selected_options" else None

    def type(self, label: str, text: str) -> None:
        """Type into a field."""
        block, element = self.find_input(label)
        if len(text) > element.get("max_length", TEXT_LIMIT):
            raise CantDo(f"{label}: too long")
        self.value_of(block, element)["value"] = text or None
