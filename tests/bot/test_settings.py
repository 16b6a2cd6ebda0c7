"""The environment: every fault names its variable and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot.checking import why
from bot.settings import DatabaseSettings, Settings, SettingsInvalid, read_settings, secrets_of
from domain.database import Database
from domain.errors import ParkUnavailable
from tests.receiver import OTHER_SECRET, SECRET

GOOD = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s", "ACCESS_USERS": "U1"}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin with the variables that are needed, and no other."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


def test_the_defaults_are_the_documented_ones() -> None:
    """What is not set has a sound value."""
    settings = read_settings(Settings)
    assert settings.database_url == "sqlite:///metacentrex.db"
    assert settings.slack_api_url == "https://slack.com/api/"
    assert (settings.port, settings.undo_hours, settings.approval_threshold) == (3000, 24, 0)
    assert (settings.log_level, settings.log_format, settings.journal_channel) == ("INFO", "console", None)


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spaces don't matter."""
    monkeypatch.setenv("ACCESS_USERS", "U1, W2,")
    monkeypatch.setenv("ACCESS_USERGROUPS", "S1")
    settings = read_settings(Settings)
    assert (settings.access_users, settings.access_usergroups) == (frozenset({"U1", "W2"}), frozenset({"S1"}))


def test_secrets_are_not_shown() -> None:
    """Not even when settings are printed."""
    assert "xoxb-1" not in repr(read_settings(Settings))


def test_socket_mode_needs_no_signing_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is signed there."""
    monkeypatch.delenv("SLACK_SIGNING_SECRET")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
    assert read_settings(Settings).slack_app_token


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("SLACK_BOT_TOKEN", "", "SLACK_BOT_TOKEN: is missing"),
        ("SLACK_BOT_TOKEN", "xoxp-1", "SLACK_BOT_TOKEN: must begin with xoxb-"),
        ("SLACK_BOT_TOKEN", "xoxb-", "SLACK_BOT_TOKEN: must begin with xoxb-"),
        ("SLACK_SIGNING_SECRET", "", "SLACK_APP_TOKEN: is missing"),
        ("SLACK_APP_TOKEN", "xoxb-1", "SLACK_APP_TOKEN: must begin with xapp-"),
        ("SLACK_API_URL", "slack.com", "SLACK_API_URL: must be an address such as https://slack.com/api/"),
        ("SLACK_CLIENT_ID", "1", "SLACK_CLIENT_ID: unset it"),
        ("ACCESS_USERS", "", "ACCESS_USERS, ACCESS_USERGROUPS: both are empty"),
        ("ACCESS_USERS", "agathe", "ACCESS_USERS: “agathe” is not a Slack id such as U012AB3CD"),
        ("ACCESS_USERS", "xoxp-1", "ACCESS_USERS: a token is not a Slack id such as U012AB3CD"),
        ("ACCESS_USERGROUPS", "U1", "ACCESS_USERGROUPS: “U1” is not a Slack id such as S0614TZR7"),
        ("APPROVAL_THRESHOLD", "5", "APPROVAL_THRESHOLD: this version has no approval yet"),
        ("APPROVAL_THRESHOLD", "-1", "APPROVAL_THRESHOLD: Input should be greater than or equal to 0"),
        ("JOURNAL_CHANNEL", "#journal", "JOURNAL_CHANNEL: is not a channel's id such as C0987ZYXW"),
        ("UNDO_HOURS", "never", "UNDO_HOURS: Input should be a valid integer"),
        ("UNDO_HOURS", "9" * 20, "UNDO_HOURS: Input should be less than or equal to 87600"),
        (
            "DATABASE_URL",
            "sqlite:///park.db?mode=ro",
            "DATABASE_URL: has an option after ? that is not for SQLite",
        ),
        ("PORT", "70000", "PORT: Input should be less than or equal to 65535"),
        ("DATABASE_URL", "mysql://x/y", "DATABASE_URL: must be an URL such as"),
        ("DATABASE_URL", "nonsense", "DATABASE_URL: must be an URL such as"),
        ("DATABASE_URL", "sqlite://", "DATABASE_URL: must name a database"),
        ("DATABASE_URL", "postgresql://host", "DATABASE_URL: must name a database"),
        ("DATABASE_URL", "sqlite://folder/park.db", "DATABASE_URL: must be an URL such as"),
        ("DATABASE_URL", "postgresql://u:p@w@host/park", "DATABASE_URL: is malformed; write @ / : ? # %"),
        ("DATABASE_URL", "postgresql://u@host:99999/park", "DATABASE_URL: is malformed; write @ / : ? # %"),
        ("DATABASE_URL", "postgresql://u@a..b/park", "DATABASE_URL: is malformed; write @ / : ? # %"),
        ("DATABASE_URL", "postgresql://u@host/park?ssl=1", "DATABASE_URL: has an option after ?"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL: Input should be"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT: Input should be"),
    ],
)
def test_a_malformed_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, fault: str
) -> None:
    """With what is wrong, and without its value where it is a secret."""
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsInvalid) as refused:
        read_settings(Settings)
    assert refused.value.faults[0].startswith(fault)
    assert "xoxp-1" not in str(refused.value)


def test_all_that_is_missing_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new operator reads one list, of what the README sets up: Socket Mode."""
    for name in GOOD:
        monkeypatch.delenv(name)
    with pytest.raises(SettingsInvalid) as refused:
        read_settings(Settings)
    assert [fault.split(":")[0] for fault in refused.value.faults] == [
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "ACCESS_USERS, ACCESS_USERGROUPS",
    ]


PASSWORDS = st.text("QXZJ79éµ@@/:?#%[]&=+. ", min_size=6, max_size=16)
SHAPES = (
    "postgresql://bot:{}@127.0.0.1:1/park",
    "postgresql://bot:{}@127.0.0.1:1/park?sslmode=require",
    "postgresql://{}@127.0.0.1:1/park",
    "postgresql://:{}@127.0.0.1:1/park",
    "postgresql://bot/{}@127.0.0.1:1/park",
    "postgresql://bot@{}@127.0.0.1:1/park",
    "postgresql://bot:{}",
    "postgresql://bot:{}@",
    "postgresql:/bot:{}@127.0.0.1:1/park",
    "postgres//bot:{}@127.0.0.1:1/park",
    "mysql://bot:{}@127.0.0.1:1/park",
    "sqlite://bot:{}@127.0.0.1/park",
)


@given(shape=st.sampled_from(SHAPES), password=PASSWORDS)
@example(shape=SHAPES[0], password="QXZJ@QQZZ")
@example(shape=SHAPES[0], password="QXZJ@QQZZ/XXZZ?JJQQ")
@example(shape=SHAPES[6], password="QXZJQQ")
@example(shape=SHAPES[-1], password="7777@/")
@example(shape=SHAPES[2], password="..ZZ/7?")
@example(shape="postgresql://{}@127.0.0.1:1/park", password="777=/7?")
def test_no_error_shows_a_part_of_the_password(shape: str, password: str, tmp_path: Path) -> None:
    """Whatever stands in it, and however the URL is mistyped: neither when it is read nor when it is tried."""
    assume("@" not in password or not shape.endswith("{}"))  # what follows is a host then
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        patch.setenv("DATABASE_URL", shape.format(password))
        told = ""
        try:
            database = Database(read_settings(DatabaseSettings).database_url)
        except SettingsInvalid as error:
            told = str(error)
        else:
            with pytest.raises(ParkUnavailable) as away:
                database.is_migrated()
            database.close()
            told = why(away.value)
    parts = {password[i : i + 4] for i in range(len(password) - 3)}
    assert not [part for part in parts if part in told and set(part) & set("QXZJ79éµ")]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bot:p%40ss%2Fw%23rd@host:5432/park",
        "postgresql://bot@[::1]/park?sslmode=verify-full&sslrootcert=system",
        "postgresql://bot@/park?host=/run/postgresql",
        "sqlite:////data/p@rk@home.db",
    ],
)
def test_a_sound_url_is_taken(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """With what an operator needs of it."""
    monkeypatch.setenv("DATABASE_URL", url)
    assert read_settings(DatabaseSettings).database_url == url


def test_a_container_without_a_volume_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """SQLite there would go with the container; a mount anywhere above the file keeps it."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/data/park.db")
    monkeypatch.setenv("REQUIRE_VOLUME", "1")
    monkeypatch.setattr(Path, "is_mount", lambda folder: folder in (Path("/"), tmp_path / "elsewhere"))
    with pytest.raises(SettingsInvalid, match="lies on no volume"):
        read_settings(DatabaseSettings)
    monkeypatch.setattr(Path, "is_mount", lambda folder: folder == tmp_path)
    assert read_settings(DatabaseSettings).require_volume
    monkeypatch.setenv("DATABASE_URL", "postgresql://bot@database/park")
    monkeypatch.setattr(Path, "is_mount", lambda _: False)
    assert read_settings(DatabaseSettings).require_volume


def test_the_database_commands_need_no_slack(monkeypatch: pytest.MonkeyPatch) -> None:
    """An import works before Slack is set up."""
    for name in GOOD:
        monkeypatch.delenv(name)
    assert read_settings(DatabaseSettings).database_url


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://robot.example.org/t0ps3cret", "must begin with https://; http:// needs WEBHOOK_ALLOW"),
        ("ftp://robot.example.org/t0ps3cret", "must be an address such as"),
        ("robot.example.org/t0ps3cret", "must be an address such as"),
        ("https:///t0ps3cret", "must be an address such as"),
        ("https://robot.example.org:99999/t0ps3cret", "must be an address such as"),
        ("https://robot.example.org:0/t0ps3cret", "must be an address such as"),
        ("https://[robot/t0ps3cret", "must be an address such as"),
        ("https://robot.example.org/t0ps3cret é", "must be an address such as"),
        ("https://robot.example.org/#t0ps3cret", "must be an address such as"),
        ("https://me:t0ps3cret@robot.example.org/", "must have no user and password in it"),
    ],
)
def test_a_webhook_s_address_that_can_not_be_is_named_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, url: str, fault: str
) -> None:
    """An address may hold a secret of the receiver's."""
    monkeypatch.setenv("WEBHOOK_URL", url)
    monkeypatch.setenv("WEBHOOK_SECRET", SECRET)
    with pytest.raises(SettingsInvalid) as refused:
        read_settings(Settings)
    assert refused.value.faults[0].startswith(f"WEBHOOK_URL: {fault}")
    assert "t0ps3cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("secret", "fault"),
    [
        ("", "is missing; it must be whsec_ and 24 to 64 random bytes"),
        (SECRET.removeprefix("whsec_"), "must be whsec_ and 24 to 64 random bytes"),
        ("whsec_MfKQ9r8G", "must be whsec_ and 24 to 64 random bytes"),
        ("whsec_t0ps3cret!", "must be whsec_ and 24 to 64 random bytes"),
        (" , ", "must be whsec_ and 24 to 64 random bytes"),
        (" ".join([SECRET] * 3), "holds 3 secrets; two sign at once"),
    ],
)
def test_a_webhook_s_secret_that_can_not_be_is_named_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, secret: str, fault: str
) -> None:
    """With how to make one."""
    monkeypatch.setenv("WEBHOOK_URL", "https://robot.example.org/")
    monkeypatch.setenv("WEBHOOK_SECRET", secret)
    with pytest.raises(SettingsInvalid) as refused:
        read_settings(Settings)
    assert refused.value.faults[0].startswith(f"WEBHOOK_SECRET: {fault}")
    assert not [part for part in ("MfKQ", "t0ps") if part in str(refused.value)]


@pytest.mark.parametrize("gap", [" ", ",", ", "])
def test_two_secrets_sign_during_a_rotation(monkeypatch: pytest.MonkeyPatch, gap: str) -> None:
    """With a space or a comma between them."""
    monkeypatch.setenv("WEBHOOK_URL", "http://127.0.0.1:8000/hook")
    monkeypatch.setenv("WEBHOOK_ALLOW_PRIVATE", "1")
    monkeypatch.setenv("WEBHOOK_SECRET", f"{SECRET}{gap}{OTHER_SECRET}")
    settings = read_settings(Settings)
    assert settings.webhook_secret
    assert secrets_of(settings.webhook_secret) == (SECRET, OTHER_SECRET)
