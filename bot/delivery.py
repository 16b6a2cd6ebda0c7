"""The outbox worker: posts what was committed, as often as it takes (R9)."""

from __future__ import annotations

import random
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from prometheus_client import Counter
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.logs import described
from domain.errors import ParkUnavailable
from handlers import WORDS, french
from handlers.views import history as screen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from prometheus_client import CollectorRegistry
    from slack_sdk import WebClient

    from domain.operations import Operations, Recorded
    from domain.outbox import Due, Outbox

log = structlog.get_logger(__name__)

IDLE = 1.0
"""Seconds between two looks at the outbox when nobody wakes the worker."""

PACE = 1.0
"""Seconds between two messages in one conversation (docs/slack.md, Messages)."""

LONGEST_PAUSE = 600
"""Seconds between two tries at most."""

SWEEP = 60
"""Seconds between two sweeps of what time has ended."""

EVENT = "metacentrex_operation"
"""The metadata's event type, by which a message that was posted already is known again."""

NO_POSTING = {
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "no_permission",
    "restricted_action",
    "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel",
    "restricted_action_non_threadable_channel",
    "team_access_not_granted",
}
"""What Slack answers where the bot can't post: then the person is told directly."""

MESSAGE_GONE = {
    "message_not_found",
    "cant_update_message",
    "edit_window_closed",
    "channel_not_found",
    "is_inactive",
    "is_archived",
}
"""What Slack answers where there is no message left to bring up to date."""


class Delivery:
    """One worker; several, in as many processes as there are, share one outbox."""

    def __init__(
        self,
        outbox: Outbox,
        operations: Operations,
        sweeps: Mapping[str, Callable[[], int]],
        client: WebClient,
        registry: CollectorRegistry,
        pace: float = PACE,
    ) -> None:
        self._outbox = outbox
        self._operations = operations
        self._sweeps = sweeps
        self._client = client
        self._pace = pace
        self._last_post: dict[str, float] = {}
        self._woken = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)
        self._posted = Counter("metacentrex_announcements", "Announcements made", registry=registry)
        self._failed = Counter("metacentrex_announcement_failures", "Tries that failed", registry=registry)

    @property
    def is_alive(self) -> bool:
        """Whether the worker runs."""
        return self._thread.is_alive()

    def backlog(self) -> tuple[int, float]:
        """Count what is owed, and tell the age of the oldest in seconds."""
        return self._outbox.backlog()

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def wake(self) -> None:
        """Look at the outbox now."""
        self._woken.set()

    def stop(self) -> None:
        """Finish the announcement under way, and stop."""
        self._stopped.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        swept = float("-inf")
        while not self._stopped.is_set():
            try:
                if time.monotonic() - swept > SWEEP:
                    swept = time.monotonic()
                    self._sweep()
                if self.deliver_one():
                    continue
            except ParkUnavailable as error:  # busy or away: it may come back
                log.warning("outbox out of reach", error=described(error.__cause__ or error))
            except Exception:
                log.exception("delivery failed")
            self._woken.wait(IDLE)
            self._woken.clear()

    def _sweep(self) -> None:
        for what, sweep in self._sweeps.items():
            if count := sweep():
                log.info("swept", what=what, count=count)

    def deliver_one(self) -> bool:
        """Make one announcement that is due; tell whether there was one."""
        due = self._outbox.claim()
        if due is None:
            return False
        try:
            self._amend(due) if due.amends else self._announce(due)
        except SlackApiError as error:
            self._refused(due, error)
        except (SlackClientError, OSError) as error:
            self._postpone(due, _pause(due.attempts), described(error))
        return True

    def _announce(self, due: Due) -> None:
        recorded = self._operations.read(due.operation)
        channel, ts = due.posted_channel, due.posted_ts
        if not channel or not ts:
            channel, ts = self._posted_before(due) or self._post(due, recorded)
            undoable_since = recorded.at if screen.is_undoable(recorded) else None
            self._outbox.posted(due, channel, ts, undoable_since)
            self._posted.inc()
            self._link(due, recorded, channel, ts)
        if recorded.is_long:
            self._attach(due, recorded, channel, due.thread_ts or ts)
        self._outbox.done(due)
        log.info("announced", operation=due.operation, channel=channel, attempts=due.attempts)

    def _link(self, due: Due, recorded: Recorded, channel: str, ts: str) -> None:
        """Link the modal that says « C’est fait » to the message, unless the person has gone on."""
        if due.view is None:
            return
        name = screen.done_name(recorded.id, due.view)
        try:
            link = str(self._client.chat_getPermalink(channel=channel, message_ts=ts)["permalink"])
            view = screen.done(recorded, WORDS[recorded.kind], due.view, link)
            # By a name that no other view has: what the person went on to is never overwritten.
            self._client.views_update(external_id=name, view=view.to_dict())
        except (SlackClientError, OSError) as error:
            code = error.response.get("error") if isinstance(error, SlackApiError) else repr(error)
            log.info("not linked", operation=due.operation, error=code)

    def _attach(self, due: Due, recorded: Recorded, channel: str, ts: str) -> None:
        """Put the whole list into the thread; Slack takes files only where the bot is a member."""
        content = "\ufeff" + screen.file(self._operations.lines(due.operation))
        try:
            self._upload(due, content, channel, ts)
        except SlackApiError as error:
            if error.response.get("error") not in NO_POSTING or due.recipient in (None, channel):
                raise
            text = french.escape(screen.file_instead(recorded, WORDS[recorded.kind]))
            told = self._client.chat_postMessage(channel=due.recipient, text=text)
            self._upload(due, content, str(told["channel"]), str(told["ts"]))

    def _upload(self, due: Due, content: str, channel: str, ts: str) -> None:
        self._client.files_upload_v2(
            channel=channel,
            thread_ts=ts,
            filename=f"operation-{due.operation[:8]}.csv",
            title="Liste complète",
            content=content,
        )

    def _post(self, due: Due, recorded: Recorded) -> tuple[str, str]:
        channel = due.thread_channel or due.channel
        self._keep_pace(channel)
        answer = self._client.chat_postMessage(
            channel=channel,
            thread_ts=due.thread_ts,
            metadata={"event_type": EVENT, "event_payload": {"operation_id": due.operation}},
            unfurl_links=False,
            unfurl_media=False,
            **_content(recorded, undo=screen.is_undoable(recorded)),
        )
        return str(answer["channel"]), str(answer["ts"])

    def _posted_before(self, due: Due) -> tuple[str, str] | None:
        """Find the message of an earlier try whose answer was lost, where Slack lets it be seen."""
        if due.attempts == 1:
            return None
        try:
            history = self._client.conversations_history(
                channel=due.channel,
                oldest=str(due.owed_since.timestamp()),
                include_all_metadata=True,
                limit=200,
            )
        except SlackApiError:  # the scope is optional: without it a repeat can't be told
            return None
        for message in history["messages"]:
            metadata = message.get("metadata", {})
            if metadata.get("event_payload", {}).get("operation_id") == due.operation:
                return due.channel, str(message["ts"])
        return None

    def _amend(self, due: Due) -> None:
        if due.amended_channel and due.amended_ts and due.amends:
            recorded = self._operations.read(due.amends)
            self._keep_pace(due.amended_channel)
            content = _content(recorded, undo=due.amends_undoable and screen.is_undoable(recorded))
            self._client.chat_update(channel=due.amended_channel, ts=due.amended_ts, **content)
        elif not due.amended_done:  # it is being posted: with its button, perhaps
            self._outbox.postpone(due, timedelta(seconds=2), "the message is not posted yet")
            return
        self._outbox.done(due)

    def _refused(self, due: Due, error: SlackApiError) -> None:
        code = str(error.response.get("error"))
        if error.response.status_code == 429:  # noqa: PLR2004
            pause = timedelta(seconds=int(error.response.headers.get("Retry-After", 1)))
            self._postpone(due, pause, "ratelimited")
        elif due.amends and code in MESSAGE_GONE:
            self._outbox.done(due)
        elif code in NO_POSTING and due.recipient not in (None, due.channel) and not due.posted_ts:
            log.info("announced to the person instead", operation=due.operation, error=code)
            self._outbox.redirect(due)
        else:
            self._postpone(due, _pause(due.attempts), code)

    def _postpone(self, due: Due, pause: timedelta, error: str) -> None:
        self._failed.inc()
        log.warning(
            "announcement postponed",
            operation=due.operation,
            error=error,
            seconds=pause.total_seconds(),
            attempts=due.attempts,
        )
        self._outbox.postpone(due, pause, error)

    def _keep_pace(self, channel: str) -> None:
        wait = self._last_post.get(channel, float("-inf")) + self._pace - time.monotonic()
        if wait > 0:
            self._stopped.wait(wait)
        self._last_post[channel] = time.monotonic()


def _content(recorded: Recorded, *, undo: bool) -> dict[str, Any]:
    words = WORDS[recorded.kind]
    return {
        "text": french.escape(words.headline(recorded)),
        "blocks": [block.to_dict() for block in screen.message(recorded, words, undo=undo)],
    }


def _pause(attempts: int) -> timedelta:
    return timedelta(seconds=min(LONGEST_PAUSE, 2**attempts) * random.uniform(0.5, 1))  # noqa: S311
