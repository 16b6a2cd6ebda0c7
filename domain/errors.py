"""Why something can't be done: facts without prose. Each docstring is the error's meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from domain.values import OperationId, Person, PhoneNumber, ServiceState


class DomainError(Exception):
    """Something the person asked for can't be done; nothing was changed."""


# Values


@dataclass(eq=False)
class InvalidPhoneNumber(DomainError):
    """The text is no telephone number of a numbering plan."""

    text: str


@dataclass(eq=False)
class DoubtfulPhoneNumber(InvalidPhoneNumber):
    """The text reads as a number of another country, and as a French one with a slip."""

    number: PhoneNumber


@dataclass(eq=False)
class DigitsMissing(DomainError):
    """A number is sought by a text without a digit."""

    text: str


@dataclass(eq=False)
class InvalidPostalCode(DomainError):
    """The text is no French postal code."""

    text: str


@dataclass(eq=False)
class TextMissing(DomainError):
    """A text that is needed is empty."""

    field: str


@dataclass(eq=False)
class TextTooLong(DomainError):
    """A text is longer than `limit` characters."""

    field: str
    limit: int


@dataclass(eq=False)
class QuantityNotWhole(DomainError):
    """The quantity is not a whole number of 1 or more (R5)."""

    text: str


@dataclass(eq=False)
class QuantityTooLarge(DomainError):
    """More licences than can be terminated: the others hold a number (R5)."""

    terminable: int
    held_by: tuple[PhoneNumber, ...]


@dataclass(eq=False)
class FormInvalid(DomainError):
    """Fields of a form can't be taken as they are: each with its own error."""

    faults: dict[str, DomainError]


# The park


@dataclass(eq=False)
class NamesLeftOut(DomainError):
    """Not all that was named can be taken along; the rest is. Nothing left out: nothing was named at all."""

    unknown: tuple[str, ...] = ()
    doubtful: tuple[DoubtfulPhoneNumber, ...] = ()
    several: tuple[str, ...] = ()
    """Accountcodes of more than one licence."""
    free: tuple[PhoneNumber, ...] = ()
    """Numbers that are associated with no licence."""
    foreign: tuple[str, ...] = ()
    """References, accounts and words of other services or customers than the one taken."""
    ambiguous: str | None = None
    """What was typed, where it leads to several services."""
    elsewhere: tuple[str, ...] = ()
    """What belongs to another service than the one taken."""
    service: str | None = None
    """The reference of the service taken, if any."""
    takes_some: bool = False
    """Whether licences are taken along."""

    @property
    def is_any(self) -> bool:
        """Whether anything is left out."""
        parts = (self.unknown, self.doubtful, self.several, self.free, self.foreign, self.ambiguous)
        return any((*parts, self.elsewhere))


@dataclass(eq=False)
class UnknownSite(DomainError):
    """No site of the customer answers to this text."""

    text: str


@dataclass(eq=False)
class SeveralSites(DomainError):
    """Several sites of the customer answer to this text."""

    text: str
    labels: tuple[str, ...]


@dataclass(eq=False)
class ServiceNotActive(DomainError):
    """The service is suspended or terminated: nothing in it can be changed (R2)."""

    reference: str
    state: ServiceState


@dataclass(eq=False)
class ServiceElsewhere(DomainError):
    """The service has gone to another customer since it was chosen (R2)."""

    reference: str


@dataclass(eq=False)
class SiteOfAnotherCustomer(DomainError):
    """The site is not one of the service's customer (R1)."""

    label: str


@dataclass(eq=False)
class SiteClosed(DomainError):
    """The site is closed (R1)."""

    label: str


@dataclass(eq=False)
class SiteLabelTaken(DomainError):
    """The customer has a site of that label, whatever the case and accents."""

    label: str


class ParkMoved(DomainError):
    """The rows changed under the change: it was rolled back (R6)."""


class ParkUnavailable(DomainError):
    """The database is busy or away; nothing was changed."""


class ChoiceGone(DomainError):
    """What was chosen is not there, or no longer."""


# Drafts and operations


class DraftGone(DomainError):
    """The procedure has expired, or never existed."""


class DraftForeign(DomainError):
    """The procedure is another person's."""


class DraftSpent(DomainError):
    """The procedure has led to an operation already, and another plan was confirmed under it (R7)."""


class DraftIncomplete(DomainError):
    """A step was skipped: the procedure lacks a choice that this step needs."""


class NothingSelected(DomainError):
    """Nothing is selected."""


class NothingToDo(DomainError):
    """The plan changes nothing."""


class PlanChanged(DomainError):
    """The park moved since the plan was shown: nothing was applied (R6)."""


class UnknownOperation(DomainError):
    """No operation bears this id."""


class NotUndoable(DomainError):
    """An operation of this kind can't be undone."""


@dataclass(eq=False)
class AlreadyUndone(DomainError):
    """The operation was undone before; once is all (R10)."""

    operation: OperationId
    by: Person
    at: datetime


@dataclass(eq=False)
class UndoExpired(DomainError):
    """The operation is too old to be undone (R10)."""

    hours: int


# Access


class NotAllowed(DomainError):
    """The person has no access (R11)."""


class AccessUnknown(DomainError):
    """Slack has not told for too long who belongs to the groups, so nobody passes (R11)."""
