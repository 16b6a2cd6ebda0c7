"""One Bolt listener per payload kind and a dictionary of handlers; the door before them all.

Bolt tries its listeners one after the other, so that few of them answer faster than many (ADR 3).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

from domain.errors import AccessUnknown, DomainError, NotAllowed, ParkUnavailable
from handlers import refusals
from handlers.requests import OUT_OF_REACH, Kind, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_bolt import Ack, App
    from slack_sdk import WebClient
    from slack_sdk.models.views import View

    from domain.values import DraftId, OperationKind, Person

    Handler = Callable[[Request], None]
    Step = Callable[[DraftId, Request], View]


class Access(Protocol):
    """Who may act."""

    def check(self, person: Person) -> None:
        """Let the person pass. Raises NotAllowed, AccessUnknown (R11)."""


class Failures(Protocol):
    """Where unexpected errors go."""

    def incident(self, error: Exception, kind: str, key: str) -> str:
        """Log an error and give the number under which the log has it."""


class Routes:
    """The handlers of all payloads, by kind and key."""

    def __init__(self, access: Access, failures: Failures) -> None:
        self._access = access
        self._failures = failures
        self._handlers: dict[tuple[Kind, str], Handler] = {}
        self._turned_away: dict[Kind, Callable[[Request, str], None]] = {}
        self._draft_views: dict[OperationKind, Step] = {}

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

    def draft_view(self, kind: OperationKind, step: Step) -> None:
        """Show drafts of a kind where they stand."""
        self._draft_views[kind] = step

    def view_of(self, kind: OperationKind) -> Step:
        """Give what shows drafts of a kind where they stand."""
        return self._draft_views[kind]

    def _add(self, kind: Kind, *keys: str) -> Callable[[Handler], Handler]:
        def add(handler: Handler) -> Handler:
            for key in keys:
                self._handlers[kind, key] = handler
            return handler

        return add

    def mount(self, app: App) -> None:
        """Register with Bolt: a listener per kind, each of which takes all that comes."""
        everything = re.compile("")
        app.command(everything)(self._listener(Kind.COMMAND))
        app.shortcut(everything)(self._listener(Kind.SHORTCUT))
        app.action(everything)(self._listener(Kind.ACTION))
        app.view_submission(everything)(self._listener(Kind.SUBMISSION))
        app.view_closed(everything)(self._listener(Kind.CLOSED))
        app.options(everything)(self._listener(Kind.OPTIONS))
        app.event("app_home_opened")(self._listener(Kind.EVENT))

    def _listener(self, kind: Kind) -> Callable[..., None]:
        def listener(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
            self._dispatch(Request(kind, body, client, ack))

        return listener

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
        except DomainError as error:
            if isinstance(error, ParkUnavailable):
                self._failures.incident(error, request.kind.name, request.key)
            request.refuse(refusals.sentence(error))
        except OUT_OF_REACH as error:
            self._failures.incident(error, request.kind.name, request.key)
            if request.in_modal:
                request.offer(request.draft)
            elif request.kind is Kind.EVENT:
                request.acknowledge()
            else:  # not even a direct message went through: a failed request makes Slack say so
                raise
        except Exception as error:  # noqa: BLE001
            number = self._failures.incident(error, request.kind.name, request.key)
            request.refuse(refusals.incident(number))
