"""One grammar for what people type and paste: any spelling between any separators."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.reading import read_order, search_words, tokens
from domain.values import PhoneNumber, tidy, unmarked
from tests.builders import SPELLINGS

SEPARATORS = [
    " ",
    "\u00a0",
    "\u202f",
    "\u3000",
    "\t",
    "\n",
    "\r\n",
    "   ",
    ",",
    ", ",
    ";",
    " ;\u00a0",
    "/",
    " / ",
    " et ",
    " ET ",
]
QUOTES = ["{}", "«\u00a0{}\u00a0»", "“{}”", '"{}"', "'{}'", "‘{}’", "„{}“", "`{}`", "‹{}›", "({})", "- {}"]


@st.composite
def names(draw: st.DrawFn) -> tuple[str, str]:
    """Draw a reference or a number in any spelling, as it is typed and as it is meant."""
    if draw(st.booleans()):
        reference = f"FPC{draw(st.integers(1, 999999))}"
        return draw(st.sampled_from(QUOTES)).format(reference), reference
    dialled = draw(st.sampled_from(["0491", "0262", "0639", "0596"])) + f"{draw(st.integers(200000, 209999))}"
    spelling = draw(st.sampled_from(list(SPELLINGS.values())))
    return spelling(dialled), dialled


@given(st.lists(names(), min_size=1, max_size=6), st.data())
def test_any_spelling_between_any_separators_is_what_is_meant(
    named: list[tuple[str, str]], data: st.DataObject
) -> None:
    """References and numbers come out as they went in, in their order."""
    text = "".join(typed + data.draw(st.sampled_from(SEPARATORS)) for typed, _ in named)
    read = [token if token.startswith("FPC") else PhoneNumber.parse(token).dialled for token in tokens(text)]
    assert read == [meant for _, meant in named]


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("0123456789 +-/.()<>|&;etvers→"))))
def test_no_letter_or_digit_is_lost(text: str) -> None:
    """Whatever is typed: tokens never raise, and leave out separators and « et » alone."""
    kept = "".join(tokens(text))
    visible = re.sub(r"(?i)(?<![^\W_])et(?![^\W_])", "", tidy(unmarked(text)))
    lost = [sign for sign in visible if sign.isalnum()]
    assert [sign for sign in re.sub(r"(?i)(?<![^\W_])et(?![^\W_])", "", kept) if sign.isalnum()] == lost


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "FPC367128 04 91 00 00 01 04.91.00.00.02 FPC1",
            ("FPC367128", "04 91 00 00 01", "04.91.00.00.02", "FPC1"),
        ),
        ("FPC367126,", ("FPC367126",)),
        ("• FPC1\n• FPC2.", ("FPC1", "FPC2")),
        ("331234567 04 91 00 00 02", ("331234567", "04 91 00 00 02")),
        ("+32 2 555 12 12 33 4 91 00 00 01", ("+32 2 555 12 12", "33 4 91 00 00 01")),
        ("+32 2 555 12 12 04 91 00 00 01", ("+32 2 555 12 12", "04 91 00 00 01")),
        ("+32 2 55", ("+32 2 55",)),
        ("+999 12 34 56 78", ("+999 12 34 56 78",)),
        ("13001 1234", ("13001", "1234")),
        ("999999999", ("999999999",)),
        ("123456789 FPC1", ("123456789", "FPC1")),
        ("33 999 FPC1", ("33", "999", "FPC1")),
        ("33 099999999 33 4 91 00 00 01", ("33", "099999999", "33 4 91 00 00 01")),
        ("04-91-00-00-01-02", ("04-91-00-00-01-02",)),
        ("MCX-13001-01", ("MCX-13001-01",)),
        ("Martin et Fils", ("Martin", "Fils")),
        ("... ; -", ()),
    ],
)
def test_numbers_and_references_are_told_apart(text: str, found: tuple[str, ...]) -> None:
    """A number is one token, and takes nothing of its neighbour."""
    assert tokens(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("téléph 0491", ("teleph", "0491")),
        ("04 91", ("0491",)),
        ("+33 4 91", ("0491",)),
        ("0033 (0)4 91", ("0491",)),
        ("+262 262", ("0262",)),
        ("+262 262 20 00 00", ("0262200000",)),
        ("+33 0491000001", ("0491000001",)),
        ("491000001", ("0491000001",)),
        ("+32 2 555 12 12", ("3225551212",)),
        ("+32 2 55", ("32255",)),
        ("004-92-58-76-11", ("492587611",)),
        ("l’Entrepôt, Nord", ("l", "entrepot", "nord")),
    ],
)
def test_a_search_has_the_words_that_the_index_has(text: str, found: tuple[str, ...]) -> None:
    """A number, whole or begun, is one word as it is dialled in France."""
    assert search_words(text) == found


@pytest.mark.parametrize(
    ("text", "named", "site"),
    [
        ("FPC1, FPC2 ; FPC3 vers Siège Social", "FPC1, FPC2 ; FPC3", "Siège Social"),
        ("“FPC1” vers « Entrepôt Nord »", "“FPC1”", "« Entrepôt Nord »"),
        ("FPC1 → Entrepôt Nord", "FPC1", "Entrepôt Nord"),
        ("FPC1-&gt;Entrepôt Nord", "FPC1", "Entrepôt Nord"),
        ("FPC1 –&gt; Nord", "FPC1", "Nord"),
        ("FPC1\nVERS\nNord", "FPC1", "Nord"),
        ("FPC1 vers Route vers Nord", "FPC1", "Route vers Nord"),
        ("FPC1 vers Achats et Ventes, 1/2", "FPC1", "Achats et Ventes, 1/2"),
        ("FPC1 vers Vers-Pont-du-Gard", "FPC1", "Vers-Pont-du-Gard"),
        ("FPC1 vers R&amp;D", "FPC1", "R&D"),
        ("FPC1 vers", "FPC1", ""),
        ("vers Nord", "", "Nord"),
        ("FPC1 FPC2", "FPC1 FPC2", None),
        ("Vers-Pont-du-Gard", "Vers-Pont-du-Gard", None),
        ("universel", "universel", None),
    ],
)
def test_the_first_arrow_introduces_the_site(text: str, named: str, site: str | None) -> None:
    """`vers`, `→` or `->`; what follows is the site's name, whatever stands in it."""
    order = read_order(text)
    assert (order.named, order.site) == (named, site)
