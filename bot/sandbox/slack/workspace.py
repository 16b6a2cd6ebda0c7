"""What a Slack workspace remembers, and what it does with what an app sends."""

from __future__ import annotations

import copy
import itertools
import secrets
import threading
import time
from typing import TYPE_CHECKING

from bot.sandbox.slack.inputs import keep_state
from bot.sandbox.slack.limits import message_faults, view_faults
from bot.sandbox.slack.objects import BOT, Channel, Json, Refused, ResponseUrl, Transport, View
from bot.sandbox.slack.traffic import Traffic
from bot.sandbox.slack.triggers import Triggers

if TYPE_CHECKING:
    from collections.abc import Callable

RESPONSE_URL_LIFE = 1800.0
RESPONSE_URL_USES = 5
STACK = 3
SCOPES = frozenset({"commands", "chat:write", "chat:write.public", "files:write", "usergroups:read"})


class Workspace:
    """A workspace in memory. All of its methods may be called from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.url = ""
        self.page = ""
        """Where the people see the workspace, if they do: links to messages lead there."""
        self.token = "xoxb-sandbox"  # noqa: S105
        self.app_token = "xapp-sandbox"  # noqa: S105
        self.scopes = SCOPES
        self.transport: Transport
        self.traffic = Traffic()
        self.triggers = Triggers(clock)
        self.people: dict[str, str] = {BOT: "MetaCentrex"}
        self.channels: dict[str, Channel] = {}
        self.usergroups: dict[str, list[str]] = {}
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self.files: dict[str, Json] = {}
        self.violations: list[str] = []
        self.double_deliveries = 0
        """Interactions to come that are delivered twice."""
        self._urls: dict[str, ResponseUrl] = {}
        self._names: dict[str, str] = {}
        """The views that bear the names that the app gave."""
        self._ts = itertools.count(1)
        self._touches = 0

    @property
    def revision(self) -> int:
        """A number that grows whenever something to be seen changes."""
        return self.traffic.changes + self._touches

    def touch(self) -> None:
        """Let those who look on look again."""
        with self.lock:
            self._touches += 1

    def clear(self) -> None:
        """Forget what was said, opened and sent; people and conversations stay."""
        with self.lock:
            for channel in self.channels.values():
                channel.messages.clear()
            for views in self.stacks.values():
                views.clear()
            for content in (self.homes, self.files, self.violations, self._urls):
                content.clear()
            self.triggers.stale = self.double_deliveries = 0
            self.traffic.clear()

    def add_person(self, user: str, name: str) -> None:
        """Let a person into the workspace, with a direct message to the app."""
        self.people[user] = name
        self.stacks[user] = []
        self.add_channel(self.direct(user), name, "im")

    def add_channel(self, channel: str, name: str, kind: str = "channel") -> Channel:
        """Open a conversation."""
        self.channels[channel] = Channel(channel, name, kind)
        return self.channels[channel]

    @staticmethod
    def direct(user: str) -> str:
        """The id of the direct message between a person and the app."""
        return "D" + user[1:]

    # Clicks and response URLs

    def delivers_twice(self) -> bool:
        """Tell whether the interaction that leaves now is one that is delivered twice."""
        with self.lock:
            twice, self.double_deliveries = self.double_deliveries > 0, max(0, self.double_deliveries - 1)
        return twice

    def response_url(self, user: str, channel: str, message: Json | None = None) -> str:
        """Make a response URL for a command or for a click in a message."""
        token = secrets.token_hex(8)
        self._urls[token] = ResponseUrl(user, channel, message, self.clock())
        return f"{self.url}/response/{token}"

    def respond(self, token: str, answer: Json) -> None:
        """Take what is sent to a response URL."""
        with self.lock:
            url = self._urls.get(token)
            if url is None:
                raise Refused("invalid_url")
            url.uses += 1
            if url.uses > RESPONSE_URL_USES or self.clock() - url.born > RESPONSE_URL_LIFE:
                raise Refused("used_url")
            original = url.message
            if answer.get("delete_original"):
                messages = self.channels[url.channel].messages
                if original in messages:  # a second click finds it gone, and is answered all the same
                    messages.remove(original)
                return
            self.check("response_url", message_faults(answer))
            if answer.get("replace_original") and original:
                original.update(
                    text=answer.get("text", ""), blocks=self._with_ids(answer.get("blocks") or [])
                )
                return
            in_channel = answer.get("response_type") == "in_channel"
            self.say(url.channel, answer, only_for=None if in_channel else url.user)

    # Messages

    def say(self, channel: str, content: Json, *, only_for: str | None = None) -> Json:
        """Put a message of the app into a conversation."""
        message = {
            "type": "message",
            "user": BOT,
            "bot_id": "B0METACENTREX",
            "ts": f"{int(time.time())}.{next(self._ts):06}",
            "text": content.get("text", ""),
            "blocks": self._with_ids(content.get("blocks") or []),
            "only_for": only_for,
        }
        for name in ("thread_ts", "metadata", "files"):
            if content.get(name):
                message[name] = content[name]
        self.channels[channel].messages.append(message)
        return message

    def write(self, user: str, channel: str, text: str, thread: str | None = None) -> None:
        """Put what a person writes into a conversation."""
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        with self.lock:
            message = self.say(channel, {"text": escaped, "thread_ts": thread})
            message.update(user=user, bot_id=None)
            self.touch()

    def post(self, arguments: Json) -> Json:
        """Take chat.postMessage."""
        self.check("chat.postMessage", message_faults(arguments))
        channel = self.postable(str(arguments.get("channel", "")))
        message = self.say(channel.id, arguments)
        return {"channel": channel.id, "ts": message["ts"], "message": message}

    def postable(self, name: str) -> Channel:
        """Find the conversation that the app names, a person's id being the direct message."""
        channel = self.channels.get(self.direct(name) if name in self.people else name)
        if channel is None or channel.kind == "private":
            raise Refused("channel_not_found")
        if channel.archived:
            raise Refused("is_archived")
        return channel

    def amend(self, arguments: Json) -> Json:
        """Take chat.update."""
        self.check("chat.update", message_faults(arguments, 4000))
        channel = self.channels.get(arguments["channel"])
        if channel is None:
            raise Refused("channel_not_found")
        if channel.archived:
            raise Refused("is_inactive")
        for message in channel.messages:
            if message["ts"] == arguments["ts"] and not message["only_for"]:
                blocks = self._with_ids(arguments.get("blocks") or [])
                message.update(text=arguments.get("text", ""), blocks=blocks, edited=True)
                return {"channel": channel.id, "ts": message["ts"]}
        raise Refused("message_not_found")

    def permalink(self, name: str, ts: str) -> Json:
        """Take chat.getPermalink."""
        channel = self.channels.get(name)
        if channel is None:
            raise Refused("channel_not_found")
        found = [each for each in channel.messages if each["ts"] == ts and not each["only_for"]]
        if not found:
            raise Refused("message_not_found")
        thread = found[0].get("thread_ts")
        within = f"?thread_ts={thread}&cid={name}" if thread else ""
        url = f"{self.page or self.url}/archives/{name}/p{ts.replace('.', '')}{within}"
        return {"channel": name, "permalink": url}

    # Views

    def open_view(self, arguments: Json) -> Json:
        """Take views.open."""
        user = self.triggers.spend(arguments.get("trigger_id"))
        self.check("views.open", view_faults(arguments["view"]))
        if self.stacks[user]:
            self.stacks[user].clear()
        return {"view": self.stack(user, arguments["view"]).payload}

    def push_view(self, arguments: Json) -> Json:
        """Take views.push."""
        user = self.triggers.spend(arguments.get("trigger_id"))
        self.check("views.push", view_faults(arguments["view"]))
        if not self.stacks[user]:
            raise Refused("not_found")
        return {"view": self.stack(user, arguments["view"]).payload}

    def stack(self, user: str, content: Json) -> View:
        """Put a modal on top of the person's others."""
        views = self.stacks[user]
        if len(views) >= STACK:
            raise Refused("push_limit_reached")
        view_id = "V" + secrets.token_hex(5).upper()
        view = View(view_id, user, {}, "", views[0].id if views else view_id, views[-1].id if views else None)
        self.fill(view, content)
        views.append(view)
        return view

    def close_view(self, user: str) -> View | None:
        """Take the modal on top off the person's stack, and give it."""
        with self.lock:
            views = self.stacks[user]
            return views.pop() if views else None

    def update_view(self, arguments: Json) -> Json:
        """Take views.update, of a view by its id or by the name that the app gave it."""
        self.check("views.update", view_faults(arguments["view"]))
        view_id, name = arguments.get("view_id"), arguments.get("external_id")
        if bool(view_id) == bool(name):
            raise Refused("invalid_arguments", "either view_id or external_id")
        for views in self.stacks.values():
            for view in views:
                if view.id == view_id or (name and view.content.get("external_id") == name):
                    if "hash" in arguments and arguments["hash"] != view.hash:
                        raise Refused("hash_conflict")
                    self.fill(view, arguments["view"])
                    return {"view": view.payload}
        raise Refused("not_found")

    def publish(self, arguments: Json) -> Json:
        """Take views.publish."""
        self.check("views.publish", view_faults(arguments["view"]))
        user = arguments["user_id"]
        view_id = "VHOME" + user
        view = View(view_id, user, {}, "", view_id, None)
        self.fill(view, arguments["view"])
        self.homes[user] = view
        return {"view": view.payload}

    def fill(self, view: View, content: Json) -> None:
        """Put content into a view; what the person entered stays where ids are the same."""
        content = copy.deepcopy(content)
        name = content.get("external_id")
        # A name stays its view's, also after the view is gone (docs/slack.md, Modals).
        if name and self._names.setdefault(name, view.id) != view.id:
            self.violations.append(f"duplicate_external_id: {name}")
            raise Refused("duplicate_external_id")
        content["blocks"] = self._with_ids(content["blocks"])
        view.values = keep_state(view.values, content["blocks"])
        view.content, view.errors = content, {}
        view.hash = f"{next(self._ts)}.{secrets.token_hex(4)}"

    @staticmethod
    def _with_ids(blocks: list[Json]) -> list[Json]:
        return [{"block_id": secrets.token_hex(3), **copy.deepcopy(block)} for block in blocks]

    def check(self, method: str, faults: list[str]) -> None:
        """Refuse what Slack refuses, and remember it: a bot must never send it."""
        if faults:
            self.violations.append(f"{method}: {'; '.join(faults)}")
            raise Refused("invalid_arguments", *faults)
