"""Block Kit's blocks, drawn as Slack draws them and kept in step with what the app sends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from nicegui import html, ui

from bot.sandbox.page import elements, markup
from bot.sandbox.page.surface import Cell
from bot.sandbox.slack import inputs

if TYPE_CHECKING:
    from nicegui.element import Element

    from bot.sandbox.page.surface import Surface
    from bot.sandbox.slack.objects import Json

_ICONS = {"info": "info", "warning": "warning_amber", "error": "error_outline", "success": "check_circle"}


class Blocks:
    """The blocks of a surface. What is sent unchanged stays as it is, with its focus and its open lists."""

    def __init__(self, surface: Surface) -> None:
        self._surface = surface
        self._drawn: list[tuple[str, _Block]] = []
        self.box = html.div().classes("blocks")

    def show(self, blocks: list[Json], errors: dict[str, str] | None = None) -> None:
        """Draw the blocks; `errors` stand under their fields, by block id."""
        before = self._drawn
        self._drawn = []
        for index, block in enumerate(blocks):
            key = _key(block)
            kept = next((pair for pair in before if pair[0] == key), None)
            if kept:
                before.remove(kept)
                kept[1].cell.block = block
                kept[1].box.move(target_index=index)
            else:
                with self.box:
                    kept = (key, _Block(self._surface, block))
                    kept[1].box.move(target_index=index)
            kept[1].show_error((errors or {}).get(block["block_id"], ""))
            self._drawn.append(kept)
        for _, gone in before:
            gone.box.delete()


def _key(block: Json) -> str:
    """Tell blocks apart that are drawn alike, but keep what was entered under other ids (docs/slack.md)."""
    same = dict(block)
    if not any(inputs.has_state(element) for _, element in inputs.elements([block])):
        del same["block_id"]
    for place in ("element", "accessory"):
        if place in same:
            same[place] = inputs.without_initial(same[place])
    if same["type"] == "actions":
        same["elements"] = [inputs.without_initial(each) for each in same["elements"]]
    return json.dumps(same, sort_keys=True)


class _Block:
    def __init__(self, surface: Surface, block: Json) -> None:
        self.cell = Cell(surface, block)
        self._names = surface.names
        self._field: Element | None = None
        self._error: ui.html | None = None
        self.box = html.div().classes(f"bk bk-{block['type'].replace('_', '-')}")
        with self.box:
            self._draw(block)

    def show_error(self, text: str) -> None:
        """Put an error under the field."""
        if self._error is None or self._field is None:
            return
        self._error.set_content(markup.plain(text))
        self._error.set_visibility(bool(text))
        self.box.classes(add="wrong") if text else self.box.classes(remove="wrong")
        self._field.props["aria-invalid"] = "true" if text else "false"

    def _html(self, shown: str, tag: str = "div") -> None:
        ui.html(shown, sanitize=False, tag=tag)

    def _draw(self, block: Json) -> None:  # noqa: C901 - one line for each kind of block
        match block["type"]:
            case "header":
                self._html(markup.text(block["text"], self._names), tag="h3")
            case "divider":
                html.hr()
            case "rich_text":
                self._html(markup.rich_text(block, self._names))
            case "section":
                self._section(block)
            case "context":
                for element in block["elements"]:
                    self._context(element)
            case "actions":
                for element in block["elements"]:
                    elements.draw(self.cell, element)
            case "input":
                self._input(block)
            case "alert":
                self._alert(block)
            case "table":
                self._table(block)
            case kind:
                self._html(markup.gap(kind))

    def _section(self, block: Json) -> None:
        with html.div().classes("section-text"):
            if "text" in block:
                self._html(markup.text(block["text"], self._names))
            if "fields" in block:
                with html.div().classes("fields"):
                    for field in block["fields"]:
                        self._html(markup.text(field, self._names))
        if "accessory" in block:
            accessory = block["accessory"]
            says_itself = accessory["type"] in ("button", "overflow")
            label = "" if says_itself else block.get("text", {}).get("text", "")
            elements.draw(self.cell, accessory, label)

    def _context(self, element: Json) -> None:
        known = element["type"] in ("mrkdwn", "plain_text")
        self._html(markup.text(element, self._names) if known else markup.gap(element["type"]))

    def _input(self, block: Json) -> None:
        element = block["element"]
        has_group = element["type"] in ("checkboxes", "radio_buttons")
        label = html.div() if has_group else html.label()
        with label.classes("input-label"):
            html.span(block["label"]["text"])
            if block.get("optional"):
                html.span(" (facultatif)").classes("optional")
        self._field = elements.draw(self.cell, element, block["label"]["text"] if has_group else "")
        label.props["for"] = self._field.html_id
        self._error = ui.html(sanitize=False).classes("error")
        self._error.props["role"] = "alert"
        self._error.set_visibility(False)
        described = [self._error.html_id]
        if "hint" in block:
            hint = html.p(block["hint"]["text"]).classes("hint")
            described.append(hint.html_id)
        self._field.props["aria-describedby"] = " ".join(described)

    def _alert(self, block: Json) -> None:
        level = block.get("level", "default")
        with html.div(role="status").classes(f"alert alert-{level}"):
            ui.icon(_ICONS.get(level, "campaign")).props["aria-hidden"] = "true"
            self._html(markup.text(block["text"], self._names))

    def _table(self, block: Json) -> None:
        aligned = [each.get("align", "left") if each else "left" for each in block.get("column_settings", [])]
        with html.div(tabindex=0).classes("table-scroll"), html.table(), html.tbody():
            for number, row in enumerate(block["rows"]):
                with html.tr():
                    for column, cell in enumerate(row):
                        align = aligned[column] if column < len(aligned) else "left"
                        with (html.th(scope="col") if number == 0 else html.td()).style(
                            f"text-align: {align}"
                        ):
                            self._cell(cell)

    def _cell(self, cell: Json) -> None:
        match cell["type"]:
            case "raw_text":
                self._html(markup.plain(cell["text"]))
            case "rich_text":
                self._html(markup.rich_text(cell, self._names))
            case kind:
                self._html(markup.gap(kind))
