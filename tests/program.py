"""The program as a process of its own, as an operator runs it."""

from __future__ import annotations

import os
import subprocess
import sys

MEASURED = {"PATH", "COVERAGE_PROCESS_CONFIG"}
"""Variables that a process gets from here: to find programs, and what coverage reads at its start, if it runs."""


def only(**variables: str) -> dict[str, str]:
    """Give a process these variables only."""
    return {name: os.environ[name] for name in MEASURED & os.environ.keys()} | variables


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command line with these variables only."""
    return run_python("-m", "bot", *arguments, **variables)


def run_changed(change: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a Python in which something is different."""
    return run_python("-c", f"{change}; from bot.__main__ import main; main()", *arguments, **variables)


def run_python(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Python with these variables only."""
    return subprocess.run(
        [sys.executable, *arguments],
        env=only(**variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
