"""Procedure 4: adding a site."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from domain.errors import FormInvalid, SiteLabelTaken, SiteOfAnotherCustomer
from domain.sites import ADDING_SITE, SiteForm
from domain.values import OperationKind
from handlers import choosing, confirming, french, refusals
from handlers.moving import Steps as MovingSteps
from handlers.views import history as history_views
from handlers.views import options
from handlers.views import sites as screen

if TYPE_CHECKING:
    from slack_sdk.models.views import View

    from domain.drafts import DraftRow
    from domain.operations import Recorded
    from domain.rows import SiteRow
    from domain.sites import SitePlan
    from domain.values import DraftId, Fingerprint
    from handlers.requests import Request
    from handlers.routing import Routes
    from handlers.services import Services


def register(routes: Routes, services: Services) -> None:
    """Put procedure 4 behind its command and clicks."""
    steps = Steps(services)
    drafts, sites = services.drafts, services.sites

    @routes.command("/site-ajouter")
    def on_command(request: Request) -> None:
        steps.begin(request)

    @routes.options(screen.CUSTOMER_SEARCH)
    def on_customer_search(request: Request) -> None:
        found = choosing.matches(request, services, services.park.search_customers)
        request.choices([options.customer(customer) for customer in found])

    @routes.submission(screen.FORM_VIEW)
    def on_form(request: Request) -> None:
        row = drafts.read(request.draft, request.person)
        chosen = () if row.parent_id else request.entered_ids(screen.CUSTOMER)
        customer_id = chosen[0] if chosen else row.customer_id
        try:
            form = SiteForm.parse({name: request.entered(name) for name in screen.FIELDS})
            plan = sites.fill(request.draft, request.person, customer_id, form)
        except FormInvalid as error:
            request.fault(refusals.under_fields(error))
        except SiteLabelTaken as error:
            request.fault({"label": refusals.sentence(error)})
        else:
            steps.offer(request, plan)

    @routes.submission(screen.SIMILAR_VIEW)
    def on_similar(request: Request) -> None:
        if request.entered(screen.CHOICE) in (screen.CREATE, None):  # None: there is no site to choose from
            steps.create(request, request.shown)
        else:
            steps.use(request, request.entered_id(screen.CHOICE))

    @routes.action(history_views.ADD_SITE_AGAIN)
    def on_again(request: Request) -> None:
        choosing.again(request, services, OperationKind.SITE_CREATION, steps.form)

    routes.draft_view(OperationKind.SITE_CREATION, steps.now)


class Steps:
    """The views of procedure 4, from what its draft holds."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._moving = MovingSteps(services)

    def begin(self, request: Request) -> None:
        """Open the form, with the customer that the text names."""
        customers = self._services.park.search_customers(request.text, 2) if request.text else ()
        customer_id = customers[0].id if len(customers) == 1 else None
        draft = self._services.drafts.begin(
            OperationKind.SITE_CREATION,
            request.person,
            request.channel,
            search=request.text,
            customer_id=customer_id,
        )
        request.open(self.form(draft, request), draft)

    def now(self, row: DraftRow, request: Request) -> View:
        """Show the draft where it stands."""
        return self.form(row.id, request)

    def form(self, draft: DraftId, request: Request) -> View:
        """Show the form."""
        row = self._services.drafts.read(draft, request.person)
        customer = self._services.sites.customer(draft, request.person)
        notice = None
        if row.search and not customer:
            several = self._services.park.search_customers(row.search, 1)
            notice = (refusals.several_customers if several else refusals.no_customer)(row.search)
        return screen.form(draft, customer, fixed=row.parent_id is not None, notice=notice)

    def offer(self, request: Request, plan: SitePlan) -> None:
        """Show the sites at the same address, if there are any; else create."""
        if plan.similar:
            request.show(screen.similar(request.draft, plan, close=request.way_out))
        else:
            self.create(request, plan.fingerprint)

    def create(self, request: Request, shown: Fingerprint) -> None:
        """Create the site, although one may stand at the same address."""

        def then(recorded: Recorded) -> None:
            added = self._services.sites.added(recorded.id)
            parent = self._services.drafts.read(request.draft, request.person).parent_id
            if not self._come_back(request, parent, added, f"Site ajouté{french.COLON} {added.label}"):
                request.show(history_views.done(recorded, request.place))

        services = self._services
        draw = partial(screen.similar, close=request.way_out)
        confirming.in_modal(request, services, ADDING_SITE, draw, then, shown)

    def use(self, request: Request, site_id: int) -> None:
        """Take a site that is there; nothing is created."""
        site = self._services.park.site(site_id)
        row = self._services.drafts.read(request.draft, request.person)
        if site.customer_id != row.customer_id:
            raise SiteOfAnotherCustomer(site.label)
        done = f"Site existant choisi{french.COLON} {site.label}"
        if not self._come_back(request, row.parent_id, site, done):
            request.show(screen.kept(site))

    def _come_back(self, request: Request, parent: DraftId | None, site: SiteRow, done: str) -> bool:
        """Go on where the person was, the site being chosen; tell whether they were anywhere."""
        if parent is None:
            return False
        self._services.drafts.change(parent, request.person, destination_id=site.id)
        if not request.update_below(self._moving.site(parent, request, done=done)):
            return False
        request.acknowledge()
        return True
