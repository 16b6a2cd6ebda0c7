"""Procedure 3 on screen: the numbers, and the licences that they leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slack_sdk.models.blocks import ExternalDataMultiSelectElement, InputBlock

from handlers import french
from handlers.names import Names
from handlers.views import (
    ABANDON_LABEL,
    ELSEWHERE,
    alert,
    bold,
    bullets,
    button,
    listed,
    modal,
    note,
    offered,
    options,
    plain,
    service_line,
)
from handlers.views import terminating as terminating_views
from handlers.views.words import Words, where

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_sdk.models.blocks import Block
    from slack_sdk.models.views import View

    from domain.dissociating import DissociationPlan
    from domain.operations import Recorded
    from domain.rows import NumberRow, ServiceRow
    from domain.values import DraftId

TITLE = "Dissocier un numéro"
HELP = f"dissocier un numéro de sa licence. En une ligne{french.COLON} /licence-dissocier 04 91 00 00 01"

SERVICE_VIEW = "dissociating.service"
NUMBERS_VIEW = "dissociating.numbers"
CONFIRM_VIEW = "dissociating.confirm"

SEARCH = "dissociating.search"
APPLY = "dissociating.apply"
AGAIN = "dissociating.again"

NUMBERS = "numbers"


def numbers(
    draft: DraftId, service: ServiceRow, chosen: Sequence[NumberRow], *, close: str = ABANDON_LABEL
) -> View:
    """Ask which numbers are to be dissociated."""
    search = ExternalDataMultiSelectElement(
        action_id=SEARCH,
        placeholder=plain("SDA ou référence de licence"),
        min_query_length=0,
        initial_options=[options.drawn(options.number(row)) for row in chosen] or None,
    )
    blocks: list[Block] = [
        service_line(service),
        InputBlock(block_id=NUMBERS, label=plain("Numéros à dissocier"), element=search),
    ]
    return modal(TITLE, blocks, draft, NUMBERS_VIEW, submit="Continuer", close=close)


def confirm(
    draft: DraftId, plan: DissociationPlan, notice: str | None = None, *, close: str = ABANDON_LABEL
) -> View:
    """Name the numbers and licences, to be confirmed."""
    blocks = [*([alert(notice)] if notice else []), *plan_blocks(plan)]
    submit = "Valider" if plan.to_dissociate else None
    metadata = Names(draft, plan.fingerprint).encode()
    return modal(TITLE, blocks, metadata, CONFIRM_VIEW, submit=submit, close=close)


def plan_blocks(plan: DissociationPlan) -> list[Block]:
    """Draw the plan: which number leaves which licence."""
    blocks: list[Block] = [service_line(plan.service)]
    if plan.to_dissociate:
        count = french.numbers(len(plan.to_dissociate))
        lines = [f"{french.phone(row.number)} quitte {options.holder(row)}" for row in plan.to_dissociate]
        blocks.append(bullets([bold(f"À dissocier{french.COLON} {count}")], listed(lines)))
        stay = french.agreed(
            len(plan.to_dissociate),
            "Le numéro reste au service, libre.",
            "Les numéros restent au service, libres.",
        )
        blocks.append(note(f"{stay} Vous pourrez annuler ce changement."))
    if plan.already_free:
        free = [french.phone(row.number) for row in plan.already_free]
        title = french.headed(len(free), "Déjà libre", "Déjà libres")
        blocks.append(bullets([bold(title)], listed(free)))
    if plan.refused:
        lines = [
            f"{french.phone(row.number)} · {options.holder(row)}{french.COLON} licence résiliée"
            for row in plan.refused
        ]
        blocks.append(bullets([bold(french.headed(len(lines), "Refusé", "Refusés"))], listed(lines)))
    if plan.elsewhere:
        lines = [f"{french.phone(row.number)}{french.COLON} {ELSEWHERE}" for row in plan.elsewhere]
        title = french.headed(len(lines), "Laissé en l’état", "Laissés en l’état")
        blocks.append(bullets([bold(title)], listed(lines)))
    return blocks


def inline(draft: DraftId, plan: DissociationPlan, notice: str | None = None) -> list[Block]:
    """Show the plan in the conversation, with its buttons."""
    value = Names(draft, plan.fingerprint).encode()
    buttons = [button("Valider", APPLY, value, "primary")] if plan.to_dissociate else []
    return offered(plan_blocks(plan), value, buttons, notice)


def _headline(recorded: Recorded) -> str:
    return f"Dissociation{french.COLON} {french.numbers(recorded.count)}. {where(recorded)}"


WORDS = Words(
    _headline,
    following=(("Dissocier d’autres numéros", AGAIN), (terminating_views.TITLE, terminating_views.AGAIN)),
)
