"""The command line `metacentrex`."""

from __future__ import annotations

import signal
import socket
import sys
import tempfile
import threading
from importlib import metadata
from pathlib import Path
from typing import Annotated

import structlog
import typer

from bot import checking, logs, opening, portal, trying
from bot.app import POST_TIMEOUT, Bot, build_app, slack_client
from bot.opening import database, fail, migrated, prepare
from bot.server import Server
from bot.settings import Settings, SettingsInvalid, read_settings
from bot.socket import NOT_OPENED, Socket
from bot.web import Web
from domain.database import TablesUnknown, tables_version
from domain.errors import ParkUnavailable
from domain.exporting import export_park
from domain.parkfiles import FilesRefused

cli = typer.Typer(
    name="metacentrex",
    invoke_without_command=True,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
cli.add_typer(trying.webhook, name="webhook")
VERDICTS = {True: "ok", False: "missing", None: "note"}

log = structlog.get_logger(__name__)


def main() -> None:
    """Run the command line."""
    try:
        cli()
    except SettingsInvalid as error:
        fail(*error.faults)
    except ParkUnavailable as error:
        fail(f"DATABASE_URL: the database can't be used: {checking.why(error)}")
    except TablesUnknown as error:
        fail(f"DATABASE_URL: {checking.newer(error)}")


@cli.callback()
def program(
    *, version: Annotated[bool, typer.Option("--version", help="tell the program's and its tables'")] = False
) -> None:
    """A Slack bot that changes the address of MetaCentrex licences and terminates licences."""
    if version:
        program_version = metadata.version("metacentrex-licence-bot")
        typer.echo(f"metacentrex {program_version}, tables {tables_version()}")
        raise typer.Exit


@cli.command()
def run() -> None:
    """Serve Slack: through Socket Mode if SLACK_APP_TOKEN is set, else over HTTP on PORT."""
    settings = read_settings(Settings)
    logs.configure(settings.log_level, settings.log_format)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    bot = build_app(settings)
    prepare(bot.database)
    _serve(settings, bot, stop)


def _serve(settings: Settings, bot: Bot, stop: threading.Event) -> None:
    """Serve until `stop`; then take no more work, finish what runs, and close."""
    socket = None
    if settings.slack_app_token:
        token = settings.slack_app_token.get_secret_value()
        socket = Socket(bot, slack_client(settings, POST_TIMEOUT), token)
    try:
        server = Server(Web(bot, socket), "0.0.0.0", settings.port)  # noqa: S104
    except OSError as error:
        fail(f"PORT: {settings.port} can't be opened: {error}")
    bot.start()
    serving = threading.Thread(target=server.serve, name="http")
    serving.start()
    try:
        if socket:
            socket.connect()
        log.info("ready", mode="socket" if socket else "http", port=server.port)
        stop.wait()
    except NOT_OPENED as error:
        stop.set()
        fail(f"SLACK_APP_TOKEN: Slack opens no Socket Mode connection: {checking.why(error)}")
    finally:
        if socket:
            socket.close()
        server.stop()
        serving.join()
        bot.stop()
        log.info("stopped")


portal.register(cli)


@cli.command()
def export(directory: Annotated[Path, typer.Argument(help="where the five CSV files go")]) -> None:
    """Write the park as five CSV files."""
    try:
        export_park(migrated(), directory)
    except OSError as error:
        fail(f"{directory}: can't be written: {error.strerror}")


@cli.command()
def migrate() -> None:
    """Bring the database up to this version."""
    opening.migrate(database())


@cli.command()
def check() -> None:
    """Tell a new operator what is missing."""
    settings = read_settings(Settings)
    logs.configure(settings.log_level, settings.log_format)
    findings = checking.check(settings)
    for finding in findings:
        typer.echo(f"{VERDICTS[finding.is_good]:<7}  {finding.text}")
    if any(finding.is_good is False for finding in findings):
        raise SystemExit(2)


@cli.command()
def sandbox(
    park: Annotated[Path | None, typer.Option(help="another park: a directory of the five CSV files")] = None,
    port: Annotated[int, typer.Option(min=1, max=65535)] = 3000,
    open_: Annotated[bool, typer.Option("--open/--no-open", help="open the browser")] = True,  # noqa: FBT002
) -> None:
    """Serve a Slack workspace in the browser with the real bot in it, on a park of its own."""
    try:
        from bot.sandbox import host  # noqa: PLC0415 - a bot in production has no sandbox
        from bot.sandbox.page.serving import serve  # noqa: PLC0415
        from bot.sandbox.process import BotFailed  # noqa: PLC0415
    except ModuleNotFoundError as error:
        fail(f"the sandbox needs {error.name}, which only requirements-dev.txt has; make demo installs it")
    logs.configure("WARNING", "console")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))  # so that the bot is stopped and its park removed
    _need_free(port)
    with tempfile.TemporaryDirectory(prefix="metacentrex-") as folder:
        try:
            box = host.Sandbox(park or host.PARK, Path(folder))
        except FilesRefused as error:
            fail(*portal.told(error), "--park: nothing was read")
        try:
            box.start()
            serve(box, port, show=open_, ready=lambda: typer.echo(f"ready: http://localhost:{port}"))
        except BotFailed as error:
            fail(f"the bot did not start: {error}")
        finally:
            box.stop()


def _need_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            fail(f"--port: {port} can't be opened: {error.strerror}; name another one")


if __name__ == "__main__":
    main()
