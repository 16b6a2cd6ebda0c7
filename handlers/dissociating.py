"""Procedure 3: taking numbers off their licences."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING

from domain.dissociating import DISSOCIATING
from domain.errors import DraftGone, NothingSelected, ParkUnavailable, ServiceNotActive
from domain.terminating import TERMINATING
from domain.values import OperationKind
from handlers import choosing, confirming, refusals
from handlers.requests import OUT_OF_REACH, respond
from handlers.terminating import Steps as TerminatingSteps
from handlers.views import dissociating as screen
from handlers.views import history as history_views
from handlers.views import options
from handlers.views import terminating as terminating_views
from handlers.views.services import choose_service

if TYPE_CHECKING:
    from slack_sdk.models.views import View

    from domain.drafts import DraftRow
    from domain.operations import Recorded
    from domain.values import DraftId
    from handlers.requests import Request
    from handlers.routing import Routes
    from handlers.services import Services


def register(routes: Routes, services: Services) -> None:
    """Put procedure 3 behind its command, shortcut and clicks."""
    steps = Steps(services)

    @routes.command("/licence-dissocier")
    def on_command(request: Request) -> None:
        steps.begin(request)

    @routes.shortcut("dissocier_numero")
    def on_shortcut(request: Request) -> None:
        steps.begin(request)

    @routes.submission(screen.SERVICE_VIEW)
    def on_service(request: Request) -> None:
        choosing.choose(request, services, steps.numbers)

    @routes.options(screen.SEARCH)
    def on_search(request: Request) -> None:
        found = services.selecting.numbers(request.draft, request.person, request.text)
        request.choices([options.number(row) for row in found])

    @routes.submission(screen.NUMBERS_VIEW)
    def on_numbers(request: Request) -> None:
        services.selecting.choose_numbers(request.draft, request.person, request.entered_ids(screen.NUMBERS))
        try:
            plan = services.orders.preview(DISSOCIATING, request.draft, request.person)
        except NothingSelected as error:
            request.fault({screen.NUMBERS: refusals.sentence(error)})
        else:
            request.show(screen.confirm(request.draft, plan, close=request.way_out))

    @routes.submission(screen.CONFIRM_VIEW)
    def on_confirmed(request: Request) -> None:
        def then(recorded: Recorded) -> None:
            steps.come_back(request, recorded)

        draw = partial(screen.confirm, close=request.way_out)
        confirming.in_modal(request, services, DISSOCIATING, draw, then)

    @routes.action(history_views.DISSOCIATE_AGAIN)
    def on_again(request: Request) -> None:
        choosing.again(request, services, OperationKind.DISSOCIATION, steps.numbers)

    @routes.action(screen.APPLY)
    def on_confirmed_inline(request: Request) -> None:
        confirming.in_conversation(request, services, DISSOCIATING, screen.inline)

    routes.draft_view(OperationKind.DISSOCIATION, steps.now)


_ask = partial(choose_service, screen.TITLE, screen.SERVICE_VIEW)


class Steps:
    """The views of procedure 3, from what its draft holds."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._terminating = TerminatingSteps(services)
        self.service = choosing.first_step(services, _ask)

    def begin(self, request: Request) -> None:
        """Open the procedure with what the text names."""
        choosing.begin(request, self._services, OperationKind.DISSOCIATION, _ask, self.numbers, self.inline)

    def now(self, row: DraftRow, request: Request) -> View:
        """Show the draft where it stands."""
        step = self.service if row.service_id is None else self.numbers
        return step(row.id, request)

    def numbers(self, draft: DraftId, request: Request) -> View:
        """Ask for the numbers."""
        service = self._services.drafts.service(draft, request.person)
        return screen.numbers(draft, service, self._services.selecting.chosen_numbers(draft, request.person))

    def come_back(self, request: Request, recorded: Recorded) -> None:
        """Go on where the person was: in the termination that the number stood against, if it was one."""
        row = self._services.drafts.read(request.draft, request.person)
        if row.parent_id is None:
            request.show(history_views.done(recorded, request.place))
            return
        parent = self._services.drafts.renew(row.parent_id, request.person)
        if row.response_url:
            self._replan(parent, row.response_url, request, replace=parent == row.parent_id)
            request.show(history_views.done(recorded, request.place))
        else:
            done = history_views.headline(recorded)
            if request.update_below(self._terminating.types(parent, request, done)):
                request.acknowledge()
            else:
                request.show(history_views.done(recorded, request.place))

    def _replan(self, draft: DraftId, url: str, request: Request, *, replace: bool) -> None:
        """Bring the termination in the conversation up to date; if that fails, its own click will.

        One that was confirmed meanwhile went with its buttons: what is left of it is said anew.
        """
        with contextlib.suppress(DraftGone, ServiceNotActive, ParkUnavailable, *OUT_OF_REACH):
            plan = self._services.orders.preview(TERMINATING, draft, request.person)
            blocks = terminating_views.inline(draft, plan)
            respond(request.client, url, terminating_views.TITLE, blocks, replace=replace)

    def inline(self, draft: DraftId, request: Request) -> None:
        """Show the plan in the conversation."""
        plan = self._services.orders.preview(DISSOCIATING, draft, request.person)
        request.reply(screen.TITLE, screen.inline(draft, plan))
