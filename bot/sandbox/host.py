"""The sandbox without its page: people, conversations, and the real bot on a park of its own."""

from __future__ import annotations

import shutil
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.app import now
from bot.sandbox.process import Process
from bot.sandbox.stage import open_workspace
from domain.database import Database
from domain.importing import import_park

if TYPE_CHECKING:
    from bot.sandbox.slack.workspace import Workspace

PARK = Path(__file__).parent / "park"
"""The demonstration park."""

SUPPORT = "C0SUPPORT"
JOURNAL = "C0JOURNAL"
CHANNELS = {
    SUPPORT: ("support", "Le support en parle ici"),
    JOURNAL: ("journal", "Une copie de chaque confirmation"),
}


@dataclass(frozen=True)
class Person:
    """Somebody of the workspace, and what the bot lets them do."""

    id: str
    name: str
    role: str


AGENT = Person("U0AGATHE", "Agathe Morel", "support")
APPROVER = Person("U0BRUNO", "Bruno Lefèvre", "support, peut approuver")
STRANGER = Person("U0CHLOE", "Chloé Martin", "sans accès")
PEOPLE = (AGENT, APPROVER, STRANGER)

SLOW = 2.5
"""Seconds of a slow answer: more than the bot waits, less than the person."""

RETRY_AFTER = 5.0
"""Seconds after which a refused call may be made again."""

FAULTS = {
    "slow": "Répondre lentement",
    "ratelimited": "Répondre 429",
    "error": "Répondre 500",
    "lost": "Perdre la réponse",
    "twice": "Livrer le clic deux fois",
    "stale": "Expirer le déclencheur",
}
"""What can go wrong once, by the kind of fault."""


class Sandbox:
    """A workspace, its Web API, and the bot as a process; any thread may call its methods."""

    def __init__(self, park: Path, folder: Path) -> None:
        self._pristine = folder / "pristine.db"
        self._database = folder / "park.db"
        self._fill(park)
        self.workspace, self.api, self.api_url = open_workspace()
        self._populate(self.workspace)
        self._changing = threading.Lock()
        self.bot = Process(
            self.workspace,
            self.api_url,
            folder / "bot.log",
            DATABASE_URL=f"sqlite:///{self._database}",
            ACCESS_USERS=f"{AGENT.id},{APPROVER.id}",
            APPROVER_USERS=APPROVER.id,
            JOURNAL_CHANNEL=JOURNAL,
        )

    def _fill(self, park: Path) -> None:
        """Read the park once; a reset copies it. Raises FilesRefused."""
        database = Database(f"sqlite:///{self._pristine}")
        try:
            database.migrate()
            import_park(database, park, lambda *_: None, at=now())
        finally:
            database.close()

    @staticmethod
    def _populate(workspace: Workspace) -> None:
        for person in PEOPLE:
            workspace.add_person(person.id, person.name)
        for channel, (name, _) in CHANNELS.items():
            workspace.add_channel(channel, name)

    def start(self) -> None:
        """Bring the park in, and start the bot. Raises BotFailed."""
        with self._changing:
            self._restore()
            self.bot.start()

    def reset(self) -> None:
        """Bring back the park and the workspace as they were in the beginning."""
        with self._changing:
            self.bot.kill()
            self._restore()
            self.api.faults.clear()
            self.workspace.clear()
            self.bot.start()
        self.workspace.touch()

    def _restore(self) -> None:
        for path in self._database.parent.glob(f"{self._database.name}*"):
            path.unlink()
        shutil.copy(self._pristine, self._database)

    def kill(self) -> None:
        """Kill the bot, as a crash does."""
        with self._changing:
            self.bot.kill()
        self.workspace.touch()

    def restart(self) -> None:
        """Start the bot again, on the park as the crash left it."""
        with self._changing:
            if not self.bot.is_running:
                self.bot.start()
        self.workspace.touch()

    def stop(self) -> None:
        """Stop the bot, then Slack."""
        with self._changing:
            self.bot.kill()
        self.api.stop()

    # Faults, each for one time

    @property
    def armed(self) -> set[str]:
        """The faults that wait for their moment."""
        armed = {fault.kind for fault in self.api.faults if fault.times > 0}
        if self.workspace.double_deliveries:
            armed.add("twice")
        if self.workspace.triggers.stale:
            armed.add("stale")
        return armed

    def arm(self, kind: str) -> None:
        """Let the fault happen to what comes next; a second time takes it back."""
        count = 0 if kind in self.armed else 1
        with self.workspace.lock:
            if kind == "twice":
                self.workspace.double_deliveries = count
            elif kind == "stale":
                self.workspace.triggers.stale = count
            else:
                self.api.faults[:] = [each for each in self.api.faults if each.kind != kind]
                if count:
                    seconds = SLOW if kind == "slow" else RETRY_AFTER
                    self.api.fail("*", kind, seconds=seconds)
        self.workspace.touch()
