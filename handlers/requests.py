"""One payload from Slack, read once, and the ways to answer it."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.webhook import WebhookClient

from handlers import french, refusals, views
from handlers.acts import Act
from handlers.names import Stale
from handlers.payloads import Kind
from handlers.views import history as history_views

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from slack_bolt import Ack
    from slack_sdk import WebClient
    from slack_sdk.models.blocks import Block
    from slack_sdk.models.views import View

    from domain.values import DraftId
    from handlers.views.options import Choice

RESUME = "resume"
"""The action of the button that opens a draft where it stands, with a fresh trigger."""

OUT_OF_REACH = (SlackClientError, OSError)
"""What a Slack that refuses, fails or does not answer raises."""

SPARE = 0.6
"""Seconds that an answer may take in all beyond what Slack's Web API is given (docs/slack.md, Time)."""

LEAST = 0.2
"""Seconds without which nothing is asked of Slack any more before the answer."""

STACK = 3
"""Modals that Slack stacks at most."""


@dataclass(frozen=True)
class Request(Act):
    """What a person did, and how they are answered."""

    client: WebClient
    """A client of its own: what it waits for Slack is bounded by what is left of the time to answer."""
    ack: Ack
    deadline: float
    """When the answer must be on its way, as `time.monotonic` tells it."""

    @property
    def is_late(self) -> bool:
        """Whether there is no time left to ask anything of Slack before the answer."""
        return time.monotonic() > self.deadline - LEAST

    @property
    def _slack(self) -> WebClient:
        """Slack's Web API, for as long as the answer can wait for it. Raises SlackClientError."""
        if self.is_late:
            raise SlackClientError("no time left")
        left = min(self.client.timeout, self.deadline - time.monotonic())
        self.client.timeout = left  # type: ignore[assignment]  # parts of a second are taken as well
        return self.client

    def open(self, view: View, draft: DraftId) -> None:
        """Open a modal; where Slack does not, offer a button that opens the draft (docs/slack.md, Time)."""
        try:
            self._show("views.open", view)
        except OUT_OF_REACH:
            self.offer(draft)
        else:
            self.acknowledge()

    def open_afresh(self, view: View) -> None:
        """Open a modal of no draft; where Slack does not, say that it can be tried again."""
        try:
            self._show("views.open", view)
        except OUT_OF_REACH:
            self.refuse(refusals.NOT_OPENED)
        else:
            self.acknowledge()

    def push(self, view: View) -> None:
        """Open a modal on top of this one; where Slack does not, offer a button that opens the draft."""
        try:
            self._show("views.push", view)
        except OUT_OF_REACH:
            self.offer(self.draft)
        else:
            self.acknowledge()

    def _show(self, method: str, view: View) -> None:
        if self.payload.trigger_id is None:
            raise SlackClientError("no trigger")
        self._slack.api_call(method, json={"trigger_id": self.payload.trigger_id, "view": view.to_dict()})

    def update(self, render: Callable[[], View]) -> None:
        """Replace this modal; if a newer click has, draw what there is now (docs/slack.md, Modals)."""
        try:
            self._slack.views_update(view_id=self.view.id, hash=self.view.hash, view=render().to_dict())
        except SlackApiError as error:
            match error.response.get("error"):
                case "hash_conflict":
                    self._slack.views_update(view_id=self.view.id, view=render().to_dict())
                case "not_found":  # closed meanwhile: the work goes on all the same
                    pass
                case _:
                    raise
        self.acknowledge()

    def update_below(self, view: View) -> bool:
        """Replace the modal below this one; tell whether it was. If not, its next click does."""
        if self.view.below_id is None:
            return False
        try:
            self._slack.views_update(view_id=self.view.below_id, view=view.to_dict())
        except OUT_OF_REACH:
            return False
        return True

    def acknowledge(self) -> None:
        """Answer that it was received; a submission closes its modal."""
        self.ack()

    def show(self, view: View) -> None:
        """Answer a submission with the view that comes next."""
        self.ack(response_action="update", view=view.to_dict())

    def fault(self, faults: dict[str, str]) -> None:
        """Answer a submission with errors under its fields."""
        self.ack(response_action="errors", errors=faults)

    def fault_if_field(self, name: str, text: str) -> None:
        """Say what is wrong under the field of this name; if it was none, wherever the person is looking."""
        try:
            block_id = self.block(name)
        except Stale:
            self.refuse(text)
        else:
            self.fault({block_id: text}) if self.kind is Kind.SUBMISSION else self.refuse(text)

    def choices(self, found: Sequence[Choice]) -> None:
        """Answer a search in a list."""
        self.ack(options=[{**each} for each in found])

    def reply(self, text: str, blocks: Sequence[Block] = ()) -> None:
        """Answer a command, for this person only."""
        shown = [*blocks] or [views.line(text)]
        self.ack(text=french.escape(text), blocks=shown, response_type="ephemeral")

    def respond(self, text: str, blocks: Sequence[Block] = (), *, replace: bool = True) -> None:
        """Answer a click in a message for one person: in the message's place, or below it."""
        try:
            respond(self._slack, self.payload.response_url, text, blocks, replace=replace)
        except OUT_OF_REACH:
            self._tell(text, [*blocks] or [views.line(text)])
        else:
            self.acknowledge()

    def withdraw(self) -> None:
        """Take away the message for one person that was clicked: what it led to is said elsewhere."""
        with contextlib.suppress(*OUT_OF_REACH):  # its buttons then lead to the same result (R7)
            _webhook(self._slack, self.payload.response_url).send(delete_original=True)
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
            case Kind.ACTION if not self.payload.view:
                self.respond(text, replace=False)
            case Kind.ACTION | Kind.SHORTCUT:
                self._on_top(text)
            case _:  # closed, or an event: the person looks at nothing of ours
                self.acknowledge()

    def _on_top(self, text: str) -> None:
        view = views.refusal(text)
        try:
            if self._depth < STACK:
                self._show("views.push" if self.in_modal else "views.open", view)
            else:
                self._slack.views_update(view_id=self.view.id, view=view.to_dict())
        except OUT_OF_REACH:
            self._tell(text, view.blocks)
        else:
            self.acknowledge()

    def _tell(self, text: str, blocks: Sequence[Block]) -> None:
        self.client.timeout = max(1, self.client.timeout)  # late as it is: better than no word at all
        self.client.chat_postMessage(
            channel=self.person, text=french.escape(text), blocks=[block.to_dict() for block in blocks]
        )
        self.acknowledge()

    @property
    def place(self) -> str:
        """This modal by its id, and whether another is below it, to which « C’est fait » leads back."""
        return f"{self.view.id}{history_views.ON_TOP if self.view.below_id else ''}"

    @property
    def way_out(self) -> str:
        """What closing this modal is called: it leaves the procedure, or goes back to the modal below."""
        return views.BACK_LABEL if self._depth > 1 else views.ABANDON_LABEL

    @property
    def _depth(self) -> int:
        """How many modals stand here, this one included."""
        if not self.in_modal:
            return 0
        if self.view.id == self.view.root_id:
            return 1
        # Where Slack does not name the one below, there may be no room for another.
        below, root = self.view.previous_id, self.view.root_id
        return 2 if below is not None and below == root else STACK


def respond(client: WebClient, url: str | None, text: str, blocks: Sequence[Block], *, replace: bool) -> None:
    """Write to a response URL: in the place of the message that it came with, or below it."""
    shown = [*blocks] or [views.line(text)]
    answer = _webhook(client, url).send(
        text=french.escape(text), blocks=shown, response_type="ephemeral", replace_original=replace
    )
    if answer.status_code != HTTPStatus.OK:
        raise SlackClientError(f"response_url answered {answer.status_code}")


def _webhook(client: WebClient, url: str | None) -> WebhookClient:
    if url is None:
        raise SlackClientError("no response_url")
    return WebhookClient(url, timeout=client.timeout, ssl=client.ssl)
