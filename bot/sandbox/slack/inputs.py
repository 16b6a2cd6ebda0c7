"""What can be entered into elements: what stands there at first, and what an update keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.sandbox.slack.objects import Json

_INITIAL = {
    "plain_text_input": ("value", "initial_value", None),
    "number_input": ("value", "initial_value", None),
    "static_select": ("selected_option", "initial_option", None),
    "external_select": ("selected_option", "initial_option", None),
    "radio_buttons": ("selected_option", "initial_option", None),
    "datepicker": ("selected_date", "initial_date", None),
    "multi_static_select": ("selected_options", "initial_options", ()),
    "multi_external_select": ("selected_options", "initial_options", ()),
    "checkboxes": ("selected_options", "initial_options", ()),
}


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Give each interactive element with its block."""
    for block in blocks:
        candidates = [*block.get("elements", []), block.get("accessory"), block.get("element")]
        for element in candidates:
            if isinstance(element, dict) and "action_id" in element:
                yield block, element


def keep_state(before: Json, blocks: list[Json]) -> Json:
    """Work out the values after an update: same ids keep what was entered, others begin anew."""
    values: Json = {}
    for block, element in elements(blocks):
        if element["type"] not in _INITIAL:
            continue
        key, initial, nothing = _INITIAL[element["type"]]
        kept = before.get(block["block_id"], {}).get(element["action_id"])
        if kept is None or kept["type"] != element["type"]:
            start = element.get(initial)
            kept = {"type": element["type"], key: list(nothing) if start is None and nothing == () else start}
        values.setdefault(block["block_id"], {})[element["action_id"]] = kept
    return values


def has_state(element: Json) -> bool:
    """Tell whether something can be entered into an element."""
    return element["type"] in _INITIAL


def without_initial(element: Json) -> Json:
    """Give an element without what is entered in it at first."""
    initial = {name for _, name, _ in _INITIAL.values()}
    return {name: value for name, value in element.items() if name not in initial}


def value_key(element: Json) -> str:
    """Name the key under which an element's value stands."""
    return _INITIAL[element["type"]][0]
