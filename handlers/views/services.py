"""Choosing the service: the first step of three procedures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slack_sdk.models.blocks import ExternalDataSelectElement, InputBlock

from handlers.views import SEARCH_HINT, alert, modal, plain

if TYPE_CHECKING:
    from slack_sdk.models.blocks import Block
    from slack_sdk.models.views import View

    from domain.values import DraftId

SERVICE = "service"
SEARCH = "service.search"


def choose_service(title: str, callback_id: str, draft: DraftId, notice: str | None = None) -> View:
    """Ask for the service, by search; `notice` says why a search that came along was not enough."""
    blocks: list[Block] = [alert(notice)] if notice else []
    search = ExternalDataSelectElement(action_id=SEARCH, placeholder=plain(SEARCH_HINT), min_query_length=0)
    blocks.append(InputBlock(block_id=SERVICE, label=plain("Service"), element=search))
    return modal(title, blocks, draft, callback_id, submit="Continuer")
