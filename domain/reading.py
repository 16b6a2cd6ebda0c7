"""The grammar of what people type and paste: references, numbers, separators, and where it goes."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from domain import dialling, telephony
from domain.telephony import DASHES
from domain.values import tidy, unmarked, words

_APART = re.compile(r"[\s,;/]+")

_QUOTES = "".join(map(chr, range(0x2018, 0x2020))) + " \"'`"
_OPENING, _CLOSING = f"{_QUOTES}\u00ab\u2039", f"{_QUOTES}\u00bb\u203a"

# The look behind: within a long run of marks, the end of the text is sought once.
_ENDS = r"^[\W_]+|(?<![\W_])[\W_]+$"
_BEFORE, _BEHIND = r"^[^\w(]+", r"(?<![^\w)])[^\w)]+$"

_ARROW = re.compile(rf"(?<![\w{DASHES}])vers(?![\w{DASHES}])|→|[={DASHES}]>", re.IGNORECASE)


@dataclass(frozen=True)
class Order:
    """What a command says: what it names, and the site it goes to; None where it speaks of no site."""

    named: str
    site: str | None = None


def read_order(text: str) -> Order:
    """Read a command: the first `vers` or arrow introduces the site, whose own name may hold another."""
    plain = tidy(unmarked(text))
    arrow = _ARROW.search(plain)
    if arrow is None:
        return Order(plain)
    return Order(plain[: arrow.start()].strip(), plain[arrow.end() :].strip())


def unquoted(text: str) -> tuple[str, ...]:
    """Ways to read a name without what stands around it: quotes, then a full stop or another mark."""
    inner = re.sub(_BEHIND, "", re.sub(_BEFORE, "", text))
    return tuple(dict.fromkeys((text.lstrip(_OPENING).rstrip(_CLOSING), inner)))


def names_numbers(text: str) -> bool:
    """Tell whether all that is named is a number in full."""
    named = tokens(text)
    return bool(named) and all(telephony.read(name) for name in named)


def tokens(text: str) -> tuple[str, ...]:
    """Split what a person typed into references and numbers: `04 91 00 00 01` is one token."""
    plain = tidy(unmarked(text))
    found: list[str] = []
    rest = 0
    for start, end in dialling.spans(plain):
        found += [*_pieces(plain[rest:start]), plain[start:end].strip()]
        rest = end
    return (*found, *_pieces(plain[rest:]))


def _pieces(plain: str) -> list[str]:
    """Split what is no number; quotes, brackets and list marks around a word are not part of it."""
    stripped = (re.sub(_ENDS, "", piece) for piece in _APART.split(plain))
    return [piece for piece in stripped if piece and piece.casefold() != "et"]


def search_words(text: str) -> tuple[tuple[str, ...], ...]:
    """The words that a search must match, each in the spellings that the index may have of it.

    A number is one word, as it is dialled in France; digits without a gap are sought as they stand as well.
    """
    found: list[tuple[str, ...]] = []
    for token in tokens(text):
        is_number = telephony.read(token) or dialling.is_begun(token)
        found += [_spellings(token)] if is_number else [(word,) for word in words(token)]
    return tuple(found)


def _spellings(token: str) -> tuple[str, ...]:
    number = telephony.read(token)
    typed = re.sub(r"[^0-9+]", "", token)
    begins = (number.e164,) if number and not number.doubtful else telephony.beginnings(typed)
    dialled = [telephony.dialled(begin) for begin in begins]
    as_typed = [typed] if typed == token and typed.isdigit() else []
    known = [spelling for spelling in (*as_typed, *dialled) if spelling != "0" or typed == "0"]
    return tuple(dict.fromkeys(known or [typed.lstrip("+")]))


def sought_digits(text: str) -> tuple[list[str], list[str]]:
    """Give what a list of numbers is searched for: numbers in full, in E.164; and runs of digits."""
    plain = unicodedata.normalize("NFKC", tidy(unmarked(text)))
    named = tokens(plain)
    read = ((name, telephony.read(name)) for name in named)
    full = {name: number.e164 for name, number in read if number and not number.doubtful}
    if full:
        return list(full.values()), list(filter(str.isdigit, full))
    if any(map(str.isalpha, "".join(named))):
        return [], []
    runs = re.split(r"[,;]|\bet\b", plain, flags=re.IGNORECASE)
    typed = (re.sub(r"[^0-9+]|(?<=[0-9])\D*\+", "", run) for run in runs)
    return [], list(dict.fromkeys(digits for digits in typed if digits.strip("+")))
