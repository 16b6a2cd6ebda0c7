"""What a file says of what the bot has changed: every case, without a database (R16)."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.threeway import Step, judge
from domain.values import CarryState

if TYPE_CHECKING:
    from domain.threeway import Verdict

OWED, UNSURE, CARRIED = CarryState.OWED, CarryState.UNSURE, CarryState.CARRIED

CASES = [
    # before, ours, the file's; as it stands → lines seen, conflict, ours stays
    ("AB", OWED, "A", 0, False, True),
    ("AB", OWED, "B", 1, False, False),
    ("AB", OWED, "X", 0, True, True),
    ("AB", CARRIED, "A", 0, False, True),
    ("AB", CARRIED, "B", 1, False, False),
    ("AB", CARRIED, "X", 0, True, True),
    ("AB", UNSURE, "A", 0, False, True),
    ("AB", UNSURE, "B", 1, False, False),
    ("AB", UNSURE, "X", 0, True, True),
    ("ABC", OWED, "B", 1, False, True),
    ("ABC", CARRIED, "C", 2, False, False),
    ("ABA", CARRIED, "A", 2, False, False),
    ("ABA", CARRIED, "B", 1, False, True),
]


def steps_of(values: str, states: list[CarryState]) -> list[Step]:
    """Make the lines that lead from value to value."""
    return [
        Step(number, *sides, state)
        for number, (sides, state) in enumerate(zip(pairwise(values), states, strict=True))
    ]


@pytest.mark.rule("R16")
@pytest.mark.parametrize(("values", "state", "theirs", "seen", "clashes", "keeps"), CASES)
def test_r16_each_case_of_the_table(
    values: str, state: CarryState, theirs: str, seen: int, *, clashes: bool, keeps: bool
) -> None:
    """Base, ours and the file's, equal or not, carried over or not."""
    verdict = judge(steps_of(values, [state] * (len(values) - 1)), values[-1], theirs)
    assert (len(verdict.seen), verdict.is_conflict, verdict.keeps) == (seen, clashes, keeps)


@pytest.mark.rule("R16")
@pytest.mark.rule("R15")
def test_r16_a_value_of_before_what_was_carried_over_shows_nothing() -> None:
    """Carried there, taken back and still owed: the file may be of before either."""
    verdict = judge(steps_of("ABA", [CARRIED, OWED]), "A", "A")
    assert (verdict.seen, verdict.keeps) == ((), True)


@pytest.mark.rule("R15")
def test_r15_a_file_that_has_not_heard_of_it_ends_the_doubt() -> None:
    """What the portal might have had is owed for sure."""
    verdict = judge(steps_of("ABC", [UNSURE, UNSURE]), "C", "B")
    assert (verdict.seen, verdict.owed) == ((0,), (1,))


@st.composite
def chains(draw: st.DrawFn) -> tuple[list[Step], str]:
    """Draw what may have happened: some lines carried over, whatever they are; then a way without a loop."""
    places = st.sampled_from("ABCD")
    way = [draw(places)]
    done = draw(st.integers(0, 4))
    for _ in range(done):
        way.append(draw(places.filter(lambda place: place != way[-1])))
    open_ = draw(st.permutations("ABCD").map(lambda some: [each for each in some if each != way[-1]]))
    pending = open_[: draw(st.integers(0 if done else 1, 3))]
    first = draw(st.sampled_from([CARRIED, UNSURE]))
    states = [first] * done + [OWED] * len(pending)
    return steps_of("".join([*way, *pending]), states), (pending or way)[-1]


@pytest.mark.rule("R16")
@given(chains(), st.sampled_from("ABCDX"))
def test_r16_twice_in_a_row_says_the_same(chain: tuple[list[Step], str], theirs: str) -> None:
    """What the first import showed is seen; the second shows nothing more, and keeps what the first kept."""
    steps, ours = chain
    verdict = judge(steps, ours, theirs)
    left = after(steps, verdict)
    assert verdict.keeps == bool(left)
    if left:
        again = judge(left, ours, theirs)
        assert (again.seen, again.owed, again.keeps) == ((), (), True)
        assert again.is_conflict == verdict.is_conflict


def after(steps: list[Step], verdict: Verdict) -> list[Step]:
    """Give the lines that no file has shown yet, as they stand then."""
    return [
        replace(step, state=OWED if step.id in verdict.owed else step.state)
        for step in steps
        if step.id not in verdict.seen
    ]


@pytest.mark.rule("R16")
@given(chains(), st.sampled_from("ABCDX"))
def test_r16_ours_is_never_taken_back(chain: tuple[list[Step], str], theirs: str) -> None:
    """Unless the file says the same, ours stays; a third thing is a conflict, and nothing else is one."""
    steps, ours = chain
    verdict = judge(steps, ours, theirs)
    known = {ours, *(step.before for step in steps)}
    assert verdict.is_conflict == (theirs not in known)
    assert verdict.keeps or theirs == ours
    assert verdict.seen == tuple(step.id for step in steps[: len(verdict.seen)])


@pytest.mark.rule("R15")
@given(chains(), st.sampled_from("ABCD"))
def test_r15_nothing_is_seen_that_the_file_does_not_show(chain: tuple[list[Step], str], theirs: str) -> None:
    """The last line that is seen led to what the file says."""
    steps, ours = chain
    verdict = judge(steps, ours, theirs)
    if verdict.seen:
        assert steps[len(verdict.seen) - 1].after == theirs
