"""The words of the trade as values: frozen, and validated once, where they are made."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import total_ordering
from typing import NewType, Self

from anyascii import anyascii

from domain import telephony
from domain.errors import DoubtfulPhoneNumber, InvalidPhoneNumber, InvalidPostalCode, TextTooLong

Person = NewType("Person", str)
"""A Slack user's id, opaque here: who does something."""

DraftId = NewType("DraftId", str)
"""A procedure under way. It becomes the operation's id, and so the idempotency key (R7)."""

OperationId = NewType("OperationId", str)
"""A committed operation: the id of the draft that led to it."""

Fingerprint = NewType("Fingerprint", str)
"""A digest of all that a plan shows: equal fingerprints, equal plans (R6)."""


TEXT_LIMIT = 255
"""Characters that a name, a label or an address may have."""


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
    IMPORT = "import"


class Field(StrEnum):
    """What a change changes."""

    SITE = "site"
    """Where a licence is used."""
    STATE = "state"
    """Where a licence stands in its contract."""
    HOLDER = "holder"
    """The licence that a number is associated with."""
    NEW_SITE = "new site"
    """A site that was not there."""
    DETAIL = "detail"
    """What the portal alone changes: a name, an accountcode; the line says which column."""


class CarryState(StrEnum):
    """Where a line of the record stands with the portal (R15)."""

    OWED = "owed"
    """It is to be carried over."""
    UNSURE = "unsure"
    """As owed, of a line from before anybody was asked to: the portal may have it."""
    CARRIED = "carried"
    """A person says that it is in the portal."""
    SEEN = "seen"
    """The portal's files showed it."""
    NETTED = "netted"
    """It was taken back before the portal knew of it."""
    OVERRULED = "overruled"
    """The portal had something else, which was taken."""


class ConflictState(StrEnum):
    """What has become of a conflict between the bot and the portal (R16)."""

    OPEN = "open"
    OURS = "ours"
    """Ours was kept, and is owed again."""
    THEIRS = "theirs"
    """The portal's was taken."""
    GONE = "gone"
    """Bot and portal agree again, or are told apart no more."""


class OrderState(StrEnum):
    """What has become of a confirmation."""

    APPLIED = "applied"


@total_ordering
@dataclass(frozen=True)
class PhoneNumber:
    """A telephone number in E.164, as every SDA is kept."""

    e164: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read any French spelling, and any international one.

        Raises InvalidPhoneNumber where no number of a numbering plan is meant, DoubtfulPhoneNumber where it
        would be one of another country by a spelling that a slip in a French one gives as well.
        """
        found = telephony.read(tidy(unmarked(text)))
        if found is None:
            raise InvalidPhoneNumber(text)
        if found.doubtful:
            raise DoubtfulPhoneNumber(text, cls(found.e164))
        return cls(found.e164)

    def __lt__(self, other: Self) -> bool:
        return self.e164 < other.e164

    @property
    def dialled(self) -> str:
        """The digits as they are dialled in France: `0491000001`; elsewhere with the country code."""
        return telephony.dialled(self.e164)

    @property
    def country(self) -> str | None:
        """The country (ISO 3166), if it is neither France nor one of its overseas territories."""
        return telephony.region(self.e164)


def emergency_number(text: str) -> str:
    """Read a number for emergencies: the digits of a short one (15, 112), else E.164.

    Raises InvalidPhoneNumber.
    """
    return telephony.short(tidy(unmarked(text))) or PhoneNumber.parse(text).e164


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


LOST = "\ufffd"
"""What stands for a character that could not be read."""

_FILLERS = "\u115f\u1160\u2800\u3164\uffa0"
_INVISIBLE = re.compile("[\u034f\u17b4\u17b5\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""What shows nothing outside category C (Unicode, Default_Ignorable_Code_Point); fillers are spaces."""

_LABEL = re.compile(r"<(?:tel:|mailto:|(?=https?:))([^<>|]*)(?:\|([^<>]*))?>", re.IGNORECASE)
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "#39": "'", "nbsp": "\u00a0"}
_ENTITY = re.compile(f"&({'|'.join(_ENTITIES)});")


def unmarked(text: str) -> str:
    """Text as it was typed: what Slack makes of it, `<tel:…|label>` and `&amp;`, is taken back."""
    bare = _LABEL.sub(lambda match: match[2] or match[1], text)
    return _ENTITY.sub(lambda match: _ENTITIES[match[1]], bare)


def tidy(text: str) -> str:
    """Text as one line without invisible or lost characters (controls, direction overrides), spaces folded.

    Accents are put together with their letters: two spellings that look the same are the same.
    """
    visible = "".join(
        " " if character.isspace() or character in _FILLERS else character
        for character in _INVISIBLE.sub("", text)
        if character.isspace() or (character != LOST and unicodedata.category(character)[0] != "C")
    )
    return unicodedata.normalize("NFC", " ".join(visible.split()))


def typed(field: str, text: str | None, limit: int) -> str | None:
    """Take a text that a person typed, to be kept: tidied; None if nothing is left. Raises TextTooLong."""
    kept = tidy(text or "")
    if len(kept) > limit:
        raise TextTooLong(field, limit)
    return kept or None


def fold(text: str) -> str:
    """The key under which two texts are the same whatever the case and accents."""
    plain = unicodedata.normalize("NFC", text)
    return anyascii(plain).casefold().strip() or plain.casefold()


def words(text: str) -> tuple[str, ...]:
    """The words of a text for search: folded, without punctuation."""
    return tuple(re.findall(r"[a-z0-9]+", fold(text)))
