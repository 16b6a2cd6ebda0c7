"""The portal's eleven licence filters: the form, and what is said of those that are set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slack_sdk.models.blocks import (
    ExternalDataSelectElement,
    InputBlock,
    PlainTextInputElement,
    StaticSelectElement,
)

from domain.values import TEXT_LIMIT, LicenceState, LicenceType
from handlers import french
from handlers.views import BACK_LABEL, modal, options, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slack_sdk.models.blocks import Block, Option
    from slack_sdk.models.views import View

    from domain.rows import LicenceFilter, SiteRow
    from domain.values import DraftId

FILTERS_VIEW = "moving.filters"
RESTRICTION_SEARCH = "moving.restriction"
SITE_FILTER_SEARCH = "moving.site_filter"

FILTER_LABELS = {
    "sda": "SDA",
    "licence": "Licence",
    "accountcode": "Réf. accountcode",
    "reference": "Réf. fiche produit contractée",
    "state": "État",
    "emergency_number": "Numéro d'urgence",
    "site_id": "Site",
    "fax2mail": "Numéro Fax2Mail",
    "call_restriction": "Restrictions d'appels sortants",
    "overage_restriction": "Restrictions d'appels sortants hors forfait illimité",
    "supervisor": "Superviseur",
}
"""The portal's eleven filters, in its order, by the name of their field in LicenceFilter."""

STATES = {LicenceState.ACTIVE: "Actif", LicenceState.TERMINATED: "Résilié"}
YES_NO = {True: "Oui", False: "Non"}
_ANY = "Indifférent"
_TYPED = ("sda", "accountcode", "reference", "emergency_number", "fax2mail")
_LISTS: Mapping[str, Sequence[tuple[str, object]]] = {
    "licence": [(kind.value, kind.value) for kind in LicenceType],
    "state": [(word, state.value) for state, word in STATES.items()],
    "supervisor": [(word, word) for word in YES_NO.values()],
}


def summary(wanted: LicenceFilter, site: SiteRow | None) -> str:
    """Say which filters are set."""

    def word(name: str, value: Any) -> str:
        match name:
            case "state":
                return STATES[value]
            case "supervisor":
                return YES_NO[value]
            case "site_id":
                return site.label if site else str(value)
        return str(value)

    return " · ".join(
        f"{FILTER_LABELS[name]}{french.COLON} {word(name, value)}" for name, value in wanted.chosen.items()
    )


def form(draft: DraftId, wanted: LicenceFilter, site: SiteRow | None) -> View:
    """Ask for the eleven filters."""
    blocks: list[Block] = [_filter(name, wanted, site) for name in FILTER_LABELS]
    return modal("Filtrer les licences", blocks, draft, FILTERS_VIEW, submit="Filtrer", close=BACK_LABEL)


def _filter(name: str, wanted: LicenceFilter, site: SiteRow | None) -> Block:
    value = getattr(wanted, name)
    if name in _TYPED:
        element: Any = PlainTextInputElement(action_id=name, initial_value=value, max_length=TEXT_LIMIT)
    elif name in _LISTS:
        choices = [options.option(word, choice) for word, choice in _LISTS[name]]
        current = {True: "Oui", False: "Non"}.get(value, value) if name == "supervisor" else value
        chosen = [choice for choice in choices if current is not None and choice.value == str(current)]
        element = StaticSelectElement(
            action_id=name,
            placeholder=plain(STATES[LicenceState.ACTIVE] if name == "state" else _ANY),
            options=choices,
            initial_option=chosen[0] if chosen else None,
        )
    else:
        action = SITE_FILTER_SEARCH if name == "site_id" else f"{RESTRICTION_SEARCH}.{name}"
        element = ExternalDataSelectElement(
            action_id=action,
            placeholder=plain(_ANY),
            min_query_length=0,
            initial_option=_initial(name, value, site),
        )
    return InputBlock(block_id=name, label=plain(FILTER_LABELS[name]), element=element, optional=True)


def _initial(name: str, value: str | None, site: SiteRow | None) -> Option | None:
    if name == "site_id":
        return options.drawn(options.site(site)) if site else None
    return options.drawn(options.restriction(value)) if value else None
