"""What a new operator has not set up yet."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from slack_sdk.errors import SlackApiError, SlackClientError
from sqlalchemy.engine import make_url

from bot.app import POST_TIMEOUT, now, slack_client, target_of
from domain import rights
from domain.database import Database, TablesUnknown
from domain.errors import ParkUnavailable
from domain.telling import Events

if TYPE_CHECKING:
    from slack_sdk import WebClient

    from bot.settings import Settings

SCOPES = ("commands", "chat:write", "chat:write.public", "files:write", "usergroups:read")
"""What the bot needs, as manifest.yml asks for it."""


PROBE_AHEAD = timedelta(hours=1)
"""When the message that tries the journal would be posted, if it were not taken back at once."""

LATE = 3600
"""Seconds that an event may wait for the webhook's receiver before somebody should look."""


@dataclass(frozen=True)
class Finding:
    """One thing that is there, that is missing, or (None) that can't be told."""

    is_good: bool | None
    text: str


def check(settings: Settings) -> list[Finding]:
    """Look at the token, its scopes, Socket Mode, the groups, the journal and the database."""
    logging.getLogger("slack_sdk").setLevel(logging.CRITICAL)  # it logs what the findings say
    client = slack_client(settings, POST_TIMEOUT)
    return [
        Finding(is_good=True, text="variables: complete and well formed"),
        *_token(client),
        *_socket_mode(client, settings),
        *_groups(client, settings),
        *_journal(client, settings),
        *_database(settings),
        Finding(
            is_good=None,
            text="commands: Slack does not tell which are installed; those of manifest.yml are served, "
            "so reinstall the app whenever manifest.yml has changed",
        ),
    ]


def why(error: Exception) -> str:
    """Give an error's cause on one line: Slack's code and the scope it asks for, the database's own words."""
    if isinstance(error, SlackApiError):
        needed = error.response.get("needed")
        return f"{error.response['error']}{f' ({needed})' if needed else ''}"
    cause = error.__cause__ or error
    return str(getattr(cause, "orig", cause)).split("\n")[0]


def newer(error: TablesUnknown) -> str:
    """Say what to do about tables of a newer program."""
    return (
        f"the tables are of version {error}, which this program does not know; "
        "install the newer program again, or restore the database as it was before"
    )


def _bad(variable: str, error: Exception, advice: str) -> Finding:
    """Say what Slack says and what to do: `advice`, unless it is a scope that is missing, or Slack itself."""
    code = error.response.get("error") if isinstance(error, SlackApiError) else None
    if code == "missing_scope":
        advice = "add the scope and reinstall the app"
    elif code in (None, "internal_error", "fatal_error", "ratelimited", "service_unavailable"):
        advice = "Slack can't be asked now: try again"
    return Finding(is_good=False, text=f"{variable}: {why(error)}; {advice}")


def _token(client: WebClient) -> list[Finding]:
    try:
        answer = client.auth_test()
    except (SlackClientError, OSError) as error:
        return [_bad("SLACK_BOT_TOKEN", error, "install the app, and take its token from there")]
    token = Finding(is_good=True, text=f"SLACK_BOT_TOKEN: works in {answer['team']}")
    headers = {name.lower(): value for name, value in answer.headers.items()}
    if "x-oauth-scopes" not in headers:
        return [token, Finding(is_good=None, text="scopes: Slack's answer does not tell which are granted")]
    granted = {scope.strip() for scope in str(headers["x-oauth-scopes"]).split(",")}
    missing = [scope for scope in SCOPES if scope not in granted]
    scopes = (
        Finding(is_good=False, text=f"scopes: {', '.join(missing)}; add them and reinstall the app")
        if missing
        else Finding(is_good=True, text="scopes: all granted")
    )
    return [token, scopes]


def _socket_mode(client: WebClient, settings: Settings) -> list[Finding]:
    if settings.slack_app_token is None:
        return [Finding(is_good=True, text=f"mode: HTTP on port {settings.port}")]
    try:
        client.apps_connections_open(app_token=settings.slack_app_token.get_secret_value())
    except (SlackClientError, OSError) as error:
        return [_bad("SLACK_APP_TOKEN", error, "make an app-level token with connections:write")]
    return [Finding(is_good=True, text="mode: Socket Mode, and SLACK_APP_TOKEN works")]


def _groups(client: WebClient, settings: Settings) -> list[Finding]:
    if not settings.access_usergroups:
        return [Finding(is_good=True, text="access: by user ids")]
    try:
        answer = client.usergroups_list(include_users=True)
    except (SlackClientError, OSError) as error:
        return [_bad("ACCESS_USERGROUPS", error, "let the app read user groups")]
    sizes = {group["id"]: len(group.get("users", [])) for group in answer["usergroups"]}
    return [
        Finding(is_good=True, text=f"ACCESS_USERGROUPS: {group} has {sizes[group]} members")
        if sizes.get(group)
        else Finding(is_good=False, text=f"ACCESS_USERGROUPS: {group} has no members, so it lets nobody act")
        if group in sizes
        else Finding(is_good=False, text=f"ACCESS_USERGROUPS: there is no group {group}")
        for group in sorted(settings.access_usergroups)
    ]


def _journal(client: WebClient, settings: Settings) -> list[Finding]:
    """Schedule a message and take it back: posting is tried with the bot's own scopes, and nobody sees it."""
    channel = settings.journal_channel
    if channel is None:
        return []
    at = int((datetime.now(UTC) + PROBE_AHEAD).timestamp())
    try:
        probe = client.chat_scheduleMessage(channel=channel, post_at=at, text="metacentrex check")
    except (SlackClientError, OSError) as error:
        return [_bad(f"JOURNAL_CHANNEL: {channel} can't be posted to", error, "invite the bot there")]
    try:
        client.chat_deleteScheduledMessage(
            channel=channel, scheduled_message_id=probe["scheduled_message_id"]
        )
    except (SlackClientError, OSError) as error:
        text = f"JOURNAL_CHANNEL: “metacentrex check” will be posted in an hour: not taken back: {why(error)}"
        return [Finding(is_good=None, text=text)]
    return [
        Finding(is_good=True, text=f"JOURNAL_CHANNEL: {channel} can be posted to"),
        Finding(is_good=None, text="JOURNAL_CHANNEL: lists (CSV) need the bot as a member: invite it there"),
    ]


def _database(settings: Settings) -> list[Finding]:
    """Look at the database and, where it can be read, at what the webhook's receiver was not told."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        return [_new_file(Path(str(url.database)).absolute())]
    database = Database(settings.database_url)
    try:
        is_migrated, refusal = database.is_migrated(), rights.refusal(database)
        webhook = _webhook(settings, database) if is_migrated and not refusal else []
    except ParkUnavailable as error:
        return [Finding(is_good=False, text=f"DATABASE_URL: can't be used: {why(error)}")]
    except TablesUnknown as error:
        return [Finding(is_good=False, text=f"DATABASE_URL: {newer(error)}")]
    finally:
        database.close()
    if refusal or not (is_migrated or url.get_backend_name() == "sqlite"):
        text = f"DATABASE_URL: {refusal or 'not migrated; run metacentrex migrate'}"
        return [Finding(is_good=False, text=text)]
    state = "migrated, and may be changed" if is_migrated else "and metacentrex run migrates it"
    return [Finding(is_good=True, text=f"DATABASE_URL: reachable, {state}"), *webhook]


def _webhook(settings: Settings, database: Database) -> list[Finding]:
    target = target_of(settings)
    if target is None:
        return []
    backlog = Events(database, now).backlog()
    if backlog.ended_at and backlog.receiver == target.digest:
        text = (
            f"{target.host} answered 410 at {backlog.ended_at:%Y-%m-%d %H:%M} UTC, so nothing more is sent "
            f"there; {backlog.count} events wait for another address"
        )
    elif backlog.oldest > LATE:
        text = (
            f"{backlog.count} events wait for {target.host}, the oldest for {backlog.oldest / 3600:.0f} h; "
            "try metacentrex webhook test"
        )
    else:
        return [Finding(is_good=True, text=f"WEBHOOK_URL: {backlog.count} events wait for {target.host}")]
    return [Finding(is_good=False, text=f"WEBHOOK_URL: {text}")]


def _new_file(file: Path) -> Finding:
    if os.access(file.parent, os.W_OK | os.X_OK):
        return Finding(is_good=True, text="DATABASE_URL: metacentrex run or import makes the file")
    return Finding(is_good=False, text=f"DATABASE_URL: {file.parent} is no folder that can be written to")
