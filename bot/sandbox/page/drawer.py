"""The drawer at the side: what passes between Slack and the bot, and what can be made to go wrong."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

from nicegui import html, ui

from bot.sandbox.host import FAULTS
from bot.sandbox.page import markup
from bot.sandbox.page.buttons import busy, icon_button
from bot.sandbox.slack.traffic import NO_ANSWER

if TYPE_CHECKING:
    from collections.abc import Callable

    from nicegui.events import GenericEventArguments

    from bot.sandbox.page.seat import Seat
    from bot.sandbox.slack.traffic import Exchange

SHOWN = 100
"""Exchanges that are listed."""


class Drawer:
    """Faults at a click, then the traffic, newest first."""

    def __init__(self, seat: Seat, close: Callable[[], None]) -> None:
        self._seat = seat
        self._rows: dict[int, _Row] = {}
        self._faults: dict[str, html.button] = {}
        with html.aside(**{"aria-label": "Coulisses"}).classes("side drawer") as self.box:
            with html.header().classes("side-head"):
                html.h2("Coulisses")
                icon_button("close", "Fermer les coulisses", close)
            html.h3("Pannes")
            html.p("Chacune arrive une fois, à la prochaine occasion.").classes("side-note")
            with html.div().classes("faults"):
                for kind, label in FAULTS.items():
                    self._fault(kind, label)
            html.h3("Bot")
            self._state = ui.html(sanitize=False, tag="p")
            self._state.props["role"] = "status"
            with html.div().classes("faults"):
                self._kill = self._button("Tuer le bot", self._killed)
                self._restart = self._button("Redémarrer le bot", self._restarted)
            html.h3("Trafic")
            self._list = html.div().classes("traffic")

    @staticmethod
    def _button(label: str, act: object) -> html.button:
        button = html.button(label, type="button").classes("button button-small")
        button.on("click", act, args=[])
        return button

    def _fault(self, kind: str, label: str) -> None:
        def arm() -> None:
            self._seat.sandbox.arm(kind)
            self._seat.refresh()

        self._faults[kind] = self._button(label, arm)

    async def _killed(self) -> None:
        await self._seat.do(self._seat.sandbox.kill)

    async def _restarted(self) -> None:
        with busy(self._restart):
            await self._seat.do(self._seat.sandbox.restart)

    def refresh(self) -> None:
        """Show how things are now."""
        armed = self._seat.sandbox.armed
        for kind, button in self._faults.items():
            button.props["aria-pressed"] = "true" if kind in armed else "false"
        runs = self._seat.sandbox.bot.is_running
        self._state.set_content("En marche" if runs else "Arrêté")
        self._state.classes(replace=f"bot-state {'is-up' if runs else 'is-down'}")
        self._kill.set_visibility(runs)
        self._restart.set_visibility(not runs)
        exchanges = self._seat.workspace.traffic.recent()[-SHOWN:]
        kept = {each.number for each in exchanges}
        for number in [number for number in self._rows if number not in kept]:
            self._rows.pop(number).box.delete()
        for exchange in exchanges:
            if exchange.number not in self._rows:
                with self._list:
                    self._rows[exchange.number] = row = _Row(exchange)
                row.box.move(target_index=0)
            self._rows[exchange.number].refresh()


class _Row:
    """One exchange; its payloads are written out once they are asked for."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._shown: tuple[object, ...] = ()
        self._is_open = False
        from_bot = exchange.sender == "bot"
        with html.details().classes("exchange") as self.box:
            with html.summary():
                html.span("bot → Slack" if from_bot else "Slack → bot").classes(
                    "way way-bot" if from_bot else "way way-slack"
                )
                html.span(exchange.name).classes("exchange-name")
                self._state = ui.html(sanitize=False, tag="span")
            self._more = html.div().classes("exchange-more")
        self.box.on("toggle", self._toggle, js_handler="(event) => emit(event.target.open)")

    def _toggle(self, event: GenericEventArguments) -> None:
        self._is_open = bool(event.args)
        self._shown = ()
        self.refresh()

    def refresh(self) -> None:
        """Show the answer once it is there."""
        exchange = self._exchange
        now = (exchange.seconds, len(exchange.refused), self._is_open)
        if now == self._shown:
            return
        self._shown = now
        self._state.set_content(markup.plain(_state(exchange)))
        self._state.classes(replace=f"exchange-state {'' if _is_good(exchange) else 'is-bad'}")
        self._more.clear()
        if not self._is_open:
            return
        with self._more:
            for reason in exchange.refused:
                html.p(f"Slack refuse\u00a0: {reason}").classes("refused")
            html.p(f"Demande, {markup.moment(exchange.began, '{time_secs}')}")
            html.pre(_json(exchange.request), tabindex=0)
            html.p(f"Réponse, {_state(exchange)}")
            html.pre(_json(exchange.answer), tabindex=0)


def _is_good(exchange: Exchange) -> bool:
    answer = exchange.answer if isinstance(exchange.answer, dict) else {}
    is_taken = exchange.status == HTTPStatus.OK and answer.get("ok", True) and not exchange.refused
    return exchange.seconds is None or bool(is_taken)


def _state(exchange: Exchange) -> str:
    if exchange.seconds is None:
        return "en cours…"
    took = f"{exchange.seconds * 1000:.0f} ms"
    answer = exchange.answer if isinstance(exchange.answer, dict) else {}
    if exchange.status == NO_ANSWER:
        return f"sans réponse · {took}"
    return f"{answer.get('error') or exchange.status} · {took}"


def _json(payload: object) -> str:
    return json.dumps(payload, indent=2, ensure_ascii=False)
