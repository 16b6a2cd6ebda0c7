"""Where telephone numbers stand in a text: groups of digits are cut into numbers and what is none."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from domain import telephony
from domain.telephony import DASHES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BETWEEN = re.compile(rf"[\s.·/(){DASHES}]{{0,4}}")

_OTHER = re.compile(
    rf"""(?<!\w)(?<![0-9][./{DASHES}])(?:
        (?:0?[1-9]|[12][0-9]|3[01])([./{DASHES}])(?:0?[1-9]|1[0-2])\1(?:19|20)[0-9]{{2}}
        |(?:19|20)[0-9]{{2}}([./{DASHES}])(?:0[1-9]|1[0-2])\2(?:0[1-9]|[12][0-9]|3[01])
        |[A-Z]{{2}}[0-9]{{2}}(?:[ ][0-9A-Z]{{4}}){{3,7}}(?:[ ][0-9A-Z]{{1,3}})?
    )(?!\w)(?![./{DASHES}][0-9])""",
    re.VERBOSE,
)
"""Digits that are something else: dates and bank accounts."""

# Letters that touch make a reference of it, by a dash too; a point or a dash alone between digits ties them.
_GROUP = re.compile(
    rf"(?:\(?\+[\s(]{{0,2}}|\()?(?<!\w)(?<![^\W0-9][{DASHES}])(?P<digits>[0-9]+)(?!\w)(?![{DASHES}][^\W0-9])"
)
_FREE_BEFORE = re.compile(rf"(?<![0-9])(?<![0-9][.·{DASHES}])")
_FREE_BEHIND = re.compile(rf"(?![.·{DASHES}][0-9])")

_CODE = f"(?:{'|'.join(telephony.CODES)})"
_PAIRS = "[1-9](?: [0-9]{2}){4}|[1-9][0-9]{8}"
_NATIONAL = f"{_PAIRS}|[1-9][0-9]{{2}}(?: [0-9]{{2}}){{3}}|[1-9][0-9]{{2}} [0-9]{{3}} [0-9]{{3}}"
_MACHINE = "7 ?00(?: [0-9]{2}){5}|700[0-9]{10}"

# By their first digits, how many there can be.
_LENGTHS = {"+": range(7, 16), "00": range(9, 18), "0": (10, 14), "": (9, 11, 12, 13)}

_IN_FULL = re.compile(
    rf"\+.*|0 ?(?:{_NATIONAL}|{_MACHINE})|00 ?{_CODE} (?:0 ?)?(?:{_NATIONAL}|{_MACHINE})"
    rf"|00{_CODE}0?(?:[1-9][0-9]{{8}}|700[0-9]{{10}})"
)
_WITHOUT = re.compile(rf"(?:{_CODE} ?(?:0 ?)?)?(?![1-9] 0[1-9])(?:{_PAIRS}|700[0-9]{{10}})")
# Groups like a postal code or a year beside others are that.
_ODD = re.compile(r"(?:0 ?0 ?[1-9]|(?!.*\b(?:[0-9]{5}|(?:19|20)[0-9]{2})\b)0 ?[1-9]).*")
_BEGUN = re.compile(r"\+ ?[0-9]+(?: [0-9]+)*|0[0-9]*(?: [0-9]{1,3})*")

_LONGEST = 30
"""Characters of the longest beginning that is still one."""

_LEFT_COST, _GUESSED_COST, _ODD_COST = 10, 35, 1
"""What it costs to leave a group out, to guess the zero or the plus, to read an unusual grouping."""


def spans(plain: str) -> list[tuple[int, int]]:
    """Give the parts of a text that hold together, in their order.

    These are numbers, what begins one, dates, bank accounts, and digits that can be read as numbers in two
    ways, which are none. Of the cuts of a run of digits the cheapest is taken: no group left out if that can
    be, usual spellings first.
    """
    bare = _OTHER.sub(lambda other: "\0" * len(other[0]), plain)
    found = [other.span() for other in _OTHER.finditer(plain)]
    for run in _runs(bare):
        found += _Run(bare, run).spans()
    return sorted(found)


def is_begun(text: str) -> bool:
    """Tell whether a text may be the beginning of a number, from its zero or plus on."""
    return bool(_BEGUN.fullmatch(_spelt(text)))


def _spelt(text: str) -> str:
    return telephony.GAPS.sub(" ", text).strip()


def _runs(bare: str) -> Iterator[list[re.Match[str]]]:
    """Give the groups of digits with nothing but gaps between them."""
    run: list[re.Match[str]] = []
    for group in _GROUP.finditer(bare):
        if run and not _BETWEEN.fullmatch(bare, run[-1].end(), group.start()):
            yield run
            run = []
        run.append(group)
    if run:
        yield run


class _Run:
    """Groups of digits with nothing but gaps between them."""

    def __init__(self, bare: str, groups: Sequence[re.Match[str]]) -> None:
        self._bare = bare
        self._groups = groups
        self._digits = [group["digits"] for group in groups]
        self._plus = ["+" if "+" in group[0] else "" for group in groups]

    def spans(self) -> Iterator[tuple[int, int]]:
        size = len(self._groups)
        numbers = list(self._numbers())
        cut = _cheapest(size, numbers, math.inf)
        if cut.cost == math.inf:  # an unusual grouping beside what is none may be a longer number's
            usual = [number for number in numbers if number[2] != _ODD_COST]
            cut = _cheapest(size, usual, _LEFT_COST)
        if cut.is_tie:
            yield self._span(0, size)
            return
        at = 0
        for first, end in (*cut.numbers, (size, size)):
            yield from self._begun(at, first)
            if first < end:
                yield self._span(first, end)
            at = end

    def _spelt(self, first: int, end: int) -> str:
        return self._plus[first] + " ".join(self._digits[first:end])

    def _span(self, first: int, end: int) -> tuple[int, int]:
        start, behind = self._groups[first].start(), self._groups[end - 1].end()
        is_open = self._bare[start] == "(" and ")" not in self._bare[start:behind]
        return start + is_open, behind

    def _numbers(self) -> Iterator[tuple[int, int, int]]:
        """Give what can be read as a number: first group, the group behind the last, and what it costs."""
        for first, opening in enumerate(self._groups):
            if not _FREE_BEFORE.match(self._bare, opening.start()):
                continue
            beginning = self._spelt(first, first + 2).replace(" ", "")
            lengths = next(lengths for begin, lengths in _LENGTHS.items() if beginning.startswith(begin))
            digits = 0
            for last in range(first, len(self._groups)):
                digits += len(self._digits[last])
                if digits > lengths[-1] or (last > first and self._plus[last]):
                    break
                if digits in lengths and _FREE_BEHIND.match(self._bare, self._groups[last].end()):
                    cost = _cost(self._spelt(first, last + 1))
                    if cost is not None:
                        yield first, last + 1, cost

    def _begun(self, first: int, end: int) -> Iterator[tuple[int, int]]:
        """Give what begins a number among the groups that are in none."""
        while first < end:
            behind = first + 1
            while behind < end and self._may_begin(first, behind + 1):
                behind += 1
            if (behind - first > 1 or self._plus[first]) and not _is_number(self._spelt(first, behind)):
                yield self._span(first, behind)
            first = behind

    def _may_begin(self, first: int, end: int) -> bool:
        text = self._spelt(first, end)
        return len(text) <= _LONGEST and not any(self._plus[first + 1 : end]) and is_begun(text)


@lru_cache(4096)
def _cost(spelt: str) -> int | None:
    for spelling, cost in ((_IN_FULL, 0), (_WITHOUT, _GUESSED_COST), (_ODD, _ODD_COST)):
        if spelling.fullmatch(spelt):
            return cost if telephony.read(spelt) else None
    return None


def _is_number(text: str) -> bool:
    found = telephony.read(text)
    return found is not None and not found.doubtful


class _Cut(NamedTuple):
    cost: float
    numbers: tuple[tuple[int, int], ...] = ()
    is_tie: bool = False


def _cheapest(size: int, numbers: Sequence[tuple[int, int, int]], left: float) -> _Cut:
    """Give the cheapest cut of the groups, and whether it has an equal; leaving one out costs `left`."""
    ending: dict[int, list[tuple[int, int]]] = {}
    for first, behind, cost in numbers:
        ending.setdefault(behind, []).append((first, cost))
    best = [_Cut(0)]
    for end in range(1, size + 1):
        cuts = [best[-1]._replace(cost=best[-1].cost + left)]
        for first, cost in ending.get(end, []):
            before = best[first]
            cuts.append(_Cut(before.cost + cost, (*before.numbers, (first, end)), before.is_tie))
        lowest = min(cut.cost for cut in cuts)
        cheapest = [cut for cut in cuts if cut.cost == lowest]
        best.append(cheapest[0]._replace(is_tie=len(cheapest) > 1 or cheapest[0].is_tie))
    return best[-1]
