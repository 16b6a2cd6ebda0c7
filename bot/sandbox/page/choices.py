"""Lists to choose from: one or several, the choices given or found by the app while one types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anyascii import anyascii
from nicegui import ui

from bot.sandbox.slack.screen import MIN_QUERY

if TYPE_CHECKING:
    from nicegui.element import Element
    from nicegui.events import GenericEventArguments

    from bot.sandbox.page.surface import Cell
    from bot.sandbox.slack.objects import Json

TYPING = 0.2
"""Seconds between two questions to the app while somebody types."""

# Letters open the list, but only a closed one: Quasar takes the focus back for one that is opening.
# Enter takes the first choice, also in the moment in which new ones have just come.
_KEYS = """(event) => {
  const isOpen = event.target.ariaExpanded === 'true';
  if (!isOpen && event.key.length === 1) LIST.showPopup();
  if (isOpen && event.key === 'Enter' && LIST.getOptionIndex() === -1) LIST.setOptionIndex(0);
}"""

_OPTION = """
<q-item v-bind="props.itemProps">
  <q-item-section>
    <q-item-label>{{ props.opt.label }}</q-item-label>
    <q-item-label v-if="props.opt.description" caption>{{ props.opt.description }}</q-item-label>
  </q-item-section>
</q-item>
"""


def draw(cell: Cell, element: Json) -> Element:
    """Draw a list."""
    return _Choices(cell, element).box


class _Choices:
    def __init__(self, cell: Cell, element: Json) -> None:
        self._cell = cell
        self._element = element
        self._many = element["type"].startswith("multi_")
        self._external = "external" in element["type"]
        self._offered: list[Json] = []
        self._query = ""
        self.box = ui.element("q-select").classes("choices")
        self.box.props(
            "outlined dense options-dense use-input input-debounce=0 behavior=menu dropdown-icon=expand_more"
            " option-value=value option-label=label hide-bottom-space transition-duration=0"
        )
        self.box.props.set_bool("multiple", self._many)
        self.box.props.set_bool("use-chips", self._many)
        self.box.props.set_bool("hide-selected", not self._many)
        self.box.props.set_bool("fill-input", not self._many)
        self.box.props.set_bool("clearable", not self._many and cell.block.get("optional", False))
        self.box.props["for"] = self.box.html_id
        self.box.props["options"] = []
        self._placeholder = element.get("placeholder", {}).get("text", "Choisir une option")
        self._show_chosen()
        self.box.add_slot("option", _OPTION)
        with self.box.add_slot("no-option"):
            self._nothing = ui.html(sanitize=False).classes("choices-nothing")
        here = f"getElement({self.box.id})"
        self.box.on("keydown", js_handler=_KEYS.replace("LIST", here))
        typed = f"{here}.$el.querySelector('input').value"
        self.box.on("popup-show", self._open, js_handler=f"() => emit({typed})")
        self.box.on("input-value", self._type, args=[None], throttle=TYPING, leading_events=False)
        # In the browser, so that whoever types on is not overtaken: what was searched for is done with.
        clear = f"{here}.updateInputValue('', true); " if self._many else ""
        self.box.on("update:model-value", self._choose, js_handler=f"(chosen) => {{ {clear}emit(chosen) }}")

    @property
    def _chosen(self) -> list[Json]:
        kept = self._cell.entered(self._element)
        return list(kept["selected_options"]) if self._many else [*filter(None, [kept["selected_option"]])]

    def _show_chosen(self) -> None:
        chosen = [_shown(each) for each in self._chosen]
        self.box.props["model-value"] = chosen if self._many else (chosen[0] if chosen else None)
        self.box.props["placeholder"] = "" if chosen else self._placeholder

    def _searched(self, typed: str) -> str:
        """Tell what is searched for: Quasar puts the chosen label itself into the field."""
        return "" if typed in [_label(each) for each in self._chosen] else typed

    async def _open(self, event: GenericEventArguments) -> None:
        self._query = self._searched(str(event.args or ""))
        await self._offer()

    async def _type(self, event: GenericEventArguments) -> None:
        query = self._searched(str(event.args or ""))
        if query != self._query:
            self._query = query
            await self._offer()

    async def _offer(self) -> None:
        query = self._query
        if self._external and len(query) < self._element.get("min_query_length", MIN_QUERY):
            self._show([], f"Tapez au moins {self._element.get('min_query_length', MIN_QUERY)} lettres.")
            return
        if self._external:
            self._nothing.set_content("Recherche en cours…")
            self.box.props["loading"] = True
            found = await self._cell.surface.suggest(self._cell.block, self._element, query)
            if self.box.is_deleted or query != self._query:
                return
            self.box.props["loading"] = False
        else:
            found = [each for each in self._element["options"] if _plain(query) in _plain(_label(each))]
        self._show(found, "Aucun résultat")

    def _show(self, options: list[Json], nothing: str) -> None:
        self._offered = options
        self._nothing.set_content(nothing)
        self.box.props["options"] = [_shown(each) for each in options]
        if options:
            self.box.run_method("setOptionIndex", 0)

    async def _choose(self, event: GenericEventArguments) -> None:
        known = {each["value"]: each for each in [*self._chosen, *self._offered]}
        picked: list[Any] = event.args if self._many else [event.args]
        chosen = [known[each["value"]] for each in picked or [] if each and each["value"] in known]
        limit = self._element.get("max_selected_items", len(chosen))
        await self._cell.choose(
            self._element, chosen[:limit] if self._many else (chosen[0] if chosen else None)
        )
        if not self.box.is_deleted:
            self._show_chosen()


def _label(option: Json) -> str:
    return str(option["text"]["text"])


def _shown(option: Json) -> Json:
    description = option.get("description", {}).get("text", "")
    return {"label": _label(option), "value": option["value"], "description": description}


def _plain(text: str) -> str:
    return anyascii(text).casefold()
