"""A receiver of webhooks that answers as it is told, and keeps what came."""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from standardwebhooks import Webhook

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
OTHER_SECRET = "whsec_" + "A" * 43 + "="
PATIENCE = 30
"""Seconds that a test waits for what must come."""


@dataclass(frozen=True)
class Request:
    """What came."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def key(self) -> str:
        """The id that a repeat has too."""
        return self.headers["webhook-id"]

    def verified(self, secret: str = SECRET) -> Any:
        """Give the payload as a receiver reads it. Raises WebhookVerificationError."""
        return Webhook(secret).verify(self.body, dict(self.headers))


@dataclass(frozen=True)
class Reply:
    """What is answered; raw bytes take the place of all of it."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    raw: bytes | None = None
    holds: threading.Event | None = None
    """What it waits for before it answers."""


class Receiver:
    """A server on this machine; `replies` are given one by one, and after them 200."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.received: queue.Queue[Request] = queue.Queue()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                reply = receiver.replies.pop(0) if receiver.replies else Reply()
                receiver.received.put(Request(self.path, dict(self.headers.items()), body))
                with suppress(ConnectionError):  # whoever asked may have gone
                    receiver.answer(self, reply)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook?token=t0ps3cret"
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def answer(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        """Answer one request."""
        if reply.holds:
            assert reply.holds.wait(PATIENCE)
        if reply.raw is not None:
            handler.wfile.write(reply.raw)
            return
        handler.send_response(reply.status)
        for name, value in {"content-length": str(len(reply.body)), **reply.headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(reply.body)

    def next(self) -> Request:
        """Give what came next, once it has come."""
        return self.received.get(timeout=PATIENCE)

    def close(self) -> None:
        """Stop."""
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()
