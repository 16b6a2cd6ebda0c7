"""Confirm a draft from a process of its own: `python -m tests.domain.confirm URL DRAFT FINGERPRINT`."""

import sys

from bot.app import build_services, now
from bot.settings import Settings
from domain.database import Database
from domain.values import DraftId, Fingerprint
from tests.domain.acts import AGENT

if __name__ == "__main__":
    url, draft, shown = sys.argv[1:]
    database = Database(url, wait=30)
    services = build_services(database, now, Settings.model_construct(journal_channel=None, undo_hours=24))
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    print(services.orders.confirm(DraftId(draft), Fingerprint(shown), AGENT).id)  # noqa: T201
