"""Buttons of the sandbox's page: those that are a picture, and those that are at work."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from nicegui import html, ui

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nicegui.element import Element


def icon_button(icon: str, label: str, act: Callable[[], object]) -> Element:
    """Draw a button that is a picture; `label` is what it is called."""
    button: Element = html.button(type="button", title=label, **{"aria-label": label}).classes("icon-button")
    with button:
        ui.icon(icon).props["aria-hidden"] = "true"
    button.on("click", act, args=[])
    return button


@contextmanager
def busy(button: Element) -> Iterator[None]:
    """Show that what the button does is under way; it may be gone when it is done."""
    button.classes(add="busy").props["aria-busy"] = "true"
    try:
        yield
    finally:
        if not button.is_deleted:
            button.classes(remove="busy").props["aria-busy"] = "false"
