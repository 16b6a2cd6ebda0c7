"""The wheel that operators install holds all that the program needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bot.sandbox.host import PARK

ROOT = Path(__file__).parents[2]


def run(*arguments: str, cwd: Path, **environment: str) -> str:
    """Run Python somewhere else than in the tree, and give what it says."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout


def test_the_wheel_migrates_and_imports(tmp_path: Path) -> None:
    """Migrations and manifest are in it, it needs no file of the tree, and tells its version."""
    pip = ("-m", "pip", "--quiet", "--disable-pip-version-check")
    run(
        *pip,
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        str(tmp_path),
        str(ROOT),
        cwd=tmp_path,
        SETUPTOOLS_SCM_PRETEND_VERSION="26.1.0",
    )
    (wheel,) = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    run(*pip, "install", "--no-deps", "--target", str(site), str(wheel), cwd=tmp_path)
    where = {"PYTHONPATH": str(site), "DATABASE_URL": f"sqlite:///{tmp_path}/park.db"}
    assert run("-c", "import bot; print(bot.__file__)", cwd=tmp_path, **where).startswith(str(site))
    manifest = run(
        "-c", "from bot.sandbox.page.composer import MANIFEST as m; print(m)", cwd=tmp_path, **where
    )
    assert manifest.startswith(str(site))
    assert run("-m", "bot", "--version", cwd=tmp_path, **where).startswith("metacentrex 26.1.0, tables ")
    run("-m", "bot", "migrate", cwd=tmp_path, **where)
    assert "licences: 1268 new" in run("-m", "bot", "import", str(PARK), cwd=tmp_path, **where)
