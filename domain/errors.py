"""Why something can't be done: facts without prose. Each docstring is the error's meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from domain.values import OperationId, Person, PhoneNumber, ServiceState


class DomainError(Exception):
    """Something the person asked for can't be done; nothing was changed."""


class Naming(DomainError):
    """What was typed can't be taken as it is."""


class Refused(DomainError):
    """A rule stands against it."""


class Stale(DomainError):
    """What was shown, or the procedure itself, has been overtaken."""


class Unavailable(DomainError):
    """What is needed to answer is out of reach."""


# Values


@dataclass(eq=False)
class InvalidPhoneNumber(Naming):
    """The text is no telephone number of a numbering plan."""

    text: str


@dataclass(eq=False)
class DoubtfulPhoneNumber(InvalidPhoneNumber):
    """The text reads as a number of another country, and as a French one with a slip."""

    number: PhoneNumber


@dataclass(eq=False)
class DigitsMissing(Naming):
    """A number is sought by a text without a digit."""

    text: str


@dataclass(eq=False)
class InvalidPostalCode(Naming):
    """The text is no French postal code."""

    text: str


@dataclass(eq=False)
class TextMissing(Naming):
    """A text that is needed is empty."""

    field: str


@dataclass(eq=False)
class TextTooLong(Naming):
    """A text is longer than `limit` characters."""

    field: str
    limit: int


@dataclass(eq=False)
class QuantityNotWhole(Naming):
    """The quantity is not a whole number of 1 or more (R5)."""

    text: str


@dataclass(eq=False)
class QuantityTooLarge(Refused):
    """More licences than can be terminated: the others hold a number (R5)."""

    terminable: int
    held: int
    """How many they are."""
    held_by: tuple[PhoneNumber, ...]


@dataclass(eq=False)
class FormInvalid(Naming):
    """Fields of a form can't be taken as they are: each with its own error."""

    faults: dict[str, Naming]


# The park


@dataclass(eq=False)
class NamesLeftOut(Naming):
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
class UnknownSite(Naming):
    """No site of the customer answers to this text."""

    text: str


@dataclass(eq=False)
class SeveralSites(Naming):
    """Several sites of the customer answer to this text."""

    text: str
    labels: tuple[str, ...]


@dataclass(eq=False)
class ServiceNotActive(Refused):
    """The service is suspended or terminated: nothing in it can be changed (R2)."""

    reference: str
    state: ServiceState


@dataclass(eq=False)
class ServiceElsewhere(Stale):
    """The service has gone to another customer since it was chosen (R2)."""

    reference: str


@dataclass(eq=False)
class SiteOfAnotherCustomer(Refused):
    """The site is not one of the service's customer (R1)."""

    label: str


@dataclass(eq=False)
class SiteClosed(Refused):
    """The site is closed (R1)."""

    label: str


@dataclass(eq=False)
class SiteLabelTaken(Refused):
    """The customer has a site of that label, whatever the case and accents."""

    label: str


class ParkMoved(Stale):
    """The rows changed under the change: it was rolled back (R6)."""


class ParkUnavailable(Unavailable):
    """The database is busy or away; nothing was changed."""


class OutcomeUnknown(ParkUnavailable):
    """The database went away while it committed: whether it did is not known."""


class ChoiceGone(Stale):
    """What was chosen is not there, or no longer."""


# Drafts and operations


class DraftGone(Stale):
    """The procedure has expired, or never existed."""


class DraftForeign(Stale):
    """The procedure is another person's."""


class DraftSpent(Stale):
    """The procedure has led to an operation already, and another plan was confirmed under it (R7)."""


class DraftIncomplete(Stale):
    """A step was skipped: the procedure lacks a choice that this step needs."""


class NothingSelected(Refused):
    """Nothing is selected."""


class NothingToDo(Refused):
    """The plan changes nothing."""


class PlanChanged(Stale):
    """The park moved since the plan was shown: nothing was applied (R6)."""


class UnknownOperation(Stale):
    """No operation bears this id."""


class NotUndoable(Refused):
    """An operation of this kind can't be undone."""


@dataclass(eq=False)
class AlreadyUndone(Refused):
    """The operation was undone before; once is all (R10)."""

    operation: OperationId
    by: Person
    at: datetime


@dataclass(eq=False)
class UndoExpired(Refused):
    """The operation is too old to be undone (R10)."""

    hours: int


# Access


class NotAllowed(Refused):
    """The person has no access (R11)."""


class AccessUnknown(Unavailable):
    """Slack has not told for too long who belongs to the groups, so nobody passes (R11)."""
