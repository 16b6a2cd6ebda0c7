"""CONTRIBUTING's recipe, followed: a procedure costs three new files and the edits that are listed here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RECIPE = Path(__file__).parent / "recipe"

NEW = ("domain/recoding.py", "handlers/recoding.py", "handlers/views/recoding.py")
"""The plan, the clicks, the screens."""

EDITS = {
    "domain/values.py": [
        ('    UNDO = "undo"\n', '    UNDO = "undo"\n    RECODING = "recoding"\n'),
        ('    SITE = "site"\n', '    SITE = "site"\n    ACCOUNTCODE = "accountcode"\n'),
    ],
    "handlers/__init__.py": [
        ("home, moving, sites", "home, moving, recoding, sites"),
        ("NOUNS = (moving, ", "NOUNS = (recoding, moving, "),
    ],
    "manifest.yml": [
        (
            "    - command: /licence-aide\n",
            (
                "    - command: /licence-accountcode\n      description: Changer l'accountcode\n"
                "    - command: /licence-aide\n"
            ),
        )
    ],
    "pyproject.toml": [("moving | terminating", "moving | recoding | terminating")],
}
"""What every procedure needs: its kind, its place among them, its command, its place in the contracts."""

FIELD = {
    "domain/fields.py": [
        (
            "    Field.SITE: update(Licence)\n",
            (
                "    Field.ACCOUNTCODE: update(Licence)\n"
                "    .where(_SUBSCRIBED, Licence.accountcode.is_not_distinct_from(OperationLine.before))\n"
                "    .values(accountcode=OperationLine.after, revision=Licence.revision + 1),\n"
                "    Field.SITE: update(Licence)\n"
            ),
        ),
        (
            "    Field.SITE: Now(",
            "    Field.ACCOUNTCODE: Now(Licence.accountcode),\n    Field.SITE: Now(",
        ),
    ]
}
"""What one needs besides that changes a field that none has changed before: its statement, and its value now."""


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Follow the recipe in a copy of the packages."""
    copy = tmp_path_factory.mktemp("recipe")
    for package in ("bot", "domain", "handlers"):
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("manifest.yml", "pyproject.toml"):
        shutil.copy(ROOT / name, copy)
    for path in NEW:
        shutil.copy(RECIPE / path, copy / path)
    for path, edits in {**EDITS, **FIELD}.items():
        text = (copy / path).read_text()
        for before, after in edits:
            assert before in text, (path, before)
            text = text.replace(before, after)
        (copy / path).write_text(text)
    return copy


def run(followed: Path, *command: str) -> str:
    """Run a command where the recipe was followed, and give what it says."""
    environment = {**os.environ, "PYTHONPATH": f"{followed}{os.pathsep}{ROOT}"}
    done = subprocess.run(command, cwd=followed, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_procedure_costs_three_files_and_four_edits() -> None:
    """A fifth, where it changes a field that no other does."""
    found = {str(path.relative_to(RECIPE)) for path in RECIPE.rglob("*.py")} - {"walk.py"}
    assert (found, len(EDITS), len(FIELD)) == ({*NEW}, 4, 1)


def test_the_recipe_leads_to_a_procedure_that_works_through_slack(followed: Path) -> None:
    """A person goes through it and takes it back; nothing else in the packages knows of it."""
    said = run(
        followed, sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-o", "addopts=", "-q",
        "--import-mode=importlib", "-k", "sqlite", "--no-cov", str(RECIPE / "walk.py"),
    )  # fmt: skip
    assert "3 passed" in said


def test_the_recipe_keeps_the_contracts(followed: Path) -> None:
    """The new rooms have their place, and import nothing that they may not."""
    assert "0 broken" in run(followed, str(Path(sys.executable).parent / "lint-imports"))


def test_contributing_names_what_the_recipe_edits() -> None:
    """Who follows it by hand finds the same list."""
    told = (ROOT / "CONTRIBUTING.md").read_text().partition("## How to add a procedure")[2]
    assert [path for path in (*EDITS, *FIELD) if f"`{path}`" not in told] == []
