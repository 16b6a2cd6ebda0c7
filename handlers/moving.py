"""Procedure 1: changing the address of licences."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from domain.errors import (
    DomainError,
    NothingSelected,
    ServiceNotActive,
)
from domain.rows import LicenceFilter
from domain.values import LicenceState, LicenceType, OperationKind
from handlers import choosing, confirming, refusals, views
from handlers.views import filters as filter_views
from handlers.views import history as history_views
from handlers.views import moving as screen
from handlers.views import sites as site_views

if TYPE_CHECKING:
    from slack_sdk.models.views import View

    from domain.rows import SiteRow
    from domain.values import DraftId
    from handlers.requests import Request
    from handlers.routing import Routes
    from handlers.services import Services


def register(routes: Routes, services: Services) -> None:
    """Put procedure 1 behind its command, shortcut and clicks."""
    steps = Steps(services)
    drafts, selecting, moving = services.drafts, services.selecting, services.moving

    @routes.command("/licence-site")
    def on_command(request: Request) -> None:
        said = re.fullmatch(
            r"(?P<licences>.+?)\s+vers\s+(?P<site>.+)", request.text, re.IGNORECASE | re.DOTALL
        )
        if said:
            steps.inline(request, said["licences"], said["site"])
        else:
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
        steps.keep_boxes(request)
        drafts.change(request.draft, request.person, page=max(0, int(request.value)))
        request.update(lambda: steps.licences(request.draft, request))

    @routes.action(screen.FILTER)
    def on_filter(request: Request) -> None:
        steps.keep_boxes(request)
        request.push(steps.filters(request))

    @routes.submission(filter_views.FILTERS_VIEW)
    def on_filters(request: Request) -> None:
        drafts.filter(request.draft, request.person, _wanted(request))
        request.update_below(steps.licences(request.draft, request))
        request.acknowledge()

    @routes.action(screen.UNFILTER)
    def on_unfilter(request: Request) -> None:
        steps.keep_boxes(request)
        drafts.filter(request.draft, request.person, LicenceFilter())
        request.update(lambda: steps.licences(request.draft, request))

    @routes.action(screen.TICK_ALL)
    def on_tick_all(request: Request) -> None:
        steps.keep_boxes(request)
        selecting.tick_all(request.draft, request.person)
        request.update(lambda: steps.licences(request.draft, request))

    @routes.action(screen.UNTICK_ALL)
    def on_untick_all(request: Request) -> None:
        selecting.untick_all(request.draft, request.person)
        request.update(lambda: steps.licences(request.draft, request))

    @routes.submission(screen.LICENCES_VIEW)
    def on_licences(request: Request) -> None:
        steps.keep_boxes(request)
        try:
            request.show(steps.site(request.draft, request))
        except NothingSelected:
            request.show(steps.licences(request.draft, request, notice="Cochez au moins une licence."))

    @routes.action(screen.BACK_TO_LICENCES)
    def on_back_to_licences(request: Request) -> None:
        drafts.change(request.draft, request.person, reason=request.entered(screen.REASON))
        request.update(lambda: steps.licences(request.draft, request))

    @routes.action(screen.BACK_TO_SITE)
    def on_back_to_site(request: Request) -> None:
        request.update(lambda: steps.site(request.draft, request))

    @routes.action(screen.ADD_SITE)
    def on_add_site(request: Request) -> None:
        drafts.change(request.draft, request.person, reason=request.entered(screen.REASON))
        row = drafts.read(request.draft, request.person)
        child = drafts.begin(
            OperationKind.SITE_CREATION,
            request.person,
            row.channel,
            parent_id=row.id,
            customer_id=row.customer_id,
        )
        customer = services.sites.customer(child, request.person)
        request.push(site_views.form(child, customer, fixed=True))

    @routes.submission(screen.SITE_VIEW)
    def on_site(request: Request) -> None:
        drafts.change(
            request.draft,
            request.person,
            destination_id=int(request.entered(screen.SITE)),
            reason=request.entered(screen.REASON),
        )
        try:
            plan = moving.preview(request.draft, request.person)
        except ServiceNotActive:
            raise
        except DomainError as error:
            request.fault({_block(request): refusals.sentence(error)})
        else:
            request.show(screen.confirm(request.draft, plan))

    @routes.submission(screen.CONFIRM_VIEW)
    def on_confirmed(request: Request) -> None:
        if recorded := confirming.in_modal(request, moving, screen.confirm):
            request.show(history_views.done(recorded))

    @routes.action(screen.APPLY)
    def on_confirmed_inline(request: Request) -> None:
        confirming.in_conversation(request, moving, screen.inline)

    @routes.options(screen.SITE_SEARCH, filter_views.SITE_FILTER_SEARCH)
    def on_site_search(request: Request) -> None:
        request.choices([views.site_option(site) for site in steps.sites(request)])

    routes.draft_view(OperationKind.MOVE, steps.now)

    for name in ("call_restriction", "overage_restriction"):

        @routes.options(f"{filter_views.RESTRICTION_SEARCH}.{name}")
        def on_restriction(request: Request, name: str = name) -> None:
            service_id = drafts.read(request.draft, request.person).service
            found = services.park.restrictions(service_id, name, request.text)
            request.choices([filter_views.restriction_option(value) for value in found])


def _block(request: Request) -> str:
    """Name the block of the site as it is now: a chosen site makes it another block."""
    names: list[str] = list(request.view["state"]["values"])
    return next(name for name in names if name.split(".")[0] == screen.SITE)


def _wanted(request: Request) -> LicenceFilter:
    entered = {name: request.entered(name) for name in filter_views.FILTER_LABELS}
    return LicenceFilter(
        **{
            **entered,
            "licence": LicenceType(entered["licence"]) if entered["licence"] else None,
            "state": LicenceState(entered["state"]) if entered["state"] else None,
            "site_id": int(entered["site_id"]) if entered["site_id"] else None,
            "supervisor": {"Oui": True, "Non": False}.get(entered["supervisor"]),
        }
    )


class Steps:
    """The views of procedure 1, from what its draft holds."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.service = choosing.first_step(services, screen.TITLE, screen.SERVICE_VIEW)

    def begin(self, request: Request) -> None:
        """Open the procedure with what the text names."""
        choosing.begin(request, self._services, OperationKind.MOVE, self.service, self.licences)

    def now(self, draft: DraftId, request: Request) -> View:
        """Show the draft where it stands."""
        row = self._services.drafts.read(draft, request.person)
        if row.service_id is None:
            return self.service(draft, request)
        try:
            return self.site(draft, request)
        except NothingSelected:
            return self.licences(draft, request)

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

    def site(self, draft: DraftId, request: Request, notice: str | None = None) -> View:
        """Ask where the selection goes. Raises NothingSelected."""
        row = self._services.drafts.read(draft, request.person)
        chosen, total = self._services.selecting.selection(draft, request.person)
        if not total:
            raise NothingSelected
        service = self._services.drafts.service(draft, request.person)
        destination = self._site(row.destination_id)
        return screen.site(draft, service, chosen, total, destination, row.reason, notice)

    def sites(self, request: Request) -> tuple[SiteRow, ...]:
        """Find the sites of the draft's customer."""
        customer_id = self._services.drafts.service(request.draft, request.person).customer.id
        return self._services.park.search_sites(customer_id, request.text)

    def keep_boxes(self, request: Request) -> None:
        """Take over the boxes as the person left them, whatever they clicked next."""
        elements = [
            element
            for block in request.view["blocks"]
            for element in block.get("elements", [])
            if element.get("action_id") == screen.TICK
        ]
        shown = [int(option["value"]) for element in elements for option in element["options"]]
        ticked = [
            int(option["value"])
            for block in request.view["state"]["values"].values()
            for option in block.get(screen.TICK, {}).get("selected_options", [])
        ]
        self._services.selecting.tick(request.draft, request.person, shown, ticked)

    def inline(self, request: Request, named: str, label: str) -> None:
        """Answer a command that says it all with its plan; what does not fit, with the modal."""
        drafts, person = self._services.drafts, request.person
        draft = drafts.begin(OperationKind.MOVE, person, request.channel)
        try:
            drafts.name_licences(draft, person, named)
            drafts.name_site(draft, person, label)
        except DomainError as error:
            request.offer(draft, refusals.sentence(error))
            return
        plan = self._services.moving.preview(draft, person)
        request.reply(screen.TITLE, screen.inline(draft, plan))

    def _site(self, site_id: int | None) -> SiteRow | None:
        return self._services.park.site(site_id) if site_id else None
