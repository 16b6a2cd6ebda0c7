"""`metacentrex webhook`: trying whether the receiver takes what is sent, and what that looks like."""

from __future__ import annotations

import json
import uuid
from typing import NoReturn

import typer

from bot import logs
from bot.app import now, target_of
from bot.posting import NotPosted
from bot.settings import WebhookSettings, read_settings
from bot.webhook import NOTICE, fault, send
from domain.notices import WebhookTest
from domain.values import tidy

webhook = typer.Typer(no_args_is_help=True, help="Try the webhook, and tell what it sends.")

SHOWN = 200
"""Characters of an answer that are shown."""


@webhook.command()
def test() -> None:
    """Send one event that says nothing has happened, and tell what came back."""
    settings = read_settings(WebhookSettings)
    logs.configure(settings.log_level, settings.log_format)
    target = target_of(settings)
    if target is None:
        _fail("WEBHOOK_URL: is missing; set it and WEBHOOK_SECRET (docs/webhook.md)")
    at, key = now(), uuid.uuid4().hex
    try:
        answer = send(target, key, WebhookTest(at), at)
    except NotPosted as error:
        _fail(f"WEBHOOK_URL: {target.host} can't be told: {error}")
    said = tidy(answer.text)[:SHOWN]
    if trouble := fault(answer):
        _fail(f"WEBHOOK_URL: {trouble}{f' ({said})' if said else ''}")
    typer.echo(f"{target.host} took event {key}: {answer.status}{f' ({said})' if said else ''}")


@webhook.command()
def schema() -> None:
    """Print the JSON Schema of what is sent."""
    typer.echo(json.dumps(NOTICE.json_schema(mode="serialization"), indent=2))


def _fail(fault: str) -> NoReturn:
    typer.echo(f"error: {fault}", err=True)
    raise SystemExit(2)
