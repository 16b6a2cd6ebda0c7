"""The HTTP server: waitress reads requests in one loop, so that slow clients hold no thread (ADR 2)."""

from __future__ import annotations

import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

log = structlog.get_logger(__name__)

THREADS = 16

CONNECTIONS = 1_000
"""Connections at a time: beyond them, new ones wait until one of the slow ones has had its time."""

CROWD = CONNECTIONS // 2
"""Connections at a time beyond which the slow ones have less time."""

HEADER_LIMIT = 16 * 1024
"""Bytes of a request's first line and headers at most."""

BODY_LIMIT = 2 * 1024 * 1024
"""Bytes of a request at most: Slack's largest carries a view of 250 KB, escaped."""

IN_MEMORY = 64 * 1024
"""Bytes of a request that are held in memory; the rest waits in a file."""

READ_TIMEOUT = 10
"""Seconds that a request may take to come, and a connection to say nothing."""

CROWDED_TIMEOUT = 1
"""The same in a crowd: Slack sends a request in one go."""

STOP_TIMEOUT = 10
"""Seconds that requests under way have to finish."""


class Server(TcpWSGIServer):
    """A server that bounds what clients cost, and whose stop lets requests under way finish."""

    def __init__(self, application: WSGIApplication, host: str, port: int) -> None:
        """Take the port: who connects from now on waits for `serve`. Raises OSError."""
        super().__init__(
            application,
            _start=False,
            host=host,
            port=port,
            threads=THREADS,
            connection_limit=CONNECTIONS,
            max_request_header_size=HEADER_LIMIT,
            max_request_body_size=BODY_LIMIT,
            inbuf_overflow=IN_MEMORY,
            channel_timeout=READ_TIMEOUT,
            cleanup_interval=1,
            asyncore_use_poll=True,
            ident=None,
        )
        self._is_stopping = False
        self._ended = threading.Event()
        self.accept_connections()

    @property
    def port(self) -> int:
        """The port that it has."""
        return int(self.effective_port)

    def serve(self) -> None:
        """Answer requests until `stop`."""
        try:
            self.run()
        finally:
            self._ended.set()

    def maintenance(self, now: float) -> None:
        """Close what says nothing, and what comes by the drop."""
        channels = self.active_channels.values()
        since = now - (READ_TIMEOUT if len(channels) < CROWD else CROWDED_TIMEOUT)
        for channel in [each for each in channels if not each.requests and each.waiting_since < since]:
            if channel.request is not None:
                log.warning("given up", status=HTTPStatus.REQUEST_TIMEOUT)
            channel.will_close = True

    def stop(self) -> None:
        """Take no more connections, let what runs be answered, and end `serve`."""
        if self._is_stopping:
            return
        self._is_stopping = True
        self.trigger.pull_trigger(self._leave)
        end = time.monotonic() + STOP_TIMEOUT
        while self._is_answering() and time.monotonic() < end:
            time.sleep(0.02)
        self.trigger.pull_trigger(self._end)
        self._ended.wait(STOP_TIMEOUT)
        self.task_dispatcher.shutdown(timeout=1)
        if not self.task_dispatcher.threads:  # whoever pulls a closed trigger writes into another's file
            self.trigger.close()

    def _is_answering(self) -> bool:
        channels = list(self.active_channels.values())
        return any(channel.requests or channel.total_outbufs_len for channel in channels)

    def _leave(self) -> None:
        self.accepting = False
        wasyncore.dispatcher.close(self)

    def _end(self) -> None:
        for channel in list(self.active_channels.values()):
            channel.handle_close()
        self.trigger.del_channel()


class _Parser(HTTPRequestParser):
    def parse_header(self, header_plus: bytes) -> None:
        try:
            super().parse_header(header_plus)
        except ValueError:  # from urllib, about brackets in an address
            raise ParsingError("Bad URI") from None


class _Refusal(ErrorTask):
    def execute(self) -> None:
        log.warning("refused", status=self.request.error.code)
        super().execute()


class _Channel(HTTPChannel):
    parser_class = _Parser
    error_task_class = _Refusal
    began = 0.0
    """When the request that is on its way began to come."""

    @property
    def waiting_since(self) -> float:
        """Since when nothing has come that could be answered."""
        return float(self.last_activity if self.request is None else self.began)

    def received(self, data: bytes) -> bool:
        if self.request is None:
            self.began = time.time()
        return bool(super().received(data))


Server.channel_class = _Channel
