"""PostgreSQL with an operator's roles: what docs/operations.md says is enough is enough."""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import make_url, text

from bot.app import now
from bot.sandbox.host import PARK
from domain.database import Database
from domain.errors import ParkUnavailable
from domain.exporting import export_park
from domain.importing import import_park
from domain.outbox import Outbox
from tests.conftest import AGENT, SUPPORT, services_on
from tests.domain.acts import add_site, dissociate, move, terminate, undo
from tests.postgres import WITH_PASSWORD
from tests.program import run

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from bot.sandbox.stage import Stage
    from tests.conftest import Clock, Databases

OPERATIONS = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
PASSWORD = "p@ss/w#rd%41 :?&=é"


def run_as(url: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command line on a database."""
    return run(*arguments, DATABASE_URL=url, **variables)


@pytest.fixture
def owner_url(databases: Databases) -> str:
    """Give the owner's URL of a database with the demonstration park."""
    return databases.new("postgresql", "park")


@pytest.fixture
def role(owner_url: str) -> Iterator[str]:
    """Make the role that the documentation makes, under a name of its own."""
    name = f"{WITH_PASSWORD}_{secrets.token_hex(4)}"
    statements = "".join(re.findall(r"```sql\n(.*?)```", OPERATIONS, re.DOTALL))
    statements = statements.replace("metacentrex_bot", name).replace("change me", PASSWORD)
    statements = statements.replace("metacentrex_owner", "postgres")
    statements = statements.replace("DATABASE metacentrex ", f'DATABASE "{make_url(owner_url).database}" ')
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(statements)
        yield name
        connection.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")


@pytest.fixture
def bot_url(owner_url: str, role: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give the role's URL, without the password: that is in PGPASSWORD."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    return owner_url.replace("postgres@", f"{role}@")


def test_the_documented_role_suffices_for_all_that_the_bot_does(
    bot_url: str, clock: Clock, tmp_path: Path
) -> None:
    """Every procedure, undo, what is announced, what is swept, import and export."""
    database = Database(bot_url)
    assert database.is_migrated()
    services = services_on(database, clock)
    moved = move(services, "FPC367128", "Entrepôt Nord")
    undo(services, moved)
    dissociate(services, "04 91 00 00 06")
    terminate(services, "FPC367128")
    add_site(services, 1, "Nouveau")
    outbox = Outbox(database, clock)
    while due := outbox.claim():
        outbox.done(due)
    clock.pass_(days=1)
    assert services.drafts.sweep()
    export_park(database, tmp_path)
    import_park(database, PARK, lambda *_: None, at=now())
    database.close()


def test_the_bot_serves_a_click_with_the_documented_role(bot_url: str, perform: Callable[..., Stage]) -> None:
    """From the command to the announcement."""
    stage = perform(database_url=bot_url)
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "FPC367128 vers Entrepôt Nord")
    agent.click("Valider", channel=SUPPORT)
    stage.settle()
    assert stage.bot.unready() == []
    assert "Annuler le changement" in str(agent.messages(SUPPORT))


@pytest.mark.parametrize(
    "statement",
    ["CREATE TABLE more (x int)", "DROP TABLE operations", "ALTER TABLE operations DISABLE TRIGGER ALL"],
)
def test_the_documented_role_can_change_no_table(bot_url: str, statement: str) -> None:
    """Nor switch off what keeps the record."""
    database = Database(bot_url)
    with (
        pytest.raises(ParkUnavailable) as denied,
        database.writing() as session,
    ):
        session.execute(text(statement))
    assert re.search("permission denied|must be owner", str(denied.value.__cause__))
    database.close()


RIGHTS = {
    "": "permission denied for table alembic_version",
    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}": "the role lacks a right: delete on announcements",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}": "usage of announcements_id_seq",
}


@pytest.mark.parametrize("grant", RIGHTS)
def test_a_right_that_is_missing_is_told(owner_url: str, bot_url: str, role: str, grant: str) -> None:
    """By `check` before anything else fails, by what fails on one line."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}")
        connection.execute(f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role}")
        if grant:
            connection.execute(grant.format(role))
    variables = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s", "ACCESS_USERS": AGENT}
    nobody = {"SLACK_API_URL": "http://127.0.0.1:1/"}
    checked = run_as(bot_url, "check", PGPASSWORD=PASSWORD, **variables, **nobody)
    assert RIGHTS[grant] in next(line for line in checked.stdout.splitlines() if "DATABASE_URL" in line)
    imported = run_as(bot_url, "import", str(PARK), PGPASSWORD=PASSWORD)
    assert (imported.returncode, imported.stderr.count("\n")) == (2, 1) if "INSERT" not in grant else (0, 0)
    assert "Traceback" not in imported.stderr


def test_a_bot_on_a_standby_is_not_ready(owner_url: str, perform: Callable[..., Stage]) -> None:
    """Its server takes no changes."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        name = make_url(owner_url).database
        connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    stage = perform(database_url=owner_url)
    assert stage.bot.unready() == ["the database: the server takes no changes, as a standby does"]


def test_a_migration_without_the_right_to_it_is_told(databases: Databases, role: str) -> None:
    """On one line, and nothing is done by halves."""
    url = databases.bare("postgresql").replace("postgres@", f"{role}@")
    done = run_as(url, "migrate", PGPASSWORD=PASSWORD)
    assert done.returncode == 2
    assert done.stderr.startswith("error: DATABASE_URL: the database can't be used: permission denied")
    assert "Traceback" not in done.stderr


def test_a_password_of_any_characters_goes_in_pgpassword(bot_url: str) -> None:
    """As Compose gives it; a wrong one is refused, and not shown."""
    assert run_as(bot_url, "migrate", PGPASSWORD=PASSWORD).returncode == 0
    wrong = run_as(bot_url, "migrate", PGPASSWORD=PASSWORD.replace("é", "è"))
    assert wrong.returncode == 2
    assert "password authentication failed" in wrong.stderr
    assert "w#rd" not in wrong.stderr


def test_a_password_escaped_as_documented_goes_in_the_url(bot_url: str, role: str) -> None:
    """For whoever has one variable only."""
    escapes = {"%": "%25", "@": "%40", "/": "%2F", ":": "%3A", "?": "%3F", "#": "%23"}
    written = "".join(escapes.get(letter, letter) for letter in PASSWORD)
    assert all(f"`{escaped}`" in OPERATIONS for escaped in escapes.values())
    assert run_as(bot_url.replace(f"{role}@", f"{role}:{written}@"), "migrate", PGPASSWORD="").returncode == 0
