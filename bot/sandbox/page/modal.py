"""The modal on top of a person's stack: title, blocks, errors under their fields, buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nicegui import html, ui

from bot.sandbox.page import markup
from bot.sandbox.page.blocks import Blocks
from bot.sandbox.page.buttons import busy, icon_button
from bot.sandbox.page.seat import Seat, Spot
from bot.sandbox.slack.screen import CantDo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nicegui.element import Element

    from bot.sandbox.slack.objects import View


class Modal:
    """What one tab shows of the stack. It covers the conversation, not what drives the sandbox."""

    def __init__(self, seat: Seat, covered: Sequence[Element]) -> None:
        self._seat = seat
        self._covered = covered
        self._view: View | None = None
        self._step = ("", "")
        self._faults: dict[str, str] = {}
        self._is_sending = False
        self._overlay = html.div().classes("overlay")
        self._overlay.on(
            "keydown.escape",
            self._dismiss,
            js_handler="() => { if (!document.querySelector('.q-menu')) emit() }",
        )
        self._cover(covers=False)

    @property
    def is_open(self) -> bool:
        """Whether there is one."""
        return self._view is not None

    def refresh(self) -> None:
        """Show the modal as it is now."""
        view = self._seat.client.modal
        if view is None:
            if self._view is not None:
                self._view = None
                self._overlay.clear()
                self._cover(covers=False)
                with self._overlay:
                    ui.run_javascript("lastStep()")
            return
        if view is not self._view:
            self._open(view)
            self._cover(covers=True)
        self._fill(view)

    def _cover(self, *, covers: bool) -> None:
        self._overlay.set_visibility(covers)
        for each in self._covered:
            each.props["inert"] = covers

    def _open(self, view: View) -> None:
        self._view = view
        self._step = ("", "")
        self._overlay.clear()
        with self._overlay, html.div(role="dialog").classes("modal") as self._box:
            with html.header().classes("modal-head"):
                self._back = icon_button("arrow_back", "Retour", self._close)
                html.span(**{"aria-hidden": "true"}).classes("app-icon")
                self._title = ui.html(sanitize=False, tag="h2").classes("modal-title")
                icon_button("close", "Fermer la fenêtre", self._dismiss)
            with html.div(tabindex=-1, role="region").classes("modal-body") as self._body:
                self._blocks = Blocks(Spot(self._seat, view, send=self.submit))
            self._trouble = ui.html(sanitize=False).classes("trouble")
            self._trouble.props["role"] = "alert"
            with html.footer().classes("modal-foot"):
                with html.button(type="button").classes("button").on("click", self._close, args=[]):
                    self._cancel = ui.html(sanitize=False, tag="span")
                self._submit = html.button(type="button").classes("button button-primary")
                self._submit.on("click", self.submit, args=[])
                self._submit.props["data-focus"] = "submit"
                with self._submit:
                    self._send = ui.html(sanitize=False, tag="span")
        self._box.props["aria-labelledby"] = self._title.html_id
        self._body.props["aria-labelledby"] = self._title.html_id

    def _fill(self, view: View) -> None:
        content = view.content
        step = (view.id, content.get("callback_id") or content["title"]["text"])
        is_new = step != self._step
        if is_new:
            self._step, self._faults = step, {}
            self.complain("")
        self._title.set_content(markup.plain(content["title"]["text"]))
        self._back.set_visibility(view.previous is not None)
        self._cancel.set_content(markup.plain(content.get("close", {}).get("text", "Annuler")))
        submit = content.get("submit", {}).get("text", "")
        self._submit.set_visibility(bool(submit))
        self._send.set_content(markup.plain(submit))
        self._blocks.show(content["blocks"], {**view.errors, **self._faults})
        if is_new:
            with self._box:
                ui.run_javascript("newStep()")

    def complain(self, text: str) -> None:
        """Say above the buttons what went wrong."""
        self._trouble.set_content(markup.plain(text))
        self._trouble.set_visibility(bool(text))

    async def submit(self) -> None:
        """Send the form once, and show that it is on its way."""
        view = self._view
        if view is None or self._is_sending or "submit" not in view.content:
            return
        self._is_sending, self._faults = True, {}
        view.errors = {}
        self.complain("")
        try:
            with busy(self._submit):
                await self._seat.do(self._seat.client.submit)
        except CantDo as refusal:
            self._faults = refusal.faults
        finally:
            self._is_sending = False
            self._seat.refresh()
        if self._view is view and (view.errors or self._faults):
            with self._box:
                ui.run_javascript("firstError()")

    async def _close(self) -> None:
        await self._seat.do(self._seat.client.close)

    async def _dismiss(self) -> None:
        await self._seat.do(self._seat.client.dismiss)
