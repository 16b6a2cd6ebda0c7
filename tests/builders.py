"""Rows and strategies that the tests make their cases of."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from domain.operations import Recorded
from domain.rows import CustomerRow, Group, LicenceRow, NumberRow, ServiceRow, SiteRow
from domain.values import (
    Field,
    LicenceState,
    LicenceType,
    OperationId,
    OperationKind,
    Person,
    PhoneNumber,
    ServiceState,
)

if TYPE_CHECKING:
    from collections.abc import Callable

CUSTOMER = CustomerRow(1, "C013001", "Provence Matériaux")


def service(state: ServiceState = ServiceState.ACTIVE) -> ServiceRow:
    """Make a service of CUSTOMER."""
    return ServiceRow(1, "MCX-13001-01", "Téléphonie", state, CUSTOMER)


def site(
    site_id: int = 1, *, customer_id: int = 1, label: str | None = None, is_open: bool = True
) -> SiteRow:
    """Make a site of CUSTOMER, unless told otherwise."""
    return SiteRow(
        site_id,
        customer_id,
        label or f"Site {site_id}",
        f"{site_id} rue Haute",
        "13001",
        "Marseille",
        is_open,
    )


def licence(licence_id: int, **values: Any) -> LicenceRow:
    """Make an active licence without number at site 1, unless told otherwise."""
    chosen = {
        "reference": f"FPC{licence_id}",
        "type": LicenceType.FULL,
        "state": LicenceState.ACTIVE,
        "service_id": 1,
        "site_id": 1,
        "site_label": "Site 1",
        "numbers": (),
        **values,
    }
    return LicenceRow(licence_id, **chosen)


def phone(index: int) -> PhoneNumber:
    """Make a number of Marseille."""
    return PhoneNumber(f"+334910{index:05}")


def number(number_id: int, **values: Any) -> NumberRow:
    """Make a number that licence 1 holds, unless told otherwise."""
    chosen = {
        "service_id": 1,
        "licence_id": 1,
        "licence_reference": "FPC1",
        "licence_type": LicenceType.FULL,
        "licence_state": LicenceState.ACTIVE,
        **values,
    }
    return NumberRow(number_id, phone(number_id), **chosen)


_FIELDS = {
    OperationKind.MOVE: Field.SITE,
    OperationKind.TERMINATION: Field.STATE,
    OperationKind.DISSOCIATION: Field.HOLDER,
    OperationKind.SITE_CREATION: Field.NEW_SITE,
    OperationKind.UNDO: Field.SITE,
    OperationKind.IMPORT: Field.SITE,
}


def recorded(kind: OperationKind, at: Any, **values: Any) -> Recorded:
    """Make an operation as it is read back."""
    chosen = {
        "reason": None,
        "customer_name": CUSTOMER.name,
        "service_reference": "MCX-13001-01",
        "service_name": "Téléphonie",
        "undoes": None,
        "groups": (Group(_FIELDS[kind], None, None, 1),),
        "lines": (),
        "count": 0,
        "refused": (),
        "refused_count": 0,
        "undone": None,
        **values,
    }
    return Recorded(OperationId("op"), kind, Person("U0AGATHE"), at, **chosen)


@st.composite
def licences(draw: st.DrawFn) -> list[LicenceRow]:
    """Draw the licences of a service, in the order of their references, in any state and place."""
    ids = draw(st.lists(st.integers(1, 9999), unique=True, max_size=30).map(sorted))
    rows = []
    for licence_id in ids:
        state = draw(st.sampled_from(LicenceState))
        held = state is LicenceState.ACTIVE and draw(st.booleans())
        place = draw(st.integers(1, 3))
        rows.append(
            licence(
                licence_id,
                state=state,
                site_id=place,
                site_label=f"Site {place}",
                numbers=(phone(licence_id),) if held else (),
            )
        )
    return rows


def _pairs(dialled: str) -> list[str]:
    return [dialled[at : at + 2] for at in range(0, len(dialled), 2)]


def _code(dialled: str) -> str:
    overseas = {"0262": "262", "0639": "262", "0596": "596", "0696": "596", "0976": "262"}
    return overseas.get(dialled[:4], "33")


SPELLINGS: dict[str, Callable[[str], str]] = {
    **{
        name: partial(lambda gap, dialled: gap.join(_pairs(dialled)), gap)
        for name, gap in {
            "compact": "",
            "spaces": " ",
            "no-break": "\u00a0",
            "narrow": "\u202f",
            "points": ".",
            "hyphens": "-",
            "typographic hyphens": "\u2010",
            "no-break hyphens": "\u2011",
            "figure dashes": "\u2012",
            "en dashes": "–",
            "em dashes": "—",
            "bars": "\u2015",
            "minus": "\u2212",
            "slashes": "/",
            "spaced dashes": " - ",
        }.items()
    },
    "brackets": lambda dialled: f"({dialled[:2]}) {' '.join(_pairs(dialled)[1:])}",
    "plus": lambda dialled: f"+{_code(dialled)} {dialled[1]} {' '.join(_pairs(dialled)[1:])}",
    "plus and zero": lambda dialled: f"+{_code(dialled)} (0){dialled[1]} {' '.join(_pairs(dialled)[1:])}",
    "plus and bare zero": lambda dialled: f"+{_code(dialled)} {dialled}",
    "plus apart": lambda dialled: f"+ {_code(dialled)} {dialled[1]} {' '.join(_pairs(dialled)[1:])}",
    "plus in brackets": lambda dialled: f"(+{_code(dialled)}) {dialled[1:]}",
    "zeros": lambda dialled: f"00{_code(dialled)} {dialled[1:]}",
    "zeros apart": lambda dialled: f"00 {_code(dialled)} {dialled[1]} {' '.join(_pairs(dialled)[1:])}",
    "code alone": lambda dialled: f"{_code(dialled)} {dialled[1]} {' '.join(_pairs(dialled)[1:])}",
    "mainland's code": lambda dialled: f"+33 {dialled[1:]}",
    "apostrophe": lambda dialled: f"'{dialled}",
    "lost zero": lambda dialled: dialled[1:],
    "lost zero, spaced": lambda dialled: f"{dialled[1]} {' '.join(_pairs(dialled)[1:])}",
    "quotes": lambda dialled: f"«\u00a0{dialled}\u00a0»",
    "label": lambda dialled: f"<tel:{dialled}|{' '.join(_pairs(dialled))}>",
    "direction marks": lambda dialled: f"\u202a{dialled}\u202c",
}
"""How a number that is dialled in France (ten digits) is spelled by hands, pages and spreadsheets."""
