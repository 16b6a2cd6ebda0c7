"""Logs: English events with ids, for a person or as JSON; never a payload, a row's value or a secret."""

from __future__ import annotations

import errno
import logging
import traceback
from typing import TYPE_CHECKING

import structlog
from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from types import TracebackType

    ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def configure(level: str, form: str) -> None:
    """Send everything that is logged, ours and the libraries', to standard error in one form."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    last: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.ExceptionRenderer(told),
                last,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # At DEBUG the SDK logs every payload, which is not for a log.
    for library in ("slack_sdk", "websockets", "alembic", "sqlalchemy"):
        logging.getLogger(library).setLevel(logging.WARNING)
    # A line for each request that waits for a thread would be all that a busy hour leaves.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


def told(exc_info: ExcInfo) -> str:
    """Write an exception, and those that led to it, as types and places: their messages hold values."""
    _, error, _ = exc_info
    lines = []
    for each in _chain(error):
        frames = traceback.extract_tb(each.__traceback__)
        lines += [
            described(each),
            *(f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames),
        ]
    return "\n".join(lines)


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in found:
        found.append(following)
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
    return found


def described(error: BaseException) -> str:
    """Name an error by its type, and by what is known of it that holds no value of anybody's."""
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    match error:
        case DBAPIError(orig=cause):
            diagnosis = getattr(cause, "diag", None)
            known = [
                type(cause).__name__,
                getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None),
                getattr(diagnosis, "constraint_name", None),
            ]
        case SlackApiError(response=answer):
            known = [answer.get("error")]
        case OSError(errno=int(number)):
            known = [errno.errorcode.get(number)]
        case _:
            known = []
    return " ".join([name, *(str(each) for each in known if each)])
