"""What Slack refuses in a view or a message (docs/slack.md, Limits)."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.sandbox.slack.objects import Json

BLOCKS = {"message": 50, "modal": 100, "home": 100}
NOT_IN = {
    "modal": {"table", "data_table", "markdown", "container", "card", "video"},
    "home": {"table", "data_table", "alert"},
    "message": {"alert"},
}
KNOWN_BLOCKS = {"section", "context", "divider", "actions", "input", "header", "alert", "rich_text", "table"}
VIEW_BYTES = 250_000
MESSAGE_TEXT = 13_000
ELEMENTS = {
    "button",
    "static_select",
    "external_select",
    "multi_static_select",
    "multi_external_select",
    "checkboxes",
    "radio_buttons",
    "overflow",
    "plain_text_input",
    "number_input",
    "datepicker",
}
NOT_INPUTS = {"button", "overflow"}
NOT_IN_ACTIONS = {"plain_text_input", "number_input"}
OPTIONS = {
    "static_select": 100,
    "multi_static_select": 100,
    "checkboxes": 10,
    "radio_buttons": 10,
    "overflow": 5,
}


def view_faults(view: Json) -> list[str]:
    """List what Slack refuses in a modal or a Home tab."""
    surface = view.get("type", "")
    if surface not in ("modal", "home"):
        return [f"type: {surface!r} is neither modal nor home"]
    faults = [*_blocks(view.get("blocks"), surface)]
    if surface == "modal":
        faults += _text(view.get("title"), "title", 24, plain=True)
        faults += [
            f for name in ("submit", "close") if name in view for f in _text(view[name], name, 24, plain=True)
        ]
        inputs = any(block.get("type") == "input" for block in view.get("blocks") or [])
        if inputs and "submit" not in view:
            faults.append("submit: is needed once there is an input block")
    if len(view.get("private_metadata", "")) > 3000:
        faults.append("private_metadata: more than 3000 characters")
    if len(view.get("callback_id", "")) > 255:
        faults.append("callback_id: more than 255 characters")
    if len(view.get("external_id", "")) > 255:
        faults.append("external_id: more than 255 characters")
    if len(json.dumps(view)) > VIEW_BYTES:
        faults.append("view: more than 250 KB")
    known = {
        "type", "title", "submit", "close", "blocks", "private_metadata", "callback_id",
        "clear_on_close", "notify_on_close", "external_id", "submit_disabled",
    }  # fmt: skip
    return faults + [f"{key}: unknown" for key in view if key not in known]


def message_faults(message: Json, text_limit: int = 40_000) -> list[str]:
    """List what Slack refuses in a message."""
    faults = [*_blocks(message.get("blocks") or [], "message")] if "blocks" in message else []
    if not message.get("text") and not message.get("blocks"):
        faults.append("no_text")
    if not message.get("text"):
        faults.append("text: is missing; notifications and screen readers read it")
    if _length(message.get("blocks") or []) > MESSAGE_TEXT:
        faults.append(f"msg_blocks_too_long: more than {MESSAGE_TEXT} characters in all blocks")
    if len(message.get("text") or "") > text_limit:
        faults.append(f"text: more than {text_limit} characters")
    return faults


def _length(node: Any) -> int:
    """Count the characters of all texts."""
    if isinstance(node, dict):
        own = len(node["text"]) if isinstance(node.get("text"), str) else 0
        return own + sum(_length(value) for value in node.values())
    return sum(_length(value) for value in node) if isinstance(node, list) else 0


def option_faults(options: Any) -> list[str]:
    """List what Slack refuses in the answer to a search."""
    if not isinstance(options, list):
        return ["options: not a list"]
    faults = ["options: more than 100"] if len(options) > 100 else []
    return faults + [fault for each in options for fault in _option(each, "option")]


def _blocks(blocks: Any, surface: str) -> Iterator[str]:
    if not isinstance(blocks, list):
        yield "blocks: not a list"
        return
    if len(blocks) > BLOCKS[surface]:
        yield f"blocks: more than {BLOCKS[surface]}"
    ids = Counter(block["block_id"] for block in blocks if isinstance(block, dict) and "block_id" in block)
    yield from (f"block_id: {name!r} stands {count} times" for name, count in ids.items() if count > 1)
    yield from (f"block_id: {name!r} has more than 255 characters" for name in ids if len(name) > 255)
    for index, block in enumerate(blocks):
        place = f"blocks[{index}]"
        if not isinstance(block, dict) or block.get("type") not in KNOWN_BLOCKS:
            yield f"{place}: unknown block {block!r:.80}"
        elif block["type"] in NOT_IN[surface]:
            yield f"{place}: {block['type']} does not show in a {surface}"
        else:
            yield from (f"{place}.{fault}" for fault in _CHECKS[block["type"]](block))


def _text(text: Any, name: str, limit: int, *, plain: bool = False) -> list[str]:
    if not isinstance(text, dict) or text.get("type") not in ("plain_text", "mrkdwn"):
        return [f"{name}: not a text object"]
    if plain and text["type"] != "plain_text":
        return [f"{name}: must be plain_text"]
    if not text.get("text"):
        return [f"{name}: is empty"]
    return [f"{name}: {len(text['text'])} characters, at most {limit}"] if len(text["text"]) > limit else []


def _section(block: Json) -> Iterator[str]:
    if "text" not in block and "fields" not in block:
        yield "section: needs text or fields"
    if "text" in block:
        yield from _text(block["text"], "text", 3000)
    if len(block.get("fields", [])) > 10:
        yield "fields: more than 10"
    for field in block.get("fields", []):
        yield from _text(field, "field", 2000)
    if "accessory" in block:
        yield from _element(block["accessory"], "accessory")
        if block["accessory"].get("type") in NOT_IN_ACTIONS:
            yield "accessory: only in an input block"


def _context(block: Json) -> Iterator[str]:
    elements = block.get("elements")
    if not elements or len(elements) > 10:
        yield "elements: 1 to 10"
    for element in elements or []:
        yield from _text(element, "element", 3000)


def _actions(block: Json) -> Iterator[str]:
    elements = block.get("elements")
    if not elements or len(elements) > 25:
        yield "elements: 1 to 25"
    ids = Counter(element.get("action_id") for element in elements or [])
    yield from (f"action_id: {name!r} stands {count} times" for name, count in ids.items() if count > 1)
    for element in elements or []:
        yield from _element(element, "element")
        if element.get("type") in NOT_IN_ACTIONS:
            yield f"element: {element['type']} only in an input block"


def _input(block: Json) -> Iterator[str]:
    yield from _text(block.get("label"), "label", 2000, plain=True)
    if "hint" in block:
        yield from _text(block["hint"], "hint", 2000, plain=True)
    element = block.get("element", {})
    yield from _element(element, "element")
    if element.get("type") in NOT_INPUTS:
        yield f"element: {element['type']} is no input"


def _header(block: Json) -> Iterator[str]:
    yield from _text(block.get("text"), "text", 150, plain=True)


def _alert(block: Json) -> Iterator[str]:
    yield from _text(block.get("text"), "text", 200)
    if block.get("level", "default") not in ("default", "info", "warning", "error", "success"):
        yield f"level: {block['level']!r}"


def _rich_text(block: Json) -> Iterator[str]:
    if not block.get("elements"):
        yield "elements: none"
    for element in block.get("elements", []):
        if element["type"] == "rich_text_list":
            if not element.get("elements"):
                yield "rich_text_list: no elements"
            for each in element["elements"]:
                yield from _rich_section(each)
        elif element["type"] == "rich_text_preformatted":
            yield from _rich_section({**element, "type": "rich_text_section"})
        else:
            yield from _rich_section(element)


def _rich_section(section: Json) -> Iterator[str]:
    if section.get("type") != "rich_text_section":
        yield f"rich text: {section.get('type')!r}"
        return
    for part in section.get("elements", []):
        if part.get("type") == "text" and not part.get("text"):
            yield "rich text: an empty text"
    if not section.get("elements"):
        yield "rich text: an empty section"


def _table(block: Json) -> Iterator[str]:
    rows = block.get("rows", [])
    if not 1 <= len(rows) <= 100 or any(len(row) > 20 for row in rows):
        yield "table: 1 to 100 rows of at most 20 columns"
    if any(cell.get("type") == "raw_text" and not cell.get("text") for row in rows for cell in row):
        yield "table: an empty raw_text"


_CHECKS: dict[str, Callable[[Json], Iterator[str]]] = {
    "section": _section,
    "context": _context,
    "divider": lambda _: iter(()),
    "actions": _actions,
    "input": _input,
    "header": _header,
    "alert": _alert,
    "rich_text": _rich_text,
    "table": _table,
}


def _option(option: Json, name: str) -> Iterator[str]:
    yield from _text(option.get("text"), f"{name}.text", 75)
    if "description" in option:
        yield from _text(option["description"], f"{name}.description", 75)
    if not 1 <= len(option.get("value", "")) <= 150:
        yield f"{name}.value: 1 to 150 characters"


def _element(element: Json, name: str) -> Iterator[str]:
    kind = element.get("type")
    if kind not in ELEMENTS:
        yield f"{name}: unknown element {kind!r}"
        return
    if not 1 <= len(element.get("action_id", "")) <= 255:
        yield f"{name}.action_id: 1 to 255 characters"
    if "placeholder" in element:
        yield from _text(element["placeholder"], f"{name}.placeholder", 150, plain=True)
    if "confirm" in element:
        yield from _confirm(element["confirm"], name)
    if kind == "button":
        yield from _text(element.get("text"), f"{name}.text", 75, plain=True)
        if len(element.get("value", "")) > 2000:
            yield f"{name}.value: more than 2000 characters"
        if element.get("style") not in (None, "primary", "danger"):
            yield f"{name}.style: {element['style']!r}"
    initial = [element["initial_option"]] if "initial_option" in element else element.get("initial_options")
    if kind in OPTIONS:
        options = element.get("options", [])
        if not 1 <= len(options) <= OPTIONS[kind]:
            yield f"{name}.options: {len(options)}; 1 to {OPTIONS[kind]}"
        for option in options:
            yield from _option(option, f"{name}.option")
        if initial is not None and (not initial or any(each not in options for each in initial)):
            yield f"{name}: an initial option that is not among the options"
    elif kind in ("external_select", "multi_external_select"):
        for option in initial or []:
            yield from _option(option, f"{name}.initial_option")
    if kind == "number_input":
        yield from _number(element, name)
    if kind == "plain_text_input" and not 0 <= element.get("max_length", 3000) <= 3000:
        yield f"{name}.max_length: 1 to 3000"


def _number(element: Json, name: str) -> Iterator[str]:
    if not isinstance(element.get("is_decimal_allowed"), bool):
        yield f"{name}.is_decimal_allowed: is needed"
    for key in ("min_value", "max_value", "initial_value"):
        if key in element and not isinstance(element[key], str):
            yield f"{name}.{key}: must be a string"


def _confirm(confirm: Json, name: str) -> Iterator[str]:
    for key, limit in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        yield from _text(confirm.get(key), f"{name}.confirm.{key}", limit)
