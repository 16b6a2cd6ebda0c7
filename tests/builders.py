"""Rows and strategies that the tests make their cases of."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from domain.operations import Recorded
from domain.rows import CustomerRow, LicenceRow, NumberRow, ServiceRow, SiteRow
from domain.values import (
    LicenceState,
    LicenceType,
    OperationId,
    OperationKind,
    Person,
    PhoneNumber,
    ServiceState,
)

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
        "licence_id": 1,
        "licence_reference": "FPC1",
        "licence_type": LicenceType.FULL,
        "licence_state": LicenceState.ACTIVE,
        **values,
    }
    return NumberRow(number_id, phone(number_id), **chosen)


def recorded(kind: OperationKind, at: Any, **values: Any) -> Recorded:
    """Make an operation as it is read back."""
    chosen = {
        "reason": None,
        "customer_name": CUSTOMER.name,
        "service_reference": "MCX-13001-01",
        "service_name": "Téléphonie",
        "undoes": None,
        "groups": (),
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
