"""An unexpected error → an incident number, in the log and for the person."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import structlog
from prometheus_client import Counter

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

log = structlog.get_logger(__name__)


class Failures:
    """Where unexpected errors go."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._count = Counter("metacentrex_incidents", "Unexpected errors", registry=registry)

    def incident(self, error: Exception, kind: str, key: str) -> str:
        """Log an error and give the number under which the log has it."""
        number = secrets.token_hex(4)
        self._count.inc()
        log.error("incident", incident=number, kind=kind, key=key, exc_info=error)
        return number

    def refused(self, why: str, kind: str, key: str) -> None:
        """Log that something was refused, and why: a name, never a text of theirs."""
        log.info("refused", why=why, kind=kind, key=key)
