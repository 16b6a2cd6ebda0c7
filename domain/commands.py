"""What a command's text chooses: the service, the licences or numbers, the site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from domain import searching
from domain.errors import SeveralSites, TextMissing, UnknownSite
from domain.rows import Found, LicenceFilter
from domain.values import TEXT_LIMIT, OperationKind, ServiceState, tidy, words

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from domain.errors import Naming
    from domain.rows import ServiceRow

NoSite = TextMissing | UnknownSite | SeveralSites
"""Why the site that was typed is not found."""


@dataclass(frozen=True)
class Command:
    """What a command says."""

    found: Found
    is_order: bool
    """Whether it says all that its procedure asks, and goes straight to the confirmation."""
    site: NoSite | None
    values: dict[str, Any]
    """The choices that a draft has from it."""

    @property
    def misfits(self) -> tuple[Naming, ...]:
        """What of it can't be taken as it is."""
        return tuple(each for each in (self.found.left, self.site) if each)


def read(session: Session, kind: OperationKind, text: str) -> Command:
    """Read a command.

    A service that is the only one found is chosen if it is active; that of an order in any case, as the plan
    tells of it.
    """
    if kind is OperationKind.SITE_CREATION:
        customers = searching.search_customers(session, text, 2) if text else ()
        chosen = {"customer_id": customers[0].id} if len(customers) == 1 else {}
        return Command(Found(()), is_order=False, site=None, values={"search": kept(text), **chosen})
    found, order = searching.find_order(session, kind, text)
    service = found.services[0] if len(found.services) == 1 else None
    if service and not order and service.state is not ServiceState.ACTIVE:
        service = None
    site, misfit = _aim(session, service.customer.id if service else None, order.site if order else None)
    shown = _shown(service, found) if service else {}
    search = kept(order.named if order else text)
    return Command(found, order is not None, misfit, {"search": search, **shown, **site})


def choose(session: Session, service: ServiceRow, site: str | None) -> dict[str, Any]:
    """Choose a service anew, and of its customer's sites the one that was typed."""
    aimed, _ = _aim(session, service.customer.id, site)
    return {**_shown(service, Found(())), "destination_id": None, **aimed}


def _shown(service: ServiceRow, found: Found) -> dict[str, Any]:
    """Choose a service, of which what was found is shown first."""
    shown = LicenceFilter(reference=found.licence_reference, state=found.licence_state)
    chosen = {"service_id": service.id, "customer_id": service.customer.id}
    return {**chosen, "filters": shown.chosen, "page": 0}


def _aim(session: Session, customer_id: int | None, text: str | None) -> tuple[dict[str, Any], NoSite | None]:
    """Find a site by what was typed, which is kept until it is known whose sites are meant."""
    if text is None:
        return {}, None
    if not words(text):
        return {}, TextMissing("site")
    typed = kept(text)
    if customer_id is None:
        return {"site_text": typed}, None
    try:
        site = searching.site_named(session, customer_id, typed)
    except (UnknownSite, SeveralSites) as error:
        return {"site_text": typed}, error
    return {"destination_id": site.id, "site_text": None}, None


def kept(text: str) -> str:
    """As much of a text as a draft keeps."""
    return tidy(text)[:TEXT_LIMIT]
