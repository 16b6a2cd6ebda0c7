"""Where one writes: messages, the commands of the manifest as one types, and the global shortcuts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from nicegui import html, ui

from bot.sandbox.page.buttons import icon_button

if TYPE_CHECKING:
    from bot.sandbox.page.seat import Seat
    from bot.sandbox.slack.objects import Json

_HERE = Path(__file__).parent
MANIFEST = next(each for each in (_HERE.parents[2] / "manifest.yml", _HERE / "manifest.yml") if each.exists())
"""At the top of the repository; in an installed package beside this file."""


@dataclass(frozen=True)
class Command:
    """A slash command, as the manifest has it."""

    name: str
    hint: str
    description: str


@cache
def _features() -> Json:
    features: Json = yaml.safe_load(MANIFEST.read_text())["features"]
    return features


def commands() -> list[Command]:
    """Read the commands of the manifest."""
    return [
        Command(each["command"], each.get("usage_hint", ""), each["description"])
        for each in _features()["slash_commands"]
    ]


class Composer:
    """The field at the bottom of a conversation; in a thread it takes no commands, as in Slack.

    composer.js filters the commands as one types.
    """

    def __init__(self, seat: Seat, *, in_thread: bool = False) -> None:
        self._seat = seat
        self._in_thread = in_thread
        with html.div().classes("composer") as self.box:
            self._field = ui.input(placeholder="Écrire un message").props("borderless dense autocomplete=off")
            self._field.props["aria-label"] = "Message"
            self._field.props["data-focus"] = "thread-composer" if in_thread else "composer"
            if not in_thread:
                self._commands()
            with html.div().classes("composer-foot"):
                self._shortcuts()
                icon_button("send", "Envoyer", self._send).classes("send")
        self._field.on("keydown.enter", self._send, args=[])

    def address(self, name: str) -> None:
        """Say where the message goes."""
        text = "Répondre…" if self._in_thread else f"Écrire à #{name}, ou / pour une commande"
        if self._field.props.get("placeholder") != text:
            self._field.props["placeholder"] = text

    def _commands(self) -> None:
        with html.div(role="listbox", hidden=True, **{"aria-label": "Commandes"}).classes("commands") as menu:
            for command in commands():
                option = html.div(role="option", **{"data-command": command.name}).classes("command")
                with option:
                    with html.span():
                        html.strong(command.name)
                        html.span(f" {command.hint}").classes("command-hint")
                    html.span(f"{command.description} · MetaCentrex").classes("command-more")
        self._field.props.update(
            {"role": "combobox", "aria-controls": menu.html_id, "aria-expanded": "false"}
        )

    def _shortcuts(self) -> None:
        button = html.button("Raccourcis", type="button", **{"aria-haspopup": "menu"})
        with button.classes("shortcuts"):
            ui.icon("bolt").props["aria-hidden"] = "true"
            with ui.menu().props("transition-duration=0"):
                for each in _features()["shortcuts"]:
                    self._shortcut(each)

    def _shortcut(self, shortcut: Json) -> None:
        async def choose() -> None:
            await self._seat.do(self._seat.client.shortcut, shortcut["callback_id"])

        with ui.menu_item(on_click=choose).props("role=menuitem"), ui.item_section():
            ui.item_label(shortcut["name"])
            ui.item_label(shortcut["description"]).props("caption")

    async def _send(self) -> None:
        text = str(self._field.value or "").strip()
        if not text:
            return
        self._field.set_value("")
        seat = self._seat
        if not text.startswith("/") or self._in_thread:
            seat.workspace.write(seat.person.id, seat.place, text, seat.thread if self._in_thread else None)
            seat.refresh()
            return
        name, _, rest = text.partition(" ")
        if name in [each.name for each in commands()]:
            await seat.do(seat.client.command, seat.place, name, rest.strip())
        else:
            seat.complain(f"{name} n’est pas une commande de cet espace de travail.")
