"""What a new operator has not set up yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.app import POST_TIMEOUT, slack_client
from domain.database import Database
from domain.errors import ParkUnavailable

if TYPE_CHECKING:
    from slack_sdk import WebClient

    from bot.settings import Settings

SCOPES = ("commands", "chat:write", "chat:write.public", "files:write", "usergroups:read")
"""What the bot needs, as manifest.yml asks for it."""


@dataclass(frozen=True)
class Finding:
    """One thing that is there, or missing."""

    is_good: bool
    text: str


def check(settings: Settings) -> list[Finding]:
    """Look at the token, its scopes, Socket Mode, the groups and the database."""
    client = slack_client(settings, POST_TIMEOUT)
    return [
        Finding(is_good=True, text="variables: complete and well formed"),
        *_token(client),
        *_socket_mode(client, settings),
        *_groups(client, settings),
        _database(settings),
        Finding(
            is_good=True,
            text="commands: Slack does not tell which are installed; those of manifest.yml are served, "
            "so reinstall the app whenever manifest.yml has changed",
        ),
    ]


def why(error: Exception) -> str:
    """Give an error's cause on one line: Slack's code, the database's own words."""
    if isinstance(error, SlackApiError):
        return str(error.response["error"])
    cause = error.__cause__ or error
    return str(getattr(cause, "orig", cause)).split("\n")[0]


def _token(client: WebClient) -> list[Finding]:
    try:
        answer = client.auth_test()
    except (SlackClientError, OSError) as error:
        return [Finding(is_good=False, text=f"SLACK_BOT_TOKEN: auth.test says {why(error)}; install the app")]
    headers = {name.lower(): value for name, value in answer.headers.items()}
    granted = str(headers.get("x-oauth-scopes", "")).split(",")
    missing = [scope for scope in SCOPES if scope not in granted]
    scopes = (
        Finding(is_good=False, text=f"scopes: {', '.join(missing)}; add them and reinstall the app")
        if missing
        else Finding(is_good=True, text="scopes: all granted")
    )
    return [Finding(is_good=True, text=f"SLACK_BOT_TOKEN: works in {answer['team']}"), scopes]


def _socket_mode(client: WebClient, settings: Settings) -> list[Finding]:
    if settings.slack_app_token is None:
        return [Finding(is_good=True, text=f"mode: HTTP on port {settings.port}")]
    try:
        client.apps_connections_open(app_token=settings.slack_app_token.get_secret_value())
    except (SlackClientError, OSError) as error:
        text = f"SLACK_APP_TOKEN: {why(error)}; make an app-level token with connections:write"
        return [Finding(is_good=False, text=text)]
    return [Finding(is_good=True, text="mode: Socket Mode, and SLACK_APP_TOKEN works")]


def _groups(client: WebClient, settings: Settings) -> list[Finding]:
    if not settings.access_usergroups:
        return [Finding(is_good=True, text="access: by user ids")]
    try:
        answer = client.usergroups_list(include_users=True)
    except (SlackClientError, OSError) as error:
        return [Finding(is_good=False, text=f"ACCESS_USERGROUPS: can't be read: {why(error)}")]
    sizes = {group["id"]: len(group.get("users", [])) for group in answer["usergroups"]}
    return [
        Finding(is_good=True, text=f"ACCESS_USERGROUPS: {group} has {sizes[group]} members")
        if group in sizes
        else Finding(is_good=False, text=f"ACCESS_USERGROUPS: there is no group {group}")
        for group in sorted(settings.access_usergroups)
    ]


def _database(settings: Settings) -> Finding:
    database = Database(settings.database_url)
    try:
        if database.is_migrated():
            return Finding(is_good=True, text="DATABASE_URL: reachable and migrated")
        return Finding(is_good=False, text="DATABASE_URL: not migrated; run metacentrex migrate")
    except ParkUnavailable as error:
        return Finding(is_good=False, text=f"DATABASE_URL: out of reach: {why(error)}")
    finally:
        database.close()
