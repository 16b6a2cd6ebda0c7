"""Slack's client at one person's hands: what it sends to the app, and what it does with the answer."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from bot.sandbox.slack.limits import message_faults, option_faults, view_faults
from bot.sandbox.slack.objects import APP, TEAM, Refused
from bot.sandbox.slack.screen import CantDo, Screen
from bot.sandbox.slack.traffic import NO_ANSWER

if TYPE_CHECKING:
    from bot.sandbox.slack.objects import Answer, Json, View
    from bot.sandbox.slack.traffic import Exchange


@dataclass
class Client(Screen):
    """One person's client. `troubles` are the errors that Slack itself shows them."""

    troubles: list[str] = field(default_factory=list)
    last: Json = field(default_factory=dict)
    """The last interaction that was sent, for `repeat`."""

    # Outside views

    def command(self, channel: str, command: str, text: str = "") -> Answer:
        """Send a slash command."""
        trigger = self.workspace.triggers.give(self.id)
        payload = {
            "command": command,
            "text": text,
            "user_id": self.id,
            "user_name": self.workspace.people[self.id],
            "channel_id": channel,
            "channel_name": self.workspace.channels[channel].name,
            "team_id": TEAM,
            "team_domain": "sandbox",
            "api_app_id": APP,
            "is_enterprise_install": "false",
            "trigger_id": trigger,
            "response_url": self.workspace.response_url(self.id, channel),
        }
        answer, exchange = self._send("command", command, payload)
        body = answer.body
        if isinstance(body, str):
            body = {"text": body}
        if body and answer.status == HTTPStatus.OK:
            with self.workspace.lock:
                self._check(exchange, "command", message_faults(body))
                private = body.get("response_type") != "in_channel"
                self.workspace.say(channel, body, only_for=self.id if private else None)
        return answer

    def shortcut(self, callback_id: str) -> Answer:
        """Choose a global shortcut."""
        return self._interact({"type": "shortcut", "callback_id": callback_id, "action_ts": _ts()})

    def open_home(self, tab: str = "home") -> Answer:
        """Open the app's Home tab."""
        event = {
            "type": "app_home_opened",
            "user": self.id,
            "channel": self.direct,
            "tab": tab,
            "event_ts": _ts(),
        }
        envelope = {"type": "event_callback", "team_id": TEAM, "api_app_id": APP, "event": event}
        payload = {**envelope, "event_id": "Ev1", "event_time": int(time.time())}
        return self._send("event", "app_home_opened", payload)[0]

    # In views and messages

    def act(self, block: Json, element: Json, action: Json, place: View | Json) -> Answer:
        """Use an element that tells the app at once; `action` is its type and its value.

        `place` is the view, or `{"channel": id, "message": message}`.
        """
        described = {
            **action,
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "action_ts": _ts(),
        }
        payload: Json = {"type": "block_actions", "actions": [described]}
        if isinstance(place, dict):
            channel = place["channel"]
            message = place["message"]
            hidden = message["only_for"] is not None
            payload |= {
                "channel": {"id": channel, "name": self.workspace.channels[channel].name},
                "message": None if hidden else message,
                "container": {
                    "type": "message",
                    "message_ts": message["ts"],
                    "channel_id": channel,
                    "is_ephemeral": hidden,
                },
                "response_url": self.workspace.response_url(self.id, channel, message),
                "state": {"values": {}},
            }
        else:
            payload |= {"view": place.payload, "container": {"type": "view", "view_id": place.id}}
        return self._interact(payload)

    def suggest(self, block: Json, element: Json, query: str, place: View | Json) -> list[Json]:
        """Ask the app for the choices of a searchable list."""
        payload: Json = {
            "type": "block_suggestion",
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "value": query,
        }
        if isinstance(place, dict):
            where = {"message_ts": place["message"]["ts"], "channel_id": place["channel"]}
            payload |= {"message": place["message"], "container": {"type": "message", **where}}
        else:
            view = place.payload
            view["state"] = {"values": {}}
            payload |= {"view": view, "container": {"type": "view", "view_id": place.id}}
        self._complete(payload)
        answer, exchange = self._deliver()
        options: list[Json] = (answer.body or {}).get("options", [])
        self._check(exchange, "options", option_faults(options))
        return options

    def submit(self, *, unchecked: bool = False) -> Answer:
        """Send the modal; `unchecked` skips what Slack's interface checks, as a forged request would.

        Raises CantDo with what stands under the fields.
        """
        view = self.top
        if "submit" not in view.content:
            raise CantDo("this modal has nothing to send")
        faults = {} if unchecked else self.field_faults(view)
        if faults:
            raise CantDo(str(faults), faults)
        return self._interact({"type": "view_submission", "view": view.payload, "response_urls": []})

    def close(self) -> None:
        """Close the modal on top; what is below it stands again."""
        view = self.workspace.close_view(self.id)
        if view and view.content.get("notify_on_close"):
            self._interact({"type": "view_closed", "view": view.payload, "is_cleared": False})

    def dismiss(self) -> None:
        """Close the whole stack, as the "x" does: the app hears of its root."""
        root = None
        while self.modal:
            root = self.workspace.close_view(self.id)
        if root and root.content.get("notify_on_close"):
            self._interact({"type": "view_closed", "view": root.payload, "is_cleared": True})

    # How it reaches the app

    def repeat(self, payload: Json) -> Answer:
        """Send an earlier interaction once more, as a double click or a redelivery does."""
        self.last = payload
        return self._finish(*self._deliver())

    def _interact(self, payload: Json) -> Answer:
        self._complete(payload)
        if not self.workspace.delivers_twice():
            return self._finish(*self._deliver())
        again = threading.Thread(target=self._deliver)
        again.start()
        first = self._deliver()
        again.join()
        return self._finish(*first)

    def _complete(self, payload: Json) -> None:
        trigger = (
            {} if payload["type"] == "view_closed" else {"trigger_id": self.workspace.triggers.give(self.id)}
        )
        self.last = {
            "user": {"id": self.id, "username": self.id.lower(), "name": self.id.lower(), "team_id": TEAM},
            "team": {"id": TEAM, "domain": "sandbox"},
            "api_app_id": APP,
            "token": "verification",
            "enterprise": None,
            "is_enterprise_install": False,
            **trigger,
            **payload,
        }

    def _deliver(self) -> tuple[Answer, Exchange]:
        return self._send("interaction", _name(self.last), self.last)

    def _send(self, kind: str, name: str, payload: Json) -> tuple[Answer, Exchange]:
        exchange = self.workspace.traffic.begin("slack", name, payload)
        answer = self.workspace.transport.send(kind, payload)
        self.workspace.traffic.end(exchange, answer.status, answer.body)
        if answer.status != HTTPStatus.OK:
            self.troubles.append("operation_timeout" if answer.status == NO_ANSWER else "dispatch_failed")
        return answer, exchange

    def _finish(self, answer: Answer, exchange: Exchange) -> Answer:
        payload = exchange.request
        if payload["type"] == "view_submission" and answer.status == HTTPStatus.OK:
            with self.workspace.lock:
                self._advance(payload["view"]["id"], answer.body or {}, exchange)
        return answer

    def _advance(self, view_id: str, body: Json, exchange: Exchange) -> None:
        views = self.workspace.stacks[self.id]
        view = next((each for each in views if each.id == view_id), None)
        if view is None:
            return
        match body.get("response_action"):
            case None:
                del views[views.index(view) :]
            case "clear":
                views.clear()
            case "errors":
                inputs = {each["block_id"] for each in view.content["blocks"] if each["type"] == "input"}
                unknown = [name for name in body["errors"] if name not in inputs]
                self._check(exchange, "errors", [f"{name}: no input block" for name in unknown])
                view.errors = body["errors"]
            case "update":
                self._check(exchange, "update", view_faults(body["view"]))
                self.workspace.fill(view, body["view"])
            case "push":
                self._check(exchange, "push", view_faults(body["view"]))
                self.workspace.stack(self.id, body["view"])
            case action:
                self._check(exchange, "response_action", [f"unknown: {action}"])

    def _check(self, exchange: Exchange, what: str, faults: list[str]) -> None:
        try:
            self.workspace.check(what, faults)
        except Refused:
            self.workspace.traffic.refuse(exchange, faults)
            raise


def _name(payload: Json) -> str:
    """Name an interaction by what it came from."""
    view = payload.get("view") or {}
    actions = payload.get("actions") or [payload]
    origin = actions[0].get("action_id") or payload.get("callback_id") or view.get("callback_id", "")
    return f"{payload['type']} {origin}".strip()


def _ts() -> str:
    return f"{time.time():.6f}"
