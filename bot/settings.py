"""Every variable of the environment: its default, its meaning, its error."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError


class SettingsInvalid(Exception):
    """Variables are missing or malformed; each fault names its variable and what to do."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def _split(value: object) -> object:
    return frozenset(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value


def _ids(prefixes: str, example: str) -> AfterValidator:
    def check(ids: frozenset[str]) -> frozenset[str]:
        for each in sorted(ids):
            if not re.fullmatch(rf"[{prefixes}][A-Z0-9]+", each):
                raise ValueError(f"“{each}” is not a Slack id such as {example}")
        return ids

    return AfterValidator(check)


def _secret(prefix: str) -> AfterValidator:
    def check(secret: SecretStr) -> SecretStr:
        value = secret.get_secret_value()
        if value and (not value.startswith(prefix) or value == prefix):
            raise ValueError(f"must begin with {prefix}")
        return secret

    return AfterValidator(check)


def _database(url: str) -> str:
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.get_backend_name() not in ("sqlite", "postgresql", "postgres"):
        raise ValueError("must be an URL such as sqlite:///metacentrex.db or postgresql://user@host/name")
    if parsed.database in (None, "", ":memory:"):
        raise ValueError("must name a database; a park in memory would be lost at the end")
    return url


Users = Annotated[frozenset[str], NoDecode, BeforeValidator(_split), _ids("UW", "U012AB3CD")]
Groups = Annotated[frozenset[str], NoDecode, BeforeValidator(_split), _ids("S", "S0614TZR7")]


class DatabaseSettings(BaseSettings):
    """What the commands need that only work on the database."""

    model_config = SettingsConfigDict(env_ignore_empty=True)

    database_url: Annotated[str, AfterValidator(_database)] = "sqlite:///metacentrex.db"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["console", "json"] = "console"


class Settings(DatabaseSettings):
    """What the bot needs."""

    slack_bot_token: Annotated[SecretStr, _secret("xoxb-")] = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_app_token: Annotated[SecretStr, _secret("xapp-")] | None = None
    slack_api_url: Annotated[str, Field(pattern=r"^https?://[^/]+/(.*/)?$")] = "https://slack.com/api/"
    access_users: Users = frozenset()
    access_usergroups: Groups = frozenset()
    approval_threshold: Annotated[int, Field(ge=0)] = 0
    journal_channel: Annotated[str, Field(pattern=r"^[CG][A-Z0-9]+$")] | None = None
    undo_hours: Annotated[int, Field(ge=1)] = 24
    port: Annotated[int, Field(ge=0, le=65535)] = 3000

    slack_client_id: str | None = None

    @model_validator(mode="after")
    def _together(self) -> Self:
        faults = []
        if not self.slack_bot_token.get_secret_value():
            faults.append("SLACK_BOT_TOKEN: is missing; it is under OAuth & Permissions of the Slack app")
        if not self.slack_app_token and not self.slack_signing_secret.get_secret_value():
            faults.append(
                "SLACK_SIGNING_SECRET: is missing; HTTP mode needs it (Basic Information of the Slack app); "
                "for Socket Mode set SLACK_APP_TOKEN"
            )
        if not self.access_users and not self.access_usergroups:
            faults.append(
                "ACCESS_USERS, ACCESS_USERGROUPS: both are empty, so nobody could act; "
                "name the users or the user groups that may"
            )
        if self.approval_threshold:
            faults.append("APPROVAL_THRESHOLD: this version has no approval yet; leave it at 0")
        if self.slack_client_id is not None:
            faults.append("SLACK_CLIENT_ID: unset it; it would switch the bot to OAuth for many workspaces")
        if faults:
            raise ValueError("\n".join(faults))
        return self


S = TypeVar("S", bound=DatabaseSettings)


def read_settings(kind: type[S]) -> S:
    """Read the environment. Raises SettingsInvalid with every fault."""
    try:
        return kind()
    except ValidationError as error:
        faults = [line for each in error.errors() for line in _fault(dict(each)).splitlines()]
        raise SettingsInvalid(faults) from None


def _fault(error: dict[str, object]) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    location = error["loc"]
    if not isinstance(location, tuple) or not location:
        return message
    return f"{str(location[0]).upper()}: {message}"
