"""One grammar for what people type and paste: any spelling between any separators."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import telephony
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
        ("04 91 00 00 01 06 12 34 56 78", ("04 91 00 00 01", "06 12 34 56 78")),
        ("2 04 91 00 00 01", ("2", "04 91 00 00 01")),
        ("33 6 12 04 91 00 00 01", ("33", "6", "12", "04 91 00 00 01")),
        ("04 91 00 00 01 12", ("04 91 00 00 01", "12")),
        ("12 13014 0491000001", ("12", "13014", "0491000001")),
        ("06000 13001", ("06000", "13001")),
        ("FPC367120 0491 00 0001", ("FPC367120", "0491 00 0001")),
        ("Tél(04 91 00 00 01)", ("Tél", "04 91 00 00 01")),
        ("-04 91 00 00 01", ("04 91 00 00 01",)),
        ("+33 4 91 00 00 01 04 91 00 00 02", ("+33 4 91 00 00 01", "04 91 00 00 02")),
        ("01.12.2026 04 91 00 00 01", ("01.12.2026", "04 91 00 00 01")),
        ("01/12/2026 04", ("01/12/2026", "04")),
        ("04 91 00 00 01 2026-12-01", ("04 91 00 00 01", "2026-12-01")),
        ("06 01-12-2026", ("06", "01-12-2026")),
        ("04.91.00.00.01.02", ("04.91.00.00.01.02",)),
        ("491000001.0", ("491000001.0",)),
        ("552 100 554 00013", ("552", "100", "554", "00013")),
        ("552 100 554 00013 04 91 00 00 01", ("552", "100", "554", "00013", "04 91 00 00 01")),
        ("33 552 100 554", ("33", "552", "100", "554")),
        ("DE89 3704 0044 0532 0130 00 10 20", ("DE89 3704 0044 0532 0130 00", "10", "20")),
        ("358240051111110", ("358240051111110",)),
        ("7000 123 456 789", ("7000", "123", "456", "789")),
        ("07 00 01 23 45 67 89", ("07 00 01 23 45 67 89",)),
        ("700 04 91 00 00 01", ("700", "04 91 00 00 01")),
        ("+33 700 01 23 45 67 89", ("+33 700 01 23 45 67 89",)),
        ("2 04 91 00 00", ("2", "04 91 00 00")),
        ("01 02 03 04 05 06", ("01 02 03 04 05 06",)),
        ("0012 0013", ("0012", "0013")),
        ("12 0491 00 0001", ("12", "0491 00", "0001")),
        ("+999 12 34 04 91 00 00 01", ("+999 12 34", "04 91 00 00 01")),
        ("+33", ("+33",)),
    ],
)
def test_a_number_is_told_from_the_digits_beside_it(text: str, found: tuple[str, ...]) -> None:
    """Quantities, postal codes, dates and longer numbers of another kind are no part of it."""
    assert tokens(text) == found


def numbers_in(text: str) -> list[str]:
    """Read the numbers of a text, as they are kept."""
    read = (telephony.read(token) for token in tokens(text))
    return [number.e164 for number in read if number]


DIALLED = st.builds(
    "{}{:06}".format,
    st.sampled_from(["0491", "0145", "0612", "0756", "0262", "0639", "0596"]),
    st.integers(200000, 999999),
).filter(lambda dialled: telephony.read(dialled) is not None)

JUNK = st.one_of(
    st.dates(dt.date(2000, 1, 1), dt.date(2039, 12, 31)).flatmap(
        lambda day: st.sampled_from([f"{day:%d.%m.%Y}", f"{day:%d/%m/%Y}", f"{day:%d-%m-%Y}", f"{day}"])
    ),
    st.integers(1, 999).map(str),
    st.builds("{:02}{:03}".format, st.integers(1, 95), st.integers(0, 999)),
    st.builds("{} bis".format, st.integers(1, 99)),
    st.builds(
        "{:03} {:03} {:03} {:05}".format,
        st.integers(300, 999),
        st.integers(0, 999),
        st.integers(0, 999),
        st.integers(10, 999),
    ),
    st.integers(30_000_000_000_000, 69_999_999_999_999).map(str),
    st.integers(350_000_000_000_000, 359_999_999_999_999).map(str),
    st.sampled_from(["FR76 3000 4000 0312 3456 7890 143", "DE89 3704 0044 0532 0130 00"]),
    st.integers(1, 999999).map("FPC{}".format),
    st.builds("MCX-{:05}-{:02}".format, st.integers(1000, 95999), st.integers(1, 99)),
)


@st.composite
def among_junk(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Draw numbers in any spelling, at most two other things between one and the next."""
    text, typed = "", []
    for _ in range(draw(st.integers(1, 3))):
        dialled = draw(DIALLED)
        typed.append(PhoneNumber.parse(dialled).e164)
        spelt = draw(st.sampled_from(list(SPELLINGS.values())))(dialled)
        for each in (*draw(st.lists(JUNK, max_size=2)), spelt):
            text += each + draw(st.sampled_from([" ", ", ", " et "]))
    return text + " ".join(draw(st.lists(JUNK, max_size=2))), typed


@given(among_junk())
def test_a_number_that_was_not_typed_is_never_read(drawn: tuple[str, list[str]]) -> None:
    """Whatever digits stand beside what was typed."""
    text, typed = drawn
    assert set(numbers_in(text)) <= set(typed)


WORD = st.sampled_from(["poste", "de", "Léa", "Accueil", "standard:", "→", "et", "(fax)", "FPC", "n°"])


@given(st.lists(st.tuples(st.lists(WORD, max_size=3), DIALLED, st.sampled_from(["compact", "spaces"]))))
def test_every_number_in_plain_spelling_is_read(typed: list[tuple[list[str], str, str]]) -> None:
    """Between words without digits, and right behind one another."""
    text = " ".join(" ".join((*before, SPELLINGS[how](dialled))) for before, dialled, how in typed)
    assert numbers_in(text) == [PhoneNumber.parse(dialled).e164 for _, dialled, _ in typed]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("téléph 0491", [("teleph",), ("0491",)]),
        ("04 91", [("0491",)]),
        ("+33 4 91", [("0491",)]),
        ("0033 (0)4 91", [("0491",)]),
        ("+262 262", [("0262",)]),
        ("+262 262 20 00 00", [("0262200000",)]),
        ("+33 0491000001", [("0491000001",)]),
        ("491000001", [("491000001", "0491000001")]),
        ("０４９１０００００１", [("0491000001",)]),
        ("0010", [("0010",)]),
        ("0033", [("0033",)]),
        ("00590", [("00590",)]),
        ("00 33", [("0033",)]),
        ("0033491", [("0033491", "0491")]),
        ("+33", [("33",)]),
        ("00", [("00",)]),
        ("0", [("0",)]),
        ("+32 2 555 12 12", [("3225551212",)]),
        ("+32 2 55", [("32255",)]),
        ("004-92-58-76-11", [("492587611",)]),
        ("l’Entrepôt, Nord", [("l",), ("entrepot",), ("nord",)]),
    ],
)
def test_a_search_has_the_words_that_the_index_has(text: str, found: list[tuple[str, ...]]) -> None:
    """A number, whole or begun, is one word as it is dialled in France; plain digits are what they are, too."""
    assert list(search_words(text)) == found


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
