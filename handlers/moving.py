"""Procedure 1: changing the address of licences."""

from __future__ import annotations

import secrets
from functools import partial
from typing import TYPE_CHECKING

from domain.errors import FormInvalid, NothingSelected, SiteClosed, SiteOfAnotherCustomer
from domain.moving import MOVING
from domain.rows import LicenceFilter
from domain.values import LicenceState, LicenceType, OperationKind
from handlers import choosing, confirming, refusals
from handlers.views import filters as filter_views
from handlers.views import history as history_views
from handlers.views import moving as screen
from handlers.views import options
from handlers.views import sites as site_views
from handlers.views.services import choose_service

if TYPE_CHECKING:
    from slack_sdk.models.views import View

    from domain.drafts import DraftRow
    from domain.operations import Recorded
    from domain.rows import SiteRow
    from domain.selecting import Selection
    from domain.values import DraftId
    from handlers.requests import Request
    from handlers.routing import Routes
    from handlers.services import Services


def register(routes: Routes, services: Services) -> None:
    """Put procedure 1 behind its command, shortcut and clicks."""
    steps = Steps(services)
    drafts, selecting = services.drafts, services.selecting

    @routes.command("/licence-site")
    def on_command(request: Request) -> None:
        steps.begin(request)

    @routes.shortcut("changer_adresse")
    def on_shortcut(request: Request) -> None:
        steps.begin(request)

    @routes.submission(screen.SERVICE_VIEW)
    def on_service(request: Request) -> None:
        choosing.choose(request, services, steps.licences)

    @routes.action(screen.CHANGE_SERVICE)
    def on_change_service(request: Request) -> None:
        request.update(lambda: steps.service(request.draft, request))

    @routes.action(screen.TICK)
    def on_ticked(request: Request) -> None:
        steps.keep_boxes(request)
        request.update(lambda: steps.licences(request.draft, request, generation=request.generation))

    @routes.action(screen.PREVIOUS, screen.NEXT)
    def on_page(request: Request) -> None:
        selecting.tick(request.draft, request.person, *request.boxes(screen.TICK), page=request.page)
        request.update(lambda: steps.licences(request.draft, request))

    @routes.action(screen.FILTER)
    def on_filter(request: Request) -> None:
        steps.keep_boxes(request)
        request.push(steps.filters(request))

    @routes.submission(filter_views.FILTERS_VIEW)
    def on_filters(request: Request) -> None:
        try:
            selecting.filter(request.draft, request.person, _wanted(request))
        except FormInvalid as error:
            request.fault(refusals.under_fields(error))
        else:
            request.update_below(steps.licences(request.draft, request))
            request.acknowledge()

    @routes.action(screen.UNFILTER)
    def on_unfilter(request: Request) -> None:
        selecting.filter(request.draft, request.person, LicenceFilter(), *request.boxes(screen.TICK))
        request.update(lambda: steps.licences(request.draft, request))

    @routes.action(screen.TICK_ALL)
    def on_tick_all(request: Request) -> None:
        selecting.tick_all(request.draft, request.person, *request.boxes(screen.TICK))
        request.update(lambda: steps.licences(request.draft, request))

    @routes.action(screen.UNTICK_ALL)
    def on_untick_all(request: Request) -> None:
        selecting.untick_all(request.draft, request.person)
        request.update(lambda: steps.licences(request.draft, request))

    @routes.submission(screen.LICENCES_VIEW)
    def on_licences(request: Request) -> None:
        steps.keep_boxes(request)
        chosen = selecting.selection(request.draft, request.person)
        if chosen.total:
            request.show(steps.site(request.draft, request, chosen))
        else:
            request.show(steps.licences(request.draft, request, notice=screen.none_ticked(chosen.gone)))

    @routes.action(screen.BACK_TO_LICENCES)
    def on_back_to_licences(request: Request) -> None:
        drafts.change(request.draft, request.person, reason=request.entered(screen.REASON))
        request.update(lambda: steps.licences(request.draft, request))

    @routes.action(screen.BACK_TO_SITE)
    def on_back_to_site(request: Request) -> None:
        request.update(lambda: steps.site(request.draft, request))

    @routes.action(screen.ADD_SITE)
    def on_add_site(request: Request) -> None:
        leaving = {"reason": request.entered(screen.REASON)}
        kind = OperationKind.SITE_CREATION
        child = drafts.branch(request.draft, request.person, kind, leaving=leaving).id
        customer = services.sites.customer(child, request.person)
        request.push(site_views.form(child, customer, fixed=True))

    @routes.submission(screen.SITE_VIEW)
    def on_site(request: Request) -> None:
        drafts.change(
            request.draft,
            request.person,
            destination_id=request.entered_id(screen.SITE),
            reason=request.entered(screen.REASON),
        )
        try:
            plan = services.orders.preview(MOVING, request.draft, request.person)
        except (SiteClosed, SiteOfAnotherCustomer) as error:
            request.fault({request.block(screen.SITE): refusals.sentence(error)})
        else:
            request.show(screen.confirm(request.draft, plan))

    @routes.submission(screen.CONFIRM_VIEW)
    def on_confirmed(request: Request) -> None:
        def then(recorded: Recorded) -> None:
            request.show(history_views.done(recorded, request.place))

        confirming.in_modal(request, services, MOVING, screen.confirm, then)

    @routes.action(history_views.MOVE_AGAIN)
    def on_again(request: Request) -> None:
        choosing.again(request, services, OperationKind.MOVE, steps.licences)

    @routes.action(screen.APPLY)
    def on_confirmed_inline(request: Request) -> None:
        confirming.in_conversation(request, services, MOVING, screen.inline)

    @routes.options(screen.SITE_SEARCH, filter_views.SITE_FILTER_SEARCH)
    def on_site_search(request: Request) -> None:
        request.choices([options.site(site) for site in steps.sites(request)])

    routes.draft_view(OperationKind.MOVE, steps.now)

    for name in ("call_restriction", "overage_restriction"):

        @routes.options(f"{filter_views.RESTRICTION_SEARCH}.{name}")
        def on_restriction(request: Request, name: str = name) -> None:
            service_id = drafts.read(request.draft, request.person).service
            found = services.park.restrictions(service_id, name, request.text)
            request.choices([options.restriction(value) for value in found])


def _wanted(request: Request) -> LicenceFilter:
    return LicenceFilter(
        sda=request.entered("sda"),
        licence=request.choice("licence", LicenceType),
        accountcode=request.entered("accountcode"),
        reference=request.entered("reference"),
        state=request.choice("state", LicenceState),
        emergency_number=request.entered("emergency_number"),
        site_id=next(iter(request.entered_ids("site_id")), None),
        fax2mail=request.entered("fax2mail"),
        call_restriction=request.entered("call_restriction"),
        overage_restriction=request.entered("overage_restriction"),
        supervisor={"Oui": True, "Non": False}.get(request.entered("supervisor") or ""),
    )


_ask = partial(choose_service, screen.TITLE, screen.SERVICE_VIEW)


class Steps:
    """The views of procedure 1, from what its draft holds."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.service = choosing.first_step(services, _ask)

    def begin(self, request: Request) -> None:
        """Open the procedure with what the text names."""
        choosing.begin(request, self._services, OperationKind.MOVE, _ask, self.licences, self.inline)

    def now(self, row: DraftRow, request: Request) -> View:
        """Show the draft where it stands."""
        if row.service_id is None:
            return self.service(row.id, request)
        try:
            return self.site(row.id, request)
        except NothingSelected:
            return self.licences(row.id, request)

    def licences(
        self, draft: DraftId, request: Request, *, generation: str | None = None, notice: str | None = None
    ) -> View:
        """Show the page of licences."""
        page = self._services.selecting.licences(draft, request.person)
        site = self._site(page.filter.site_id)
        return screen.licences(draft, page, generation or secrets.token_hex(4), site, notice)

    def filters(self, request: Request) -> View:
        """Ask for the filters."""
        wanted = self._services.drafts.read(request.draft, request.person).filter
        return filter_views.form(request.draft, wanted, self._site(wanted.site_id))

    def site(
        self, draft: DraftId, request: Request, chosen: Selection | None = None, *, done: str | None = None
    ) -> View:
        """Ask where the selection goes. Raises NothingSelected."""
        chosen = chosen or self._services.selecting.selection(draft, request.person)
        if not chosen.total:
            raise NothingSelected
        row, service = self._services.drafts.with_service(draft, request.person)
        destination = self._site(row.destination_id)
        missing = refusals.not_one_site(row.site_text) if row.site_text and not destination else None
        return screen.site(draft, service, chosen, destination, row.reason, done=done, missing=missing)

    def sites(self, request: Request) -> tuple[SiteRow, ...]:
        """Find the sites of the draft's customer."""
        customer_id = self._services.drafts.service(request.draft, request.person).customer.id
        return self._services.park.search_sites(customer_id, request.text)

    def keep_boxes(self, request: Request) -> None:
        """Take over the boxes as the person left them, whatever they clicked next."""
        shown, ticked = request.boxes(screen.TICK)
        self._services.selecting.tick(request.draft, request.person, shown, ticked)

    def inline(self, draft: DraftId, request: Request) -> None:
        """Show the plan in the conversation, or what does not fit with the form."""
        try:
            plan = self._services.orders.preview(MOVING, draft, request.person)
        except SiteClosed as error:
            request.offer(draft, refusals.sentence(error))
        else:
            request.reply(screen.TITLE, screen.inline(draft, plan))

    def _site(self, site_id: int | None) -> SiteRow | None:
        return self._services.park.site(site_id) if site_id else None
