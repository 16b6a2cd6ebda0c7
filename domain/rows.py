"""What is read of the park: frozen rows that cross layers."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from domain.values import LicenceState, LicenceType, PhoneNumber, ServiceState

NAMED = 3
"""Numbers that a warning names, before « et N autres »."""


@dataclass(frozen=True)
class CustomerRow:
    """A customer as it is chosen from a list."""

    id: int
    account: str
    name: str


@dataclass(frozen=True)
class ServiceRow:
    """A service as it is chosen from a list, with its customer."""

    id: int
    reference: str
    name: str
    state: ServiceState
    customer: CustomerRow


@dataclass(frozen=True)
class SiteRow:
    """A site as it is chosen from a list."""

    id: int
    customer_id: int
    label: str
    address: str
    postal_code: str
    city: str
    is_open: bool


@dataclass(frozen=True)
class LicenceRow:
    """A licence with what tells it apart: type, numbers, current site."""

    id: int
    reference: str
    type: LicenceType
    state: LicenceState
    site_id: int
    site_label: str
    numbers: tuple[PhoneNumber, ...] = ()


@dataclass(frozen=True)
class NumberRow:
    """A number with the licence that it is associated with, if any."""

    id: int
    number: PhoneNumber
    licence_id: int | None
    licence_reference: str | None
    licence_type: LicenceType | None
    licence_state: LicenceState | None


@dataclass(frozen=True)
class TypeCount:
    """Licences of one type in a service: `active` of the `subscribed` hold a number."""

    type: LicenceType
    subscribed: int
    active: int
    held_by: tuple[PhoneNumber, ...] = ()
    """The first numbers that hold its licences, as many as a warning names."""
    numbers: int = 0
    """How many numbers hold them in all."""

    @property
    def terminable(self) -> int:
        """Licences that may be terminated (R5)."""
        return self.subscribed - self.active


@dataclass(frozen=True)
class LicenceFilter:
    """The portal's eleven filters; they combine (and), and None or "" leaves one out."""

    sda: str | None = None
    licence: LicenceType | None = None
    accountcode: str | None = None
    reference: str | None = None
    state: LicenceState | None = None
    emergency_number: str | None = None
    site_id: int | None = None
    fax2mail: str | None = None
    call_restriction: str | None = None
    overage_restriction: str | None = None
    supervisor: bool | None = None

    @property
    def chosen(self) -> dict[str, Any]:
        """The filters that are set, by name."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value not in (None, "")}


@dataclass(frozen=True)
class Found:
    """What a free search names: services, and the one licence or number if it is exactly that."""

    services: tuple[ServiceRow, ...]
    licence_id: int | None = None
    licence_reference: str | None = None
    number_id: int | None = None
