"""Block Kit's interactive elements: what one sees of each, and what using it does."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from nicegui import html, ui

from bot.sandbox.page import choices, markup
from bot.sandbox.page.buttons import busy
from bot.sandbox.slack.inputs import value_key

if TYPE_CHECKING:
    from nicegui.element import Element
    from nicegui.events import GenericEventArguments

    from bot.sandbox.page.surface import Cell
    from bot.sandbox.slack.objects import Json


def draw(cell: Cell, element: Json, label: str = "") -> Element:
    """Draw an element, and give what has its focus.

    `label` is its accessible name where no label stands beside it.
    """
    match element["type"]:
        case "button":
            drawn = _button(cell, element)
        case "static_select" | "external_select" | "multi_static_select" | "multi_external_select":
            drawn = choices.draw(cell, element)
        case "checkboxes" | "radio_buttons":
            drawn = _boxes(cell, element)
        case "overflow":
            drawn = _overflow(cell, element)
        case "plain_text_input" | "number_input" | "datepicker":
            drawn = _field(cell, element)
        case kind:
            return ui.html(markup.gap(kind), sanitize=False)
    if label:
        drawn.props["aria-label"] = label
    return mark(drawn, element["action_id"], element.get("value", ""))


def mark(drawn: Element, action_id: str, value: str = "") -> Element:
    """Name what may have the focus, so that it keeps it when it is drawn anew (focus.js)."""
    drawn.props["data-focus"] = f"{action_id} {value}".strip()
    drawn.props["data-action"] = action_id
    return drawn


def _button(cell: Cell, element: Json) -> Element:
    style = element.get("style", "default")
    button: Element = html.button(element["text"]["text"], type="button").classes(f"button button-{style}")
    if "accessibility_label" in element:
        button.props["aria-label"] = element["accessibility_label"]

    async def press() -> None:
        if not await agreed(element.get("confirm"), cell.surface.names):
            return
        action = {"text": element["text"], "value": element.get("value", "")}
        with busy(button):
            await cell.act(element, action)

    button.on("click", press, args=[])
    return button


async def agreed(confirm: Json | None, names: dict[str, str]) -> bool:
    """Ask what an element's confirmation dialog asks; without one there is nothing to ask."""
    if confirm is None:
        return True
    with ui.dialog() as dialog, html.div().classes("modal modal-small"):
        title = html.h2(confirm["title"]["text"]).classes("modal-title")
        dialog.props["aria-labelledby"] = title.html_id
        ui.html(markup.text(confirm["text"], names), sanitize=False)
        with html.div().classes("modal-foot"):
            for name, style in (("deny", "default"), ("confirm", confirm.get("style", "primary"))):
                button = html.button(confirm[name]["text"], type="button").classes(f"button button-{style}")
                button.on("click", partial(dialog.submit, name), args=[])
    answer = await dialog
    dialog.delete()
    return bool(answer == "confirm")


def _boxes(cell: Cell, element: Json) -> Element:
    many = element["type"] == "checkboxes"
    group: Element = html.div(role="group" if many else "radiogroup")
    with group.classes("options"):
        for option in element["options"]:
            _box(cell, element, option, group.html_id)
    return group


def _box(cell: Cell, element: Json, option: Json, group: str) -> None:
    many = element["type"] == "checkboxes"
    names = cell.surface.names
    kept = cell.entered(element)
    chosen = kept["selected_options"] if many else [kept["selected_option"]]
    is_chosen = option["value"] in [each["value"] for each in chosen if each]
    with html.label().classes("option"):
        box = html.input_(type="checkbox" if many else "radio", name=group, checked=is_chosen)
        with html.span():
            ui.html(markup.text(option["text"], names), sanitize=False, tag="span").classes("option-text")
            if "description" in option:
                ui.html(markup.text(option["description"], names), sanitize=False, tag="span").classes(
                    "option-more"
                )

    async def tick(event: GenericEventArguments) -> None:
        box.props["checked"] = bool(event.args)
        if not many:
            await cell.choose(element, option)
            return
        ticked = [
            each for each in cell.entered(element)["selected_options"] if each["value"] != option["value"]
        ]
        await cell.choose(element, [*ticked, option] if event.args else ticked)

    box.on("change", tick, js_handler="(event) => emit(event.target.checked)")
    mark(box, element["action_id"], option["value"])


def _overflow(cell: Cell, element: Json) -> Element:
    names = {"aria-label": "Plus d’actions", "aria-haspopup": "menu"}
    button: Element = html.button("⋯", type="button", **names).classes("button")
    with button, ui.menu().props("transition-duration=0"):
        for option in element["options"]:
            _overflow_item(cell, element, option)
    return button


def _overflow_item(cell: Cell, element: Json, option: Json) -> None:
    async def choose() -> None:
        if await agreed(element.get("confirm"), cell.surface.names):
            await cell.act(element, {"selected_option": option})

    ui.menu_item(option["text"]["text"], on_click=choose).props("role=menuitem")


def _field(cell: Cell, element: Json) -> Element:
    entered = cell.entered(element)[value_key(element)] or ""
    placeholder = element.get("placeholder", {}).get("text", "")
    is_long = element.get("multiline", False)
    field = (ui.textarea if is_long else ui.input)(value=entered, placeholder=placeholder)
    field.props("outlined dense hide-bottom-space")
    if element["type"] == "datepicker":
        field.props["type"] = "date"
    elif element["type"] == "number_input":
        field.props["inputmode"] = "decimal" if element["is_decimal_allowed"] else "numeric"

    async def keep(event: GenericEventArguments) -> None:
        value = str(event.args or "") or None
        if element["type"] == "datepicker":
            await cell.choose(element, value)
        else:
            cell.entered(element)["value"] = value

    field.on("update:model-value", keep, args=[None])
    if not is_long:
        field.on("keydown.enter", cell.surface.submit, args=[])
    return field
