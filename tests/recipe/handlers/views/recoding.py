"""Giving licences another accountcode, on screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slack_sdk.models.blocks import InputBlock, PlainTextInputElement

from handlers import french
from handlers.names import Names
from handlers.views import (
    ABANDON_LABEL,
    alert,
    bold,
    bullets,
    licence_line,
    listed,
    modal,
    plain,
    service_line,
)
from handlers.views.words import Words, where

if TYPE_CHECKING:
    from domain.recoding import RecodingPlan
    from slack_sdk.models.blocks import Block
    from slack_sdk.models.views import View

    from domain.operations import Recorded
    from domain.selecting import Selection
    from domain.values import DraftId

TITLE = "Changer l’accountcode"

SERVICE_VIEW = "recoding.service"
FORM_VIEW = "recoding.form"
CONFIRM_VIEW = "recoding.confirm"
AGAIN = "recoding.again"

CODE = "accountcode"


def form(draft: DraftId, chosen: Selection) -> View:
    """Ask for the accountcode."""
    blocks: list[Block] = [
        bullets(
            [bold(f"Votre sélection{french.COLON} {french.licences(chosen.total)}")],
            listed([licence_line(row) for row in chosen.rows]),
        ),
        InputBlock(
            block_id=CODE, label=plain("Réf. accountcode"), element=PlainTextInputElement(action_id=CODE)
        ),
    ]
    return modal(TITLE, blocks, draft, FORM_VIEW, submit="Vérifier")


def confirm(
    draft: DraftId, plan: RecodingPlan, notice: str | None = None, *, close: str = ABANDON_LABEL
) -> View:
    """Show before → after, to be confirmed."""
    changes = [
        f"{row.reference}{french.COLON} {row.accountcode} → {plan.accountcode}" for row in plan.to_change
    ]
    blocks: list[Block] = [
        *([alert(notice)] if notice else []),
        service_line(plan.service),
        bullets([bold(f"À changer ({french.number(len(changes))})")], listed(changes)),
    ]
    metadata = Names(draft, plan.fingerprint).encode()
    return modal(TITLE, blocks, metadata, CONFIRM_VIEW, submit="Valider", close=close)


def _headline(recorded: Recorded) -> str:
    return f"Accountcode changé{french.COLON} {french.licences(recorded.count)}. {where(recorded)}"


WORDS = Words(_headline, following=(("Changer d’autres accountcodes", AGAIN),), arrows=True)
