"""Every variable of the environment: its default, its meaning, its error."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import make_conninfo
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

NO_URL = "must be an URL such as sqlite:///metacentrex.db or postgresql://user@host/name"
RAW = (
    "is malformed; write @ / : ? # % in the password as %40 %2F %3A %3F %23 %25, "
    "or give the password in PGPASSWORD"
)
MOST_PORTS = 65535
NO_ADDRESS = "must be an address such as https://robot.example.org/metacentrex"
NO_KEY = (
    "must be whsec_ and 24 to 64 random bytes in base64, as: echo whsec_$(openssl rand -base64 32); "
    "during a rotation the new one and the old one, with a space between"
)
SECRETS = 2
"""How many sign at once: the new one and the old one."""

UNDO_HOURS_LIMIT = 10 * 365 * 24
"""Ten years: more is a slip, or too much for a calendar."""


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
                shown = "a token" if each.startswith(("xox", "xapp")) else f"“{each}”"
                raise ValueError(f"{shown} is not a Slack id such as {example}")
        return ids

    return AfterValidator(check)


def _channel(text: str) -> str:
    if not re.fullmatch(r"[CG][A-Z0-9]+", text):
        raise ValueError(
            "is not a channel's id such as C0987ZYXW (in Slack: the channel's name, About, at the bottom)"
        )
    return text


def _api(text: str) -> str:
    if not re.fullmatch(r"https?://[^/]+/(.*/)?", text):
        raise ValueError("must be an address such as https://slack.com/api/, with the slash at its end")
    return text


def _secret(prefix: str) -> AfterValidator:
    def check(secret: SecretStr) -> SecretStr:
        value = secret.get_secret_value()
        if value and (not value.startswith(prefix) or value == prefix):
            raise ValueError(f"must begin with {prefix}")
        return secret

    return AfterValidator(check)


def _address(secret: SecretStr) -> SecretStr:
    """Hold a webhook's address to its form. A fault tells none of its parts: they may be a secret."""
    text = secret.get_secret_value()
    try:
        parts = urlsplit(text)
        is_sound = parts.port != 0 and bool(parts.hostname) and bool(re.fullmatch("[!-~]+", text))
    except ValueError:
        is_sound = False
    if not is_sound or parts.scheme not in ("https", "http") or "#" in text:
        raise ValueError(NO_ADDRESS)
    if "@" in parts.netloc:
        raise ValueError("must have no user and password in it: the signature says who sends")
    return secret


def _secrets(secret: SecretStr) -> SecretStr:
    keys = secrets_of(secret)
    for key in keys:
        try:
            length = len(base64.b64decode(key.removeprefix("whsec_"), validate=True))
        except ValueError:
            length = 0
        if not key.startswith("whsec_") or not 24 <= length <= 64:  # noqa: PLR2004 - Standard Webhooks
            raise ValueError(NO_KEY)
    if len(keys) > SECRETS:
        raise ValueError(f"holds {len(keys)} secrets; two sign at once, the new one and the old one")
    return secret


def secrets_of(secret: SecretStr) -> tuple[str, ...]:
    """Give the secrets of WEBHOOK_SECRET, one by one."""
    return tuple(re.split(r"[\s,]+", secret.get_secret_value().strip(" ,")))


def _database(text: str) -> str:
    """Hold a URL to its form. A fault tells none of its parts: any of them may be a piece of the password."""
    is_file = text.startswith("sqlite")
    if not is_file and text.count("@") > 1:  # one stands in the password, and moves the rest of it elsewhere
        raise ValueError(RAW)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ValueError(NO_URL) from None
    if url.get_backend_name() not in ("sqlite", "postgresql", "postgres") or (
        is_file and (url.host or url.username)
    ):
        raise ValueError(NO_URL)
    if url.database in (None, "", ":memory:"):
        raise ValueError("must name a database; a park in memory would be lost at the end")
    if is_file and url.query:
        raise ValueError("has an option after ? that is not for SQLite; name the file alone")
    if not is_file:
        _postgresql(text, url)
    return text


def _postgresql(text: str, url: URL) -> None:
    if (
        ("@" in text and url.username is None)
        or "@" in str(url.database)
        or not 0 <= (url.port or 0) <= MOST_PORTS
    ):
        raise ValueError(RAW)
    try:
        (url.host or "").encode("idna")
    except UnicodeError:
        raise ValueError(RAW) from None
    try:
        make_conninfo("", **{name: value for name, value in url.query.items() if isinstance(value, str)})
    except ProgrammingError:
        raise ValueError("has an option after ? that PostgreSQL does not know") from None


Users = Annotated[frozenset[str], NoDecode, BeforeValidator(_split), _ids("UW", "U012AB3CD")]
Groups = Annotated[frozenset[str], NoDecode, BeforeValidator(_split), _ids("S", "S0614TZR7")]


class DatabaseSettings(BaseSettings):
    """What the commands need that only work on the database."""

    model_config = SettingsConfigDict(env_ignore_empty=True)

    database_url: Annotated[str, AfterValidator(_database)] = "sqlite:///metacentrex.db"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["console", "json"] = "console"
    require_volume: bool = False

    @model_validator(mode="after")
    def _kept(self) -> Self:
        """Hold a container's SQLite file to a volume: without one it goes with the container."""
        url = make_url(self.database_url)
        if self.require_volume and url.get_backend_name() == "sqlite":
            folders = Path(url.database or "").absolute().parents
            if not any(folder.is_mount() for folder in folders[:-1]):
                raise ValueError(
                    f"DATABASE_URL: {url.database} lies on no volume: park and record would be lost with "
                    "the container; mount one (docker run --volume metacentrex:/data …), or set "
                    "REQUIRE_VOLUME=0 to try it all the same"
                )
        return self


class WebhookSettings(DatabaseSettings):
    """What it takes to tell a program what has happened, if one is to be told."""

    webhook_url: Annotated[SecretStr, AfterValidator(_address)] | None = None
    webhook_secret: Annotated[SecretStr, AfterValidator(_secrets)] | None = None
    webhook_allow_private: bool = False

    @model_validator(mode="after")
    def _signed(self) -> Self:
        if self.webhook_url is None:
            return self
        if not self.webhook_allow_private and not self.webhook_url.get_secret_value().startswith("https:"):
            raise ValueError("WEBHOOK_URL: must begin with https://; http:// needs WEBHOOK_ALLOW_PRIVATE=1")
        if self.webhook_secret is None:
            raise ValueError(f"WEBHOOK_SECRET: is missing; it {NO_KEY}")
        return self


class Settings(WebhookSettings):
    """What the bot needs."""

    slack_bot_token: Annotated[SecretStr, _secret("xoxb-")] = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_app_token: Annotated[SecretStr, _secret("xapp-")] | None = None
    slack_api_url: Annotated[str, AfterValidator(_api)] = "https://slack.com/api/"
    access_users: Users = frozenset()
    access_usergroups: Groups = frozenset()
    approval_threshold: Annotated[int, Field(ge=0)] = 0
    journal_channel: Annotated[str, AfterValidator(_channel)] | None = None
    undo_hours: Annotated[int, Field(ge=1, le=UNDO_HOURS_LIMIT)] = 24
    port: Annotated[int, Field(ge=0, le=65535)] = 3000

    slack_client_id: str | None = None

    @model_validator(mode="after")
    def _together(self) -> Self:
        faults = []
        if not self.slack_bot_token.get_secret_value():
            faults.append("SLACK_BOT_TOKEN: is missing; it is under OAuth & Permissions of the Slack app")
        if not self.slack_app_token and not self.slack_signing_secret.get_secret_value():
            faults.append(
                "SLACK_APP_TOKEN: is missing; make one with connections:write under Basic Information of the "
                "Slack app (or, for HTTP instead of Socket Mode, set SLACK_SIGNING_SECRET from there)"
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
