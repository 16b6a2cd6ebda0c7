"""One payload from Slack, read once, and the ways to answer it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.webhook import WebhookClient

from domain.values import DraftId, Fingerprint, Person
from handlers import french, refusals, views

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from slack_bolt import Ack
    from slack_sdk import WebClient
    from slack_sdk.models.blocks import Block, Option
    from slack_sdk.models.views import View

RESUME = "resume"
"""The action of the button that opens a draft where it stands, with a fresh trigger."""

OUT_OF_REACH = (SlackClientError, OSError)
"""What a Slack that refuses, fails or does not answer raises."""


STACK = 3
"""Modals that Slack stacks at most."""


class Kind(Enum):
    """What a person did."""

    COMMAND = auto()
    SHORTCUT = auto()
    ACTION = auto()
    SUBMISSION = auto()
    CLOSED = auto()
    OPTIONS = auto()
    EVENT = auto()


@dataclass(frozen=True)
class Request:
    """What a person did, and how they are answered."""

    kind: Kind
    body: dict[str, Any]
    client: WebClient
    ack: Ack

    @property
    def person(self) -> Person:
        """Who did it."""
        if self.kind is Kind.COMMAND:
            return Person(self.body["user_id"])
        if self.kind is Kind.EVENT:
            return Person(self.body["event"]["user"])
        return Person(self.body["user"]["id"])

    @property
    def key(self) -> str:
        """Which command, shortcut, view or element it is about."""
        match self.kind:
            case Kind.COMMAND:
                return str(self.body["command"])
            case Kind.ACTION:
                return str(self.body["actions"][0]["action_id"])
            case Kind.OPTIONS:
                return str(self.body["action_id"])
            case Kind.SUBMISSION | Kind.CLOSED:
                return str(self.view["callback_id"])
            case Kind.SHORTCUT:
                return str(self.body["callback_id"])
            case _:
                return str(self.body["event"]["type"])

    @property
    def text(self) -> str:
        """What follows the command, or what is typed into a searchable list."""
        return str(self.body.get("text" if self.kind is Kind.COMMAND else "value") or "").strip()

    @property
    def channel(self) -> str | None:
        """The conversation it happened in; None in a modal, on the Home tab, from a global shortcut."""
        if self.kind is Kind.COMMAND:
            return str(self.body["channel_id"])
        channel = self.body.get("channel")
        return str(channel["id"]) if channel else None

    @property
    def view(self) -> dict[str, Any]:
        """The view that it happened in; empty outside views."""
        view: dict[str, Any] | None = self.body.get("view")
        return view or {}

    @property
    def in_modal(self) -> bool:
        """Whether it happened in a modal."""
        return self.view.get("type") == "modal"

    @property
    def value(self) -> str:
        """The value of the button that was clicked."""
        return str(self.body["actions"][0].get("value") or "")

    @property
    def draft(self) -> DraftId:
        """The draft that the view or the button names; whose it is, the domain checks."""
        return DraftId(self._names[0])

    @property
    def shown(self) -> Fingerprint:
        """The fingerprint of the plan that the person confirms; "" where there is none."""
        return Fingerprint(self._names[1])

    @property
    def generation(self) -> str:
        """The generation of the boxes in the view: kept, Slack keeps what was ticked."""
        return self._names[1]

    @property
    def _names(self) -> tuple[str, str]:
        named = self.view["private_metadata"] if self.in_modal else self.value
        draft, _, rest = named.partition(" ")
        return draft, rest

    def entered(self, block_id: str) -> Any:
        """What was entered in the block of this id, whatever follows a dot in it; None if nothing."""
        for name, elements in self.view["state"]["values"].items():
            if name.split(".")[0] == block_id:
                element = next(iter(elements.values()))
                if "selected_option" in element:
                    return (element["selected_option"] or {}).get("value")
                if "selected_options" in element:
                    return [option["value"] for option in element["selected_options"]]
                return element.get("value")
        return None

    def open(self, view: View, draft: DraftId) -> None:
        """Open a modal; where Slack does not, offer a button that opens the draft (docs/slack.md, Time)."""
        try:
            self.client.views_open(trigger_id=self.body["trigger_id"], view=view.to_dict())
        except OUT_OF_REACH:
            self.offer(draft)
        else:
            self.acknowledge()

    def push(self, view: View) -> None:
        """Open a modal on top of this one."""
        self.client.views_push(trigger_id=self.body["trigger_id"], view=view.to_dict())
        self.acknowledge()

    def update(self, render: Callable[[], View]) -> None:
        """Replace this modal; if a newer click has, draw what there is now (docs/slack.md, Modals)."""
        try:
            self.client.views_update(view_id=self.view["id"], hash=self.view["hash"], view=render().to_dict())
        except SlackApiError as error:
            match error.response.get("error"):
                case "hash_conflict":
                    self.client.views_update(view_id=self.view["id"], view=render().to_dict())
                case "not_found":  # closed meanwhile: the work goes on all the same
                    pass
                case _:
                    raise
        self.acknowledge()

    def update_below(self, view: View) -> None:
        """Replace the modal below this one. If that fails, its next click brings it up to date."""
        with contextlib.suppress(*OUT_OF_REACH):
            self.client.views_update(view_id=self.view["previous_view_id"], view=view.to_dict())

    def acknowledge(self) -> None:
        """Answer that it was received; a submission closes its modal."""
        self.ack()

    def show(self, view: View) -> None:
        """Answer a submission with the view that comes next."""
        self.ack(response_action="update", view=view.to_dict())

    def fault(self, faults: dict[str, str]) -> None:
        """Answer a submission with errors under its fields."""
        self.ack(response_action="errors", errors=faults)

    def choices(self, options: Sequence[Option]) -> None:
        """Answer a search in a list."""
        self.ack(options=list(options))

    def reply(self, text: str, blocks: Sequence[Block] = ()) -> None:
        """Answer a command, for this person only."""
        shown = [*blocks] or [views.line(text)]
        self.ack(text=french.escape(text), blocks=shown, response_type="ephemeral")

    def respond(self, text: str, blocks: Sequence[Block] = (), *, replace: bool = True) -> None:
        """Answer a click in a message for one person: in the message's place, or below it."""
        try:
            respond(self.client, self.body["response_url"], text, blocks, replace=replace)
        except OUT_OF_REACH:
            self._tell(text, [*blocks] or [views.line(text)])
        else:
            self.acknowledge()

    def offer(self, draft: DraftId, text: str = refusals.NOT_SHOWN) -> None:
        """Offer a button that opens a draft where it stands."""
        blocks = [
            views.line(text),
            views.actions(views.button("Ouvrir le formulaire", RESUME, draft, "primary")),
        ]
        if self.kind is Kind.COMMAND:
            self.reply(text, blocks)
        else:
            self._tell(text, blocks)

    def refuse(self, text: str) -> None:
        """Say why it was not done, wherever the person is looking (R14)."""
        match self.kind:
            case Kind.COMMAND:
                self.reply(text)
            case Kind.SUBMISSION:
                action = "push" if self._depth < STACK else "update"
                self.ack(response_action=action, view=views.refusal(text).to_dict())
            case Kind.OPTIONS:
                self.choices([])
            case Kind.ACTION if not self.view:
                self.respond(text, replace=False)
            case Kind.ACTION | Kind.SHORTCUT:
                self._on_top(text)
            case _:  # closed, or an event: the person looks at nothing of ours
                self.acknowledge()

    def _on_top(self, text: str) -> None:
        view = views.refusal(text)
        show = self.client.views_push if self.in_modal else self.client.views_open
        try:
            if self._depth < STACK:
                show(trigger_id=self.body["trigger_id"], view=view.to_dict())
            else:
                self.client.views_update(view_id=self.view["id"], view=view.to_dict())
        except OUT_OF_REACH:
            self._tell(text, view.blocks)
        else:
            self.acknowledge()

    def _tell(self, text: str, blocks: Sequence[Block]) -> None:
        self.client.chat_postMessage(
            channel=self.person, text=french.escape(text), blocks=[block.to_dict() for block in blocks]
        )
        self.acknowledge()

    @property
    def _depth(self) -> int:
        """How many modals stand here, this one included."""
        if not self.in_modal:
            return 0
        if self.view["id"] == self.view["root_view_id"]:
            return 1
        return 2 if self.view["previous_view_id"] == self.view["root_view_id"] else STACK


def respond(client: WebClient, url: str, text: str, blocks: Sequence[Block], *, replace: bool) -> None:
    """Write to a response URL: in the place of the message that it came with, or below it."""
    webhook = WebhookClient(url, timeout=client.timeout, ssl=client.ssl)
    shown = [*blocks] or [views.line(text)]
    answer = webhook.send(
        text=french.escape(text), blocks=shown, response_type="ephemeral", replace_original=replace
    )
    if answer.status_code != HTTPStatus.OK:
        raise SlackClientError(f"response_url answered {answer.status_code}")
