"""Values are validated once, and read back as they were written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidPhoneNumber, InvalidPostalCode
from domain.values import LicenceType, PhoneNumber, PostalCode, fold, search_words, tidy, tokens, words


@pytest.mark.parametrize(
    "text",
    [
        "04 91 00 00 01",
        "0491000001",
        "04.91.00.00.01",
        "04-91-00-00-01",
        "+33 4 91 00 00 01",
        "0033491000001",
        "+33 (0)4 91 00 00 01",
        "491000001",
    ],
)
def test_a_number_is_read_in_any_french_or_international_spelling(text: str) -> None:
    """Each spelling gives the same E.164."""
    assert PhoneNumber.parse(text) == PhoneNumber("+33491000001")


@pytest.mark.parametrize(
    "text", ["", "04 91 00", "0000000000", "abc", "04 91 00 00 01 poste 3", "0491ABCDEF"]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    """No number is guessed."""
    with pytest.raises(InvalidPhoneNumber):
        PhoneNumber.parse(text)


def test_a_foreign_number_is_searched_with_its_country_code() -> None:
    """A Belgian number has no French zero."""
    assert PhoneNumber.parse("+32 2 555 12 12").search_word == "3225551212"


@given(st.integers(0, 99999))
def test_a_number_is_found_by_the_digits_that_are_dialled(index: int) -> None:
    """The search word of a number is what a person types of it, whatever the gaps."""
    dialled = f"04910{index:05}"
    spaced = " ".join(dialled[i : i + 2] for i in range(0, 10, 2))
    assert search_words(spaced) == (PhoneNumber(f"+33{dialled[1:]}").search_word,)


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


def test_tokens_keep_a_spaced_number_together() -> None:
    """References and numbers may be mixed on a command line."""
    text = "FPC367128 04 91 00 00 01 04.91.00.00.02 FPC1"
    assert tokens(text) == ("FPC367128", "04 91 00 00 01", "04.91.00.00.02", "FPC1")


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
