"""The words of the trade as values: frozen, and validated once, where they are made."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import total_ordering
from typing import NewType, Self

import phonenumbers
from anyascii import anyascii

from domain.errors import InvalidPhoneNumber, InvalidPostalCode

Person = NewType("Person", str)
"""A Slack user's id, opaque here: who does something."""

DraftId = NewType("DraftId", str)
"""A procedure under way. It becomes the operation's id, and so the idempotency key (R7)."""

OperationId = NewType("OperationId", str)
"""A committed operation: the id of the draft that led to it."""

Fingerprint = NewType("Fingerprint", str)
"""A digest of all that a plan shows: equal fingerprints, equal plans (R6)."""


class LicenceType(StrEnum):
    """The eight products, by the names they are sold under, in catalogue order."""

    SIMPLE = "Licence simple"
    FULL = "Licence full"
    FULL_ADVANCED = "Licence full avancée"
    FULL_MEETING = "Licence full meeting"
    FULL_MEETING_ADVANCED = "Licence full meeting avancée"
    FULL_CONFERENCING = "Licence full conferencing"
    FAX = "Licence fax entreprise"
    IVR = "Licence SVI"


class ServiceType(StrEnum):
    """The products that a service can be; this bot handles one."""

    METACENTREX = "MetaCentrex"


class ServiceState(StrEnum):
    """Where a service stands in its contract."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"


class LicenceState(StrEnum):
    """Where a licence stands in its contract."""

    ACTIVE = "active"
    TERMINATED = "terminated"


class OperationKind(StrEnum):
    """What an operation did to the park; also the procedure a draft leads through."""

    MOVE = "move"
    TERMINATION = "termination"
    DISSOCIATION = "dissociation"
    SITE_CREATION = "site creation"
    UNDO = "undo"


@total_ordering
@dataclass(frozen=True)
class PhoneNumber:
    """A telephone number in E.164, as every SDA is kept."""

    e164: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read any French or international spelling.

        Raises InvalidPhoneNumber where no number of the numbering plan is meant.
        """
        try:
            number = phonenumbers.parse(text, "FR")
        except phonenumbers.NumberParseException as error:
            raise InvalidPhoneNumber(text) from error
        if number.extension or re.search(r"[^\W\d_]", text) or not phonenumbers.is_valid_number(number):
            raise InvalidPhoneNumber(text)
        return cls(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))

    def __lt__(self, other: Self) -> bool:
        return self.e164 < other.e164

    @property
    def search_word(self) -> str:
        """The digits as they are dialled in France: `0491000001`; elsewhere with the country code."""
        return "0" + self.e164[3:] if self.e164.startswith("+33") else self.e164[1:]


@dataclass(frozen=True)
class PostalCode:
    """A French postal code: five digits, of a department that exists."""

    digits: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the five digits, whatever the spaces. Raises InvalidPostalCode."""
        digits = re.sub(r"\s", "", text)
        if not re.fullmatch(r"(?:0[1-9]|[1-8][0-9]|9[0-8])[0-9]{3}", digits):
            raise InvalidPostalCode(text)
        return cls(digits)


def tidy(text: str) -> str:
    """Text as one line without invisible characters (control, direction overrides), spaces folded."""
    visible = "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or not unicodedata.category(character).startswith("C")
    )
    return " ".join(visible.split())


def fold(text: str) -> str:
    """The key under which two texts are the same whatever the case and accents."""
    plain = unicodedata.normalize("NFC", text)
    return anyascii(plain).casefold().strip() or plain.casefold()


def words(text: str) -> tuple[str, ...]:
    """The words of a text for search: folded, without punctuation."""
    return tuple(re.findall(r"[a-z0-9]+", fold(text)))


_GAP = "[ .\\-\u00a0\u202f]?"
_NUMBER = re.compile(
    rf"""(?<![\w-])(?:
        (?:0|(?:\+|00)33{_GAP}(?:\(0\))?{_GAP})[1-9](?:{_GAP}\d{{2}}){{4}}  # French, whole
        |(?:\+|00)[1-9](?:{_GAP}\d){{5,13}}                              # from elsewhere
        |0[1-9](?:{_GAP}\d{{2}}){{0,3}}(?:{_GAP}\d)?                      # French, its beginning
    )(?![\w-])""",
    re.VERBOSE,
)


def tokens(text: str) -> tuple[str, ...]:
    """Split what a person typed into references and numbers: `04 91 00 00 01` is one token."""
    found: list[str] = []
    rest = 0
    for match in _NUMBER.finditer(text):
        found += [*text[rest : match.start()].split(), match[0]]
        rest = match.end()
    return (*found, *text[rest:].split())


def search_words(text: str) -> tuple[str, ...]:
    """The words that a search must match, a number being one word as it is dialled in France."""
    found: list[str] = []
    for token in tokens(text):
        if _NUMBER.fullmatch(token):
            digits = re.sub(r"[^0-9+]", "", token.replace("(0)", ""))
            found.append(re.sub(r"^(?:\+|00)", "", re.sub(r"^(?:\+|00)33", "0", digits)))
        else:
            found += words(token)
    return tuple(found)
