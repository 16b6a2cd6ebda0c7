"""The command line: errors name what is at fault, without traceback, with exit code 2."""

from __future__ import annotations

import json
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib import metadata
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bot.sandbox.host import PARK
from bot.sandbox.process import free_port
from bot.sandbox.stage import open_workspace
from domain.database import Database, tables_version
from domain.parkfiles import COLUMNS
from tests.conftest import AGENT, services_on
from tests.domain.acts import move
from tests.program import only, run, run_changed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Databases


HEADER = ";".join(COLUMNS["licences.csv"])


def test_an_import_tells_numbers_of_other_countries(empty_url: str, tmp_path: Path) -> None:
    """They are taken, but not silently: how many, and where the first is."""
    folder = tmp_path / "park"
    shutil.copytree(PARK, folder)
    with (folder / "numeros.csv").open("a", encoding="utf-8") as file:
        file.write("+493012345678;MCX-13001-01;\n0032 2 555 12 12;MCX-13001-01;\n")
    imported = run("import", str(folder), DATABASE_URL=empty_url)
    line = len((PARK / "numeros.csv").read_text(encoding="utf-8").splitlines()) + 1
    number = "+493012345678 is a number of another country, DE"
    told = f"to check: numeros.csv, line {line}, sda: {number} (2 of other countries in this file)"
    assert [each for each in imported.stdout.splitlines() if "check" in each] == [told]


def test_an_import_tells_what_it_let_go(tmp_path: Path) -> None:
    """A licence that has ended frees its numbers (R4), also where no file says so: not silently."""
    url = f"sqlite:///{tmp_path / 'park.db'}"
    folder = tmp_path / "park"
    shutil.copytree(PARK, folder)
    run("import", str(folder), DATABASE_URL=url)
    licences, numbers = folder / "licences.csv", folder / "numeros.csv"
    first, *others = licences.read_text(encoding="utf-8").splitlines()[1:]
    licences.write_text(
        "\n".join([HEADER, first.replace(";actif;", ";résilié;"), *others, first.replace("FPC", "NEW")]),
        encoding="utf-8",
    )
    numbers.write_text("sda;service;licence\n", encoding="utf-8")
    freed = "this licence has ended, and +33491000001, which numeros.csv does not name, is free now"
    assert run("import", str(folder), DATABASE_URL=url).stdout.splitlines()[3:5] == [
        "licences: 1 new, 1 changed, 1267 unchanged",
        f"to check: licences.csv, line 2, etat: {freed} (1 of this kind)",
    ]


def test_import_and_export_give_the_park_back(empty_url: str, tmp_path: Path) -> None:
    """The demonstration park goes in and comes out."""
    url = empty_url
    imported = run("import", str(PARK), DATABASE_URL=url)
    assert imported.returncode == 0
    assert "licences: 1268 new, 0 changed, 0 unchanged" in imported.stdout
    assert run("export", str(tmp_path / "out"), DATABASE_URL=url).returncode == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(COLUMNS)
    again = run("import", str(tmp_path / "out"), DATABASE_URL=url)
    assert "licences: 0 new, 0 changed, 1268 unchanged" in again.stdout


def test_sqlite_is_migrated_on_the_way(tmp_path: Path) -> None:
    """The embedded default needs no step of its own."""
    assert (
        run("export", str(tmp_path / "out"), DATABASE_URL=f"sqlite:///{tmp_path / 'new.db'}").returncode == 0
    )


def test_a_faulty_file_is_told_with_its_place(tmp_path: Path) -> None:
    """All faults, then that nothing was imported."""
    (tmp_path / "clients.csv").write_text("compte_client\nC1\n")
    done = run("import", str(tmp_path), DATABASE_URL=f"sqlite:///{tmp_path / 'park.db'}")
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert lines[0] == "error: clients.csv, line 1, raison_sociale: this column is missing"
    assert lines[-1] == "error: nothing was imported"
    assert "Traceback" not in done.stderr


def test_a_hundred_thousand_faults_are_a_hundred_lines(tmp_path: Path) -> None:
    """And their number; all of them go into a file, if one is named."""
    (tmp_path / "clients.csv").write_text("compte_client;raison_sociale\n" + "C1;\n" * 100_000)
    all_of_them = tmp_path / "faults.txt"
    url = f"sqlite:///{tmp_path / 'park.db'}"
    done = run("import", str(tmp_path), "--faults", str(all_of_them), DATABASE_URL=url)
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert len(lines) == 102
    assert lines[0] == "error: clients.csv, line 2, raison_sociale: is empty"
    assert lines[100].startswith("error: 100004 faults in all; these are the first 100")
    assert len(all_of_them.read_text().splitlines()) == 100_004
    elsewhere = run("import", str(tmp_path), "--faults", "/nowhere/faults.txt", DATABASE_URL=url)
    assert "error: --faults: /nowhere/faults.txt can't be written" in elsewhere.stderr


@pytest.mark.parametrize(
    ("arguments", "environment", "fault"),
    [
        (["run"], {}, "error: SLACK_BOT_TOKEN: is missing"),
        (["check"], {"SLACK_BOT_TOKEN": "x"}, "error: SLACK_BOT_TOKEN: must begin with xoxb-"),
        (
            ["export", "/proc/none"],
            {"DATABASE_URL": "sqlite:///{tmp_path}/none.db"},
            "error: /proc/none: can't be written",
        ),
        (
            ["migrate"],
            {"DATABASE_URL": "sqlite:////nowhere/x.db"},
            "error: DATABASE_URL: the database can't be used",
        ),
        (
            ["migrate"],
            {"DATABASE_URL": "sqlite:////etc/passwd"},
            "error: DATABASE_URL: the database can't be used: file is not a database",
        ),
        (
            ["migrate"],
            {"DATABASE_URL": "postgresql://u:p@w@host/x"},
            "error: DATABASE_URL: is malformed; write @",
        ),
        (
            ["import", "/"],
            {"DATABASE_URL": "postgresql://u@127.0.0.1:1/x"},
            "error: DATABASE_URL: the database can't be used",
        ),
        (
            ["migrate"],
            {"DATABASE_URL": "sqlite:///{another_programs}"},
            "error: DATABASE_URL: the database can't be migrated: table customers already exists",
        ),
        (
            ["import", "/"],
            {"DATABASE_URL": "sqlite:///{another_programs}"},
            "error: DATABASE_URL: the database can't be migrated: table customers already exists",
        ),
    ],
)
def test_a_fault_is_one_line_and_exit_code_2(
    arguments: list[str], environment: dict[str, str], fault: str, tmp_path: Path
) -> None:
    """No traceback, ever."""
    places = {"tmp_path": tmp_path, "another_programs": tmp_path / "another_programs.db"}
    with closing(sqlite3.connect(places["another_programs"])) as connection:
        connection.execute("CREATE TABLE customers (name TEXT)")
    done = run(*arguments, **{name: value.format(**places) for name, value in environment.items()})
    assert done.returncode == 2
    assert done.stderr.startswith(fault)
    assert "Traceback" not in done.stderr


def test_a_postgresql_that_is_not_migrated_is_refused(databases: Databases) -> None:
    """Others may be at work on it: the operator migrates, and then it starts."""
    url = databases.bare("postgresql")
    environment = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": "s",
        "ACCESS_USERS": AGENT,
        "DATABASE_URL": url,
    }
    done = run("run", **environment)
    assert done.returncode == 2
    assert "not migrated to this version; run: metacentrex migrate" in done.stderr
    assert (
        "missing  DATABASE_URL: not migrated; run metacentrex migrate" in run("check", **environment).stdout
    )
    assert run("migrate", DATABASE_URL=url).returncode == 0
    assert "DATABASE_URL: reachable, migrated, and may be changed" in run("check", **environment).stdout


def test_a_database_of_a_newer_version_is_told(empty: Database, empty_url: str) -> None:
    """After a rollback: nothing is changed in it."""
    with empty.migrating() as config:
        config.attributes["connection"].execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for arguments in (["migrate"], ["export", "/nowhere"]):
        done = run(*arguments, DATABASE_URL=empty_url)
        assert done.returncode == 2
        assert done.stderr.startswith(
            "error: DATABASE_URL: the tables are of version 9999, which this program"
        )


def test_the_version_names_the_tables_too() -> None:
    """So that a backup can be told to fit a program."""
    version = metadata.version("metacentrex-licence-bot")
    assert re.fullmatch("[0-9]{4}", tables_version())
    assert run("--version").stdout == f"metacentrex {version}, tables {tables_version()}\n"


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    """With the variable that chooses it."""
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))  # noqa: S104
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run(
            "run",
            SLACK_BOT_TOKEN="xoxb-1",
            SLACK_SIGNING_SECRET="s",
            ACCESS_USERS=AGENT,
            PORT=port,
            DATABASE_URL=f"sqlite:///{tmp_path / 'park.db'}",
        )
    assert done.returncode == 2
    assert f"error: PORT: {port} can't be opened" in done.stderr


def test_check_tells_a_new_operator_what_is_missing(tmp_path: Path) -> None:
    """Token, scopes, Socket Mode, groups, database: each with what to do."""
    workspace, api, base_url = open_workspace()
    workspace.usergroups["S0SUPPORT"] = [AGENT]
    environment = {
        "SLACK_BOT_TOKEN": workspace.token,
        "SLACK_SIGNING_SECRET": "s",
        "SLACK_API_URL": base_url,
        "ACCESS_USERGROUPS": "S0SUPPORT,S0NONE",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'park.db'}",
    }
    lacking = run("check", **environment)
    assert lacking.returncode == 2
    assert "ok       ACCESS_USERGROUPS: S0SUPPORT has 1 members" in lacking.stdout
    assert "missing  ACCESS_USERGROUPS: there is no group S0NONE" in lacking.stdout
    environment["ACCESS_USERGROUPS"] = "S0SUPPORT"
    assert run("check", **environment).returncode == 0
    with_socket = run("check", **{**environment, "SLACK_APP_TOKEN": "xapp-1"})
    assert "missing  SLACK_APP_TOKEN: invalid_auth" in with_socket.stdout
    wrong = run("check", **{**environment, "SLACK_BOT_TOKEN": "xoxb-wrong"})
    assert "missing  SLACK_BOT_TOKEN: invalid_auth" in wrong.stdout
    api.stop()
    away = run("check", **{**environment, "DATABASE_URL": "sqlite:////nowhere/x.db"})
    assert "missing  DATABASE_URL: /nowhere is no folder" in away.stdout


def test_a_socket_that_slack_does_not_open_is_told(tmp_path: Path) -> None:
    """With the variable at fault."""
    workspace, api, base_url = open_workspace()
    done = run(
        "run",
        SLACK_BOT_TOKEN=workspace.token,
        SLACK_APP_TOKEN="xapp-wrong",
        SLACK_API_URL=base_url,
        ACCESS_USERS=AGENT,
        PORT="0",
        DATABASE_URL=f"sqlite:///{tmp_path / 'park.db'}",
    )
    api.stop()
    assert done.returncode == 2
    assert "error: SLACK_APP_TOKEN: Slack opens no Socket Mode connection" in done.stderr


def test_the_sandbox_names_the_line_of_a_faulty_park(tmp_path: Path) -> None:
    """Nothing is served on half a park."""
    (tmp_path / "clients.csv").write_text("compte_client\nC1\n")
    done = run("sandbox", "--no-open", "--park", str(tmp_path))
    assert done.returncode == 2
    assert "clients.csv" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            "import sys; sys.modules['nicegui'] = None",
            "the sandbox needs nicegui, which only requirements-dev.txt",
        ),
        ("from bot.sandbox import process; process.START_TIMEOUT = 0", "the bot did not start: "),
    ],
    ids=["not installed", "not ready in time"],
)
def test_a_sandbox_that_can_not_be_is_told(change: str, fault: str, tmp_path: Path) -> None:
    """By an error that says why, not by a traceback, and nothing stays behind."""
    port = str(free_port())
    done = run_changed(change, "sandbox", "--no-open", "--port", port, TMPDIR=str(tmp_path))
    assert (done.returncode, done.stderr.startswith(f"error: {fault}")) == (2, True)
    assert list(tmp_path.iterdir()) == []


def answers(port: int) -> bool:
    """Tell whether somebody listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_sandbox_leaves_nothing_behind(tmp_path: Path) -> None:
    """Neither its park nor the bot."""
    port = free_port()
    command = [sys.executable, "-m", "bot", "sandbox", "--no-open", "--port", str(port)]
    environment = only(TMPDIR=str(tmp_path))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout
            assert process.stdout.readline().startswith("ready")
            (log,) = tmp_path.glob("*/bot.log")
            bot = next(json.loads(line)["port"] for line in log.read_text().splitlines() if '"ready"' in line)
            assert answers(bot)
        finally:
            process.terminate()
        assert process.wait(timeout=30) == 0
    assert not answers(bot)
    assert list(tmp_path.iterdir()) == []


def test_the_sandbox_names_the_port_that_is_taken() -> None:
    """And says what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        done = run("sandbox", "--no-open", "--port", str(port))
    assert done.returncode == 2
    assert f"--port: {port} can't be opened" in done.stderr


@pytest.fixture
def imported(databases: Databases, kind: str, tmp_path: Path) -> tuple[str, Path]:
    """Give a database with the demonstration park, and the files that it is of."""
    url = databases.new(kind, "park")
    folder = tmp_path / "park"
    shutil.copytree(PARK, folder)
    return url, folder


def moved(url: str, label: str = "Entrepôt Nord") -> str:
    """Move a licence, and tell the operation."""
    database = Database(url)
    operation = move(services_on(database), "FPC367129", label).id
    database.close()
    return str(operation)


@pytest.mark.rule("R16")
def test_r16_an_import_tells_what_is_kept_and_what_is_pending(imported: tuple[str, Path]) -> None:
    """Until it is ticked, by operation."""
    url, folder = imported
    operation = moved(url)
    done = run("import", str(folder), DATABASE_URL=url)
    assert (done.returncode, "still to be carried over: 1" in done.stdout) == (0, True)
    listed = run("pending", DATABASE_URL=url).stdout
    assert f"FPC367129: Siège Social -> Entrepôt Nord; operation {operation}" in listed
    (line,) = json.loads(run("pending", "--json", DATABASE_URL=url).stdout)
    assert (line["service"], line["tab"], line["subject"], line["operation"]) == (
        *("MCX-13001-01", "users", "FPC367129"),
        operation,
    )
    assert run("carried", operation, DATABASE_URL=url).stdout == f"{operation}: 1 carried over\n"
    again = run("carried", operation, DATABASE_URL=url).stdout
    assert again == f"{operation}: 0 carried over; 1 ticked before, by command line\n"
    told = json.loads(run("carried", operation, "--json", DATABASE_URL=url).stdout)
    assert (told[operation]["already"], run("pending", DATABASE_URL=url).stdout) == (1, "")


@pytest.mark.rule("R16")
def test_r16_conflicts_are_told_by_the_exit_code_and_decided(imported: tuple[str, Path]) -> None:
    """By number, once."""
    url, folder = imported
    moved(url)
    licences = folder / "licences.csv"
    row = next(line for line in licences.read_text("utf-8").splitlines() if line.startswith("FPC367129"))
    with (folder / "sites.csv").open("a", encoding="utf-8") as lines:
        lines.write("C013001;Dépôt;1 rue A;13001;Marseille;\n")
    licences.write_text(
        licences.read_text("utf-8").replace(row, row.replace("Siège Social", "Dépôt")), "utf-8"
    )
    dry = run("import", str(folder), "--dry-run", "--json", DATABASE_URL=url)
    assert (dry.returncode, json.loads(dry.stdout)["dry_run"]) == (3, True)
    done = run("import", str(folder), DATABASE_URL=url)
    assert done.returncode == 3
    sides = "site of FPC367129: it was Siège Social, the bot has Entrepôt Nord, the portal Dépôt"
    assert f"conflict: {sides}; ours stays (metacentrex conflicts)" in done.stdout
    listed = run("conflicts", DATABASE_URL=url).stdout
    number = listed.split(":")[0]
    assert sides in listed
    assert [each["theirs"] for each in json.loads(run("conflicts", "--json", DATABASE_URL=url).stdout)] == [
        "Dépôt"
    ]
    assert run("decide", number, "theirs", DATABASE_URL=url).stdout == f"{number}: theirs\n"
    again = run("decide", number, "ours", DATABASE_URL=url).stdout
    assert again == f"{number}: was decided before, by command line: theirs\n"


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (
            ["import", "{folder}", "--theirs", "--dry-run"],
            "error: --theirs: takes a side, and --dry-run takes none",
        ),
        (["carried", "none"], "error: none: there is no such operation; metacentrex pending lists them"),
        (["decide", "9", "ours"], "error: 9: there is no such conflict; metacentrex conflicts lists them"),
    ],
)
def test_what_can_t_be_done_for_the_portal_is_told(
    imported: tuple[str, Path], arguments: list[str], fault: str
) -> None:
    """With what to do, and exit code 2."""
    url, folder = imported
    done = run(*(each.format(folder=folder) for each in arguments), DATABASE_URL=url)
    assert (done.returncode, done.stderr.startswith(fault), "Traceback" in done.stderr) == (2, True, False)


@pytest.mark.rule("R16")
def test_r16_older_files_are_refused_and_taken_by_force(imported: tuple[str, Path]) -> None:
    """With the moments of both imports."""
    url, folder = imported
    licences = folder / "licences.csv"
    before = licences.read_text("utf-8")
    licences.write_text(before.replace(";PM129;", ";PM999;"), "utf-8")
    assert run("import", str(folder), DATABASE_URL=url).returncode == 0
    licences.write_text(before, "utf-8")
    refused = run("import", str(folder), DATABASE_URL=url)
    assert (refused.returncode, "these are the files that were imported on" in refused.stderr) == (2, True)
    assert run("import", str(folder), "--force", DATABASE_URL=url).returncode == 0
