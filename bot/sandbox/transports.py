"""How the workspace's requests reach the app: signed over HTTP, or through Socket Mode."""

from __future__ import annotations

import json
import secrets
import threading
import time
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from slack_sdk.signature import SignatureVerifier
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve

from bot.sandbox.state import APP
from bot.sandbox.workspace import Answer

if TYPE_CHECKING:
    from websockets.sync.server import ServerConnection

    from bot.sandbox.state import Json

ENVELOPES = {"command": "slash_commands", "interaction": "interactive", "event": "events_api"}


class SignedHttp:
    """Requests as Slack posts them to the app's URL."""

    def __init__(self, url: str, signing_secret: str, patience: float = 3.0) -> None:
        self.url = urlsplit(url)
        self.patience = patience
        self._signer = SignatureVerifier(signing_secret)

    def send(self, kind: str, payload: Json) -> Answer:
        """Post one request, and wait for the answer."""
        if kind == "event":
            return self.post(json.dumps(payload), "application/json")
        form = payload if kind == "command" else {"payload": json.dumps(payload)}
        return self.post(urlencode(form), "application/x-www-form-urlencoded")

    def post(self, body: str, content_type: str, *, timestamp: int | None = None) -> Answer:
        """Sign a body and post it."""
        moment = str(timestamp or int(time.time()))
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
    """Requests as envelopes over the WebSockets that the app has opened."""

    def __init__(self, patience: float = 3.0) -> None:
        self.patience = patience
        self.largest_answer = 0
        """Bytes of the largest acknowledgement so far."""
        self._connections: list[ServerConnection] = []
        self._connected = threading.Condition()
        self._answers: dict[str, Any] = {}
        self._answered = threading.Condition()
        self._server = serve(self._serve, "127.0.0.1", 0, max_size=None)
        threading.Thread(target=self._server.serve_forever, name="wss", daemon=True).start()

    def url(self) -> str:
        """Give the URL of a new connection."""
        return f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}/?ticket={secrets.token_hex(8)}"

    def stop(self) -> None:
        """Close all connections."""
        self._server.shutdown()

    def wait_for_connection(self) -> None:
        """Wait until the app has a connection."""
        with self._connected:
            self._connected.wait_for(lambda: bool(self._connections), self.patience * 3)

    def disconnect(self) -> None:
        """Ask the app to connect anew, as Slack does every few hours."""
        with self._connected:
            old, self._connections = self._connections, []
        for connection in old:
            connection.send(json.dumps({"type": "disconnect", "reason": "refresh_requested"}))
            connection.close()

    def send(self, kind: str, payload: Json) -> Answer:
        """Send one envelope, and wait for its acknowledgement."""
        self.wait_for_connection()
        envelope = secrets.token_hex(8)
        message = {
            "envelope_id": envelope,
            "type": ENVELOPES[kind],
            "accepts_response_payload": kind != "event",
            "payload": payload,
        }
        with self._connected:
            connection = self._connections[-1]
        connection.send(json.dumps(message))
        with self._answered:
            if not self._answered.wait_for(lambda: envelope in self._answers, self.patience):
                return Answer(0)
            return Answer(200, self._answers.pop(envelope))

    def _serve(self, connection: ServerConnection) -> None:
        connection.send(
            json.dumps({"type": "hello", "num_connections": 1, "connection_info": {"app_id": APP}})
        )
        with self._connected:
            self._connections.append(connection)
            self._connected.notify_all()
        try:
            for text in connection:
                answer = json.loads(text)
                self.largest_answer = max(self.largest_answer, len(text))
                with self._answered:
                    self._answers[answer["envelope_id"]] = answer.get("payload")
                    self._answered.notify_all()
        except ConnectionClosed:
            pass
        finally:
            with self._connected:
                if connection in self._connections:
                    self._connections.remove(connection)


def _read(body: bytes) -> Any:
    text = body.decode()
    try:
        return json.loads(text)
    except ValueError:
        return text or None
