"""Procedure 3 on screen: the numbers, and the licences that they leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slack_sdk.models.blocks import ExternalDataMultiSelectElement, InputBlock

from handlers import french
from handlers.views import (
    alert,
    bold,
    bullets,
    button,
    listed,
    modal,
    note,
    offered,
    option,
    plain,
    service_line,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_sdk.models.blocks import Block, Option
    from slack_sdk.models.views import View

    from domain.dissociating import DissociationPlan
    from domain.rows import NumberRow, ServiceRow
    from domain.values import DraftId

TITLE = "Dissocier un numéro"

SERVICE_VIEW = "dissociating.service"
NUMBERS_VIEW = "dissociating.numbers"
CONFIRM_VIEW = "dissociating.confirm"

SEARCH = "dissociating.search"
APPLY = "dissociating.apply"

NUMBERS = "numbers"


def number_option(row: NumberRow) -> Option:
    """A number as a choice, with the licence that holds it."""
    licence = f"{row.licence_reference} · {row.licence_type}" if row.licence_reference else None
    return option(french.phone(row.number), row.id, licence)


def numbers(draft: DraftId, service: ServiceRow, chosen: Sequence[NumberRow]) -> View:
    """Ask which numbers are to be dissociated."""
    search = ExternalDataMultiSelectElement(
        action_id=SEARCH,
        placeholder=plain("SDA ou référence de licence"),
        min_query_length=0,
        initial_options=[number_option(row) for row in chosen] or None,
    )
    blocks: list[Block] = [
        service_line(service),
        InputBlock(block_id=NUMBERS, label=plain("Numéros à dissocier"), element=search),
    ]
    return modal(TITLE, blocks, draft, NUMBERS_VIEW, submit="Continuer")


def confirm(draft: DraftId, plan: DissociationPlan, notice: str | None = None) -> View:
    """Name the numbers and licences, to be confirmed."""
    blocks = [*([alert(notice)] if notice else []), *plan_blocks(plan)]
    submit = "Valider" if plan.to_dissociate else None
    return modal(TITLE, blocks, f"{draft} {plan.fingerprint}", CONFIRM_VIEW, submit=submit)


def plan_blocks(plan: DissociationPlan) -> list[Block]:
    """Draw the plan: which number leaves which licence."""
    blocks: list[Block] = [service_line(plan.service)]
    if plan.to_dissociate:
        count = french.numbers(len(plan.to_dissociate))
        lines = [
            f"{french.phone(row.number)} quitte {row.licence_reference} · {row.licence_type}"
            for row in plan.to_dissociate
        ]
        blocks.append(bullets([bold(f"À dissocier{french.COLON} {count}")], listed(lines)))
        blocks.append(note("Le numéro reste au service, libre. Cette action peut être annulée."))
    if plan.already_free:
        free = [french.phone(row.number) for row in plan.already_free]
        blocks.append(bullets([bold("Déjà libres")], listed(free)))
    if plan.refused:
        lines = [f"{french.phone(row.number)}{french.COLON} licence résiliée" for row in plan.refused]
        blocks.append(bullets([bold("Refusés")], listed(lines)))
    return blocks


def inline(draft: DraftId, plan: DissociationPlan, notice: str | None = None) -> list[Block]:
    """Show the plan in the conversation, with its buttons."""
    value = f"{draft} {plan.fingerprint}"
    buttons = [button("Valider", APPLY, value, "primary")] if plan.to_dissociate else []
    return offered(plan_blocks(plan), value, buttons, notice)
