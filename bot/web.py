"""HTTP: Slack's requests, and what an operator's tools ask."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import structlog
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from slack_sdk.signature import Clock, SignatureVerifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from wsgiref.types import StartResponse, WSGIEnvironment

    from bot.app import Bot
    from bot.socket import Socket

log = structlog.get_logger(__name__)

SSL_CHECK_LIMIT = 1_000
"""Bytes that a check of the address has at most: a form with a token."""

FIELDS = 200
"""Fields of a form at most: Slack's commands have some fifteen."""


class Web:
    """The bot as a WSGI application; in Socket Mode without `/slack/events`."""

    def __init__(self, bot: Bot, socket: Socket | None = None) -> None:
        self._bot = bot
        self._socket = socket
        if not socket:
            self._verifier = SignatureVerifier(bot.signing_secret, _Clock(bot.clock))

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        match environ["REQUEST_METHOD"], environ["PATH_INFO"]:
            case "POST", "/slack/events" if not self._socket:
                return self._slack(environ, start)
            case "GET", "/slack/events" if not self._socket and is_ssl_check(
                environ["QUERY_STRING"].encode()
            ):
                return _answer(start, HTTPStatus.OK, {"status": "ok"})
            case "GET", "/healthz":
                return _answer(start, HTTPStatus.OK, {"status": "ok"})
            case "GET", "/readyz":
                reasons = self._bot.unready() + (self._socket.unready() if self._socket else [])
                notes = [] if reasons else self._bot.notes()
                status = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
                told: dict[str, object] = {"status": "unready" if reasons else "ready", "reasons": reasons}
                return _answer(start, status, told | ({"notes": notes} if notes else {}))
            case "GET", "/metrics":
                start("200 OK", [("Content-Type", CONTENT_TYPE_LATEST)])
                return [generate_latest(self._bot.registry)]
        return _answer(start, HTTPStatus.NOT_FOUND, {"status": "not found"})

    def _slack(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer Slack. Whoever else asks costs a comparison and a line in the log (R14)."""
        raw = _read(environ)
        if is_ssl_check(raw):
            return _answer(start, HTTPStatus.OK, {"status": "ok"})
        if not self._is_signed(environ, raw):
            log.warning("not signed")
            return _answer(start, HTTPStatus.UNAUTHORIZED, {"status": "not signed"})
        try:
            body = decoded(raw, environ.get("CONTENT_TYPE", ""))
        except (ValueError, RecursionError):
            log.warning("malformed", path="body")
            return _answer(start, HTTPStatus.BAD_REQUEST, {"status": "malformed"})
        if isinstance(body, dict) and body.get("type") == "url_verification":
            return _answer(start, HTTPStatus.OK, {"challenge": str(body.get("challenge"))})
        answer = self._bot.dispatch(body)
        status = HTTPStatus(answer.status)
        headers = [(name, value) for name, values in answer.headers.items() for value in values]
        start(f"{status.value} {status.phrase}", headers)
        return [answer.body.encode()]

    def _is_signed(self, environ: WSGIEnvironment, raw: bytes) -> bool:
        """Check the signature; what is not even of its form, the verifier would fail on."""
        moment = environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", "")
        signature = environ.get("HTTP_X_SLACK_SIGNATURE", "")
        if not re.fullmatch(r"[0-9]{1,12}", moment) or not re.fullmatch(r"v0=[0-9a-f]{64}", signature):
            return False
        try:
            return self._verifier.is_valid(raw, moment, signature)
        except UnicodeDecodeError:
            return False


class _Clock(Clock):
    """The bot's clock, as the verifier reads it: what is older than five minutes is refused."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock().timestamp()


def is_ssl_check(raw: bytes) -> bool:
    """Tell whether Slack asks if the address answers, which it does without a signature."""
    return len(raw) < SSL_CHECK_LIMIT and b"ssl_check=1" in raw.split(b"&")


def decoded(raw: bytes, content_type: str) -> object:
    """Read the body: JSON, or a form that may hold JSON. Raises ValueError, RecursionError."""
    match content_type.split(";", maxsplit=1)[0].strip().lower():
        case "application/json":
            return json.loads(raw)
        case "application/x-www-form-urlencoded":
            form = dict(
                parse_qsl(raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=FIELDS)
            )
            return json.loads(form["payload"]) if "payload" in form else form
    raise ValueError(content_type)


def _read(environ: WSGIEnvironment) -> bytes:
    length = environ.get("CONTENT_LENGTH", "")
    return environ["wsgi.input"].read(int(length)) if re.fullmatch(r"[0-9]{1,9}", length) else b""


def _answer(start: StartResponse, status: HTTPStatus, body: dict[str, object]) -> Iterable[bytes]:
    start(f"{status.value} {status.phrase}", [("Content-Type", "application/json")])
    return [json.dumps(body).encode()]
