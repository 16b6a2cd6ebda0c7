"""Procedure 4 on screen: the form of a new site, and the sites at the same address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slack_sdk.models.blocks import (
    ExternalDataSelectElement,
    InputBlock,
    PlainTextInputElement,
    RadioButtonsElement,
)

from domain.sites import LIMITS
from handlers import french
from handlers.names import Names
from handlers.views import (
    ABANDON_LABEL,
    BACK_LABEL,
    address,
    alert,
    bold,
    bullets,
    done,
    line,
    modal,
    note,
    options,
    plain,
)
from handlers.views.words import Words

if TYPE_CHECKING:
    from slack_sdk.models.blocks import Block
    from slack_sdk.models.views import View

    from domain.operations import Recorded
    from domain.rows import CustomerRow, SiteRow
    from domain.sites import SitePlan
    from domain.values import DraftId

TITLE = "Ajouter un site"
HELP = "ajouter un site à un client"

FORM_VIEW = "sites.form"
SIMILAR_VIEW = "sites.similar"

CUSTOMER_SEARCH = "sites.customer_search"
AGAIN = "sites.again"

CUSTOMER = "customer"
CHOICE = "choice"
CREATE = "create"

_SIMILAR = ("Un site existe déjà à cette adresse.", "Des sites existent déjà à cette adresse.")

FIELDS = {
    "label": "Nom du site",
    "address": "Adresse",
    "postal_code": "Code postal",
    "city": "Ville",
    "phone": "Téléphone",
}
"""The form's text fields, by the name of their field in SiteForm; each is its block's id."""


def form(draft: DraftId, customer: CustomerRow | None, *, fixed: bool, notice: str | None = None) -> View:
    """Ask for a site; the customer is `fixed` where the site is needed on the way to something else."""
    blocks: list[Block] = [alert(notice)] if notice else []
    if customer and fixed:
        blocks.append(line("Client", french.COLON, " ", bold(customer.name), f" · {customer.account}"))
    else:
        search = ExternalDataSelectElement(
            action_id=CUSTOMER_SEARCH,
            placeholder=plain("Raison sociale ou compte client"),
            min_query_length=0,
            initial_option=options.drawn(options.customer(customer)) if customer else None,
        )
        blocks.append(InputBlock(block_id=CUSTOMER, label=plain("Client"), element=search))
    for name, label in FIELDS.items():
        entry = PlainTextInputElement(action_id=name, max_length=LIMITS[name])
        blocks.append(InputBlock(block_id=name, label=plain(label), element=entry, optional=name == "phone"))
    close = BACK_LABEL if fixed else ABANDON_LABEL
    return modal(TITLE, blocks, draft, FORM_VIEW, submit="Créer le site", close=close)


def similar(draft: DraftId, plan: SitePlan, notice: str | None = None, *, close: str = ABANDON_LABEL) -> View:
    """Show the sites at the same address: use one of them, or create all the same."""
    new = f"{plan.form.label}{french.COLON} {plan.form.address}, {plan.form.postal_code} {plan.form.city}"
    metadata = Names(draft, plan.fingerprint).encode()
    if not plan.similar:
        blocks = [*([alert(notice)] if notice else []), line("Site à créer", french.COLON, " ", bold(new))]
        return modal(TITLE, blocks, metadata, SIMILAR_VIEW, submit="Créer le site", close=close)
    choices = [options.option(f"Utiliser {site.label}", site.id, address(site)) for site in plan.similar[:9]]
    choices.append(options.option("Créer quand même", CREATE, new))
    radio = RadioButtonsElement(action_id=CHOICE, options=choices)
    blocks = [
        alert(notice or french.agreed(len(plan.similar), *_SIMILAR)),
        bullets(
            [bold(french.agreed(len(plan.similar), "Site à cette adresse", "Sites à cette adresse"))],
            [[f"{site.label}{french.COLON} {address(site)}"] for site in plan.similar[:9]],
        ),
        InputBlock(block_id=CHOICE, label=plain("Que faire ?".replace(" ?", "\u202f?")), element=radio),
    ]
    return modal(TITLE, blocks, metadata, SIMILAR_VIEW, submit="Continuer", close=close)


def kept(site: SiteRow) -> View:
    """Say that the site that is there is the one to use, and that nothing was created."""
    return done(
        TITLE, line(bold(site.label), f"\n{address(site)}"), note("Ce site existe déjà. Rien n’a été créé.")
    )


def _headline(recorded: Recorded) -> str:
    added = recorded.lines[0]
    return f"Site ajouté{french.COLON} {added.subject}, {added.after}. {recorded.customer_name}"


def _brief(recorded: Recorded) -> str:
    return f"Site ajouté{french.COLON} {recorded.lines[0].subject}"


WORDS = Words(_headline, _brief, following=(("Ajouter un autre site", AGAIN),), names=False)
