"""What is read of the park and its record: frozen rows that cross layers."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Self

from domain.errors import DigitsMissing, TextTooLong
from domain.values import TEXT_LIMIT, LicenceState, LicenceType, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.errors import NamesLeftOut, Naming
    from domain.values import Field, PhoneNumber, ServiceState

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
    service_id: int
    site_id: int
    site_label: str
    accountcode: str | None = None
    """Whose it is, as agents know it."""
    numbers: tuple[PhoneNumber, ...] = ()
    revision: int = field(default=0, repr=False, compare=False)
    """How often it has changed (R10): not shown, and so in no fingerprint."""


@dataclass(frozen=True)
class NumberRow:
    """A number with the licence that it is associated with, if any."""

    id: int
    number: PhoneNumber
    service_id: int
    licence_id: int | None
    licence_reference: str | None
    licence_type: LicenceType | None
    licence_state: LicenceState | None
    accountcode: str | None = None
    """The licence's."""
    revision: int = field(default=0, repr=False, compare=False)


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

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        """Read filters as a draft keeps them."""
        values = dict(kept)
        if "licence" in values:
            values["licence"] = LicenceType(values["licence"])
        if "state" in values:
            values["state"] = LicenceState(values["state"])
        return cls(**values)

    @property
    def chosen(self) -> dict[str, Any]:
        """The filters that are set, by name; texts are tidied."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        tidied = {name: tidy(value) if type(value) is str else value for name, value in values.items()}
        return {name: value for name, value in tidied.items() if value not in (None, "")}

    @property
    def faults(self) -> dict[str, Naming]:
        """What can't be sought: a number without a digit, which every licence has; too long a text."""
        faults: dict[str, Naming] = {}
        for name, text in self.chosen.items():
            if isinstance(text, str) and len(text) > TEXT_LIMIT:
                faults[name] = TextTooLong(name, TEXT_LIMIT)
            elif name in ("sda", "emergency_number", "fax2mail") and not any(map(str.isdigit, text)):
                faults[name] = DigitsMissing(text)
        return faults


@dataclass(frozen=True)
class Found:
    """What a free search leads to: services; of the only one, the licences or numbers that are named."""

    services: tuple[ServiceRow, ...]
    licence_ids: tuple[int, ...] = ()
    number_ids: tuple[int, ...] = ()
    licence_reference: str | None = None
    """The reference of the only licence named."""
    licence_state: LicenceState | None = None
    """Its state, where it is asked for: it has ended."""
    left: NamesLeftOut | None = None
    """What was named beside them and can't be taken along."""


@dataclass(frozen=True)
class Line:
    """One thing that an operation changed, or that an undo had to leave."""

    field: Field
    subject: str | PhoneNumber
    before: str | None
    after: str | None
    refused: bool
    licence_reference: str | None
    licence_type: LicenceType | None
    accountcode: str | None = None
    numbers: tuple[PhoneNumber, ...] = ()


@dataclass(frozen=True)
class Group:
    """How many lines went from one side to another; the field tells what the sides are (R8)."""

    field: Field
    before: str | None
    after: str | None
    count: int
