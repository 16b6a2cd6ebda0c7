"""What references, numbers and accountcodes name exactly: licences and numbers, and what they can't be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from domain import park
from domain.errors import DoubtfulPhoneNumber, InvalidPhoneNumber, NamesLeftOut
from domain.parameters import one_of
from domain.rows import Found
from domain.tables import Licence, Number, ServiceWord
from domain.values import LicenceState, PhoneNumber, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Name:
    """What a text names: a licence, a number and its licence, a free number; or nothing."""

    text: str
    service_id: int | None = None
    licence_id: int | None = None
    number: PhoneNumber | None = None
    doubtful: DoubtfulPhoneNumber | None = None
    is_several: bool = False
    """It is the accountcode of more than one licence."""

    @property
    def is_unknown(self) -> bool:
        """Whether nothing answers to it, as far as can be told."""
        return self.service_id is None and self.doubtful is None and not self.is_several


def read(session: Session, texts: Sequence[str]) -> tuple[Name, ...]:
    """Read names one by one: a number, a reference, or the accountcode of one licence."""
    phones = {text: _phone(text) for text in texts}
    spelt = [phone.e164 for phone in phones.values() if isinstance(phone, PhoneNumber)]
    held = select(Number.e164, Number.service_id, Number.licence_id).where(Number.e164.in_(spelt))
    by_number = {row.e164: row for row in session.execute(held)}
    spellings = {spelling for text in texts for spelling in (text, text.upper())}
    licences = select(Licence.reference, Licence.service_id, Licence.id)
    found = session.execute(licences.where(Licence.reference.in_(spellings)))
    by_reference = {reference: (service_id, licence_id) for reference, service_id, licence_id in found}
    by_accountcode = _by_accountcode(session, [text for text in texts if text.upper() not in by_reference])
    names = []
    for text, phone in phones.items():
        number = by_number.get(phone.e164) if isinstance(phone, PhoneNumber) else None
        coded = by_accountcode.get(text.lower(), [])
        if number and isinstance(phone, PhoneNumber):
            names.append(Name(text, number.service_id, number.licence_id, phone))
        elif licence := by_reference.get(text) or by_reference.get(text.upper()):
            names.append(Name(text, *licence))
        elif len(coded) == 1:
            names.append(Name(text, *coded[0]))
        else:
            doubtful = phone if isinstance(phone, DoubtfulPhoneNumber) else None
            names.append(Name(text, doubtful=doubtful, is_several=len(coded) > 1))
    return tuple(names)


def _phone(text: str) -> PhoneNumber | DoubtfulPhoneNumber | None:
    try:
        return PhoneNumber.parse(text)
    except DoubtfulPhoneNumber as doubtful:
        return doubtful
    except InvalidPhoneNumber:
        return None


def _by_accountcode(session: Session, texts: Sequence[str]) -> dict[str, list[tuple[int, int]]]:
    """Find the licences of accountcodes, in the services to which the index leads by their longest words."""
    leading = [max(words(text), key=len) for text in texts if words(text)]
    if not leading:
        return {}
    is_one = func.lower(Licence.accountcode).in_([text.lower() for text in texts])
    services = select(ServiceWord.service_id).where(ServiceWord.word.in_(leading))
    query = select(Licence.accountcode, Licence.service_id, Licence.id).where(
        is_one | Licence.accountcode.in_(texts), Licence.service_id.in_(services)
    )
    found: dict[str, list[tuple[int, int]]] = {}
    for text, service_id, licence_id in session.execute(query):
        found.setdefault(str(text).lower(), []).append((service_id, licence_id))
    return found


def gather(session: Session, names: Sequence[Name]) -> Found:
    """Gather what is named, of one service: that of the first licence, or else of the first free number.

    A free number beside one that is held is taken along, as the plan tells of it (R3).
    """
    held = [name for name in names if name.licence_id]
    free = [name for name in names if name.number and not name.licence_id]
    first = next(iter((*held, *free)), None)
    service = park.service(session, first.service_id) if first and first.service_id else None
    taken = [name for name in held if service and name.service_id == service.id]
    beside = [name for name in free if service and name.service_id == service.id and taken]
    left = NamesLeftOut(
        unknown=tuple(name.text for name in names if name.is_unknown),
        doubtful=tuple(name.doubtful for name in names if name.doubtful),
        several=tuple(name.text for name in names if name.is_several),
        free=tuple(name.number for name in free if name.number and name not in beside),
        elsewhere=tuple(name.text for name in held if name not in taken),
        service=service.reference if service else None,
        takes_some=bool(taken),
    )
    ids = tuple(dict.fromkeys(name.licence_id for name in taken if name.licence_id))
    spelt = [name.number.e164 for name in (*taken, *beside) if name.number]
    whole = [name.licence_id for name in taken if name.licence_id and not name.number]
    numbers = session.scalars(
        select(Number.id).where(Number.e164.in_(spelt) | one_of(Number.licence_id, whole))
    )
    only = session.execute(select(Licence.reference, Licence.state).where(one_of(Licence.id, ids[:1])))
    reference, state = only.one() if len(ids) == 1 else (None, None)
    return Found(
        services=(service,) if service else (),
        licence_ids=ids,
        number_ids=tuple(numbers),
        licence_reference=reference,
        licence_state=None if state is LicenceState.ACTIVE else state,
        left=left if left.is_any or not taken else None,
    )
