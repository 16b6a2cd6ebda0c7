"""What a person does with the domain's services, in one call."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from domain.dissociating import DISSOCIATING
from domain.moving import MOVING
from domain.sites import ADDING_SITE, SiteForm, SitePlan
from domain.tables import Licence, Number, Service, Site
from domain.terminating import TERMINATING
from domain.undoing import UNDOING
from domain.values import DraftId, LicenceState, OperationKind, Person, ServiceState

if TYPE_CHECKING:
    from domain.database import Database
    from domain.operations import Recorded
    from handlers.services import Services

AGENT, COLLEAGUE = Person("U0AGATHE"), Person("U0BRUNO")
SUPPORT = "C0SUPPORT"


def draft_move(services: Services, references: str, label: str, by: Person = AGENT) -> DraftId:
    """Prepare a change of address up to its plan."""
    return services.drafts.name(OperationKind.MOVE, by, SUPPORT, f"{references} vers {label}")[0].id


def move(services: Services, references: str, label: str, by: Person = AGENT) -> Recorded:
    """Change the address of licences."""
    draft = draft_move(services, references, label, by)
    return services.orders.confirm(draft, services.orders.preview(MOVING, draft, by).fingerprint, by)


def draft_termination(services: Services, references: str) -> DraftId:
    """Prepare the termination of named licences up to its plan."""
    return services.drafts.name(OperationKind.TERMINATION, AGENT, SUPPORT, references)[0].id


def terminate(services: Services, references: str) -> Recorded:
    """Terminate named licences."""
    draft = draft_termination(services, references)
    return services.orders.confirm(
        draft, services.orders.preview(TERMINATING, draft, AGENT).fingerprint, AGENT
    )


def dissociate(services: Services, numbers: str, by: Person = AGENT) -> Recorded:
    """Dissociate numbers."""
    draft = services.drafts.name(OperationKind.DISSOCIATION, by, SUPPORT, numbers)[0].id
    return services.orders.confirm(draft, services.orders.preview(DISSOCIATING, draft, by).fingerprint, by)


def draft_undo(services: Services, operation: Recorded, by: Person = AGENT) -> DraftId:
    """Prepare an undo up to its plan."""
    return services.drafts.begin(OperationKind.UNDO, by, SUPPORT, undoes=operation.id)


def undo(services: Services, operation: Recorded, by: Person = AGENT) -> Recorded:
    """Undo an operation."""
    draft = draft_undo(services, operation, by)
    return services.orders.confirm(draft, services.orders.preview(UNDOING, draft, by).fingerprint, by)


def draft_site(
    services: Services, customer_id: int, form: SiteForm, by: Person = AGENT
) -> tuple[DraftId, SitePlan]:
    """Prepare a site up to its plan."""
    draft = services.drafts.begin(OperationKind.SITE_CREATION, by, SUPPORT)
    services.drafts.change(draft, by, customer_id=customer_id, form=asdict(form))
    return draft, services.orders.preview(ADDING_SITE, draft, by)


def add_site(services: Services, customer_id: int, label: str, by: Person = AGENT) -> None:
    """Add a site to a customer, at an address of its own."""
    form = SiteForm(label, f"1 allée {label}", "13001", "Marseille", None)
    draft, plan = draft_site(services, customer_id, form, by)
    services.orders.confirm(draft, plan.fingerprint, by)


def place_of(database: Database, reference: str) -> str:
    """Tell the site of a licence."""
    query = select(Site.label).join(Licence, Licence.site_id == Site.id).where(Licence.reference == reference)
    with database.reading() as session:
        return session.scalars(query).one()


def state_of(database: Database, reference: str) -> LicenceState:
    """Tell the state of a licence."""
    with database.reading() as session:
        return session.scalars(select(Licence.state).where(Licence.reference == reference)).one()


def holder_of(database: Database, e164: str) -> str | None:
    """Tell the licence that holds a number."""
    query = select(Licence.reference).join(Number, Number.licence_id == Licence.id).where(Number.e164 == e164)
    with database.reading() as session:
        return session.scalars(query).one_or_none()


def suspend(database: Database, reference: str = "MCX-13001-01") -> None:
    """Suspend a service, as the portal does."""
    with database.writing() as session:
        state = ServiceState.SUSPENDED
        session.execute(update(Service).where(Service.reference == reference).values(state=state))


def close_site(database: Database, label: str) -> None:
    """Close a site, as the portal does."""
    with database.writing() as session:
        session.execute(update(Site).where(Site.label == label).values(is_open=False))
