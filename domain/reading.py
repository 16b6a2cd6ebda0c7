"""The grammar of what people type and paste: references, numbers, separators, and where it goes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain import dialling, telephony
from domain.dialling import DASHES
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


def search_words(text: str) -> tuple[str, ...]:
    """The words that a search must match, a number being one word as it is dialled in France."""
    found: list[str] = []
    for token in tokens(text):
        found += [_dialled(token)] if telephony.read(token) or dialling.is_begun(token) else words(token)
    return tuple(found)


def _dialled(token: str) -> str:
    number = telephony.read(token)
    if number and not number.doubtful:
        return telephony.dialled(number.e164)
    digits = re.sub(r"[^0-9+]", "", token)
    home = re.match(rf"(?:\+|00)({'|'.join((telephony.FRANCE, *telephony.OVERSEAS))})0?", digits)
    return "0" + digits[home.end() :] if home else re.sub(r"^(?:\+|00)", "", digits)
