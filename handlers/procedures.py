"""The one driver that all procedures go through: begun, planned, confirmed, told, taken up again (ADR 3)."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, TypeVar

from domain.changes import Plan
from domain.errors import (
    DraftGone,
    DraftSpent,
    NothingSelected,
    ParkMoved,
    ParkUnavailable,
    PlanChanged,
    Refused,
    ServiceElsewhere,
    ServiceNotActive,
    SiteClosed,
    SiteOfAnotherCustomer,
    UnknownOperation,
)
from domain.values import DraftId, OperationId, OperationKind
from handlers import choosing, refusals, views
from handlers.requests import OUT_OF_REACH, RESUME, respond
from handlers.routing import ToldAllTheSame
from handlers.views import history as history_views
from handlers.views.services import choose_service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from slack_sdk.models.views import View

    from domain.changes import Following
    from domain.drafts import DraftRow
    from domain.operations import Recorded
    from handlers.faces import Entry, Face, Inline
    from handlers.requests import Request
    from handlers.routing import Routes
    from handlers.services import Services

P = TypeVar("P", bound=Plan)

_OVERTAKEN = (
    DraftGone,
    ServiceElsewhere,
    ServiceNotActive,
    SiteClosed,
    SiteOfAnotherCustomer,
    NothingSelected,
)
"""Why nothing is left to confirm of a plan in the conversation: the reason takes its place."""


class Procedures:
    """The driver: command, shortcut, Home, one line, service, confirmation, « C’est fait », resume."""

    def __init__(self, routes: Routes, services: Services, faces: Iterable[Face[Any]]) -> None:
        self.routes = routes
        self.services = services
        self.faces: Mapping[OperationKind, Face[Any]] = {face.procedure.kind: face for face in faces}
        routes.action(RESUME)(self._resume)
        routes.action(views.ABANDON)(self._abandon)
        for face in self.faces.values():
            self._serve(face)

    def _serve(self, face: Face[Any]) -> None:
        if face.confirm_view:

            @self.routes.submission(face.confirm_view)
            def on_confirmed(request: Request) -> None:
                self.confirm(face, request)

        if face.service_view:

            @self.routes.submission(face.service_view)
            def on_service(request: Request) -> None:
                if choosing.choose(request, self.services):
                    request.show(face.first(self.services, request.draft, request))

        if inline := face.inline:

            @self.routes.action(inline.apply)
            def on_confirmed_inline(request: Request) -> None:
                self._confirm_inline(face, inline, request)

        if face.entry:
            self._open(face, face.entry)

    def _open(self, face: Face[Any], entry: Entry) -> None:
        routes = self.routes

        def on_begin(request: Request) -> None:
            self._begin(face, request)

        routes.command(entry.command)(on_begin)
        routes.action(entry.home)(on_begin)
        if entry.shortcut:
            routes.shortcut(entry.shortcut)(on_begin)

        @routes.action(entry.again)
        def on_again(request: Request) -> None:
            self._again(face, request)

    # The way in

    def _begin(self, face: Face[Any], request: Request) -> None:
        """Open a procedure with what the command's text names already chosen."""
        kind = face.procedure.kind
        row, command = self.services.drafts.name(kind, request.person, request.channel, request.text)
        misfits = " ".join(refusals.sentence(each) for each in command.misfits)
        if command.is_order and face.inline and not misfits:
            self._reply(face, face.inline, row.id, request)
        elif command.is_order or (row.service_id and command.found.licence_ids and misfits):
            request.offer(row.id, misfits)
        elif row.service_id or not face.service_view:
            request.open(face.first(self.services, row.id, request), row.id)
        else:
            request.open(_ask(face, row.id, choosing.notice(command.found, row.search)), row.id)

    def _reply(self, face: Face[P], inline: Inline[P], draft: DraftId, request: Request) -> None:
        """Show the plan of a line that says it all, or with the form what does not fit."""
        try:
            plan = self.services.orders.preview(face.procedure, draft, request.person)
        except SiteClosed as error:
            request.offer(draft, refusals.sentence(error))
        else:
            request.reply(face.title, inline.draw(draft, plan))

    def ask_service(self, face: Face[Any], request: Request, draft: DraftId) -> View:
        """Ask for the service anew, told what the draft's own search finds."""
        text = self.services.drafts.read(draft, request.person).search
        return _ask(face, draft, choosing.notice(self.services.park.find(text), text))

    def branch(self, draft: DraftRow, request: Request) -> View:
        """Draw the first step of a procedure on the way of another."""
        return self.faces[draft.kind].first(self.services, draft.id, request)

    def _again(self, face: Face[Any], request: Request) -> None:
        """Begin a procedure anew where an operation was done: same conversation, customer and service."""
        done = self.services.drafts.read(DraftId(request.operation), request.person)
        fresh = self.services.drafts.begin(
            face.procedure.kind,
            request.person,
            done.channel,
            service_id=done.service_id,
            customer_id=done.customer_id,
        )
        request.update(lambda: face.first(self.services, fresh, request))

    def _resume(self, request: Request) -> None:
        row = self.services.drafts.reopen(request.draft, request.person)
        face = self.faces[row.kind]
        if row.service_id is None and face.service_view:
            view = self.ask_service(face, request, row.id)
        elif face.now:
            view = face.now(self.services, row, request)
        else:
            view = face.first(self.services, row.id, request)
        request.open(view, row.id)

    def _abandon(self, request: Request) -> None:
        text = refusals.ABANDONED
        try:
            self.services.drafts.drop(request.draft, request.person)
        except (DraftSpent, DraftGone):  # confirmed before, or it has expired, and is gone as well
            with contextlib.suppress(UnknownOperation):
                done = self.services.operations.read(OperationId(request.draft))
                text = f"{refusals.TOO_LATE} {self.faces[done.kind].words.headline(done)}"
        request.respond(text)

    # The plan, and its confirmation

    def plan(self, face: Face[P], request: Request, draft: DraftId, notice: str | None = None) -> View:
        """Draw what a draft would do now, to be confirmed. Raises what its plan does."""
        plan = self.services.orders.preview(face.procedure, draft, request.person)
        return face.draw(draft, plan, notice, close=request.way_out)

    def confirm(self, face: Face[P], request: Request) -> None:
        """Apply what the modal showed, then go on; or show the new plan, to be confirmed in its turn."""

        def anew(draft: DraftId, notice: str) -> None:
            request.show(self.plan(face, request, draft, notice))

        try:
            recorded = self._confirm(request, request.place, anew)
        except Refused as error:
            if face.refused is None:
                raise
            face.refused(self.services, request, error)
        else:
            if recorded:
                self.told(recorded, request)

    def _confirm_inline(self, face: Face[P], inline: Inline[P], request: Request) -> None:
        """Apply what the message showed, and take it away: the confirmation says it. Or show the new plan."""

        def anew(draft: DraftId, notice: str) -> None:
            plan = self.services.orders.preview(face.procedure, draft, request.person)
            request.respond(notice, inline.draw(draft, plan, notice))

        try:
            if self._confirm(request, None, anew):
                with _told_all_the_same(request.acknowledge):
                    request.withdraw()
        except _OVERTAKEN as error:
            request.respond(refusals.sentence(error))

    def _confirm(
        self, request: Request, view: str | None, anew: Callable[[DraftId, str], None]
    ) -> Recorded | None:
        try:
            return self.services.orders.confirm(request.draft, request.shown, request.person, view)
        except (PlanChanged, ParkMoved):
            anew(request.draft, refusals.PARK_MOVED)
        except DraftSpent:
            anew(self.services.drafts.reopen(request.draft, request.person).id, refusals.SPENT)
        return None

    # What was done, and what comes after it

    def told(self, recorded: Recorded, request: Request) -> None:
        """Say in the modal that it is done, and bring up to date that from which the person came."""
        words = self.faces[recorded.kind].words

        def tell() -> None:
            request.show(history_views.done(recorded, words, request.place))

        with _told_all_the_same(tell):
            if not self._goes_on(recorded, request):
                tell()

    def _goes_on(self, recorded: Recorded, request: Request) -> bool:
        """Bring up to date that from which the person came; tell whether they are back there, and told."""
        next_ = recorded.following
        if next_ is None or request.is_late:
            return False
        face = self.faces[next_.draft.kind]
        if next_.url and face.inline:
            self._replan(face, face.inline, next_, next_.url, request)
            return False
        if next_.draft.kind is recorded.kind:  # it goes on below; on top is said what was done
            self._below(next_.draft, request)
            return False
        words = self.faces[recorded.kind].words
        return self.come_back(next_.draft, request, (words.brief or words.headline)(recorded))

    def come_back(self, row: DraftRow, request: Request, done: str) -> bool:
        """Close this modal over the one from which the person came; tell whether that could be redrawn."""
        if not self._below(row, request, done):
            return False
        request.acknowledge()
        return True

    def _below(self, row: DraftRow, request: Request, done: str | None = None) -> bool:
        under = self.faces[row.kind].under
        return under is not None and request.update_below(under(self.services, row.id, request, done))

    def _replan(self, face: Face[P], inline: Inline[P], next_: Following, url: str, request: Request) -> None:
        """Bring the plan in the conversation up to date; if that fails, its own click will.

        One that was confirmed meanwhile went with its buttons: what is left of it is said anew.
        """
        with contextlib.suppress(DraftGone, ServiceNotActive, ParkUnavailable, *OUT_OF_REACH):
            plan = self.services.orders.preview(face.procedure, next_.draft.id, request.person)
            blocks = inline.draw(next_.draft.id, plan)
            respond(request.client, url, face.title, blocks, replace=not next_.is_copy)


def _ask(face: Face[Any], draft: DraftId, notice: str | None) -> View:
    return choose_service(face.title, face.service_view, draft, notice)


@contextlib.contextmanager
def _told_all_the_same(tell: Callable[[], None]) -> Iterator[None]:
    """Tell what was committed even if what comes after it fails."""
    try:
        yield
    except Exception as error:
        raise ToldAllTheSame(error, tell) from error
