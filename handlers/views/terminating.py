"""Procedure 2 on screen: the eight types, the quantity, the licences that go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slack_sdk.models.blocks import (
    DividerBlock,
    InputBlock,
    NumberInputElement,
    RichTextElementParts,
    SectionBlock,
)

from handlers import french
from handlers.views import (
    actions,
    alert,
    bold,
    bullets,
    button,
    licence_line,
    line,
    listed,
    modal,
    offered,
    plain,
    service_line,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_sdk.models.blocks import Block
    from slack_sdk.models.views import View

    from domain.rows import LicenceRow, ServiceRow, TypeCount
    from domain.terminating import TerminationPlan
    from domain.values import DraftId, PhoneNumber

TITLE = "Résilier une licence"
FIRST_DISSOCIATE = "Dissociez d’abord le numéro"
FINAL = "Une résiliation est définitive. Elle ne pourra pas être annulée."

SERVICE_VIEW = "terminating.service"
TYPES_VIEW = "terminating.types"
QUANTITY_VIEW = "terminating.quantity"
CONFIRM_VIEW = "terminating.confirm"

TERMINATE = "terminating.terminate"
DISSOCIATE = "terminating.dissociate"
DISSOCIATE_INLINE = "terminating.dissociate_inline"
CHANGE_SERVICE = "terminating.change_service"
APPLY = "terminating.apply"

QUANTITY = "quantity"


def types(
    draft: DraftId, service: ServiceRow, counts: Sequence[TypeCount], notice: str | None = None
) -> View:
    """Show « Nombre de licences »: per type what can be terminated, or what stands against it."""
    blocks: list[Block] = [
        *([alert(notice, "success")] if notice else []),
        service_line(service),
        actions(button("Changer de service", CHANGE_SERVICE, "service")),
        line(bold("Nombre de licences"), " (active / souscrite)"),
        DividerBlock(),
    ]
    for count in counts:
        blocks += _type(count)
    return modal(TITLE, blocks, draft, TYPES_VIEW, close="Fermer")


def _type(count: TypeCount) -> list[Block]:
    text = plain(f"{count.type.value}   {french.number(count.active)} / {french.number(count.subscribed)}")
    if count.terminable:
        return [SectionBlock(text=text, accessory=button("Résilier", TERMINATE, count.type.value))]
    if not count.subscribed:
        return [SectionBlock(text=text)]
    way_out = button("Dissocier un numéro", DISSOCIATE, count.type.value)
    return [SectionBlock(text=text, accessory=way_out), alert(warning(count.held_by, count.numbers))]


def warning(held_by: Sequence[PhoneNumber], total: int | None = None) -> str:
    """Say what must be done before a licence can be terminated (R4)."""
    return f"{FIRST_DISSOCIATE} {french.phones(held_by, total)}"


def quantity(draft: DraftId, count: TypeCount) -> View:
    """Ask how many licences of the type are to be terminated."""
    figures = SectionBlock(
        fields=[
            plain(f"Quantité souscrite\n{french.number(count.subscribed)}"),
            plain(f"Quantité active\n{french.number(count.active)}"),
        ]
    )
    entry = NumberInputElement(
        action_id=QUANTITY,
        is_decimal_allowed=False,
        min_value="1",
        max_value=str(count.terminable),
        initial_value="1",
    )
    hint = plain(f"De 1 à {french.number(count.terminable)}")
    blocks: list[Block] = [
        line(bold(count.type.value)),
        figures,
        InputBlock(block_id=QUANTITY, label=plain("Quantité à résilier"), element=entry, hint=hint),
    ]
    return modal(TITLE, blocks, draft, QUANTITY_VIEW, submit="Continuer", close="Retour")


def confirm(draft: DraftId, plan: TerminationPlan, notice: str | None = None) -> View:
    """Name each licence that will be terminated, to be confirmed."""
    blocks = [*([alert(notice)] if notice else []), *plan_blocks(plan), alert(FINAL, "error")]
    metadata = f"{draft} {plan.fingerprint}"
    return modal(TITLE, blocks, metadata, CONFIRM_VIEW, submit="Confirmer la résiliation", close="Retour")


NAMED = 30
"""Licences that are named each on a line; more of them are named by reference alone."""

LISTED = 4_000
"""References that a view of 250 KB holds, however long they are."""

_PARAGRAPH = 100
"""References in one paragraph."""


def plan_blocks(plan: TerminationPlan) -> list[Block]:
    """Draw the plan: what goes, what a number holds, what has ended already."""
    blocks: list[Block] = [service_line(plan.service)]
    if plan.to_terminate:
        count = french.licences(len(plan.to_terminate))
        title = bold(f"À résilier{french.COLON} {count}")
        blocks += _named(title, plan.to_terminate)
    if plan.held:
        blocks.append(
            bullets([bold(warning(plan.held_by))], listed([licence_line(row) for row in plan.held]))
        )
    if plan.ended:
        blocks.append(bullets([bold("Déjà résiliées")], listed([licence_line(row) for row in plan.ended])))
    return blocks


def _named(title: RichTextElementParts.Text, rows: Sequence[LicenceRow]) -> list[Block]:
    if len(rows) <= NAMED:
        return [bullets([title], [[licence_line(row)] for row in rows])]
    paragraphs: list[Block] = [line(title)]
    for start in range(0, min(len(rows), LISTED), _PARAGRAPH):
        references = [row.reference for row in rows[start : min(start + _PARAGRAPH, LISTED)]]
        paragraphs.append(line(", ".join(references)))
    if len(rows) > LISTED:
        paragraphs.append(line(f"et {french.count(len(rows) - LISTED, 'autre', 'autres')}"))
    return paragraphs


def inline(draft: DraftId, plan: TerminationPlan, notice: str | None = None) -> list[Block]:
    """Show the plan in the conversation, with its buttons: the confirmation, or the way out."""
    blocks = plan_blocks(plan)
    value = f"{draft} {plan.fingerprint}"
    buttons = []
    if plan.to_terminate:
        blocks.append(line(bold(FINAL)))
        buttons.append(button("Confirmer la résiliation", APPLY, value, "danger"))
    if plan.held:
        buttons.append(button("Dissocier un numéro", DISSOCIATE_INLINE, draft))
    return offered(blocks, value, buttons, notice)
