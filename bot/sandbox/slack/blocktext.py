"""What a person reads in blocks, as text."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.sandbox.slack.objects import Json, View


def read(blocks: list[Json], values: Json | None = None) -> str:
    """Give the blocks as lines of text; elements in brackets, what is entered behind them."""
    return "\n".join(line for block in blocks for line in _block(block, values or {}))


def read_view(view: View) -> str:
    """Give a modal as text: title, blocks, errors under their fields, buttons."""
    content = view.content
    lines = [f"== {content['title']['text']} =="] if "title" in content else []
    for block in content["blocks"]:
        lines += _block(block, view.values)
        if block["block_id"] in view.errors:
            lines.append(f"   ! {view.errors[block['block_id']]}")
    for name in ("close", "submit"):
        if name in content:
            lines.append(f"[{content[name]['text']}]")
    return "\n".join(lines)


def text_of(text: Json) -> str:
    """Give a text object as it is read: in mrkdwn escapes, mentions and dates are resolved."""
    if text["type"] != "mrkdwn":
        return str(text["text"])
    dates = re.sub(r"<!date\^\d+\^[^|>]*\|([^>]*)>", r"\1", text["text"])
    return html.unescape(re.sub(r"<@(\w+)>", r"@\1", dates))


def _block(block: Json, values: Json) -> Iterator[str]:
    kind = block["type"]
    entered = values.get(block["block_id"], {})
    if kind == "divider":
        yield "-" * 20
    elif kind == "rich_text":
        for element in block["elements"]:
            yield from _rich(element)
    elif kind == "context":
        yield "   " + "  ".join(text_of(each) for each in block["elements"])
    elif kind == "alert":
        yield f"({block.get('level', 'default')}) {text_of(block['text'])}"
    elif kind == "actions":
        yield "  ".join(line for each in block["elements"] for line in _element(each, entered))
    elif kind == "input":
        yield f"{text_of(block['label'])}: {' '.join(_element(block['element'], entered))}"
    else:
        texts = [text_of(each) for each in [block.get("text"), *block.get("fields", [])] if each]
        accessory = _element(block["accessory"], entered) if "accessory" in block else ()
        yield "  ".join([*texts, *accessory])


def _rich(element: Json) -> Iterator[str]:
    if element["type"] == "rich_text_list":
        for each in element["elements"]:
            yield from ("• " + line for line in _rich(each))
    else:
        parts = (part.get("text") or f"@{part.get('user_id', '')}" for part in element["elements"])
        yield "".join(parts)


def _element(element: Json, entered: Json) -> list[str]:
    value: Any = entered.get(element["action_id"], {})
    kind = element["type"]
    if kind == "button":
        return [f"[{element['text']['text']}]"]
    if kind in ("checkboxes", "radio_buttons"):
        chosen = value.get("selected_options") or [value.get("selected_option")]
        return [
            f"\n  {'☑' if option in chosen else '☐'} {option['text']['text']}"
            + (f" — {option['description']['text']}" if "description" in option else "")
            for option in element["options"]
        ]
    if "selected_options" in value:
        return [", ".join(option["text"]["text"] for option in value["selected_options"]) or "[…]"]
    if "selected_option" in value:
        return [value["selected_option"]["text"]["text"] if value["selected_option"] else "[…]"]
    return [value.get("value") or "[…]"]
