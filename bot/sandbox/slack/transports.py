"""How the workspace's requests reach the app: signed over HTTP, or through Socket Mode."""

from __future__ import annotations

import json
import secrets
import threading
import time
from http.client import HTTPConnection
from socket import SHUT_RDWR
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from slack_sdk.signature import SignatureVerifier
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve

from bot.sandbox.slack.objects import APP, Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from websockets.sync.server import ServerConnection

    from bot.sandbox.slack.objects import Json

MOST_CONNECTIONS = 10
"""WebSockets that an app may hold."""

ENVELOPES = {"command": "slash_commands", "interaction": "interactive", "event": "events_api"}


class SignedHttp:
    """Requests as Slack posts them to the app's URL."""

    def __init__(
        self,
        url: str,
        signing_secret: str,
        patience: float = 3.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.url = urlsplit(url)
        self.patience = patience
        self.clock = clock
        self._signer = SignatureVerifier(signing_secret)

    def send(self, kind: str, payload: Json) -> Answer:
        """Post one request, and wait for the answer."""
        if kind == "event":
            return self.post(json.dumps(payload), "application/json")
        form = payload if kind == "command" else {"payload": json.dumps(payload)}
        return self.post(urlencode(form), "application/x-www-form-urlencoded")

    def post(self, body: str, content_type: str, *, timestamp: int | None = None) -> Answer:
        """Sign a body and post it."""
        moment = str(timestamp or int(self.clock()))
        headers = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": moment,
            "X-Slack-Signature": self._signer.generate_signature(timestamp=moment, body=body) or "",
        }
        connection = HTTPConnection(self.url.hostname or "", self.url.port, timeout=self.patience)
        try:
            connection.request("POST", self.url.path, body.encode(), headers)
            answer = connection.getresponse()
            return Answer(answer.status, _read(answer.read()))
        except OSError:
            return Answer(0)
        finally:
            connection.close()


class SocketMode:
    """Requests as envelopes over the WebSockets that the app has opened; each is answered where it came."""

    def __init__(self, patience: float = 3.0) -> None:
        self.patience = patience
        self.largest_answer = 0
        """Bytes of the largest acknowledgement so far."""
        self.gaps = 0
        """How often the app was left without a connection that takes requests."""
        self._tickets: set[str] = set()
        self._open: list[ServerConnection] = []
        self._changed = threading.Condition()
        self._asked: dict[str, ServerConnection] = {}
        self._answers: dict[str, Any] = {}
        self._server = serve(self._serve, "127.0.0.1", 0, max_size=None)
        threading.Thread(target=self._server.serve_forever, name="wss", daemon=True).start()

    def url(self) -> str:
        """Give the URL of a new connection, good for one."""
        ticket = secrets.token_hex(8)
        self._tickets.add(ticket)
        return f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}/?ticket={ticket}"

    def stop(self) -> None:
        """Close all connections."""
        self._server.shutdown()

    def wait_for_connections(self, number: int = 1) -> bool:
        """Wait until the app has so many connections, and tell whether it has."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._open) >= number, self.patience * 3)

    def renew(self, reason: str) -> ServerConnection:
        """Ask the app to renew its oldest connection, as Slack does every few hours."""
        with self._changed:
            connection = self._open[0]
            self._leave(connection)
        connection.send(json.dumps({"type": "disconnect", "reason": reason}))
        return connection

    def say(self, text: str) -> None:
        """Say anything on the oldest connection."""
        self._open[0].send(text)

    def reset(self) -> None:
        """Lose all connections, without a word."""
        with self._changed:
            for connection in [*self._open]:
                self._leave(connection)
                connection.socket.shutdown(SHUT_RDWR)

    def send(self, kind: str, payload: Json) -> Answer:
        """Send one envelope through one of the connections, and wait for its acknowledgement."""
        self.wait_for_connections()
        envelope = secrets.token_hex(8)
        message = {
            "envelope_id": envelope,
            "type": ENVELOPES[kind],
            "accepts_response_payload": kind != "event",
            "payload": payload,
        }
        with self._changed:
            if not self._open:
                return Answer(0)
            connection = self._asked[envelope] = self._open[0]
        connection.send(json.dumps(message))
        with self._changed:
            if not self._changed.wait_for(lambda: envelope in self._answers, self.patience):
                return Answer(0)
            return Answer(200, self._answers.pop(envelope))

    def _serve(self, connection: ServerConnection) -> None:
        ticket = connection.request.path.partition("ticket=")[2] if connection.request else ""
        if ticket not in self._tickets or len(self._open) >= MOST_CONNECTIONS:
            connection.send(json.dumps({"type": "disconnect", "reason": "too_many_websockets"}))
            return
        self._tickets.remove(ticket)
        hello = {"type": "hello", "num_connections": len(self._open) + 1, "connection_info": {"app_id": APP}}
        connection.send(json.dumps(hello))
        with self._changed:
            self._open.append(connection)
            self._changed.notify_all()
        try:
            for text in connection:
                answer = json.loads(text)
                self.largest_answer = max(self.largest_answer, len(text))
                with self._changed:
                    if self._asked.pop(answer["envelope_id"], None) is connection:
                        self._answers[answer["envelope_id"]] = answer.get("payload")
                        self._changed.notify_all()
        except ConnectionClosed:
            pass
        finally:
            with self._changed:
                self._leave(connection)

    def _leave(self, connection: ServerConnection) -> None:
        if connection in self._open:
            self._open.remove(connection)
            self.gaps += not self._open


def _read(body: bytes) -> Any:
    text = body.decode()
    try:
        return json.loads(text)
    except ValueError:
        return text or None
