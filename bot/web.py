"""HTTP: Slack's requests, and what an operator's tools ask."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

from cheroot.wsgi import Server
from prometheus_client import make_wsgi_app
from slack_bolt.adapter.wsgi.http_request import WsgiHttpRequest
from slack_bolt.request import BoltRequest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from bot.app import Bot

THREADS = 16
BODY_LIMIT = 2 * 1024 * 1024
"""Bytes of a request at most: Slack's largest carries a view of 250 KB, escaped."""

STOP_TIMEOUT = 10
"""Seconds that requests under way have to finish."""


class Web:
    """The bot as a WSGI application; in Socket Mode without `/slack/events`."""

    def __init__(self, bot: Bot, *, events: bool) -> None:
        self._bot = bot
        self._events = events
        self._metrics = make_wsgi_app(bot.registry)

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        match environ["REQUEST_METHOD"], environ["PATH_INFO"]:
            case "POST", "/slack/events" if self._events:
                return self._slack(environ, start)
            case "GET", "/healthz":
                return _answer(start, HTTPStatus.OK, {"status": "ok"})
            case "GET", "/readyz":
                reasons = self._bot.unready()
                status = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
                return _answer(
                    start, status, {"status": "unready" if reasons else "ready", "reasons": reasons}
                )
            case "GET", "/metrics":
                metrics: Iterable[bytes] = self._metrics(environ, start)
                return metrics
        return _answer(start, HTTPStatus.NOT_FOUND, {"status": "not found"})

    def _slack(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        read = WsgiHttpRequest(environ)
        try:
            request = BoltRequest(body=read.get_body(), query=read.query_string, headers=read.get_headers())
        except ValueError:  # not what Slack sends: Bolt reads the body before it checks the signature
            return _answer(start, HTTPStatus.BAD_REQUEST, {"status": "malformed"})
        answer = self._bot.dispatch(request)
        status = HTTPStatus(answer.status)
        headers = [(name, value) for name, values in answer.headers.items() for value in values]
        start(f"{status.value} {status.phrase}", headers)
        return [answer.body.encode()]


def _answer(start: StartResponse, status: HTTPStatus, body: dict[str, object]) -> Iterable[bytes]:
    start(f"{status.value} {status.phrase}", [("Content-Type", "application/json")])
    return [json.dumps(body).encode()]


def build_server(bot: Bot, port: int, *, events: bool) -> Server:
    """Make the server: threads enough for slow clients, and a stop that lets requests finish."""
    server = Server(
        ("0.0.0.0", port),  # noqa: S104
        Web(bot, events=events),
        numthreads=THREADS,
        shutdown_timeout=STOP_TIMEOUT,
    )
    server.max_request_body_size = BODY_LIMIT
    server.expiration_interval = 0.05  # how often it looks whether it is to stop
    return server
