"""The workspace's Web API over HTTP, with faults on demand."""

from __future__ import annotations

import fnmatch
import json
import secrets
import threading
import time
from dataclasses import dataclass
from http import HTTPStatus
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from bot.sandbox.slack.limits import message_faults
from bot.sandbox.slack.objects import APP, BOT, TEAM, Json, Refused
from bot.sandbox.slack.traffic import NO_ANSWER

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from bot.sandbox.slack.traffic import Exchange
    from bot.sandbox.slack.workspace import Workspace

SILENCE = 60.0
"""Seconds that a silent Slack keeps a request: longer than any client waits."""

FARTHEST, TOO_LATE = 120 * 86_400, 60
"""Seconds ahead that a message can be scheduled for at most, and can still be taken back."""


@dataclass
class Fault:
    """What happens to the next `times` calls of the methods that a pattern names."""

    methods: str
    kind: str
    """`ratelimited`, `error` (500), `slow`, `silence` (no answer), or `lost`: done, but not answered."""
    times: int = 1
    seconds: float = 1.0


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128


class _Handler(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing: `traffic` knows what was asked."""


class Api:
    """An HTTP server that plays slack.com/api for one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.faults: list[Fault] = []
        self.released = threading.Event()
        self.wss: Callable[[], str] | None = None
        self.scheduled: dict[str, int] = {}
        """When each message that was scheduled and not taken back is due."""
        self._uploads: dict[str, bytes] = {}
        self._server = make_server("127.0.0.1", 0, self, _Server, _Handler)

    def start(self) -> str:
        """Listen, and give the API's base URL."""
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="slack", daemon=True).start()
        self.workspace.url = f"http://127.0.0.1:{self._server.server_port}"
        return f"{self.workspace.url}/api/"

    def stop(self) -> None:
        """Stop listening."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def fail(self, methods: str, kind: str, times: int = 1, seconds: float = 1.0) -> None:
        """Let the next calls fail."""
        self.faults.append(Fault(methods, kind, times, seconds))

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        arguments = _arguments(environ)
        _, area, *rest = environ["PATH_INFO"].split("/")
        name = rest[0] if rest else ""
        if area == "upload":
            self._uploads[name] = arguments["body"]
            return _answer(start, HTTPStatus.OK, {"ok": True})
        method = name if area == "api" else "response_url"
        exchange = self.workspace.traffic.begin("bot", method, arguments)
        fault = self._fault(method)
        match fault.kind if fault else None:
            case "ratelimited":
                body, status = {"ok": False, "error": "ratelimited"}, HTTPStatus.TOO_MANY_REQUESTS
            case "error":
                body, status = {"ok": False, "error": "internal_error"}, HTTPStatus.INTERNAL_SERVER_ERROR
            case "silence":
                return self._keep_silent(exchange)
            case kind:
                time.sleep(fault.seconds if fault and kind == "slow" else 0)
                body, status = self._call(area, name, environ, exchange)
                if kind == "lost":
                    return self._keep_silent(exchange)
        self.workspace.traffic.end(exchange, status, body)
        return _answer(start, status, body, fault.seconds if fault else 0, self.workspace.scopes)

    def _keep_silent(self, exchange: Exchange) -> Iterable[bytes]:
        self.workspace.traffic.end(exchange, NO_ANSWER, None)
        self.released.wait(SILENCE)
        return []

    def _fault(self, method: str) -> Fault | None:
        with self.workspace.lock:
            for fault in self.faults:
                if fault.times > 0 and fnmatch.fnmatch(method, fault.methods):
                    fault.times -= 1
                    return fault
        return None

    def _call(
        self, area: str, name: str, environ: WSGIEnvironment, exchange: Exchange
    ) -> tuple[Json, HTTPStatus]:
        arguments = exchange.request
        try:
            with self.workspace.lock:
                if area == "response":
                    self.workspace.respond(name, arguments)
                    return {"ok": True}, HTTPStatus.OK
                self._authorize(name, environ, arguments)
                answer = getattr(self, "_" + name.replace(".", "_"))(arguments)
                return {"ok": True, **answer}, HTTPStatus.OK
        except Refused as refused:
            self.workspace.traffic.refuse(exchange, [refused.code, *refused.details])
            details = {"messages": [f"[ERROR] {each}" for each in refused.details]}
            body = {"ok": False, "error": refused.code, "response_metadata": details}
            if refused.code == "missing_scope":
                body |= {"needed": NEEDS[name], "provided": ",".join(sorted(self.workspace.scopes))}
            return body, HTTPStatus.NOT_FOUND if area == "response" else HTTPStatus.OK

    def _authorize(self, name: str, environ: WSGIEnvironment, arguments: Json) -> None:
        given = environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ") or arguments.get("token")
        if name not in NEEDS:
            raise Refused("unknown_method")
        expected = self.workspace.app_token if name == "apps.connections.open" else self.workspace.token
        if given != expected:
            raise Refused("invalid_auth")
        if NEEDS[name] and NEEDS[name] not in self.workspace.scopes:
            raise Refused("missing_scope")

    def _auth_test(self, _: Json) -> Json:
        return {"url": self.workspace.url, "team": "Sandbox", "team_id": TEAM, "user_id": BOT, "bot_id": APP}

    def _chat_postMessage(self, arguments: Json) -> Json:  # noqa: N802
        return self.workspace.post(arguments)

    def _chat_getPermalink(self, arguments: Json) -> Json:  # noqa: N802
        return self.workspace.permalink(str(arguments.get("channel")), str(arguments.get("message_ts")))

    def _chat_update(self, arguments: Json) -> Json:
        return self.workspace.amend(arguments)

    def _chat_scheduleMessage(self, arguments: Json) -> Json:  # noqa: N802
        self.workspace.check("chat.scheduleMessage", message_faults(arguments))
        channel = self.workspace.postable(arguments.get("channel", ""))
        due, now = int(arguments["post_at"]), time.time()
        if due <= now:
            raise Refused("time_in_past")
        if due > now + FARTHEST:
            raise Refused("time_too_far")
        name = "Q" + secrets.token_hex(5).upper()
        self.scheduled[name] = due
        return {"channel": channel.id, "scheduled_message_id": name, "post_at": due}

    def _chat_deleteScheduledMessage(self, arguments: Json) -> Json:  # noqa: N802
        name = arguments.get("scheduled_message_id", "")
        if self.scheduled.get(name, 0) < time.time() + TOO_LATE:
            raise Refused("invalid_scheduled_message_id")
        del self.scheduled[name]
        return {}

    def _views_open(self, arguments: Json) -> Json:
        return self.workspace.open_view(arguments)

    def _views_push(self, arguments: Json) -> Json:
        return self.workspace.push_view(arguments)

    def _views_update(self, arguments: Json) -> Json:
        return self.workspace.update_view(arguments)

    def _views_publish(self, arguments: Json) -> Json:
        return self.workspace.publish(arguments)

    def _usergroups_list(self, _: Json) -> Json:
        groups = self.workspace.usergroups.items()
        return {"usergroups": [{"id": name, "users": users, "date_delete": 0} for name, users in groups]}

    def _conversations_history(self, arguments: Json) -> Json:
        channel = self.workspace.channels.get(arguments["channel"])
        if channel is None:
            raise Refused("channel_not_found")
        return {"messages": [message for message in reversed(channel.messages) if not message["only_for"]]}

    def _files_getUploadURLExternal(self, arguments: Json) -> Json:  # noqa: N802
        file_id = "F" + secrets.token_hex(5).upper()
        self.workspace.files[file_id] = {"id": file_id, "name": arguments["filename"]}
        return {"file_id": file_id, "upload_url": f"{self.workspace.url}/upload/{file_id}"}

    def _files_completeUploadExternal(self, arguments: Json) -> Json:  # noqa: N802
        channel = self.workspace.postable(arguments.get("channel_id", ""))
        if not channel.bot_is_member:
            raise Refused("not_in_channel")
        files = arguments["files"]
        shared = []
        for each in json.loads(files) if isinstance(files, str) else files:
            file = self.workspace.files[each["id"]]
            content = self._uploads.pop(each["id"]).decode()
            file.update(title=each.get("title"), content=content, channel=channel.id)
            shared.append(file)
        comment = arguments.get("initial_comment") or ""
        shown = {"text": comment, "files": shared, "thread_ts": arguments.get("thread_ts")}
        self.workspace.say(channel.id, shown)
        return {"files": shared}

    def _apps_connections_open(self, _: Json) -> Json:
        if self.wss is None:
            raise Refused("not_allowed_token_type")
        return {"url": self.wss()}


NEEDS = {
    "auth.test": None,
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.scheduleMessage": "chat:write",
    "chat.deleteScheduledMessage": "chat:write",
    "chat.getPermalink": None,
    "views.open": None,
    "views.push": None,
    "views.update": None,
    "views.publish": None,
    "usergroups.list": "usergroups:read",
    "conversations.history": "channels:history",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "apps.connections.open": None,
}
"""The methods that there are, with the scope that each needs."""


def _arguments(environ: WSGIEnvironment) -> Json:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    content_type = environ.get("CONTENT_TYPE", "")
    arguments: Json = {name: values[0] for name, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
    if environ["PATH_INFO"].startswith("/upload/"):
        return {"body": body}
    if "json" in content_type:
        arguments.update(json.loads(body or b"{}"))
    else:
        arguments.update({name: values[0] for name, values in parse_qs(body.decode()).items()})
    for name in ("view", "blocks", "metadata"):
        if isinstance(arguments.get(name), str):
            arguments[name] = json.loads(arguments[name])
    return arguments


def _answer(
    start: StartResponse, status: HTTPStatus, body: Any, retry_after: float = 0, scopes: Collection[str] = ()
) -> list[bytes]:
    headers = [("Content-Type", "application/json; charset=utf-8")]
    if scopes:
        headers.append(("x-oauth-scopes", ",".join(sorted(scopes))))
    if status is HTTPStatus.TOO_MANY_REQUESTS:
        headers.append(("Retry-After", str(int(retry_after))))
    start(f"{status.value} {status.phrase}", headers)
    return [json.dumps(body).encode()]
