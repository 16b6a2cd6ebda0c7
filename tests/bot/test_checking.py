"""What `metacentrex check` tells a new operator."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk.web import SlackResponse
from sqlalchemy import text

from bot.app import target_of
from bot.checking import Finding, check
from bot.sandbox.stage import open_workspace
from bot.settings import Settings, WebhookSettings
from domain.database import Database
from domain.telling import Events
from tests.conftest import AGENT, JOURNAL, KINDS, services_on
from tests.domain.acts import move
from tests.receiver import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.sandbox.slack.api import Api
    from tests.conftest import Databases


@pytest.fixture
def slack() -> Iterator[Api]:
    """Give the API of a workspace with a journal, in which nothing may ever be posted."""
    workspace, api, _ = open_workspace()
    workspace.add_channel(JOURNAL, "journal")
    yield api
    api.stop()
    assert workspace.channels[JOURNAL].messages == []
    assert workspace.violations == []


def findings(slack: Api, folder: Path, **variables: Any) -> list[Finding]:
    """Check with these variables."""
    chosen = {
        "slack_bot_token": slack.workspace.token,
        "slack_signing_secret": "s",
        "slack_api_url": f"{slack.workspace.url}/api/",
        "access_users": AGENT,
        "database_url": f"sqlite:///{folder}/park.db",
        **variables,
    }
    return check(Settings(**chosen))


def about(name: str, found: list[Finding]) -> list[Finding]:
    """Give the findings that begin with a name."""
    return [each for each in found if each.text.startswith(name)]


def test_a_new_sqlite_file_lacks_nothing(slack: Api, tmp_path: Path) -> None:
    """It is made and migrated by what comes next, and looking makes none."""
    found = about("DATABASE_URL", findings(slack, tmp_path))
    assert found == [Finding(is_good=True, text="DATABASE_URL: metacentrex run or import makes the file")]
    assert list(tmp_path.iterdir()) == []


def test_a_sqlite_file_of_an_older_version_lacks_nothing(
    slack: Api, databases: Databases, tmp_path: Path
) -> None:
    """Whoever starts the bot migrates it."""
    url = databases.bare("sqlite")
    database = Database(url)
    with database.reading() as session:
        session.execute(text("SELECT 1"))
    database.close()
    (found,) = about("DATABASE_URL", findings(slack, tmp_path, database_url=url))
    assert found == Finding(is_good=True, text="DATABASE_URL: reachable, and metacentrex run migrates it")


def test_a_folder_that_is_not_there_is_told(slack: Api, tmp_path: Path) -> None:
    """SQLite makes the file, not the folder."""
    (found,) = about("DATABASE_URL", findings(slack, tmp_path / "none"))
    assert found.is_good is False
    assert "is no folder that can be written to" in found.text


@pytest.mark.parametrize("kind", KINDS)
def test_a_migrated_database_is_good(slack: Api, databases: Databases, kind: str, tmp_path: Path) -> None:
    """Of either kind."""
    url = databases.new(kind, "empty")
    (found,) = about("DATABASE_URL", findings(slack, tmp_path, database_url=url))
    assert found == Finding(is_good=True, text="DATABASE_URL: reachable, migrated, and may be changed")


@pytest.mark.parametrize("kind", KINDS)
def test_a_database_of_a_newer_version_is_bad(
    slack: Api, databases: Databases, kind: str, tmp_path: Path
) -> None:
    """Nothing that could be run now would bring it up to date."""
    url = databases.new(kind, "empty")
    database = Database(url)
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    (found,) = about("DATABASE_URL", findings(slack, tmp_path, database_url=url))
    assert (found.is_good, "of version 9999, which this program does not know" in found.text) == (False, True)


def test_a_file_of_another_users_is_bad(
    slack: Api, databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root leaves it after a restore: it can be read, and every click would fail."""
    url = databases.new("sqlite", "empty")
    monkeypatch.setattr("os.access", lambda path, _: not str(path).endswith(".db"))
    (found,) = about("DATABASE_URL", findings(slack, tmp_path, database_url=url))
    assert found == Finding(
        is_good=False, text=f"DATABASE_URL: {url.removeprefix('sqlite:///')} can't be written to by this user"
    )


def test_the_scopes_that_are_missing_are_named(slack: Api, tmp_path: Path) -> None:
    """All at once, and the one that a call needs by the call too."""
    slack.workspace.scopes -= {"usergroups:read", "files:write"}
    found = findings(slack, tmp_path, access_usergroups="S1")
    assert about("scopes", found) == [
        Finding(is_good=False, text="scopes: files:write, usergroups:read; add them and reinstall the app")
    ]
    assert about("ACCESS_USERGROUPS", found) == [
        Finding(
            is_good=False,
            text="ACCESS_USERGROUPS: missing_scope (usergroups:read); add the scope and reinstall the app",
        )
    ]


@pytest.mark.parametrize("fault", ["ratelimited", "error"])
def test_a_slack_that_does_not_answer_is_no_fault_of_the_token(
    slack: Api, tmp_path: Path, fault: str
) -> None:
    """Nothing is to be installed anew."""
    slack.fail("auth.test", fault)
    (found,) = about("SLACK_BOT_TOKEN", findings(slack, tmp_path))
    assert (found.is_good, found.text.endswith("; Slack can't be asked now: try again")) == (False, True)


def test_a_socket_that_slack_opens_is_good(slack: Api, tmp_path: Path) -> None:
    """To ask for its address is to try the token; nothing connects to it."""
    slack.wss = lambda: "wss://127.0.0.1:1/"
    (found,) = about("mode", findings(slack, tmp_path, slack_app_token=slack.workspace.app_token))
    assert found == Finding(is_good=True, text="mode: Socket Mode, and SLACK_APP_TOKEN works")


def test_a_socket_that_slack_does_not_open_is_bad(slack: Api, tmp_path: Path) -> None:
    """With what to do about the token."""
    (found,) = about("SLACK_APP_TOKEN", findings(slack, tmp_path, slack_app_token=slack.workspace.app_token))
    text = "SLACK_APP_TOKEN: not_allowed_token_type; make an app-level token with connections:write"
    assert found == Finding(is_good=False, text=text)


def test_the_scope_that_the_journal_lacks_is_named(slack: Api, tmp_path: Path) -> None:
    """To invite the bot would help nothing."""
    slack.workspace.scopes -= {"chat:write"}
    (found,) = about("JOURNAL_CHANNEL", findings(slack, tmp_path, journal_channel=JOURNAL))
    assert found.text.endswith("missing_scope (chat:write); add the scope and reinstall the app")


def test_a_group_without_members_is_bad(slack: Api, tmp_path: Path) -> None:
    """It lets nobody act."""
    slack.workspace.usergroups["S1"] = []
    (found,) = about("ACCESS_USERGROUPS", findings(slack, tmp_path, access_usergroups="S1"))
    assert found == Finding(is_good=False, text="ACCESS_USERGROUPS: S1 has no members, so it lets nobody act")


@pytest.mark.parametrize("name", ["x-oauth-scopes", "X-OAuth-Scopes", "X-Oauth-Scopes"])
def test_scopes_are_read_whatever_the_case_of_their_header(
    slack: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Proxies change it, and some put spaces after the commas."""
    monkeypatch.setattr("slack_sdk.WebClient.auth_test", lambda _: answer({name: "commands, chat:write"}))
    (found,) = about("scopes", findings(slack, tmp_path))
    assert found.text.startswith("scopes: chat:write.public, files:write, usergroups:read;")


def test_scopes_that_are_not_told_are_not_called_missing(
    slack: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a proxy takes the header away nothing is known."""
    monkeypatch.setattr("slack_sdk.WebClient.auth_test", lambda _: answer({}))
    (found,) = about("scopes", findings(slack, tmp_path))
    assert found.is_good is None


def answer(headers: dict[str, str]) -> SlackResponse:
    """Give an answer of auth.test with these headers."""
    return SlackResponse(
        client=None,
        http_verb="POST",
        api_url="",
        req_args={},
        data={"ok": True, "team": "T"},
        headers=headers,
        status_code=200,
    )


def test_a_journal_that_can_be_posted_to_is_good_and_nothing_is_posted(slack: Api, tmp_path: Path) -> None:
    """What was scheduled to try it is taken back."""
    found = about("JOURNAL_CHANNEL", findings(slack, tmp_path, journal_channel=JOURNAL))
    assert [each.is_good for each in found] == [True, None]
    assert slack.scheduled == {}
    assert "chat.scheduleMessage" in [each.name for each in slack.workspace.traffic.recent()]


@pytest.mark.parametrize(
    ("channel", "code"),
    [("C0NONE", "channel_not_found"), ("C0PRIVATE", "channel_not_found"), ("C0OLD", "is_archived")],
)
def test_a_journal_that_can_not_be_posted_to_is_told(
    slack: Api, tmp_path: Path, channel: str, code: str
) -> None:
    """Before the first confirmation is lost in it."""
    slack.workspace.add_channel("C0PRIVATE", "privé", "private")
    slack.workspace.add_channel("C0OLD", "ancien").archived = True
    (found,) = about("JOURNAL_CHANNEL", findings(slack, tmp_path, journal_channel=channel))
    assert found.is_good is False
    assert f"can't be posted to: {code}" in found.text


def test_a_trial_that_is_not_taken_back_is_told(slack: Api, tmp_path: Path) -> None:
    """So that nobody wonders at it an hour later."""
    slack.fail("chat.deleteScheduledMessage", "ratelimited")
    (found,) = about("JOURNAL_CHANNEL", findings(slack, tmp_path, journal_channel=JOURNAL))
    assert found.is_good is None
    assert "will be posted in an hour: not taken back: ratelimited" in found.text


HOOK: dict[str, Any] = {"webhook_url": "https://robot.example.org/t0ps3cret", "webhook_secret": SECRET}


def _receiver() -> str:
    target = target_of(WebhookSettings(**HOOK))
    assert target
    return target.digest


@pytest.mark.parametrize(
    ("hours", "ends", "is_good", "text"),
    [
        (0, False, True, "1 events wait for robot.example.org"),
        (5, False, False, "1 events wait for robot.example.org, the oldest for 5 h; try metacentrex webhook"),
        (0, True, False, "robot.example.org answered 410 at "),
    ],
)
def test_where_the_webhook_stands_is_told(
    slack: Api, databases: Databases, tmp_path: Path, hours: int, ends: bool, is_good: bool, text: str
) -> None:
    """Whether it is behind, and whether it has ended; never its address."""
    url = databases.new("sqlite", "park")
    database = Database(url)
    moment = datetime.now(UTC) - timedelta(hours=hours)
    events = Events(database, lambda: moment)
    events.subscribe(_receiver())
    move(services_on(database, lambda: moment), "FPC367128", "Entrepôt Nord")
    due = events.claim(_receiver())
    assert due
    if ends:
        events.end(due, _receiver())
    database.close()
    (found,) = about("WEBHOOK_URL", findings(slack, tmp_path, database_url=url, **HOOK))
    assert (found.is_good, found.text.startswith(f"WEBHOOK_URL: {text}")) == (is_good, True)
    assert "t0ps3cret" not in found.text


def test_a_webhook_whose_address_was_changed_is_not_called_ended(
    slack: Api, databases: Databases, tmp_path: Path
) -> None:
    """The next start sends to the new one."""
    url = databases.new("sqlite", "park")
    database = Database(url)
    events = Events(database, lambda: datetime.now(UTC))
    events.subscribe("r" * 64)
    move(services_on(database), "FPC367128", "Entrepôt Nord")
    due = events.claim("r" * 64)
    assert due
    events.end(due, "r" * 64)
    database.close()
    (found,) = about("WEBHOOK_URL", findings(slack, tmp_path, database_url=url, **HOOK))
    assert found.is_good


def test_of_a_webhook_nothing_is_told_that_a_database_of_an_older_version_can_not_tell(
    slack: Api, databases: Databases, tmp_path: Path
) -> None:
    """It has no such tables yet."""
    url = databases.bare("sqlite")
    database = Database(url)
    with database.reading() as session:
        session.execute(text("SELECT 1"))
    database.close()
    assert about("WEBHOOK_URL", findings(slack, tmp_path, database_url=url, **HOOK)) == []
