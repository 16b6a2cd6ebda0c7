"""Procedure 2: terminating licences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import (
    NumberIsFree,
    QuantityNotWhole,
    QuantityTooLarge,
    SeveralServices,
    UnknownReference,
)
from domain.terminating import read_quantity
from domain.values import LicenceType, OperationKind
from handlers import choosing, confirming, refusals
from handlers.views import dissociating as dissociating_views
from handlers.views import history as history_views
from handlers.views import terminating as screen

if TYPE_CHECKING:
    from slack_sdk.models.views import View

    from domain.values import DraftId
    from handlers.requests import Request
    from handlers.routing import Routes
    from handlers.services import Services


def register(routes: Routes, services: Services) -> None:
    """Put procedure 2 behind its command, shortcut and clicks."""
    steps = Steps(services)
    drafts, terminating = services.drafts, services.terminating

    @routes.command("/licence-resilier")
    def on_command(request: Request) -> None:
        if not steps.inline(request):
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
        drafts.change(request.draft, request.person, licence_type=LicenceType(request.value), quantity=None)
        count = terminating.count(request.draft, request.person)
        if count.terminable:
            request.push(screen.quantity(request.draft, count))
        else:  # somebody was quicker: the button is out of date
            request.update(lambda: steps.types(request.draft, request))

    @routes.submission(screen.QUANTITY_VIEW)
    def on_quantity(request: Request) -> None:
        try:
            quantity = read_quantity(request.entered(screen.QUANTITY))
            drafts.change(request.draft, request.person, quantity=quantity)
            plan = terminating.preview(request.draft, request.person)
        except (QuantityNotWhole, QuantityTooLarge) as error:
            request.fault({screen.QUANTITY: refusals.sentence(error)})
        else:
            request.show(screen.confirm(request.draft, plan))

    @routes.submission(screen.CONFIRM_VIEW)
    def on_confirmed(request: Request) -> None:
        if recorded := confirming.in_modal(request, terminating, screen.confirm):
            request.update_below(steps.types(request.draft, request))
            request.show(history_views.done(recorded))

    @routes.action(screen.DISSOCIATE)
    def on_dissociate(request: Request) -> None:
        row = drafts.read(request.draft, request.person)
        child = drafts.begin(
            OperationKind.DISSOCIATION,
            request.person,
            row.channel,
            parent_id=row.id,
            service_id=row.service,
            customer_id=row.customer_id,
            licence_type=LicenceType(request.value),
        )
        request.push(steps.numbers(child, request))

    @routes.action(screen.APPLY)
    def on_confirmed_inline(request: Request) -> None:
        confirming.in_conversation(request, terminating, screen.inline)

    @routes.action(screen.DISSOCIATE_INLINE)
    def on_dissociate_inline(request: Request) -> None:
        row = drafts.read(request.draft, request.person)
        plan = terminating.preview(request.draft, request.person)
        child = drafts.begin(
            OperationKind.DISSOCIATION,
            request.person,
            row.channel,
            parent_id=row.id,
            response_url=request.body["response_url"],
        )
        drafts.name_numbers(child, request.person, " ".join(number.e164 for number in plan.held_by))
        request.open(steps.numbers(child, request), child)

    routes.draft_view(OperationKind.TERMINATION, steps.now)


class Steps:
    """The views of procedure 2, from what its draft holds."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.service = choosing.first_step(services, screen.TITLE, screen.SERVICE_VIEW)

    def begin(self, request: Request) -> None:
        """Open the procedure with what the text names."""
        choosing.begin(request, self._services, OperationKind.TERMINATION, self.service, self.types)

    def now(self, draft: DraftId, request: Request) -> View:
        """Show the draft where it stands."""
        row = self._services.drafts.read(draft, request.person)
        return self.service(draft, request) if row.service_id is None else self.types(draft, request)

    def types(self, draft: DraftId, request: Request, notice: str | None = None) -> View:
        """Show the eight types."""
        service, counts = self._services.terminating.counts(draft, request.person)
        return screen.types(draft, service, counts, notice)

    def numbers(self, draft: DraftId, request: Request) -> View:
        """Ask which numbers leave the licences; the only one that there is, is already chosen."""
        drafts, selecting, person = self._services.drafts, self._services.selecting, request.person
        chosen = selecting.chosen_numbers(draft, person)
        offered = () if chosen else selecting.numbers(draft, person, "")
        service = drafts.service(draft, person)
        return dissociating_views.numbers(draft, service, chosen or (offered if len(offered) == 1 else ()))

    def inline(self, request: Request) -> bool:
        """Answer a command that names licences with its plan; tell whether it does."""
        if not request.text:
            return False
        drafts, person = self._services.drafts, request.person
        draft = drafts.begin(OperationKind.TERMINATION, person, request.channel)
        try:
            drafts.name_licences(draft, person, request.text)
        except (UnknownReference, NumberIsFree):
            drafts.drop(draft, person)
            return False
        except SeveralServices as error:
            request.offer(draft, refusals.sentence(error))
            return True
        plan = self._services.terminating.preview(draft, person)
        request.reply(screen.TITLE, screen.inline(draft, plan))
        return True
