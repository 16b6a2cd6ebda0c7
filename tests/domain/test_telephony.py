"""A number in any spelling of a French hand or spreadsheet is one number."""

from __future__ import annotations

import contextlib

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import DoubtfulPhoneNumber, InvalidPhoneNumber
from domain.values import PhoneNumber, emergency_number
from tests.builders import SPELLINGS


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("dialled", ["0491000001", "0262200000", "0639123456", "0696123456", "0976220000"])
def test_a_number_is_one_number_in_any_spelling(spelling: str, dialled: str) -> None:
    """Each gives the same E.164, and is found by the digits that are dialled."""
    number = PhoneNumber.parse(SPELLINGS[spelling](dialled))
    assert number == PhoneNumber.parse(dialled)
    assert number.dialled == dialled
    assert number.country is None


@pytest.mark.parametrize(
    ("dialled", "e164"),
    [
        ("0262200000", "+262262200000"),
        ("0263101234", "+262263101234"),
        ("0269600000", "+262269600000"),
        ("0269123456", "+262269123456"),
        ("0590200000", "+590590200000"),
        ("0594300000", "+594594300000"),
        ("0596500000", "+596596500000"),
        ("0692123456", "+262692123456"),
        ("0693123456", "+262693123456"),
        ("0639123456", "+262639123456"),
        ("0690123456", "+590690123456"),
        ("0694123456", "+594694123456"),
        ("0696123456", "+596696123456"),
        ("0508411234", "+508411234"),
        ("0800123456", "+33800123456"),
        ("07000123456789", "+337000123456789"),
    ],
)
def test_an_overseas_number_belongs_to_its_own_country_code(dialled: str, e164: str) -> None:
    """One line, one E.164, by its national spelling, by its own code, and by mainland's."""
    assert {PhoneNumber.parse(text).e164 for text in (dialled, e164, f"+33{dialled}")} == {e164}
    assert PhoneNumber(e164).dialled == dialled


@pytest.mark.parametrize("region", ["FR", "RE", "YT", "GP", "BL", "MF", "GF", "MQ"])
@pytest.mark.parametrize(
    "kind", [phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE]
)
def test_the_blocks_agree_with_the_metadata(region: str, kind: int) -> None:
    """What libphonenumber gives as a territory's example is a number of that territory."""
    example = phonenumbers.example_number_for_type(region, kind)
    assert example
    national = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
    e164 = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    assert PhoneNumber.parse(national).e164 == e164


@pytest.mark.parametrize(
    "text",
    [
        "",
        "04 91 00",
        "0000000000",
        "abc",
        "04 91 00 00 01 poste 3",
        "0491ABCDEF",
        "04+91000001",
        "+999 12 34 56 78",
        "+33 1",
        "+32 2 555",
        "+590 596 50 00 00",
        "0700 12 34 56",
        "05 08 00 00 00",
        "4,91E+08",
        "491000001.0",
        "04 91 00 00 01 04 91 00 00 02",
        "0" * 5000,
    ],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    """No number is guessed."""
    with pytest.raises(InvalidPhoneNumber):
        PhoneNumber.parse(text)


@pytest.mark.parametrize(
    ("text", "e164", "country"),
    [
        ("+32 2 555 12 12", "+3225551212", "BE"),
        ("0032 2 555 12 12", "+3225551212", "BE"),
        ("+49 258 7611", "+492587611", "DE"),
        ("+800 1234 5678", "+80012345678", "001"),
        ("+687 24 12 34", "+687241234", None),
    ],
)
def test_a_number_that_is_explicit_is_of_its_country(text: str, e164: str, country: str | None) -> None:
    """A French territory without the national plan is no other country."""
    number = PhoneNumber.parse(text)
    assert (number.e164, number.country, number.dialled) == (e164, country, e164[1:])


@pytest.mark.parametrize("text", ["004-92-58-76-11", "00492587611", "0049 258 76 11", "004 930 1234567"])
def test_a_slip_is_not_silently_a_number_of_another_country(text: str) -> None:
    """A zero too many, or a code torn in two: whoever reads it asks."""
    with pytest.raises(DoubtfulPhoneNumber) as doubtful:
        PhoneNumber.parse(text)
    assert doubtful.value.number.country == "DE"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        *(
            (short, short)
            for short in ("15", "17", "18", "112", "114", "115", "119", "196", "116117", "3919")
        ),
        ("1 1 2", "112"),
        ("04 91 00 00 01", "+33491000001"),
        ("07 00 01 23 45 67 89", "+337000123456789"),
    ],
)
def test_a_number_for_emergencies_may_be_short(text: str, kept: str) -> None:
    """The digits of a short one, or E.164."""
    assert emergency_number(text) == kept


@pytest.mark.parametrize("text", ["1", "123", "999", "abc", "15 rue", "1.12", "11.2", "015", "1/12"])
def test_not_every_short_text_is_a_number_for_emergencies(text: str) -> None:
    """France must know it."""
    with pytest.raises(InvalidPhoneNumber):
        emergency_number(text)


@given(st.text())
def test_no_text_breaks_the_reading_of_a_number(text: str) -> None:
    """It is a number, or it is refused."""
    with contextlib.suppress(InvalidPhoneNumber):
        assert PhoneNumber.parse(text).e164.startswith("+")
