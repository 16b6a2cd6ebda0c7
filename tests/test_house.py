"""The rules of the house: each tells why."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "handlers", "domain")
SOURCES = [
    path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "versions" not in path.parts
]
RULES = [f"R{number}" for number in (*range(1, 12), 13, 14, 15, 16)]


def names(paths: list[Path]) -> list[str]:
    """Name files for a test's id."""
    return [str(path.relative_to(ROOT)) for path in paths]


@pytest.mark.parametrize("path", SOURCES, ids=names(SOURCES))
def test_a_module_holds_one_thing(path: Path) -> None:
    """A module of over 300 lines asks whether it holds two."""
    assert len(path.read_text().splitlines()) <= 300


@pytest.mark.parametrize("path", SOURCES, ids=names(SOURCES))
def test_a_module_says_what_it_is(path: Path) -> None:
    """Its first sentence would fit in the tree of the house."""
    docstring = ast.get_docstring(ast.parse(path.read_text()))
    assert docstring
    assert len(docstring.splitlines()[0]) <= 110


def test_no_room_is_called_after_nothing() -> None:
    """Utils, helpers and managers are where things get lost."""
    assert not [path for path in SOURCES if re.search(r"util|helper|manager|misc|common", path.stem)]


def test_the_domain_knows_no_slack() -> None:
    """It could be driven from anywhere."""
    for path in (ROOT / "domain").rglob("*.py"):
        assert not re.search(r"^\s*(from|import) (slack|bolt|handlers|bot)", path.read_text(), re.MULTILINE)


def test_the_domain_reads_neither_clock_nor_environment() -> None:
    """Time comes in as an argument or a clock."""
    for path in (ROOT / "domain").rglob("*.py"):
        assert not re.search(r"\bos\.environ|datetime\.now|time\.time\(|utcnow", path.read_text()), path


def test_french_is_spoken_in_handlers_alone() -> None:
    """And, as a file format, where the files are read; product names are names."""
    for path in (ROOT / "domain").glob("*.py"):
        if path.name not in ("csvtext.py", "parkfiles.py", "values.py"):
            code = re.sub(r'""".*?"""|#.*', "", path.read_text(), flags=re.DOTALL)
            assert not re.search("[éèàêôç’]", code), path


def test_every_picture_is_shown_and_every_picture_shown_is_there() -> None:
    """`make images` takes them; a view that is gone must not stay in the documentation."""
    shown = set(re.findall(r"\(docs/images/([\w-]+\.png)\)", (ROOT / "README.md").read_text()))
    assert shown == {path.name for path in (ROOT / "docs" / "images").iterdir()}


def test_nothing_is_left_to_do() -> None:
    """What is not done is in an issue, not in the code."""
    for path in SOURCES:
        assert not re.search(r"\b(TODO|FIXME|XXX)\b", path.read_text()), path


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_test_that_bears_its_number(rule: str) -> None:
    """In its marker, and in its name."""
    texts = [path.read_text() for path in (ROOT / "tests").rglob("test_*.py")]
    number = rule.removeprefix("R")
    assert any(f'mark.rule("{rule}")' in text for text in texts)
    assert any(re.search(rf"def test_(?:\w*_)?r{number}_", text) for text in texts)


def test_the_lock_names_no_index() -> None:
    """It installs from wherever pip is told to look."""
    for path in ROOT.glob("requirements*.txt"):
        assert "://" not in path.read_text()
        assert "--hash=sha256:" in path.read_text()
