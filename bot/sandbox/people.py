"""A person at work in the workspace: types, chooses, ticks, clicks, submits, closes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.sandbox.limits import message_faults, option_faults, view_faults
from bot.sandbox.screen import CantDo, Screen
from bot.sandbox.state import APP, TEAM, value_key

if TYPE_CHECKING:
    from bot.sandbox.state import Json, View
    from bot.sandbox.workspace import Answer


@dataclass
class Actor(Screen):
    """One person at work. `troubles` are the errors that Slack itself shows them."""

    troubles: list[str] = field(default_factory=list)

    # What the person does outside views

    def command(self, channel: str, command: str, text: str = "") -> Answer:
        """Type a slash command."""
        trigger = self.workspace.trigger(self.id)
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
        answer = self._send("command", payload)
        body = answer.body
        if isinstance(body, str):
            body = {"text": body}
        if body:
            with self.workspace.lock:
                self.workspace.check("command", message_faults(body))
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
        return self._send("event", {**envelope, "event_id": "Ev1", "event_time": int(time.time())})

    # What the person does in a view or a message

    def click(
        self, text: str, *, beside: str = "", channel: str | None = None, ts: str | None = None
    ) -> Answer:
        """Click a button by its text: in the modal, else on Home, else in the conversation.

        There it is the newest message that has it, or the one that `ts` names.
        """
        block, element, place = self.find_button(text, beside, channel, ts)
        action = {"type": "button", "text": element["text"], "value": element.get("value", "")}
        return self._act(block, element, action, place)

    def repeat(self, payload: Json) -> Answer:
        """Send an earlier interaction once more, as a double click or a redelivery does."""
        return self._finish(payload, self._send("interaction", payload))

    def tick(self, *starts: str) -> None:
        """Tick or untick the boxes whose texts begin so, one after the other."""
        for start in starts:
            block, element, option = self.find_option(start, ("checkboxes", "radio_buttons"))
            value = self.value_of(block, element)
            if element["type"] == "radio_buttons":
                value["selected_option"] = option
            elif option in value["selected_options"]:
                value["selected_options"].remove(option)
            else:
                value["selected_options"].append(option)
            if block["type"] != "input":
                self._act(block, element, dict(value), self.top)

    def pick(self, action_id: str, *starts: str) -> Answer:
        """Choose in an element outside input blocks, which tells the app at once."""
        block, element = self.find_element(action_id)
        chosen: Any
        if element["type"] == "datepicker":
            key, chosen = "selected_date", starts[0]
        else:
            options = [
                next(each for each in element["options"] if each["text"]["text"].startswith(start))
                for start in starts
            ]
            many = element["type"] in ("checkboxes", "multi_static_select")
            key, chosen = ("selected_options", options) if many else ("selected_option", options[0])
        if element["type"] != "overflow":  # an overflow menu keeps nothing
            self.value_of(block, element)[key] = chosen
        return self._act(block, element, {"type": element["type"], key: chosen}, self.top)

    def search(self, label: str, query: str = "") -> list[Json]:
        """Type into a searchable list, and see its choices."""
        block, element = self.find_input(label)
        if len(query) < element.get("min_query_length", 3):
            raise CantDo(f"{label}: type more letters")
        view = self.top.payload
        view["state"] = {"values": {}}
        answer = self._interact(
            {
                "type": "block_suggestion",
                "action_id": element["action_id"],
                "block_id": block["block_id"],
                "value": query,
                "view": view,
                "container": {"type": "view", "view_id": self.top.id},
            },
        )
        options: list[Json] = (answer.body or {}).get("options", [])
        self.workspace.check("options", option_faults(options))
        return options

    def choose(self, label: str, *starts: str, query: str | None = None) -> None:
        """Choose from a list by how the choices' texts begin; a searchable one is asked for `query`."""
        block, element = self.find_input(label)
        external = "external" in element["type"]
        value = self.value_of(block, element)
        chosen = []
        for start in starts:
            options = (
                self.search(label, start if query is None else query) if external else element["options"]
            )
            chosen += [each for each in options if each["text"]["text"].startswith(start)][:1]
        if len(chosen) < len(starts):
            raise CantDo(f"{label}: no such choice: {starts}")
        if value_key(element) == "selected_options":
            value["selected_options"] = chosen
        else:
            value["selected_option"] = chosen[0]

    def clear(self, label: str) -> None:
        """Empty a field."""
        block, element = self.find_input(label)
        value = self.value_of(block, element)
        value[value_key(element)] = [] if value_key(element) == "selected_options" else None

    def type(self, label: str, text: str) -> None:
        """Type into a field."""
        block, element = self.find_input(label)
        if len(text) > element.get("max_length", 3000):
            raise CantDo(f"{label}: too long")
        self.value_of(block, element)["value"] = text or None

    def submit(self, *, unchecked: bool = False) -> Answer:
        """Send the modal; `unchecked` skips what Slack's interface checks, as a forged request would."""
        view = self.top
        if "submit" not in view.content:
            raise CantDo("this modal has nothing to send")
        if not unchecked:
            self.check_fields(view)
        payload = {"type": "view_submission", "view": view.payload, "response_urls": []}
        return self._interact(payload)

    def close(self) -> None:
        """Close the modal on top."""
        view = self.workspace.stacks[self.id].pop()
        if view.content.get("notify_on_close"):
            self._interact({"type": "view_closed", "view": view.payload, "is_cleared": False})

    # How it reaches the app

    last: Json = field(default_factory=dict)
    """The last interaction that was sent, for `repeat`."""

    def _interact(self, payload: Json) -> Answer:
        trigger = {} if payload["type"] == "view_closed" else {"trigger_id": self.workspace.trigger(self.id)}
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
        return self._finish(self.last, self._send("interaction", self.last))

    def _send(self, kind: str, payload: Json) -> Answer:
        answer = self.workspace.transport.send(kind, payload)
        if answer.status != 200:  # noqa: PLR2004
            self.troubles.append("operation_timeout" if answer.status == 0 else "dispatch_failed")
        return answer

    def _finish(self, payload: Json, answer: Answer) -> Answer:
        if payload["type"] == "view_submission" and answer.status == 200:  # noqa: PLR2004
            with self.workspace.lock:
                self._advance(payload["view"]["id"], answer.body or {})
        return answer

    def _advance(self, view_id: str, body: Json) -> None:
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
                self.workspace.check("errors", [f"{name}: no input block" for name in unknown])
                view.errors = body["errors"]
            case "update":
                self.workspace.check("update", view_faults(body["view"]))
                self.workspace.fill(view, body["view"])
            case "push":
                self.workspace.check("push", view_faults(body["view"]))
                self.workspace.stack(self.id, body["view"])
            case action:
                self.workspace.check("response_action", [f"unknown: {action}"])

    def _act(self, block: Json, element: Json, action: Json, place: View | Json) -> Answer:
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


def _ts() -> str:
    return f"{time.time():.6f}"
