"""One payload from Slack, parsed whole into typed values before anything looks at it (R14)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from domain.values import Person, tidy

_SLACK_ID = re.compile(r"[A-Z0-9]{1,30}")
_PRINTABLE = re.compile(r"[ -~]{1,255}")  # names go into the log

HOOKS = re.compile(r"https://([a-z0-9-]{1,60}\.){0,3}slack(-gov)?\.com/[!-~]{1,200}")
"""Where Slack takes answers to a command or a click in a message."""

LONGEST = 40_000
"""Characters of a text at most: none that Slack sends is longer."""


class Malformed(Exception):
    """The payload is none of Slack's; `path` names the part that is not as Slack makes it."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class Kind(Enum):
    """What a person did."""

    COMMAND = auto()
    SHORTCUT = auto()
    ACTION = auto()
    SUBMISSION = auto()
    CLOSED = auto()
    OPTIONS = auto()
    EVENT = auto()


_KINDS = {
    "shortcut": Kind.SHORTCUT,
    "message_action": Kind.SHORTCUT,
    "block_actions": Kind.ACTION,
    "view_submission": Kind.SUBMISSION,
    "view_closed": Kind.CLOSED,
    "block_suggestion": Kind.OPTIONS,
}

EVENTS = ("app_home_opened",)
"""The events that the bot asks Slack for."""


@dataclass(frozen=True)
class Field:
    """Something that can be entered or ticked, with what is: a text, or the values of the choices."""

    block_id: str
    action_id: str
    entered: tuple[str, ...]


@dataclass(frozen=True)
class OpenView:
    """A modal or a Home tab, as Slack gives it back."""

    id: str
    is_modal: bool
    callback_id: str
    metadata: str
    hash: str | None
    root_id: str | None
    previous_id: str | None
    """None in the modal at the bottom, and sometimes above it (docs/slack.md, Payloads)."""
    fields: tuple[Field, ...]
    boxes: tuple[tuple[str, str], ...]
    """The boxes that it shows: the id of their element, and their value."""

    @property
    def below_id(self) -> str | None:
        """The modal below this one. Where Slack does not name it, it is the bottom: we stack two."""
        return self.previous_id or (self.root_id if self.root_id != self.id else None)


@dataclass(frozen=True)
class Payload:
    """What a person did, and where."""

    kind: Kind
    key: str
    """Which command, shortcut, view or element it is about."""
    person: Person
    text: str = ""
    """What follows the command, or what is typed into a searchable list."""
    value: str = ""
    """The value of the button that was clicked."""
    tab: str = ""
    """Which of the app's tabs was opened."""
    channel: str | None = None
    trigger_id: str | None = None
    response_url: str | None = None
    view: OpenView | None = None


@dataclass(frozen=True)
class Unserved:
    """Something that no part of the bot serves, and that nobody waits for."""

    type: str


def parse(body: object, hooks: re.Pattern[str] = HOOKS) -> Payload | Unserved:
    """Read what Slack sent; answers go nowhere but to `hooks`. Raises Malformed."""
    root = _Node.of(body, "")
    if "type" not in root.values:
        return _command(root, hooks)
    kind = root.name("type")
    if kind == "event_callback":
        return _event(root.node("event"))
    if kind not in _KINDS:
        return Unserved(kind)
    return _interaction(_KINDS[kind], root, hooks)


def _command(root: _Node, hooks: re.Pattern[str]) -> Payload:
    return Payload(
        Kind.COMMAND,
        root.name("command"),
        Person(root.id("user_id")),
        text=root.typed("text"),
        channel=root.id("channel_id"),
        trigger_id=root.name_if_any("trigger_id"),
        response_url=root.match_if_any("response_url", hooks),
    )


def _event(event: _Node) -> Payload | Unserved:
    name = event.name("type")
    if name not in EVENTS:
        return Unserved(f"event_callback {name}")
    return Payload(Kind.EVENT, name, Person(event.id("user")), tab=event.text("tab"))


def _interaction(kind: Kind, root: _Node, hooks: re.Pattern[str]) -> Payload:
    node = root.node_if_any("view")
    view = _view(node) if node else None
    channel = root.node_if_any("channel")
    value = ""
    match kind:
        case Kind.ACTION:
            action = root.nodes("actions")[:1] or [_Node({}, "actions.0")]
            key, value = action[0].name("action_id"), action[0].text("value")
        case Kind.OPTIONS:
            key = root.name("action_id")
        case Kind.SHORTCUT:
            key = root.name("callback_id")
        case _:
            if view is None:
                raise Malformed("view")
            key = view.callback_id
    return Payload(
        kind,
        key,
        Person(root.node("user").id("id")),
        text=root.typed("value") if kind is Kind.OPTIONS else "",
        value=value,
        channel=channel.id("id") if channel else None,
        trigger_id=root.name_if_any("trigger_id"),
        response_url=root.match_if_any("response_url", hooks),
        view=view,
    )


def _view(view: _Node) -> OpenView:
    values = (view.node_if_any("state") or _Node({}, "")).node_if_any("values") or _Node({}, "")
    return OpenView(
        id=view.id("id"),
        is_modal=view.name("type") == "modal",
        callback_id=view.name_if_any("callback_id") or "",
        metadata=view.text("private_metadata"),
        hash=view.name_if_any("hash"),
        root_id=view.match_if_any("root_view_id", _SLACK_ID),
        previous_id=view.match_if_any("previous_view_id", _SLACK_ID),
        fields=tuple(
            _field(block_id, action_id, values.node(block_id).node(action_id))
            for block_id in values.values
            for action_id in values.node(block_id).values
        ),
        boxes=tuple(
            (element.name("action_id"), option.text("value"))
            for block in view.nodes("blocks")
            for element in block.nodes("elements")
            if element.values.get("type") == "checkboxes"
            for option in element.nodes("options")
        ),
    )


def _field(block_id: str, action_id: str, element: _Node) -> Field:
    chosen = [*element.nodes("selected_options")]
    one = element.node_if_any("selected_option")
    texts = [option.typed("value") for option in ([one] if one else chosen)] or [element.typed("value")]
    return Field(block_id, action_id, tuple(text for text in texts if text))


@dataclass(frozen=True)
class _Node:
    """An object of the payload, read key by key. Every method raises Malformed with the path of the key."""

    values: dict[str, object]
    path: str

    @classmethod
    def of(cls, value: object, path: str) -> _Node:
        if not isinstance(value, dict):
            raise Malformed(path)
        return cls(value, path)

    def at(self, key: str) -> str:
        # A key of the payload's own may be anything: the log gets the names that Slack gives alone.
        known = key if re.fullmatch(r"[a-z_]{1,20}", key) else "*"
        return f"{self.path}.{known}" if self.path else known

    def node(self, key: str) -> _Node:
        return _Node.of(self.values.get(key), self.at(key))

    def node_if_any(self, key: str) -> _Node | None:
        return None if self.values.get(key) is None else self.node(key)

    def nodes(self, key: str) -> list[_Node]:
        value = self.values.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise Malformed(self.at(key))
        return [_Node.of(each, self.at(key)) for each in value]

    def text(self, key: str) -> str:
        """Read a text; "" if there is none."""
        value = self.values.get(key)
        if value is None:
            return ""
        if not isinstance(value, str) or len(value) > LONGEST:
            raise Malformed(self.at(key))
        return value

    def typed(self, key: str) -> str:
        """Read a text that may have been typed: one way in for all of them."""
        return tidy(self.text(key))

    def match_if_any(self, key: str, pattern: re.Pattern[str]) -> str | None:
        text = self.text(key)
        if text and not pattern.fullmatch(text):
            raise Malformed(self.at(key))
        return text or None

    def name_if_any(self, key: str) -> str | None:
        return self.match_if_any(key, _PRINTABLE)

    def name(self, key: str) -> str:
        return self._needed(key, self.name_if_any(key))

    def id(self, key: str) -> str:
        return self._needed(key, self.match_if_any(key, _SLACK_ID))

    def _needed(self, key: str, text: str | None) -> str:
        if text is None:
            raise Malformed(self.at(key))
        return text
