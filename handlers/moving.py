"""Procedure 1: changing the address of licences."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from domain.errors import FormInvalid, NothingSelected, SiteClosed, SiteOfAnotherCustomer
from domain.moving import MOVING
from domain.rows import LicenceFilter
from domain.values import LicenceState, LicenceType, OperationKind
from handlers import refusals
from handlers.faces import Entry, Face, Inline
from handlers.views import filters as filter_views
from handlers.views import moving as screen
from handlers.views import options

if TYPE_CHECKING:
    from slack_sdk.models.views import View

    from domain.drafts import DraftRow
    from domain.rows import SiteRow
    from domain.selecting import Selection
    from domain.values import DraftId
    from handlers.procedures import Procedures
    from handlers.requests import Request
    from handlers.services import Services


def register(procedures: Procedures) -> None:
    """Serve the clicks of procedure 1."""
    routes, services = procedures.routes, procedures.services
    drafts, selecting = services.drafts, services.selecting

    @routes.action(screen.CHANGE_SERVICE)
    def on_change_service(request: Request) -> None:
        request.update(lambda: procedures.ask_service(FACE, request, request.draft))

    @routes.action(screen.TICK)
    def on_ticked(request: Request) -> None:
        _keep_boxes(services, request)
        request.update(lambda: licences(services, request.draft, request, generation=request.generation))

    @routes.action(screen.PREVIOUS, screen.NEXT)
    def on_page(request: Request) -> None:
        selecting.tick(request.draft, request.person, *request.boxes(screen.TICK), page=request.page)
        request.update(lambda: licences(services, request.draft, request))

    @routes.action(screen.FILTER)
    def on_filter(request: Request) -> None:
        _keep_boxes(services, request)
        request.push(_filters(services, request))

    @routes.submission(filter_views.FILTERS_VIEW)
    def on_filters(request: Request) -> None:
        try:
            selecting.filter(request.draft, request.person, _wanted(request))
        except FormInvalid as error:
            request.fault(refusals.under_fields(error))
        else:
            request.update_below(licences(services, request.draft, request))
            request.acknowledge()

    @routes.action(screen.UNFILTER)
    def on_unfilter(request: Request) -> None:
        selecting.filter(request.draft, request.person, LicenceFilter(), *request.boxes(screen.TICK))
        request.update(lambda: licences(services, request.draft, request))

    @routes.action(screen.TICK_ALL)
    def on_tick_all(request: Request) -> None:
        selecting.tick_all(request.draft, request.person, *request.boxes(screen.TICK))
        request.update(lambda: licences(services, request.draft, request))

    @routes.action(screen.UNTICK_ALL)
    def on_untick_all(request: Request) -> None:
        selecting.untick_all(request.draft, request.person)
        request.update(lambda: licences(services, request.draft, request))

    @routes.submission(screen.LICENCES_VIEW)
    def on_licences(request: Request) -> None:
        _keep_boxes(services, request)
        chosen = selecting.selection(request.draft, request.person)
        if chosen.total:
            request.show(site(services, request.draft, request, chosen=chosen))
        else:
            request.show(licences(services, request.draft, request, notice=screen.none_ticked(chosen.gone)))

    @routes.action(screen.BACK_TO_LICENCES)
    def on_back_to_licences(request: Request) -> None:
        drafts.change(request.draft, request.person, reason=request.entered(screen.REASON))
        request.update(lambda: licences(services, request.draft, request))

    @routes.action(screen.BACK_TO_SITE)
    def on_back_to_site(request: Request) -> None:
        request.update(lambda: site(services, request.draft, request))

    @routes.action(screen.ADD_SITE)
    def on_add_site(request: Request) -> None:
        leaving = {"reason": request.entered(screen.REASON)}
        kind = OperationKind.SITE_CREATION
        child = drafts.branch(request.draft, request.person, kind, leaving=leaving)
        request.push(procedures.branch(child, request))

    @routes.submission(screen.SITE_VIEW)
    def on_site(request: Request) -> None:
        drafts.change(
            request.draft,
            request.person,
            destination_id=request.entered_id(screen.SITE),
            reason=request.entered(screen.REASON),
        )
        try:
            plan = procedures.plan(FACE, request, request.draft)
        except (SiteClosed, SiteOfAnotherCustomer) as error:
            request.fault({request.block(screen.SITE): refusals.sentence(error)})
        else:
            request.show(plan)

    @routes.options(screen.SITE_SEARCH, filter_views.SITE_FILTER_SEARCH)
    def on_site_search(request: Request) -> None:
        request.choices([options.site(site) for site in _sites(services, request)])

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


def now(services: Services, row: DraftRow, request: Request) -> View:
    """Show the draft where it stands."""
    try:
        return site(services, row.id, request)
    except NothingSelected:
        return licences(services, row.id, request)


def licences(
    services: Services,
    draft: DraftId,
    request: Request,
    *,
    generation: str | None = None,
    notice: str | None = None,
) -> View:
    """Show the page of licences."""
    page = services.selecting.licences(draft, request.person)
    filtered = _site(services, page.filter.site_id)
    return screen.licences(draft, page, generation or secrets.token_hex(4), filtered, notice)


def _filters(services: Services, request: Request) -> View:
    wanted = services.drafts.read(request.draft, request.person).filter
    return filter_views.form(request.draft, wanted, _site(services, wanted.site_id))


def site(
    services: Services,
    draft: DraftId,
    request: Request,
    done: str | None = None,
    chosen: Selection | None = None,
) -> View:
    """Ask where the selection goes. Raises NothingSelected."""
    chosen = chosen or services.selecting.selection(draft, request.person)
    if not chosen.total:
        raise NothingSelected
    row, service = services.drafts.with_service(draft, request.person)
    destination = _site(services, row.destination_id)
    missing = refusals.not_one_site(row.site_text) if row.site_text and not destination else None
    return screen.site(draft, service, chosen, destination, row.reason, done=done, missing=missing)


def _sites(services: Services, request: Request) -> tuple[SiteRow, ...]:
    """Find the sites of the draft's customer."""
    _, service = services.drafts.with_service(request.draft, request.person)
    return services.park.search_sites(service.customer.id, request.text)


def _keep_boxes(services: Services, request: Request) -> None:
    """Take over the boxes as the person left them, whatever they clicked next."""
    shown, ticked = request.boxes(screen.TICK)
    services.selecting.tick(request.draft, request.person, shown, ticked)


def _site(services: Services, site_id: int | None) -> SiteRow | None:
    return services.park.site(site_id) if site_id else None


FACE = Face(
    procedure=MOVING,
    title=screen.TITLE,
    words=screen.WORDS,
    confirm_view=screen.CONFIRM_VIEW,
    draw=screen.confirm,
    service_view=screen.SERVICE_VIEW,
    inline=Inline(screen.APPLY, screen.inline),
    first=licences,
    now=now,
    under=site,
    entry=Entry(
        command="/licence-site",
        shortcut="changer_adresse",
        home="home.move",
        help=screen.HELP,
        button=screen.TITLE,
        again=screen.AGAIN,
    ),
)
