"""French as it is written: dates, plurals, numbers, typography."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import phonenumbers
from babel import Locale
from babel.dates import format_datetime
from babel.numbers import format_decimal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from domain.values import PhoneNumber

NBSP = "\u00a0"
COLON = "\u00a0:"


def number(value: int) -> str:
    """A whole number with French thousands: `1 000`, with a narrow no-break space."""
    return format_decimal(value, locale="fr")


def count(value: int, one: str, many: str) -> str:
    """A quantity with its noun."""
    return f"{number(value)}{NBSP}{agreed(value, one, many)}"


def agreed(value: int, one: str, many: str) -> str:
    """A word that agrees with a quantity; 0 and 1 are singular in French."""
    return one if value < 2 else many  # noqa: PLR2004


def headed(value: int, one: str, many: str) -> str:
    """A list's heading with how many it holds."""
    return f"{agreed(value, one, many)} ({number(value)})"


def licences(value: int) -> str:
    """A quantity of licences."""
    return count(value, "licence", "licences")


def numbers(value: int) -> str:
    """A quantity of telephone numbers."""
    return count(value, "numéro", "numéros")


def phone(value: PhoneNumber) -> str:
    """A telephone number as it is read in France: `04 91 00 00 01`; one from elsewhere with its country."""
    parsed = phonenumbers.parse(value.e164)
    text = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    if not value.dialled.startswith("0"):
        text = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    elif re.sub(r"\D", "", text) != value.dialled:  # what the metadata does not know: a machine's number
        text = " ".join(re.findall("..", value.dialled))
    where = f" ({country(value.country)})" if value.country else ""
    return f"{text}{where}".replace(" ", NBSP)


def country(region: str) -> str:
    """A country by its name."""
    return str(Locale("fr").territories[region])


def phones(values: Sequence[PhoneNumber], total: int | None = None) -> str:
    """Telephone numbers as a warning names them: up to three, then how many others."""
    return enumeration([phone(value) for value in values[:3]], total or len(values), "autre", "autres")


def enumeration(shown: Sequence[str], total: int, one: str, many: str) -> str:
    """A list that names its first members, then « et N autres »."""
    rest = total - len(shown)
    if rest > 0:
        return f"{', '.join(shown)} et {count(rest, one, many)}"
    return " et ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def quote(text: str) -> str:
    """A text in French quotation marks."""
    return f"«{NBSP}{text}{NBSP}»"


def clip(text: str, limit: int) -> str:
    """A text that fits one of Slack's limits, its loss shown by an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def escape(text: str) -> str:
    """A text that Slack's markup reads as itself: no mention, no link (R13; docs/slack.md, Messages)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def day(at: datetime) -> str:
    """A day, where no markup is read: `23 nov. 2026`, in UTC."""
    return str(format_datetime(at, "d MMM y", locale="fr"))


def moment(at: datetime) -> str:
    """A moment in the reader's own time zone, in Slack's markup, with a fallback in UTC."""
    fallback = format_datetime(at, "d MMM y 'à' HH:mm 'UTC'", locale="fr")
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} à {{time}}|{fallback}>"
