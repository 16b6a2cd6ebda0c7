"""Choices of a list: plain dictionaries, as they answer a search, and what the SDK draws them with in a view.

An answer is made of them alone: the SDK's `to_dict` takes three quarters of its time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

from slack_sdk.models.blocks import Option

from handlers import french
from handlers.views import address, licence_name, plain

if TYPE_CHECKING:
    from typing import NotRequired

    from domain.rows import CustomerRow, NumberRow, ServiceRow, SiteRow

LIMIT = 75
"""Characters of a choice's name, and of its description (docs/slack.md, Limits)."""


class Plain(TypedDict):
    """Text in which nothing is markup, not even `:smile:` (R13)."""

    type: Literal["plain_text"]
    text: str
    emoji: bool


class Choice(TypedDict):
    """A choice as Slack takes it."""

    text: Plain
    value: str
    description: NotRequired[Plain]


def choice(text: str, value: object, description: str | None = None) -> Choice:
    """A choice in a list; too long a name is clipped, so its reference goes first."""
    made: Choice = {"text": _plain(text), "value": str(value)}
    if description:
        made["description"] = _plain(description)
    return made


def _plain(text: str) -> Plain:
    return {"type": "plain_text", "text": french.clip(text, LIMIT), "emoji": False}


def drawn(made: Choice) -> Option:
    """The same choice in a view."""
    description = made.get("description")
    return Option(
        text=plain(made["text"]["text"]),
        value=made["value"],
        description=plain(description["text"]) if description else None,
    )


def option(text: str, value: object, description: str | None = None) -> Option:
    """A choice that a view holds itself."""
    return drawn(choice(text, value, description))


def service(row: ServiceRow) -> Choice:
    """A service as a choice."""
    customer = f"{row.customer.name} ({row.customer.account})"
    return choice(f"{row.reference} · {row.name}", row.id, customer)


def customer(row: CustomerRow) -> Choice:
    """A customer as a choice."""
    return choice(row.name, row.id, f"Compte client {row.account}")


def site(row: SiteRow) -> Choice:
    """A site as a choice."""
    return choice(row.label, row.id, address(row))


def number(row: NumberRow) -> Choice:
    """A number as a choice, with the licence that holds it."""
    return choice(french.phone(row.number), row.id, holder(row) if row.licence_reference else None)


def holder(row: NumberRow) -> str:
    """The licence that holds a number."""
    return licence_name(row.licence_reference, row.licence_type, row.accountcode)


def restriction(value: str) -> Choice:
    """A restriction as a choice; an import lets none through that a choice's value can't hold."""
    return choice(value, value)
