"""What references, numbers and accountcodes name exactly: licences and numbers, and what they can't be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from domain import park
from domain.errors import DoubtfulPhoneNumber, InvalidPhoneNumber, NamesLeftOut
from domain.rows import Found
from domain.tables import Licence, Number, ServiceWord
from domain.values import LicenceState, PhoneNumber, words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Name:
    """What a text names: a licence, a number and its licence, a free number; or nothing."""

    text: str
    service_id: int | None = None
    licence_id: int | None = None
    licence_reference: str | None = None
    licence_state: LicenceState | None = None
    number_ids: tuple[int, ...] = ()
    """The number; or those of the licence, where that is what is named."""
    number: PhoneNumber | None = None
    doubtful: DoubtfulPhoneNumber | None = None
    is_several: bool = False
    """It is the accountcode of more than one licence."""

    @property
    def is_unknown(self) -> bool:
        """Whether nothing answers to it, as far as can be told."""
        return self.service_id is None and self.doubtful is None and not self.is_several


_LICENCE = (Licence.id, Licence.reference, Licence.state, Number.id)


def read(session: Session, texts: Iterable[str]) -> dict[str, Name]:
    """Read names one by one: a number, a reference, or the accountcode of one licence."""
    phones = {text: _phone(text) for text in texts}
    spelt = {text: phone for text, phone in phones.items() if isinstance(phone, PhoneNumber)}
    held = _by_number(session, [phone.e164 for phone in spelt.values()])
    names = {
        text: replace(held[phone.e164], text=text, number=phone)
        for text, phone in spelt.items()
        if phone.e164 in held
    }
    references = _by_reference(session, [text for text in phones if text not in names])
    for text in phones:
        named = references.get(text) or references.get(text.upper())
        if named and text not in names:
            names[text] = replace(named, text=text)
    codes = _by_accountcode(session, [text for text in phones if text not in names])
    for text, phone in phones.items():
        coded = codes.get(text.lower(), [])
        doubtful = phone if isinstance(phone, DoubtfulPhoneNumber) else None
        nothing = Name(text, doubtful=doubtful, is_several=len(coded) > 1)
        names.setdefault(text, replace(coded[0], text=text) if len(coded) == 1 else nothing)
    return names


def _phone(text: str) -> PhoneNumber | DoubtfulPhoneNumber | None:
    try:
        return PhoneNumber.parse(text)
    except DoubtfulPhoneNumber as doubtful:
        return doubtful
    except InvalidPhoneNumber:
        return None


def _by_number(session: Session, spelt: Collection[str]) -> dict[str, Name]:
    if not spelt:
        return {}
    query = select(Number.e164, Number.service_id, *_LICENCE).where(Number.e164.in_(spelt))
    found = _gathered(session, query.outerjoin(Licence, Licence.id == Number.licence_id))
    return {name.text: name for name in found}


def _by_reference(session: Session, texts: Collection[str]) -> dict[str, Name]:
    if not texts:
        return {}
    spellings = {spelling for text in texts for spelling in (text, text.upper())}
    query = select(Licence.reference, Licence.service_id, *_LICENCE).where(Licence.reference.in_(spellings))
    found = _gathered(session, query.outerjoin(Number, Number.licence_id == Licence.id))
    return {name.text: name for name in found}


def _by_accountcode(session: Session, texts: Collection[str]) -> dict[str, list[Name]]:
    """Find the licences of accountcodes, in the services to which the index leads by their longest words."""
    leading = [max(words(text), key=len) for text in texts if words(text)]
    if not leading:
        return {}
    is_one = func.lower(Licence.accountcode).in_([text.lower() for text in texts])
    services = select(ServiceWord.service_id).where(ServiceWord.word.in_(leading))
    query = select(Licence.accountcode, Licence.service_id, *_LICENCE).where(
        is_one | Licence.accountcode.in_(texts), Licence.service_id.in_(services)
    )
    found: dict[str, list[Name]] = {}
    for name in _gathered(session, query.outerjoin(Number, Number.licence_id == Licence.id)):
        found.setdefault(name.text.lower(), []).append(name)
    return found


def _gathered(session: Session, query: Any) -> list[Name]:
    """Read what is named: a licence has a row for each of its numbers."""
    found: dict[tuple[Any, ...], list[int]] = {}
    for *named, number_id in session.execute(query):
        found.setdefault(tuple(named), []).extend([number_id] if number_id else [])
    return [Name(*(*named, tuple(ids))) for named, ids in found.items()]


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
    only = taken[0] if len(ids) == 1 else Name("")
    return Found(
        services=(service,) if service else (),
        licence_ids=ids,
        number_ids=tuple(dict.fromkeys(each for name in (*taken, *beside) for each in name.number_ids)),
        licence_reference=only.licence_reference,
        licence_state=None if only.licence_state is LicenceState.ACTIVE else only.licence_state,
        left=left if left.is_any or not taken else None,
    )
