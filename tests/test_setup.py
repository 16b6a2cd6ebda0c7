"""Set-up: nothing is resolved, what lacks is named, and what is documented for operators is so."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import DatabaseSettings, Settings, read_settings

ROOT = Path(__file__).parent.parent
SETUP = [
    "Makefile",
    "Dockerfile",
    ".ci/run",
    ".githooks/pre-commit",
    "README.md",
    "CONTRIBUTING.md",
    "docs/operations.md",
    "bot/__main__.py",
]

MAKE = shutil.which("make") or "make"

LACKING = {
    "venv": "sys.modules['ensurepip'] = None",
    "age": "sys.version_info = (3, 9, 2, 'final', 0)",
}


def make(folder: Path, *variables: str) -> subprocess.CompletedProcess[str]:
    """Set up into a folder."""
    return subprocess.run(
        [MAKE, "setup", f"VENV={folder / 'venv'}", *variables],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def python_that_lacks(what: str, folder: Path) -> Path:
    """Make a Python in which something is missing, as on a bare machine."""
    fake = folder / "python"
    prelude = f"import sys; {LACKING[what]}; exec(sys.argv[1])"
    fake.write_text(f'#!/bin/sh\ntest "$1" = -c || exit 9\nexec "{sys.executable}" -c "{prelude}" "$2"\n')
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    return fake


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("venv", "has no venv: on Debian and Ubuntu, apt install python3-venv"),
        ("age", "is Python 3.9, and 3.11 or newer is needed: make PYTHON=python3.12"),
    ],
)
def test_what_python_lacks_is_named(tmp_path: Path, what: str, told: str) -> None:
    """First of all, on one line, with what to do."""
    python = python_that_lacks(what, tmp_path)
    done = make(tmp_path, f"PYTHON={python}")
    assert done.returncode != 0
    assert done.stderr.splitlines()[0] == f"error: {python} {told}"
    assert not (tmp_path / "venv").exists()


def test_a_python_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Not as a shell's complaint."""
    done = make(tmp_path, "PYTHON=python3.999")
    assert done.stderr.splitlines()[0].startswith(
        "error: python3.999 is missing: install Python 3.11 or newer"
    )


@pytest.mark.parametrize("name", SETUP)
def test_nothing_in_set_up_resolves_a_version(name: str) -> None:
    """Whoever installs a package says that its dependencies are not looked at."""
    text = (ROOT / name).read_text().replace("\\\n", " ")
    for line in text.splitlines():
        if re.search(r"\bpip3? (install|wheel|download)\b", line):
            assert "--no-deps" in line, line


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_the_lock_pins_and_hashes_each_package_and_names_no_index(name: str) -> None:
    """Else pip would look for what is newer."""
    text = (ROOT / name).read_text().replace("\\\n", " ")
    for line in filter(None, map(str.strip, text.splitlines())):
        assert re.match(r"[a-z0-9.-]+(\[[a-z,-]+\])?==\S+( ;.*?)?( +--hash=sha256:[0-9a-f]{64})+$", line), (
            line
        )


def test_what_builds_is_in_the_lock() -> None:
    """No build isolation: what builds is what the lock has installed."""
    lock = (ROOT / "requirements-dev.txt").read_text()
    for requirement in tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]:
        assert f"\n{requirement} \\\n" in lock


def test_the_lock_takes_nothing_of_the_last_days() -> None:
    """A release that was broken into is found out in its first days, as a rule."""
    done = subprocess.run(
        [MAKE, "--no-print-directory", "--dry-run", "lock"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    commands = done.stdout.replace("\\\n", " ").splitlines()
    assert len(commands) == 2
    for command in commands:
        assert "--exclude-newer '7 days'" in command


def compose() -> dict[str, Any]:
    """Read the Compose file."""
    read: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return read


def test_compose_keeps_the_password_out_of_urls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever stands in it: it goes as it is, to the bot, to migrate and to the server."""
    services = compose()["services"]
    for name in ("bot", "migrate"):
        environment = services[name]["environment"]
        assert "$" not in environment["DATABASE_URL"]
        assert environment["PGPASSWORD"] == services["database"]["environment"]["POSTGRES_PASSWORD"]
        monkeypatch.setenv("DATABASE_URL", environment["DATABASE_URL"])
        assert read_settings(DatabaseSettings).database_url
    assert environment["PGPASSWORD"].startswith("${POSTGRES_PASSWORD:?")


def test_the_image_keeps_sqlite_where_a_volume_goes() -> None:
    """And declares none itself: an anonymous one would go with the container."""
    text = (ROOT / "Dockerfile").read_text()
    assert "DATABASE_URL=sqlite:////data/" in text
    assert "REQUIRE_VOLUME=1" in text
    assert not re.search(r"^VOLUME", text, re.MULTILINE)


def test_the_image_tells_its_version(tmp_path: Path) -> None:
    """As an installed package does, though nothing is installed there."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    (command,) = re.findall(r"^RUN (mkdir metacentrex_licence_bot.*)$", text, re.MULTILINE)
    for told, version in (("26.1.0", "26.1.0"), ("", "0.0")):
        image = tmp_path / version
        image.mkdir()
        subprocess.run(["/bin/sh", "-c", command], cwd=image, env={**os.environ, "VERSION": told}, check=True)
        (found,) = Distribution.discover(name="metacentrex-licence-bot", path=[str(image)])
        assert found.version == version


def test_the_sample_names_variables_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in what is commented out; and filled in, it is enough."""
    sample = (ROOT / ".env.example").read_text()
    names = set(re.findall(r"^#?([A-Z_]+)=", sample, re.MULTILINE))
    known = {name.upper() for name in Settings.model_fields} | {
        "PGPASSWORD",
        "PGSSLROOTCERT",
        "POSTGRES_PASSWORD",
    }
    assert names <= known
    for name in known:
        monkeypatch.delenv(name, raising=False)
    for name, value in re.findall(r"^([A-Z_]+)=(.*)$", sample, re.MULTILINE):
        monkeypatch.setenv(name, f"{value}1" if value.endswith("-") else value)
    assert read_settings(Settings).slack_app_token


def test_every_variable_is_documented() -> None:
    """With its meaning, in the operator's table."""
    text = (ROOT / "docs" / "operations.md").read_text()
    for name in set(Settings.model_fields) - {"slack_client_id"}:
        assert f"`{name.upper()}`" in text, name
