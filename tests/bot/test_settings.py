"""The environment: every fault names its variable and what to do."""

from __future__ import annotations

import pytest

from bot.settings import DatabaseSettings, Settings, SettingsInvalid, read_settings

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
        ("SLACK_SIGNING_SECRET", "", "SLACK_SIGNING_SECRET: is missing"),
        ("SLACK_APP_TOKEN", "xoxb-1", "SLACK_APP_TOKEN: must begin with xapp-"),
        ("SLACK_API_URL", "slack.com", "SLACK_API_URL: String should match pattern"),
        ("SLACK_CLIENT_ID", "1", "SLACK_CLIENT_ID: unset it"),
        ("ACCESS_USERS", "", "ACCESS_USERS, ACCESS_USERGROUPS: both are empty"),
        ("ACCESS_USERS", "agathe", "ACCESS_USERS: “agathe” is not a Slack id such as U012AB3CD"),
        ("ACCESS_USERGROUPS", "U1", "ACCESS_USERGROUPS: “U1” is not a Slack id such as S0614TZR7"),
        ("APPROVAL_THRESHOLD", "5", "APPROVAL_THRESHOLD: this version has no approval yet"),
        ("APPROVAL_THRESHOLD", "-1", "APPROVAL_THRESHOLD: Input should be greater than or equal to 0"),
        ("JOURNAL_CHANNEL", "#journal", "JOURNAL_CHANNEL: String should match pattern"),
        ("UNDO_HOURS", "never", "UNDO_HOURS: Input should be a valid integer"),
        ("PORT", "70000", "PORT: Input should be less than or equal to 65535"),
        ("DATABASE_URL", "mysql://x/y", "DATABASE_URL: must be an URL such as"),
        ("DATABASE_URL", "nonsense", "DATABASE_URL: must be an URL such as"),
        ("DATABASE_URL", "sqlite://", "DATABASE_URL: must name a database"),
        ("DATABASE_URL", "postgresql://host", "DATABASE_URL: must name a database"),
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
    """A new operator reads one list."""
    for name in GOOD:
        monkeypatch.delenv(name)
    with pytest.raises(SettingsInvalid) as refused:
        read_settings(Settings)
    assert len(refused.value.faults) == 3


def test_the_database_commands_need_no_slack(monkeypatch: pytest.MonkeyPatch) -> None:
    """An import works before Slack is set up."""
    for name in GOOD:
        monkeypatch.delenv(name)
    assert read_settings(DatabaseSettings).database_url
