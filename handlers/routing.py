"""One Bolt listener per payload kind and a dictionary of handlers; the door before them all.

Bolt tries its listeners one after the other, so that few of them answer faster than many (ADR 3).
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

from slack_bolt import BoltContext, BoltRequest, BoltResponse
from slack_sdk.errors import SlackClientError

from domain import errors
from domain.errors import AccessUnknown, NotAllowed, TextTooLong
from handlers import refusals
from handlers.names import Stale
from handlers.payloads import Kind, Payload
from handlers.requests import OUT_OF_REACH, SPARE, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_bolt import Ack, App
    from slack_sdk import WebClient

    from domain.values import Person

    Handler = Callable[[Request], None]


class Access(Protocol):
    """Who may act."""

    def check(self, person: Person) -> None:
        """Let the person pass. Raises NotAllowed, AccessUnknown (R11)."""


class Failures(Protocol):
    """Where unexpected errors go."""

    def incident(self, error: Exception, kind: str, key: str) -> str:
        """Log an error and give the number under which the log has it."""

    def refused(self, why: str, kind: str, key: str) -> None:
        """Log that something was refused, and why: a name, never a text of theirs."""


_PAYLOAD = "metacentrex_payload"

_ENVELOPES: dict[Kind, dict[str, Any]] = {
    Kind.COMMAND: {"command": "/"},
    Kind.SHORTCUT: {"type": "shortcut", "callback_id": ""},
    Kind.ACTION: {"type": "block_actions", "actions": [{"action_id": ""}]},
    Kind.SUBMISSION: {"type": "view_submission", "view": {"type": "modal", "callback_id": ""}},
    Kind.CLOSED: {"type": "view_closed", "view": {"type": "modal", "callback_id": ""}},
    Kind.OPTIONS: {"type": "block_suggestion", "action_id": ""},
    Kind.EVENT: {"type": "event_callback", "event": {"type": "app_home_opened"}},
}


def bolt_request(payload: Payload) -> BoltRequest:
    """Give Bolt the kind of a payload, and the rest as one value that it hands on.

    Bolt reads a body anywhere, before it checks anything: what it does not see can neither make it fail
    nor, as a workflow's token does, replace the bot's own.
    """
    return BoltRequest(mode="socket_mode", body=_ENVELOPES[payload.kind], context={_PAYLOAD: payload})


@dataclass(eq=False)
class ToldAllTheSame(Exception):
    """Something failed once the change was committed: the person is told that it is done all the same."""

    error: Exception
    tell: Callable[[], None]


class Routes:
    """The handlers of all payloads, by kind and key."""

    def __init__(self, access: Access, failures: Failures) -> None:
        self._access = access
        self._failures = failures
        self._handlers: dict[tuple[Kind, str], Handler] = {}
        self._turned_away: dict[Kind, Callable[[Request, str], None]] = {}

    def command(self, name: str) -> Callable[[Handler], Handler]:
        """Handle a slash command."""
        return self._add(Kind.COMMAND, name)

    def shortcut(self, callback_id: str) -> Callable[[Handler], Handler]:
        """Handle a global shortcut."""
        return self._add(Kind.SHORTCUT, callback_id)

    def action(self, *action_ids: str) -> Callable[[Handler], Handler]:
        """Handle a click on an element."""
        return self._add(Kind.ACTION, *action_ids)

    def submission(self, callback_id: str) -> Callable[[Handler], Handler]:
        """Handle a modal that is sent."""
        return self._add(Kind.SUBMISSION, callback_id)

    def options(self, *action_ids: str) -> Callable[[Handler], Handler]:
        """Handle a search in a list."""
        return self._add(Kind.OPTIONS, *action_ids)

    def event(self, name: str) -> Callable[[Handler], Handler]:
        """Handle an event."""
        return self._add(Kind.EVENT, name)

    def turned_away(self, kind: Kind, answer: Callable[[Request, str], None]) -> None:
        """Answer people without access in a way of this kind's own."""
        self._turned_away[kind] = answer

    def _add(self, kind: Kind, *keys: str) -> Callable[[Handler], Handler]:
        def add(handler: Handler) -> Handler:
            for key in keys:
                self._handlers[kind, key] = handler
            return handler

        return add

    def mount(self, app: App) -> None:
        """Register with Bolt: a listener per kind, each of which takes all that comes."""
        everything = re.compile("")
        app.command(everything)(self._listener)
        app.shortcut(everything)(self._listener)
        app.action(everything)(self._listener)
        app.view_submission(everything)(self._listener)
        app.view_closed(everything)(self._listener)
        app.options(everything)(self._listener)
        app.event("app_home_opened")(self._listener)

    def _listener(self, ack: Ack, context: BoltContext, client: WebClient) -> BoltResponse | None:
        request = Request(context[_PAYLOAD], client, ack, time.monotonic() + client.timeout + SPARE)
        try:
            self._dispatch(request)
        except (Stale, *OUT_OF_REACH) as error:
            # Not even a direct message goes through: a failed request makes Slack say so.
            self._failures.incident(error, request.kind.name, request.key)
            return BoltResponse(status=HTTPStatus.INTERNAL_SERVER_ERROR)
        return None

    def _dispatch(self, request: Request) -> None:
        try:
            self._access.check(request.person)
        except (NotAllowed, AccessUnknown) as refused:
            answer = self._turned_away.get(request.kind, Request.refuse)
            answer(request, refusals.sentence(refused))
            return
        handler = self._handlers.get((request.kind, request.key))
        try:
            if handler:
                handler(request)
            elif request.kind is Kind.CLOSED:
                request.acknowledge()
            else:
                request.refuse(refusals.STALE)
        except Exception as error:  # noqa: BLE001
            self._fail(request, error)

    def _fail(self, request: Request, error: Exception) -> None:
        """Say what went wrong, in words (R14). What nobody expects has a number, and is in the log."""
        match error:
            case ToldAllTheSame(error=errors.Refused() | errors.Stale() as refused):
                self._failures.refused(type(refused).__name__, request.kind.name, request.key)
                error.tell()
            case ToldAllTheSame():
                self._failures.incident(error.error, request.kind.name, request.key)
                error.tell()
            case Stale(what=what):
                self._failures.refused(f"stale {what}", request.kind.name, request.key)
                request.refuse(refusals.STALE)
            case TextTooLong(field=field):
                request.fault_if_field(field, refusals.sentence(error))
            case errors.Unavailable():
                self._failures.incident(error, request.kind.name, request.key)
                request.refuse(refusals.sentence(error))
            case errors.Naming() | errors.Refused() | errors.Stale():
                self._failures.refused(type(error).__name__, request.kind.name, request.key)
                request.refuse(refusals.sentence(error))
            case SlackClientError() | OSError() if request.kind is Kind.EVENT:
                self._failures.incident(error, request.kind.name, request.key)
                request.acknowledge()
            case SlackClientError() | OSError() if request.in_modal:
                self._failures.incident(error, request.kind.name, request.key)
                request.offer(request.draft)
            case SlackClientError() | OSError():
                raise error
            case _:
                number = self._failures.incident(error, request.kind.name, request.key)
                request.refuse(refusals.incident(number))
