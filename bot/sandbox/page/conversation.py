"""A conversation as one person sees it: messages, what only they see, threads, files."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from nicegui import html, ui

from bot.sandbox.page import markup
from bot.sandbox.page.blocks import Blocks
from bot.sandbox.page.seat import Spot
from bot.sandbox.slack.inputs import keep_state
from bot.sandbox.slack.objects import BOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from nicegui.element import Element

    from bot.sandbox.page.seat import Seat
    from bot.sandbox.slack.objects import Json


class Conversation:
    """The messages of a place, or of a thread in it; a message is drawn anew only if it changed."""

    def __init__(self, seat: Seat, open_thread: Callable[[str], None] | None) -> None:
        self._seat = seat
        self._open_thread = open_thread
        self._drawn: dict[str, tuple[str, Element]] = {}
        self._shown: tuple[str, str, str | None] | None = None
        self.box = html.div(role="log", tabindex=0, **{"aria-label": "Messages"}).classes("messages")

    def refresh(self, channel: str, thread: str | None) -> None:
        """Show the messages as they are now; `thread` is that of a message, by its ts."""
        shown = (self._seat.person.id, channel, thread)
        if shown != self._shown:
            self.box.clear()
            self._drawn, self._shown = {}, shown
        with self._seat.workspace.lock:
            messages = self._seat.client.messages(channel)
            replies = _replies(messages)
            wanted = [each for each in messages if _stands_in(each, thread)]
            keys = {each["ts"]: json.dumps([each, replies.get(each["ts"], 0)]) for each in wanted}
        for ts in [ts for ts in self._drawn if ts not in keys]:
            self._drawn.pop(ts)[1].delete()
        has_more = any(ts not in self._drawn for ts in keys)
        changed = any(self._drawn[ts][0] != key for ts, key in keys.items() if ts in self._drawn)
        for index, message in enumerate(wanted):
            self._draw(
                channel, message, index, keys[message["ts"]], 0 if thread else replies.get(message["ts"], 0)
            )
        if has_more or changed:
            with self.box:
                ui.run_javascript(f"scrollDown('{self.box.html_id}', {str(has_more).lower()})")

    def _draw(self, channel: str, message: Json, index: int, key: str, replies: int) -> None:
        known = self._drawn.get(message["ts"])
        if known and known[0] == key:
            return
        if known:
            known[1].delete()
        with self.box, html.article().classes("message") as article:
            article.move(target_index=index)
            self._message(channel, message, replies)
        self._drawn[message["ts"]] = (key, article)

    def _message(self, channel: str, message: Json, replies: int) -> None:
        if message["only_for"]:
            with html.p().classes("only-you"):
                ui.icon("visibility").props["aria-hidden"] = "true"
                html.span("Visible par vous uniquement")
        avatar(message["user"], self._seat.names)
        with html.div().classes("message-body"):
            with html.p().classes("message-head"):
                html.strong(self._seat.names[message["user"]])
                if message["user"] == BOT:
                    html.span("APPLI").classes("badge")
                at = datetime.fromtimestamp(float(message["ts"]), UTC).astimezone()
                html.time(f"{at:%H:%M}", datetime=at.isoformat())
            if message["blocks"]:
                place = {"channel": channel, "message": message}
                Blocks(Spot(self._seat, place, keep_state({}, message["blocks"]))).show(message["blocks"])
            elif message["text"]:
                ui.html(markup.mrkdwn(message["text"], self._seat.names), sanitize=False).classes(
                    "message-text"
                )
            if message.get("edited"):
                html.span("(modifié)").classes("edited")
            for file in message.get("files", []):
                _file(file)
            if replies and self._open_thread:
                count = "1 réponse" if replies == 1 else f"{replies} réponses"
                button = html.button(count, type="button").classes("replies")
                button.on("click", lambda: self._open_thread(message["ts"]), args=[])


def _replies(messages: list[Json]) -> dict[str, int]:
    """Count the answers in each thread."""
    count: dict[str, int] = {}
    for each in messages:
        thread = each.get("thread_ts")
        if thread and thread != each["ts"]:
            count[thread] = count.get(thread, 0) + 1
    return count


def _stands_in(message: Json, thread: str | None) -> bool:
    own = message.get("thread_ts")
    return message["ts"] == thread or own == thread if thread else own in (None, message["ts"])


def _file(file: Json) -> None:
    with html.a(href=f"/files/{file['id']}", download=file["name"]).classes("file"):
        ui.icon("description").props["aria-hidden"] = "true"
        with html.span():
            html.strong(file.get("title") or file["name"])
            html.span(f"{file['name']} · CSV · Télécharger").classes("file-more")


def avatar(user: str, names: dict[str, str]) -> None:
    """Draw somebody's square."""
    if user == BOT:
        html.span(**{"aria-hidden": "true"}).classes("avatar app-icon")
    else:
        initials = "".join(word[0] for word in names[user].split()[:2])
        html.span(initials, **{"aria-hidden": "true"}).classes(f"avatar avatar-{user}")
