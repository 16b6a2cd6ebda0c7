"""Values are validated once, and read back as they were written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidPostalCode
from domain.values import LicenceType, PhoneNumber, PostalCode, fold, tidy, unmarked, words


@pytest.mark.parametrize(("text", "digits"), [("13001", "13001"), (" 13 001 ", "13001"), ("20000", "20000")])
def test_a_postal_code_is_five_digits(text: str, digits: str) -> None:
    """Spaces don't matter."""
    assert PostalCode.parse(text).digits == digits


@pytest.mark.parametrize("text", ["", "1300", "00100", "99000", "130011", "1300A", "１３００１"])
def test_what_is_no_postal_code_is_refused(text: str) -> None:
    """A department must exist, and digits must be ASCII."""
    with pytest.raises(InvalidPostalCode):
        PostalCode.parse(text)


@given(st.text())
def test_tidy_text_is_one_visible_line(text: str) -> None:
    """No control character or direction override survives, and tidying twice changes nothing."""
    once = tidy(text)
    assert once == tidy(once)
    assert "\n" not in once
    assert "\x00" not in once
    assert "\u202e" not in once


@given(st.text())
def test_folding_ignores_case(text: str) -> None:
    """A text and its upper case have the same words, as far as case is reversible."""
    if text.upper().lower() == text.lower():
        assert words(text.upper()) == words(text.lower())


@pytest.mark.parametrize(
    ("one", "other"), [("Entrepôt Nord", "ENTREPOT NORD"), ("Siège", "siege"), ("Œuvre", "oeuvre")]
)
def test_folding_ignores_case_and_accents(one: str, other: str) -> None:
    """What a person would call the same name has one key."""
    assert fold(one) == fold(other)


def test_folding_keeps_punctuation() -> None:
    """« Site A-1 » and « Site A 1 » are two labels."""
    assert fold("Site A-1") != fold("Site A 1")


def test_folding_what_has_no_ascii_keeps_it() -> None:
    """A text that can't be transliterated is still its own key."""
    assert fold("\ue000") == "\ue000"


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("<tel:0491000001|04 91 00 00 01>", "04 91 00 00 01"),
        ("<tel:0491000001>", "0491000001"),
        ("<mailto:a@b.fr|a@b.fr>", "a@b.fr"),
        ("<http://nord.fr|nord.fr>", "nord.fr"),
        ("<https://nord.fr/x>", "https://nord.fr/x"),
        ("Durand &amp; Fils -&gt; R&amp;D", "Durand & Fils -> R&D"),
        ("&amp;lt;", "&lt;"),
        ("a < b > c & d", "a < b > c & d"),
    ],
)
def test_what_slack_makes_of_a_text_is_taken_back(text: str, typed: str) -> None:
    """Once: an entity that somebody typed as such stays."""
    assert unmarked(text) == typed


def test_the_catalogue_has_the_eight_types_in_order() -> None:
    """The order is the sheets' own."""
    assert [kind.value for kind in LicenceType] == [
        "Licence simple",
        "Licence full",
        "Licence full avancée",
        "Licence full meeting",
        "Licence full meeting avancée",
        "Licence full conferencing",
        "Licence fax entreprise",
        "Licence SVI",
    ]


def test_numbers_have_an_order() -> None:
    """Numbers are listed in the order of their digits."""
    assert sorted([PhoneNumber("+332"), PhoneNumber("+331")]) == [PhoneNumber("+331"), PhoneNumber("+332")]


@pytest.mark.parametrize(
    "character", [*"\u034f\u17b4\u17b5\u180b\u180e\ufe0f\u00ad\u200b\ufeff", "\U000e0100"]
)
def test_a_letter_that_shows_nothing_makes_no_other_name(character: str) -> None:
    """Two sites that look the same are the same, and one that shows nothing has no name."""
    assert (tidy(f"Siège{character} Social"), tidy(character)) == ("Siège Social", "")


@pytest.mark.parametrize("filler", "\u115f\u1160\u2800\u3164\uffa0")
def test_a_letter_that_is_blank_is_a_space(filler: str) -> None:
    """Whatever it is called."""
    assert (tidy(f"Siège{filler}Social"), tidy(filler)) == ("Siège Social", "")
