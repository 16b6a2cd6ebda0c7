"""Telephone numbers in the spellings of a French hand or spreadsheet, read into E.164."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

import phonenumbers
from phonenumbers import PhoneMetadata, shortnumberinfo

FRANCE = "33"

OVERSEAS = {"262": ("RE", "YT"), "590": ("GP", "BL", "MF"), "594": ("GF",), "596": ("MQ",)}
"""Country codes of the territories that share the French national plan, with their regions."""

CODES = (FRANCE, *OVERSEAS)
"""Country codes of the French national plan."""

_FRENCH = tuple(f"+{code}" for code in CODES)

_BLOCKS = {
    **dict.fromkeys(("262", "263", "269", "692", "693", "639"), "262"),
    **dict.fromkeys(("590", "690", "691"), "590"),
    **dict.fromkeys(("594", "694"), "594"),
    **dict.fromkeys(("596", "696", "697"), "596"),
}
"""What the national plan assigns to each: the metadata knows only the blocks that are in service."""

_MIQUELON = "508"
"""Saint-Pierre-et-Miquelon: `0508 41 00 00` at home, `+508 41 00 00` from elsewhere."""

_AT_HOME = {"FR", "PM", "NC", "PF", "WF", *(region for regions in OVERSEAS.values() for region in regions)}

_CODE_LENGTH = 3
"""Digits of the longest country code."""

DASHES = "\\-‐-―−"
"""Every hyphen and dash, for a class of characters in a regular expression."""

GAPS = re.compile(rf"[\s.·/(){DASHES}]+")
"""What stands between the digits of a number."""

_QUOTES = " =\"'`\u00b4\u00ab\u00bb\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2032\u2033\u2039\u203a"


@dataclass(frozen=True)
class Spelling:
    """A number as it was read. `doubtful`: it is one of another country, or a slip in a French one."""

    e164: str
    doubtful: bool = False


def read(text: str) -> Spelling | None:
    """Read one number, in any spelling; None where none of a numbering plan is meant."""
    plain = unicodedata.normalize("NFKC", text).strip(_QUOTES)
    typed = GAPS.sub("", plain)
    if not re.fullmatch(r"\+?[0-9]{6,19}", typed):
        return None
    if typed.startswith("+"):
        return _international(typed[1:])
    if typed.startswith("00"):
        abroad = _international(typed[2:])
        return abroad and Spelling(
            abroad.e164, doubtful=region(abroad.e164) is not None and _is_slip(plain, typed)
        )
    if national := re.fullmatch(r"0?([1-9][0-9]{8}|700[0-9]{10})", typed):
        return _national(national[1])
    codes = "|".join(CODES)
    return _international(typed) if re.fullmatch(rf"(?:{codes})0?[1-9][0-9]{{8}}", typed) else None


def _is_slip(plain: str, typed: str) -> bool:
    """Tell whether one zero too many, or a code torn in two, makes a foreign number of a French one."""
    code = str(phonenumbers.parse("+" + typed[2:]).country_code)
    is_torn = not re.match(rf"\W*0\W*0\W*{code}", plain)
    return is_torn or (len(typed) == 11 and _national(typed[2:]) is not None)  # noqa: PLR2004


def _international(digits: str) -> Spelling | None:
    at_home = re.fullmatch(rf"({'|'.join(CODES)})0?([1-9][0-9]{{8}}|700[0-9]{{10}})", digits)
    if at_home:
        code, national = at_home.groups()
        found = _national(national)
        # A code of mainland before an overseas number is a spreadsheet's slip; any other code must fit.
        return found if found and (code == FRANCE or found.e164.startswith("+" + code)) else None
    try:
        number = phonenumbers.parse("+" + digits)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return Spelling(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _national(digits: str) -> Spelling | None:
    """Read the digits after the zero: each territory of the national plan has its own country code."""
    if digits.startswith("700"):
        return Spelling(f"+{FRANCE}{digits}") if len(digits) == 13 else None  # noqa: PLR2004
    if digits.startswith(_MIQUELON):
        return _international(digits)
    code = next((code for code in OVERSEAS if _plan(code).fullmatch(digits)), _BLOCKS.get(digits[:3]))
    if code:
        return Spelling(f"+{code}{digits}")
    number = phonenumbers.PhoneNumber(country_code=int(FRANCE), national_number=int(digits))
    return Spelling(f"+{FRANCE}{digits}") if phonenumbers.is_valid_number(number) else None


@cache
def _plan(code: str) -> re.Pattern[str]:
    """Give what the metadata knows of a territory; special numbers (08) are those of all France."""
    known = [PhoneMetadata.metadata_for_region(region, None) for region in OVERSEAS[code]]
    kinds = [kind for each in known if each for kind in (each.fixed_line, each.mobile, each.voip)]
    patterns = [kind.national_number_pattern for kind in kinds if kind and kind.national_number_pattern]
    return re.compile(f"(?!8)(?:{'|'.join(patterns)})")


def region(e164: str) -> str | None:
    """Name the country of a number (ISO 3166) outside France and its overseas territories."""
    if e164.startswith(_FRENCH):
        return None
    found = phonenumbers.region_code_for_number(phonenumbers.parse(e164))
    return None if found in _AT_HOME else found or "001"


def short(text: str) -> str | None:
    """Read a short number of France, such as 15 or 112; None if it is none."""
    digits = re.sub(r"\s", "", text.strip(_QUOTES))
    if not re.fullmatch(r"[1-9][0-9]{1,5}", digits):
        return None
    number = phonenumbers.PhoneNumber(country_code=int(FRANCE), national_number=int(digits))
    return digits if shortnumberinfo.is_valid_short_number_for_region(number, "FR") else None


def dialled(e164: str) -> str:
    """Give the digits as they are dialled in France, overseas included; elsewhere with the country code."""
    if e164.startswith(f"+{_MIQUELON}"):
        return "0" + e164[1:]
    for code in CODES:
        if e164.startswith(f"+{code}"):
            return "0" + e164[1 + len(code) :]
    return e164[1:]


def beginnings(typed: str) -> tuple[str, ...]:
    """Give how numbers that are typed so, from their first digit or plus on, begin in E.164.

    `00` and no more than a code of France begins nothing: every number would begin so.
    """
    abroad = re.fullmatch(r"(\+|00)([0-9]+)", typed)
    if abroad and (home := re.fullmatch(rf"({'|'.join(CODES)})0?([0-9]*)", abroad[2])):
        code, rest = home.groups()
        if rest:
            return beginnings(f"0{rest}")
        return (f"+{code}",) if abroad[1] == "+" else ()
    if abroad:
        return (f"+{abroad[2]}",) if abroad[1] == "+" or len(abroad[2]) > _CODE_LENGTH else ()
    if not typed.startswith("0") or typed.startswith("00"):
        return ()
    rest = typed[1:]
    return tuple(f"+{code}{rest}" for code in (("", *CODES) if rest.startswith(_MIQUELON) else CODES))
