"""An app that sends every block and element there is, and says what it is sent: `python -m tests.browser.gallery`."""

from __future__ import annotations

import json
import signal
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from bot.sandbox.host import PARK, SUPPORT, Sandbox
from bot.sandbox.page.serving import serve
from bot.sandbox.slack.objects import Answer

Json = dict[str, Any]


def text(value: str, kind: str = "plain_text") -> Json:
    """Make a text object."""
    return {"type": kind, "text": value}


def option(name: str, description: str | None = None) -> Json:
    """Make a choice."""
    more = {"description": text(description)} if description else {}
    return {"text": text(name), "value": name.lower(), **more}


def element(kind: str, name: str, **values: Any) -> Json:
    """Make an element."""
    return {"type": kind, "action_id": name, **values}


def field(label: str, name: str, each: Json, **values: Any) -> Json:
    """Make an input block."""
    return {"type": "input", "block_id": name, "label": text(label), "element": each, **values}


COLOURS = [option("Rouge", "comme la pivoine"), option("Vert"), option("Bleu")]
CONFIRM: Json = {
    "title": text("Sûr ?"),
    "text": text("*Vraiment*", "mrkdwn"),
    "confirm": text("Oui"),
    "deny": text("Non"),
    "style": "danger",
}
LINK = {"type": "link", "url": "https://example.org/a?b=1&c=2", "text": "un lien"}
RICH: Json = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": "gras <b>", "style": {"bold": True}},
                {"type": "text", "text": " et ", "style": {"italic": True}},
                LINK,
                {"type": "user", "user_id": "U0BRUNO"},
                {"type": "color", "value": "#fff"},
            ],
        },
        {
            "type": "rich_text_list",
            "style": "ordered",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "premier"}]}],
        },
    ],
}
TABLE: Json = {
    "type": "table",
    "column_settings": [{"align": "left"}, {"align": "right"}],
    "rows": [
        [{"type": "raw_text", "text": "Type"}, {"type": "raw_text", "text": "Nombre"}],
        [{"type": "raw_text", "text": "Licence SVI"}, {"type": "raw_text", "text": "12"}],
    ],
}
MESSAGE: list[Json] = [
    {"type": "header", "text": text("Un titre")},
    {"type": "section", "text": text("*gras* <@U0BRUNO> &lt;i&gt; `code`", "mrkdwn")},
    {"type": "section", "fields": [text("Quantité\n12"), text("Reste\n3")]},
    {
        "type": "section",
        "text": text("Avec un menu"),
        "accessory": element("overflow", "more", options=[option("Modifier"), option("Effacer")]),
    },
    {"type": "divider"},
    {"type": "context", "elements": [text("Petit mot"), text("<!date^0^{date_num}|jamais>", "mrkdwn")]},
    RICH,
    TABLE,
    {
        "type": "actions",
        "elements": [
            element("button", "go", text=text("Aller"), style="primary", value="g"),
            element("button", "sure", text=text("Effacer tout"), style="danger", confirm=CONFIRM),
            element("static_select", "pick", options=COLOURS, placeholder=text("Une couleur")),
            element("datepicker", "day"),
        ],
    },
    {"type": "carousel"},
]


def form(step: str = "un") -> Json:
    """Make a modal with every field; another step begins one of them anew."""
    blocks = [
        {"type": "alert", "level": "warning", "text": text("Attention")},
        field(
            "Intitulé", "name", element("plain_text_input", "name", initial_value=step), hint=text("Un mot")
        ),
        field("Autre", f"other.{step}", element("plain_text_input", "other", initial_value=step)),
        field(
            "Commentaire",
            "long",
            element("plain_text_input", "long", multiline=True, max_length=5),
            optional=True,
        ),
        field(
            "Quantité",
            "number",
            element(
                "number_input",
                "number",
                is_decimal_allowed=False,
                min_value="1",
                max_value="9",
                initial_value="4",
            ),
        ),
        field("Couleurs", "colours", element("checkboxes", "colours", options=COLOURS), optional=True),
        field("Couleur", "colour", element("radio_buttons", "colour", options=COLOURS), optional=True),
        field("Liste", "list", element("static_select", "list", options=COLOURS), optional=True),
        field("Plusieurs", "many", element("multi_static_select", "many", options=COLOURS), optional=True),
        field("Client", "found", element("external_select", "found", min_query_length=2), optional=True),
        field(
            "Numéros",
            "several",
            element("multi_external_select", "several", min_query_length=0, max_selected_items=2),
            optional=True,
        ),
        field("Jour", "day", element("datepicker", "day"), optional=True),
        {
            "type": "actions",
            "elements": [
                element("button", "update", text=text("Mettre à jour"), value="deux"),
                element("button", "push", text=text("Empiler")),
                element("checkboxes", "tick", options=COLOURS[:1]),
            ],
        },
    ]
    title = {"type": "modal", "callback_id": "form", "title": text(f"Formulaire {step}"), "blocks": blocks}
    return {**title, "submit": text("Envoyer"), "close": text("Annuler"), "notify_on_close": True}


class Shop(Sandbox):
    """A sandbox whose app is the gallery."""

    def reset(self) -> None:
        """Forget what was said and opened."""
        self.workspace.clear()
        self.workspace.touch()


class Gallery:
    """The app: it answers as a transport does, and writes into the conversation what it was sent."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._workspace = sandbox.workspace

    def send(self, kind: str, payload: Json) -> Answer:
        """Answer a request."""
        if kind == "command":
            return self._command(payload)
        if kind == "event":
            home = {"type": "home", "blocks": [block for block in MESSAGE[:-1] if block["type"] != "table"]}
            self._workspace.publish({"user_id": payload["event"]["user"], "view": home})
            return Answer(200)
        match payload["type"]:
            case "block_suggestion":
                names = [f"{payload['value']} {number}" for number in range(3)]
                return Answer(200, {"options": [option(name) for name in names]})
            case "view_submission":
                return self._submitted(payload["view"]["state"]["values"])
            case "view_closed":
                self._say({"closed": payload["view"]["title"]["text"], "all": payload["is_cleared"]})
            case "block_actions":
                self._acted(payload, payload["actions"][0])
        return Answer(200)

    def _command(self, payload: Json) -> Answer:
        if payload["command"] == "/licence-site":
            self._workspace.open_view({"trigger_id": payload["trigger_id"], "view": form()})
        elif payload["command"] == "/licence-resilier":
            return Answer(200, {"text": "x", "blocks": [{"type": "marquee"}]})
        else:
            self._workspace.say(payload["channel_id"], {"text": "galerie", "blocks": MESSAGE})
        return Answer(200)

    def _acted(self, payload: Json, action: Json) -> None:
        view = payload.get("view", {})
        if action["action_id"] == "update":
            self._workspace.update_view({"view_id": view["id"], "view": form(action["value"])})
        elif action["action_id"] == "push":
            number = 1 + int(view["private_metadata"] or 1)
            pushed = {**form(), "title": text(f"Étage {number}"), "private_metadata": str(number)}
            self._workspace.push_view({"trigger_id": payload["trigger_id"], "view": pushed})
        else:
            kept = ("value", "selected_option", "selected_options", "selected_date")
            self._say(
                {"action": action["action_id"], **{name: action[name] for name in kept if name in action}}
            )

    def _submitted(self, values: Json) -> Answer:
        if values["name"]["name"]["value"] == "lent":
            time.sleep(1)
        if values["name"]["name"]["value"] == "faux":
            return Answer(200, {"response_action": "errors", "errors": {"name": "Ce nom est faux."}})
        self._say({"submitted": values})
        return Answer(200)

    def _say(self, content: Json) -> None:
        self._workspace.say(SUPPORT, {"text": "```" + json.dumps(content, ensure_ascii=False) + "```"})


def main() -> None:
    """Serve the gallery on the port that the command line names."""
    port = int(sys.argv[-1])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with tempfile.TemporaryDirectory() as folder:
        sandbox = Shop(PARK, Path(folder))
        sandbox.workspace.transport = Gallery(sandbox)
        try:
            serve(
                sandbox, port, show=False, ready=partial(print, f"ready: http://localhost:{port}", flush=True)
            )
        finally:
            sandbox.stop()


if __name__ == "__main__":
    main()
