"""Procedure 2: terminating licences."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from domain.errors import NothingSelected, QuantityNotWhole, QuantityTooLarge, ServiceNotActive
from domain.terminating import TERMINATING, read_quantity
from domain.values import LicenceType, OperationKind
from handlers import choosing, confirming, refusals, views
from handlers.views import ABANDON_LABEL
from handlers.views import dissociating as dissociating_views
from handlers.views import history as history_views
from handlers.views import terminating as screen
from handlers.views.services import choose_service

if TYPE_CHECKING:
    from slack_sdk.models.views import View

    from domain.drafts import DraftRow
    from domain.operations import Recorded
    from domain.terminating import TerminationPlan
    from domain.values import DraftId
    from handlers.requests import Request
    from handlers.routing import Routes
    from handlers.services import Services


def register(routes: Routes, services: Services) -> None:
    """Put procedure 2 behind its command, shortcut and clicks."""
    steps = Steps(services)
    drafts = services.drafts

    @routes.command("/licence-resilier")
    def on_command(request: Request) -> None:
        steps.begin(request)

    @routes.shortcut("resilier_licence")
    def on_shortcut(request: Request) -> None:
        steps.begin(request)

    @routes.submission(screen.SERVICE_VIEW)
    def on_service(request: Request) -> None:
        choosing.choose(request, services, steps.types)

    @routes.action(screen.CHANGE_SERVICE)
    def on_change_service(request: Request) -> None:
        request.update(lambda: steps.service(request.draft, request))

    @routes.action(screen.TERMINATE)
    def on_type(request: Request) -> None:
        drafts.change(request.draft, request.person, licence_type=request.clicked(LicenceType), quantity=None)
        count = services.selecting.count(request.draft, request.person)
        if count.terminable:
            service = drafts.service(request.draft, request.person)
            request.push(screen.quantity(request.draft, service, count))
        else:  # somebody was quicker: the button is out of date
            request.update(lambda: steps.types(request.draft, request))

    @routes.submission(screen.QUANTITY_VIEW)
    def on_quantity(request: Request) -> None:
        try:
            quantity = read_quantity(request.entered(screen.QUANTITY))
            drafts.change(request.draft, request.person, quantity=quantity)
            plan = services.orders.preview(TERMINATING, request.draft, request.person)
        except (QuantityNotWhole, QuantityTooLarge) as error:
            request.fault({screen.QUANTITY: refusals.sentence(error)})
        else:
            request.show(screen.confirm(request.draft, plan))

    @routes.submission(screen.CONFIRM_VIEW)
    def on_confirmed(request: Request) -> None:
        def then(recorded: Recorded) -> None:
            if not request.is_late:
                fresh = drafts.renew(
                    request.draft, request.person
                )  # the next type is an order of its own (R7)
                request.update_below(steps.types(fresh, request))
            request.show(history_views.done(recorded, request.place))

        draw = partial(screen.confirm, close=request.way_out)
        try:
            confirming.in_modal(request, services, TERMINATING, draw, then)
        except QuantityTooLarge as error:  # somebody was quicker
            request.update_below(steps.types(request.draft, request))
            request.show(views.refusal(refusals.sentence(error)))

    @routes.action(screen.DISSOCIATE)
    def on_dissociate(request: Request) -> None:
        licence_type = request.clicked(LicenceType)
        kind = OperationKind.DISSOCIATION
        child = drafts.branch(request.draft, request.person, kind, licence_type=licence_type).id
        request.push(steps.numbers(child, request, close=views.BACK_LABEL))

    @routes.action(history_views.TERMINATE_AGAIN)
    def on_again(request: Request) -> None:
        choosing.again(request, services, OperationKind.TERMINATION, steps.types)

    @routes.action(screen.APPLY)
    def on_confirmed_inline(request: Request) -> None:
        confirming.in_conversation(request, services, TERMINATING, screen.inline)

    @routes.action(screen.DISSOCIATE_INLINE)
    def on_dissociate_inline(request: Request) -> None:
        plan = services.orders.preview(TERMINATING, request.draft, request.person)
        if not plan.held:  # somebody was quicker
            blocks = screen.inline(request.draft, plan, refusals.PARK_MOVED)
            request.respond(refusals.PARK_MOVED, blocks)
            return
        child = drafts.branch(
            request.draft,
            request.person,
            OperationKind.DISSOCIATION,
            licences=[licence.id for licence in plan.held],
            response_url=request.payload.response_url,
        ).id
        request.open(steps.numbers(child, request), child)

    routes.draft_view(OperationKind.TERMINATION, steps.now)


_ask = partial(choose_service, screen.TITLE, screen.SERVICE_VIEW)


class Steps:
    """The views of procedure 2, from what its draft holds."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.service = choosing.first_step(services, _ask)

    def begin(self, request: Request) -> None:
        """Open the procedure with what the text names."""
        choosing.begin(request, self._services, OperationKind.TERMINATION, _ask, self.types, self.inline)

    def now(self, row: DraftRow, request: Request) -> View:
        """Show the draft where it stands."""
        if row.service_id is None:
            return self.service(row.id, request)
        plan = self._plan(row.id, request) if row.licence_type is None else None
        if plan and plan.to_terminate:
            return screen.confirm(row.id, plan, close=request.way_out)
        return self.types(row.id, request)

    def _plan(self, draft: DraftId, request: Request) -> TerminationPlan | None:
        """Plan the termination of what is ticked, if anything is."""
        try:
            return self._services.orders.preview(TERMINATING, draft, request.person)
        except NothingSelected:
            return None
        except ServiceNotActive:
            if self._services.selecting.selection(draft, request.person).total:
                raise
            return None

    def types(self, draft: DraftId, request: Request, done: str | None = None) -> View:
        """Show the eight types."""
        service, counts = self._services.selecting.counts(draft, request.person)
        return screen.types(draft, service, counts, done)

    def numbers(self, draft: DraftId, request: Request, *, close: str = ABANDON_LABEL) -> View:
        """Ask which numbers leave the licences; the only one that there is, is already chosen."""
        drafts, selecting, person = self._services.drafts, self._services.selecting, request.person
        chosen = selecting.chosen_numbers(draft, person)
        offered = () if chosen else selecting.numbers(draft, person, "")
        service = drafts.service(draft, person)
        shown = chosen or (offered if len(offered) == 1 else ())
        return dissociating_views.numbers(draft, service, shown, close=close)

    def inline(self, draft: DraftId, request: Request) -> None:
        """Show the plan in the conversation."""
        plan = self._services.orders.preview(TERMINATING, draft, request.person)
        request.reply(screen.TITLE, screen.inline(draft, plan))
