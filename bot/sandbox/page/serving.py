"""The page, served: what every tab loads, files to download, and a tab for whoever comes."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import HTTPException
from fastapi.responses import PlainTextResponse, RedirectResponse
from nicegui import app, ui

from bot.sandbox.page.tab import Tab

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import Response

    from bot.sandbox.host import Sandbox

_HERE = Path(__file__).parent


def serve(sandbox: Sandbox, port: int, *, show: bool, ready: Callable[[], None]) -> None:
    """Serve the page until the process is told to stop."""
    ui.add_css(_HERE / "style.css", shared=True)
    for script in ("focus.js", "composer.js"):
        ui.add_body_html(f"<script>{(_HERE / script).read_text()}</script>", shared=True)

    @app.get("/files/{name}")
    def file(name: str) -> Response:
        known = sandbox.workspace.files.get(name, {})
        if "content" not in known:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return PlainTextResponse(known["content"], media_type="text/csv; charset=utf-8")

    @app.get("/archives/{channel}/{message}")
    def archives(channel: str, message: str) -> Response:  # noqa: ARG001
        return RedirectResponse("/")  # the page begins with the conversation that the demonstration uses

    sandbox.workspace.page = f"http://localhost:{port}"
    app.on_startup(ready)
    ui.run(
        partial(Tab, sandbox),
        host="127.0.0.1",
        port=port,
        title="MetaCentrex · bac à sable",
        language="fr",
        dark=None,
        show=show,
        reload=False,
        tailwind=False,
        favicon="☎️",
        show_welcome_message=False,
        binding_refresh_interval=None,
        timeout_graceful_shutdown=1,
    )
