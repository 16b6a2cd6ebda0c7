"""Releases: the version is the tag's, each has its section, and what is unsound is not committed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GIT = shutil.which("git") or "git"
MAKE = shutil.which("make") or "make"
SAYS = ("-c", "user.name=Agathe", "-c", "user.email=agathe@example.org", "-c", "init.defaultBranch=main")
NOBODY = 65534
TOOLS = ("ruff", "mypy", "lint-imports")
HEADING = re.compile(r"## (?:Unreleased|(\d\d)\.([1-9]\d*)\.(\d+) \(20(\d\d)-\d\d-\d\d\))")

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command that sees no configuration and no repository but those in its folder."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(cwd), "LC_ALL": "C"}
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


def git(folder: Path, *arguments: str) -> str:
    """Let git do something in a folder."""
    return run(GIT, *SAYS, *arguments, cwd=folder)


def version(folder: Path) -> str:
    """Tell the version that a wheel of this folder would have."""
    return run(sys.executable, "-m", "hatchling", "version", cwd=folder).strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Give a repository of one commit, with what tells the version."""
    folder = tmp_path / "repository"
    folder.mkdir()
    for name in ("pyproject.toml", "README.md", ".gitattributes", ".git_archival.txt"):
        shutil.copy(ROOT / name, folder)
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "One")
    return folder


def test_the_version_is_the_tag_s(repository: Path, tmp_path: Path) -> None:
    """And after it, of what would come next; in an archive too, which has no git."""
    git(repository, "tag", "26.1.0")
    assert version(repository) == "26.1.0"
    git(repository, "commit", "--allow-empty", "--quiet", "--message", "Two")
    assert re.fullmatch(r"26\.1\.1\.dev1\+g[0-9a-f]+", version(repository))
    for tag in ("26.1.0", "HEAD"):
        archive = tmp_path / tag
        archive.mkdir()
        git(repository, "archive", "--output", str(tmp_path / "archive.tar"), tag)
        shutil.unpack_archive(tmp_path / "archive.tar", archive)
        assert version(archive).startswith("26.1.0" if tag == "26.1.0" else "26.1.1.dev1+g")


def test_without_a_tag_there_is_a_version_all_the_same(repository: Path, tmp_path: Path) -> None:
    """In a clone without tags, in a shallow one, and where there is no git at all."""
    assert re.fullmatch(r"0\.1\.dev1\+g[0-9a-f]+", version(repository))
    git(tmp_path, "clone", "--quiet", "--depth", "1", repository.as_uri(), "shallow")
    assert re.fullmatch(r"0\.1\.dev1\+g[0-9a-f]+", version(tmp_path / "shallow"))
    shutil.rmtree(repository / ".git")
    assert version(repository) == "0.0"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="gives a folder away")
def test_somebody_else_s_folder_has_a_version(repository: Path) -> None:
    """Git refuses to read there; the set-up must not."""
    git(repository, "tag", "26.1.0")
    for path in (repository, *repository.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    with pytest.raises(subprocess.CalledProcessError):
        git(repository, "status")
    assert version(repository) in {"26.1.0", "0.0"}


def test_each_release_has_its_section() -> None:
    """The newest first, each once; what is tagged is there."""
    headings = re.findall(r"^## .*$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    found = [HEADING.fullmatch(heading) for heading in headings]
    assert all(found), headings
    assert "## Unreleased" not in headings[1:]
    releases = [(*map(int, match.groups()[:3]),) for match in found if match and match[1]]
    assert releases == sorted(set(releases), reverse=True)
    assert all(match[1] == match[4] for match in found if match)
    told = {".".join(map(str, release)) for release in releases}
    tagged = subprocess.run([GIT, "tag", "--list"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert {tag for tag in tagged.stdout.split() if re.fullmatch(r"\d\d\.\d+\.\d+", tag)} <= told


@pytest.mark.parametrize("unsound", [None, *TOOLS])
def test_the_hook_lets_sound_commits_pass(repository: Path, unsound: str | None) -> None:
    """Format, lint, types and imports are looked at, and any of them refuses."""
    for name in ("Makefile", ".githooks"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, repository / name)
    tools = repository / ".venv" / "bin"
    tools.mkdir(parents=True)
    for name in TOOLS:
        tool = tools / name
        tool.write_text(f"#!/bin/sh\necho {name} $1 >> asked\ntest {name} != {unsound}\n")
        tool.chmod(0o755)
    run(MAKE, "hook", cwd=repository)
    if unsound is None:
        git(repository, "commit", "--allow-empty", "--quiet", "--message", "Sound")
        asked = (repository / "asked").read_text().splitlines()
        assert asked == ["ruff format", "ruff check", "mypy", "lint-imports --no-logo"]
    else:
        with pytest.raises(subprocess.CalledProcessError):
            git(repository, "commit", "--allow-empty", "--quiet", "--message", "Unsound")
    assert int(git(repository, "rev-list", "--count", "HEAD")) == (2 if unsound is None else 1)
