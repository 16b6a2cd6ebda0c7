"""One browser tab: what stands where in it, and that it shows what is so now."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from nicegui import html, ui

from bot.sandbox.host import CHANNELS, PEOPLE, Person
from bot.sandbox.page.blocks import Blocks
from bot.sandbox.page.buttons import busy, icon_button
from bot.sandbox.page.composer import Composer
from bot.sandbox.page.conversation import Conversation, avatar
from bot.sandbox.page.drawer import Drawer
from bot.sandbox.page.modal import Modal
from bot.sandbox.page.seat import HOME, Seat, Spot
from bot.sandbox.slack.objects import BOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from nicegui.element import Element

    from bot.sandbox.host import Sandbox

LOOK = 0.1
"""Seconds between two looks at whether anything changed."""


class Tab:
    """What one person has before them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._seen = -1
        self._seat = Seat(sandbox, self.refresh, self._complain)
        self._dark = ui.dark_mode(None)
        with html.div().classes("app") as self._box:
            self._top()
            self._side()
            with html.section(**{"aria-label": "Conversation"}).classes("main") as main:
                self._main()
            self._thread()
            self._modal = Modal(self._seat, (main, self._thread_side))
            self._drawer = Drawer(self._seat, self._toggle_drawer)
        self.refresh()
        ui.timer(LOOK, self._look)

    # What stands where

    def _top(self) -> None:
        with html.header().classes("top"):
            icon_button("menu", "Menu", self._toggle_menu).classes("only-narrow")
            html.strong("Bac à sable").classes("top-title")
            html.span("Un Slack de démonstration. Rien ne sort de cette machine.").classes("top-note")
            self._reset = html.button("Réinitialiser", type="button").classes("top-button")
            self._reset.on("click", self._start_anew, args=[])
            icon_button("contrast", "Clair ou sombre", self._toggle_dark).classes("top-button")
            html.button("Coulisses", type="button").classes("top-button").on(
                "click", self._toggle_drawer, args=[]
            )

    def _side(self) -> None:
        with html.nav(**{"aria-label": "Espace de travail"}).classes("sidebar") as self._menu:
            html.h1("Revendeur télécom").classes("workspace")
            html.h2("Vous êtes")
            self._people = {person.id: self._person(person) for person in PEOPLE}
            html.h2("Canaux")
            self._places = {
                channel: self._place(partial(self._go, channel), name, is_channel=True)
                for channel, (name, _) in CHANNELS.items()
            }
            html.h2("Messages directs")
            self._direct = self._place(self._go_direct, "MetaCentrex", is_channel=False)
            html.h2("Applications")
            self._home_link = self._place(self._open_home, "Accueil de MetaCentrex", is_channel=False)

    def _person(self, person: Person) -> Element:
        async def sit() -> None:
            self._seat.sit(person)
            self._close_menu()
            self.refresh()
            if self._seat.place == HOME:
                await self._open_home()

        button: Element = html.button(type="button").classes("place person")
        with button:
            avatar(person.id, {person.id: person.name})
            with html.span():
                html.span(person.name)
                html.span(person.role).classes("role")
        button.on("click", sit, args=[])
        return button

    @staticmethod
    def _place(act: Callable[[], object], name: str, *, is_channel: bool) -> Element:
        button: Element = html.button(type="button").classes("place")
        with button:
            if is_channel:
                html.span("#", **{"aria-hidden": "true"}).classes("sign")
            else:
                avatar(BOT, {})
            html.span(name)
        button.on("click", act, args=[])
        return button

    def _main(self) -> None:
        with html.header().classes("main-head"):
            self._title = ui.html(sanitize=False, tag="h2")
            self._about = ui.html(sanitize=False, tag="p").classes("main-about")
            with html.div(role="tablist").classes("tabs") as self._tabs:
                self._home_tab = html.button("Accueil", type="button", role="tab")
                self._home_tab.on("click", self._open_home, args=[])
                self._messages_tab = html.button("Messages", type="button", role="tab")
                self._messages_tab.on("click", self._go_direct, args=[])
        self._home = html.div().classes("home")
        self._home_key: tuple[str, str] = ("", "")
        self._conversation = Conversation(self._seat, self._open_thread)
        self._composer = Composer(self._seat)
        self._closed = html.p("L’envoi de messages à cette application est désactivé.").classes("closed")

    def _thread(self) -> None:
        with html.aside(**{"aria-label": "Fil de discussion"}).classes("side thread") as self._thread_side:
            with html.header().classes("side-head"):
                html.h2("Fil de discussion")
                icon_button("close", "Fermer le fil", self._close_thread)
            self._replies = Conversation(self._seat, None)
            self._reply = Composer(self._seat, in_thread=True)

    # What one does

    def _go(self, place: str) -> None:
        self._seat.place, self._seat.thread = place, None
        self._close_menu()
        self.refresh()

    def _go_direct(self) -> None:
        self._go(self._seat.client.direct)

    async def _open_home(self) -> None:
        self._go(HOME)
        await self._seat.do(self._seat.client.open_home)

    def _open_thread(self, ts: str) -> None:
        self._seat.thread = ts
        self.refresh()

    def _close_thread(self) -> None:
        self._seat.thread = None
        self.refresh()

    def _toggle_drawer(self) -> None:
        self._box.classes(toggle="with-drawer")
        self.refresh()

    def _toggle_menu(self) -> None:
        self._box.classes(toggle="with-menu")

    def _close_menu(self) -> None:
        self._box.classes(remove="with-menu")

    async def _toggle_dark(self) -> None:
        is_dark = await ui.run_javascript("document.body.classList.contains('body--dark')")
        self._dark.set_value(not is_dark)

    async def _start_anew(self) -> None:
        with busy(self._reset):
            await self._seat.do(self._sandbox.reset)
        self._seat.sit(self._seat.person)
        self.refresh()
        with self._box:
            ui.notify("Le parc de départ est revenu.", timeout=2000)

    def _complain(self, text: str) -> None:
        if self._modal.is_open:
            self._modal.complain(text)
        else:
            with self._box:
                ui.notify(text, type="warning", position="top", multi_line=True, timeout=8000)

    # What one sees

    def _look(self) -> None:
        if self._sandbox.workspace.revision != self._seen:
            self.refresh()

    def refresh(self) -> None:
        """Show everything as it is now."""
        self._seen = self._sandbox.workspace.revision
        seat = self._seat
        in_app = seat.place == HOME or seat.place.startswith("D")
        for person, button in self._people.items():
            _current(button, is_current=person == seat.person.id)
        conversations = {**self._places, seat.client.direct: self._direct}
        for place, button in conversations.items():
            _current(button, is_current=place == seat.place)
            button.classes(add="unread") if seat.has_news(place) else button.classes(remove="unread")
        _current(self._home_link, is_current=seat.place == HOME)
        self._tabs.set_visibility(in_app)
        self._home_tab.props["aria-selected"] = str(seat.place == HOME).lower()
        self._messages_tab.props["aria-selected"] = str(seat.place != HOME).lower()
        name, about = CHANNELS.get(seat.place, ("MetaCentrex", ""))
        self._title.set_content("MetaCentrex" if in_app else f"<span>#</span> {name}")
        self._about.set_content(about)
        self._show_home()
        self._conversation.box.set_visibility(seat.place != HOME)
        self._composer.box.set_visibility(not in_app)
        self._closed.set_visibility(in_app and seat.place != HOME)
        if seat.place != HOME:
            self._conversation.refresh(seat.place, None)
            self._composer.address(name)
        self._box.classes(add="with-thread") if seat.thread else self._box.classes(remove="with-thread")
        if seat.thread:
            self._replies.refresh(seat.place, seat.thread)
            self._reply.address(name)
        if "with-drawer" in self._box.classes:
            self._drawer.refresh()
        self._modal.refresh()

    def _show_home(self) -> None:
        self._home.set_visibility(self._seat.place == HOME)
        view = self._seat.workspace.homes.get(self._seat.person.id)
        key = (self._seat.person.id, view.hash if view else "")
        if key == self._home_key:
            return
        self._home_key = key
        self._home.clear()
        with self._home:
            if view is None:
                html.p("Cette application n’a pas encore d’accueil.").classes("side-note")
            else:
                Blocks(Spot(self._seat, view)).show(view.content["blocks"])


def _current(button: Element, *, is_current: bool) -> None:
    button.props["aria-current"] = "true" if is_current else "false"
