"""Where one writes: messages, the commands of the manifest as one types, and the global shortcuts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from nicegui import html, ui

if TYPE_CHECKING:
    from nicegui.events import GenericEventArguments

    from bot.sandbox.seat import Seat
    from bot.sandbox.state import Json

MANIFEST = Path(__file__).parents[2] / "manifest.yml"

# A choice is completed in the browser: whoever types on must not be overtaken by the server.
_KEYS = """(event) => {
  const field = event.target, box = event.currentTarget;
  if (!field.matches('input')) return;
  const chosen = field.value?.includes(' ') ? null : box.querySelector('[role=option][aria-selected=true]');
  const completes = chosen && ['Tab', 'Enter'].includes(event.key) && field.value !== chosen.dataset.command;
  if (completes) {
    field.value = chosen.dataset.command + ' ';
    field.dispatchEvent(new Event('input', {bubbles: true}));
  } else if ((chosen && ['ArrowDown', 'ArrowUp', 'Escape'].includes(event.key)) || event.key === 'Enter') {
    emit(event.key);
  } else return;
  event.preventDefault();
}"""


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
    """The field at the bottom of a conversation; in a thread it takes no commands, as in Slack."""

    def __init__(self, seat: Seat, *, in_thread: bool = False) -> None:
        self._seat = seat
        self._in_thread = in_thread
        self._choices: list[Command] = []
        self._chosen = 0
        with html.div().classes("composer") as self.box:
            self._menu = html.div(role="listbox", **{"aria-label": "Commandes"}).classes("commands")
            self._menu.set_visibility(False)
            self._field = ui.input(placeholder="Écrire un message").props("borderless dense autocomplete=off")
            self._field.props.update(
                {
                    "role": "combobox",
                    "aria-label": "Message",
                    "aria-expanded": "false",
                    "aria-controls": self._menu.html_id,
                    "data-focus": "thread-composer" if in_thread else "composer",
                }
            )
            with html.div().classes("composer-foot"):
                self._shortcuts()
                send = html.button(type="button", title="Envoyer", **{"aria-label": "Envoyer"})
                with send.classes("icon-button send"):
                    ui.icon("send").props["aria-hidden"] = "true"
                send.on("click", self._send, args=[])
        self._field.on("update:model-value", self._typed, args=[None])
        self.box.on("keydown", self._key, js_handler=_KEYS)

    def address(self, name: str) -> None:
        """Say where the message goes."""
        text = "Répondre…" if self._in_thread else f"Écrire à #{name}, ou / pour une commande"
        if self._field.props.get("placeholder") != text:
            self._field.props["placeholder"] = text

    def _shortcuts(self) -> None:
        with html.button("Raccourcis", type="button", **{"aria-haspopup": "menu"}).classes(
            "shortcuts"
        ) as button:
            ui.icon("bolt").props["aria-hidden"] = "true"
            with ui.menu():
                for each in _features()["shortcuts"]:
                    self._shortcut(each)
        button.props["title"] = "Raccourcis des applications"

    def _shortcut(self, shortcut: Json) -> None:
        async def choose() -> None:
            await self._seat.do(self._seat.client.shortcut, shortcut["callback_id"])

        with ui.menu_item(on_click=choose), ui.item_section():
            ui.item_label(shortcut["name"])
            ui.item_label(shortcut["description"]).props("caption")

    def _typed(self, event: GenericEventArguments) -> None:
        self._offer(str(event.args or ""))

    def _offer(self, text: str) -> None:
        starts = text.startswith("/") and " " not in text and not self._in_thread
        self._choices = [each for each in commands() if starts and each.name.startswith(text.casefold())]
        self._chosen = 0
        self._show_choices()

    def _show_choices(self) -> None:
        is_open = bool(self._choices)
        self._menu.clear()
        self._menu.set_visibility(is_open)
        with self._menu:
            for index, each in enumerate(self._choices):
                self._choice(index, each)
        self._field.props["aria-expanded"] = "true" if is_open else "false"
        self._field.props["aria-activedescendant"] = self._option_id(self._chosen) if is_open else ""

    def _option_id(self, index: int) -> str:
        return f"{self._menu.html_id}-{index}"

    def _choice(self, index: int, command: Command) -> None:
        is_chosen = index == self._chosen
        option = html.div(role="option", **{"aria-selected": str(is_chosen).lower()}).classes("command")
        option.props["id"] = self._option_id(index)
        option.props["data-command"] = command.name
        with option:
            with html.span():
                html.strong(command.name)
                html.span(f" {command.hint}").classes("command-hint")
            html.span(f"{command.description} · MetaCentrex").classes("command-more")
        option.on("click", lambda: self._complete(command), args=[])

    def _complete(self, command: Command) -> None:
        self._field.set_value(f"{command.name} ")
        self._choices = []
        self._show_choices()
        self._field.run_method("focus")

    async def _key(self, event: GenericEventArguments) -> None:
        match event.args:
            case "ArrowDown" | "ArrowUp":
                step = 1 if event.args == "ArrowDown" else -1
                self._chosen = (self._chosen + step) % max(1, len(self._choices))
                self._show_choices()
            case "Escape":
                self._choices = []
                self._show_choices()
            case "Enter":
                await self._send()

    async def _send(self) -> None:
        text = str(self._field.value or "").strip()
        if not text:
            return
        self._field.set_value("")
        self._offer("")
        if not text.startswith("/") or self._in_thread:
            self._seat.workspace.write(
                self._seat.person.id, self._seat.place, text, self._seat.thread if self._in_thread else None
            )
            self._seat.refresh()
            return
        name, _, rest = text.partition(" ")
        if name not in [each.name for each in commands()]:
            self._seat.complain(f"{name} n’est pas une commande de cet espace de travail.")
            return
        await self._seat.do(self._seat.client.command, self._seat.place, name, rest.strip())
