"""Pure: results → slack_sdk.models. What several views share stands here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    AlertBlock,
    Block,
    ButtonElement,
    ContextBlock,
    MarkdownTextObject,
    PlainTextObject,
    RichTextBlock,
    RichTextElementParts,
    RichTextListElement,
    RichTextSectionElement,
)
from slack_sdk.models.views import View

from handlers import french

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_sdk.models.blocks import RichTextElement

    from domain.rows import LicenceRow, ServiceRow, SiteRow
    from domain.values import LicenceType

SEARCH_HINT = "Client, compte, service, licence ou SDA"
ABANDON = "abandon"
"""The action of the button that drops an inline confirmation."""

ABANDON_LABEL = "Abandonner"
"""To leave a procedure without applying anything, in a modal as in the conversation."""

BACK_LABEL = "Retour"
"""To leave a step for the modal below, in which the procedure goes on."""

CLOSE_LABEL = "Fermer"
"""To close what was only to be read: nothing is under way in it. See docs/guide.md, « Quatre mots »."""

ELSEWHERE = "désormais dans un autre service"
"""Why a licence or a number that was chosen is left (R2)."""

ALERT_LIMIT = 200
ACCOUNTCODE_LIMIT = 20
"""Characters of an accountcode in a line: it can have 255, and has about ten."""

SHOWN = 10
"""Lines that a view lists before « et N autres »."""


def plain(text: str) -> PlainTextObject:
    """Text in which nothing is markup, not even `:smile:` (R13)."""
    return PlainTextObject(text=text, emoji=False)


def bold(text: str) -> RichTextElementParts.Text:
    """A part of `line` that stands out."""
    return RichTextElementParts.Text(text=text, style=RichTextElementParts.TextStyle(bold=True))


Part = str | RichTextElementParts.Text | RichTextElementParts.Link


def _section(parts: Sequence[Part]) -> RichTextSectionElement:
    elements: list[Any] = [
        RichTextElementParts.Text(text=part) if isinstance(part, str) else part for part in parts if part
    ]
    return RichTextSectionElement(elements=elements)


def line(*parts: Part) -> RichTextBlock:
    """A paragraph. Its parts are shown as they are: rich text knows no markup (R13)."""
    return RichTextBlock(elements=[_section(parts)])


def link(text: str, url: str) -> RichTextElementParts.Link:
    """A part of `line` that leads somewhere."""
    return RichTextElementParts.Link(text=text, url=url)


def bullets(title: Sequence[Part], lines: Sequence[Sequence[Part]]) -> RichTextBlock:
    """A paragraph with a list below it."""
    elements: list[RichTextElement] = [_section(title)] if title else []
    elements.append(RichTextListElement(elements=[_section(each) for each in lines], style="bullet"))
    return RichTextBlock(elements=elements)


def note(text: str) -> ContextBlock:
    """A small remark."""
    return ContextBlock(elements=[plain(french.clip(text, 2000))])


def signature(markup: str) -> ContextBlock:
    """A small remark with mentions and dates; it must hold no text from people or files (R13)."""
    return ContextBlock(elements=[MarkdownTextObject(text=markup)])


def alert(text: str, level: str = "warning") -> Block:
    """A remark that stands out in a modal; in bold, where it is too long for Slack's own."""
    if len(text) > ALERT_LIMIT:
        return line(bold(text))
    return AlertBlock(text=plain(text), level=level)


def button(text: str, action_id: str, value: str, style: str | None = None) -> ButtonElement:
    """A button."""
    return ButtonElement(text=plain(text), action_id=action_id, value=value, style=style)


def actions(*buttons: ButtonElement) -> ActionsBlock:
    """A row of buttons."""
    return ActionsBlock(elements=list(buttons))


def address(site: SiteRow) -> str:
    """A site's address on one line."""
    return f"{site.address}, {site.postal_code} {site.city}"


def service_line(service: ServiceRow) -> RichTextBlock:
    """Which service a view is about."""
    return line(
        bold(service.name), f" · {service.reference}\n{service.customer.name} · {service.customer.account}"
    )


def licence_name(reference: str | None, licence_type: LicenceType | None, accountcode: str | None) -> str:
    """A licence by its reference, with its type and with the accountcode, which tells whose it is."""
    whose = [french.clip(accountcode, ACCOUNTCODE_LIMIT)] if accountcode else []
    return " · ".join([str(reference), str(licence_type), *whose])


def licence_line(licence: LicenceRow) -> str:
    """A licence with what tells it apart."""
    phones = [french.phones(licence.numbers)] if licence.numbers else []
    return " · ".join([licence_name(licence.reference, licence.type, licence.accountcode), *phones])


def listed(lines: Sequence[str], one: str = "autre", many: str = "autres") -> list[list[Part]]:
    """The first lines of a list, then how many others."""
    shown: list[list[Part]] = [[text] for text in lines[:SHOWN]]
    if len(lines) > SHOWN:
        shown.append([f"et {french.count(len(lines) - SHOWN, one, many)}"])
    return shown


def modal(
    title: str,
    blocks: Sequence[Block],
    metadata: str = "",
    callback_id: str = "",
    submit: str | None = None,
    close: str = ABANDON_LABEL,
    name: str = "",
) -> View:
    """A modal view. Without `submit` there is nothing to send, only to read or click.

    `close` says what closing does: `ABANDON_LABEL`, `BACK_LABEL` or `CLOSE_LABEL`.
    """
    return View(
        type="modal",
        callback_id=callback_id or None,
        title=plain(title),
        submit=plain(submit) if submit else None,
        close=plain(close),
        blocks=list(blocks),
        private_metadata=metadata or None,
        external_id=name or None,
    )


def offered(
    blocks: Sequence[Block], value: str, buttons: Sequence[ButtonElement], notice: str | None
) -> list[Block]:
    """A plan in the conversation: what it shows, its buttons, and the way out."""
    above = [line(bold(notice))] if notice else []
    return [*above, *blocks, actions(*buttons, button(ABANDON_LABEL, ABANDON, value))]


def refusal(text: str) -> View:
    """A modal that says why something was not done."""
    return modal("Action impossible", [line(text)], close=CLOSE_LABEL)


def done(title: str, *blocks: Block, metadata: str = "", close: str = CLOSE_LABEL, name: str = "") -> View:
    """A modal that says what was done."""
    return modal(title, blocks, metadata, close=close, name=name)
