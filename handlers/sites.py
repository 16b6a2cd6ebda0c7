"""Procedure 4: adding a site."""

from __future__ import annotations

import contextlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from domain.errors import (
    DraftSpent,
    FormInvalid,
    SiteLabelTaken,
    SiteOfAnotherCustomer,
    TextMissing,
    UnknownOperation,
)
from domain.operations import Recorded
from domain.sites import ADDING_SITE, SiteForm
from domain.values import OperationId
from handlers import choosing, french, refusals
from handlers.faces import Entry, Face
from handlers.views import options
from handlers.views import sites as screen

if TYPE_CHECKING:
    from slack_sdk.models.views import View

    from domain.drafts import DraftRow
    from domain.values import DraftId
    from handlers.procedures import Procedures
    from handlers.requests import Request
    from handlers.services import Services


def register(procedures: Procedures) -> None:
    """Serve the clicks of procedure 4."""
    routes, services = procedures.routes, procedures.services
    drafts, orders = services.drafts, services.orders

    @routes.options(screen.CUSTOMER_SEARCH)
    def on_customer_search(request: Request) -> None:
        found = choosing.matches(request, services, services.park.search_customers)
        request.choices([options.customer(customer) for customer in found])

    @routes.submission(screen.FORM_VIEW)
    def on_form(request: Request) -> None:
        row = drafts.read(request.draft, request.person)
        try:
            entered = enter(row.id, _form(row, request), request)
        except FormInvalid as error:
            request.fault(refusals.under_fields(error))
        except SiteLabelTaken as error:
            request.fault({"label": refusals.sentence(error)})
        else:
            procedures.told(entered, request) if isinstance(entered, Recorded) else request.show(entered)

    def enter(draft: DraftId, form: dict[str, Any], request: Request) -> Recorded | View:
        """Add the site, or show what stands at its address, or what it would be if the form has served."""
        try:
            entered = orders.enter(ADDING_SITE, draft, request.person, form, request.place)
        except DraftSpent:
            fresh = drafts.reopen(draft, request.person).id
            drafts.change(fresh, request.person, **form)
            return procedures.plan(FACE, request, fresh, refusals.SPENT)
        if isinstance(entered, Recorded):
            return entered
        return screen.similar(draft, entered, close=request.way_out)

    @routes.submission(screen.SIMILAR_VIEW)
    def on_similar(request: Request) -> None:
        if request.entered(screen.CHOICE) in (screen.CREATE, None):  # None: there is no site to choose from
            procedures.confirm(FACE, request)
        else:
            use(request, request.entered_id(screen.CHOICE))

    def use(request: Request, site_id: int) -> None:
        """Take a site that is there; nothing is created, unless the same window did it before."""
        with contextlib.suppress(UnknownOperation):
            procedures.told(services.operations.read(OperationId(request.draft)), request)
            return
        site = services.park.site(site_id)
        row = drafts.read(request.draft, request.person)
        if site.customer_id != row.customer_id:
            raise SiteOfAnotherCustomer(site.label)
        if row.parent_id:
            parent = drafts.change(row.parent_id, request.person, destination_id=site.id)
            if procedures.come_back(parent, request, f"Site existant choisi{french.COLON} {site.label}"):
                return
        request.show(screen.kept(site))


def _form(row: DraftRow, request: Request) -> dict[str, Any]:
    form = SiteForm.parse({name: request.entered(name) for name in screen.FIELDS})
    chosen = () if row.parent_id else request.entered_ids(screen.CUSTOMER)
    customer_id = chosen[0] if chosen else row.customer_id
    if customer_id is None:
        raise FormInvalid({"customer": TextMissing("customer")})
    return {"customer_id": customer_id, "form": asdict(form)}


def form(services: Services, draft: DraftId, request: Request) -> View:
    """Show the form."""
    row, customer = services.drafts.with_customer(draft, request.person)
    notice = None
    if row.search and not customer:
        several = services.park.search_customers(row.search, 1)
        notice = (refusals.several_customers if several else refusals.no_customer)(row.search)
    return screen.form(draft, customer, fixed=row.parent_id is not None, notice=notice)


FACE = Face(
    procedure=ADDING_SITE,
    title=screen.TITLE,
    words=screen.WORDS,
    draw=screen.similar,
    first=form,
    entry=Entry(
        command="/site-ajouter",
        home="home.add_site",
        help=screen.HELP,
        button=screen.TITLE,
        again=screen.AGAIN,
    ),
)
