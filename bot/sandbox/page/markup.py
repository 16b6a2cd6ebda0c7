"""Slack's texts as HTML: plain text, mrkdwn, rich text. Whatever they hold, only tags of ours come out."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from babel.dates import format_date, format_time, format_timedelta

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.sandbox.slack.objects import Json

LOCALE = "fr_FR"

_CODE_OR_TOKEN = re.compile(r"```(?P<pre>.+?)```|`(?P<code>[^`\n]+)`|<(?P<token>[^<>\n]+)>", re.DOTALL)
_DATE = re.compile(r"!date\^([0-9]{1,11})\^([^^]+)")
_STYLES = {"b": r"\*", "i": "_", "s": "~"}
_HOLD = "\ue000{}\ue001"
_HELD = re.compile("\ue000(\\d+)\ue001")


def text(value: Json, names: Mapping[str, str]) -> str:
    """A text object; `names` are what people and conversations are called, by their ids."""
    return mrkdwn(value["text"], names) if value["type"] == "mrkdwn" else plain(value["text"])


def plain(value: str) -> str:
    """Text in which nothing is markup."""
    return html.escape(value).replace("\n", "<br>")


def mrkdwn(value: str, names: Mapping[str, str]) -> str:
    """Slack's mrkdwn: escapes, emphasis, code, quotes, links, mentions, dates."""
    held: list[str] = []

    def hold(found: re.Match[str]) -> str:
        if found["token"]:
            held.append(_token(found["token"], names))
        else:
            tag = "pre" if found["pre"] else "code"
            held.append(f"<{tag}>{_escaped(found['pre'] or found['code'])}</{tag}>")
        return _HOLD.format(len(held) - 1)

    free = value.replace("\ue000", "").replace("\ue001", "")
    shown = _escaped(_CODE_OR_TOKEN.sub(hold, free))
    for tag, mark in _STYLES.items():
        pattern = rf"(?<![\w{mark}]){mark}(?=\S)([^{mark}\n]+?)(?<=\S){mark}(?![\w{mark}])"
        shown = re.sub(pattern, rf"<{tag}>\1</{tag}>", shown)
    shown = re.sub(r"(?m)^&gt; ?(.*)$\n?", r"<blockquote>\1</blockquote>", shown)
    return _HELD.sub(lambda found: held[int(found[1])], shown.replace("\n", "<br>"))


def _escaped(value: str) -> str:
    return html.escape(value.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def _token(token: str, names: Mapping[str, str]) -> str:
    target, _, label = token.partition("|")
    if target.startswith(("@", "#")):
        return _mention(target[0] + names.get(target[1:], label or target[1:]))
    if date := _DATE.match(target):
        return html.escape(moment(int(date[1]), date[2]))
    if target.startswith("!date"):
        return html.escape(label)
    if target.startswith("!"):
        return _mention("@" + target[1:].partition("^")[0])
    return _link(target, label or target)


def _mention(name: str) -> str:
    return f'<span class="mention">{html.escape(name)}</span>'


def _link(target: str, label: str) -> str:
    if not target.startswith(("http://", "https://", "mailto:")):
        return html.escape(label)
    return f'<a href="{html.escape(target)}" target="_blank" rel="noreferrer">{html.escape(label)}</a>'


def moment(unix: float, pattern: str) -> str:
    """Slack's `<!date>`, in this machine's time zone, which is the reader's."""
    at = datetime.fromtimestamp(unix, UTC).astimezone()
    today = datetime.now(UTC).astimezone().date()
    near = {0: "aujourd’hui", -1: "hier", 1: "demain"}.get((at.date() - today) // timedelta(days=1))
    forms: Mapping[str, Callable[[], str]] = {
        "date_num": lambda: format_date(at, "yyyy-MM-dd", LOCALE),
        "date_short": lambda: format_date(at, "d MMM yyyy", LOCALE),
        "date_long": lambda: format_date(at, "EEEE d MMMM yyyy", LOCALE),
        "date": lambda: format_date(at, "d MMMM yyyy", LOCALE),
        "date_slash": lambda: format_date(at, "dd/MM/yyyy", LOCALE),
        "time_secs": lambda: format_time(at, "HH:mm:ss", tzinfo=at.tzinfo, locale=LOCALE),
        "time": lambda: format_time(at, "HH:mm", tzinfo=at.tzinfo, locale=LOCALE),
        "ago": lambda: format_timedelta(at - datetime.now(UTC), add_direction=True, locale=LOCALE),
    }

    def fill(found: re.Match[str]) -> str:
        name = found[1]
        if name.endswith("_pretty"):
            name = name.removesuffix("_pretty")
            if near:
                return near
        return forms[name]() if name in forms else found[0]

    return re.sub(r"\{(\w+)\}", fill, pattern)


def rich_text(block: Json, names: Mapping[str, str]) -> str:
    """A rich text block."""
    return "".join(_rich(each, names) for each in block["elements"])


def _rich(element: Json, names: Mapping[str, str]) -> str:
    parts = element.get("elements", [])
    match element["type"]:
        case "rich_text_section":
            return f"<p>{_parts(parts, names)}</p>"
        case "rich_text_list":
            tag = "ol" if element.get("style") == "ordered" else "ul"
            items = "".join(f"<li>{_parts(each['elements'], names)}</li>" for each in parts)
            return f'<{tag} class="indent-{element.get("indent", 0)}">{items}</{tag}>'
        case "rich_text_quote":
            return f"<blockquote>{_parts(parts, names)}</blockquote>"
        case "rich_text_preformatted":
            return f"<pre>{_parts(parts, names)}</pre>"
        case kind:
            return gap(kind)


def _parts(parts: list[Json], names: Mapping[str, str]) -> str:
    return "".join(_part(each, names) for each in parts)


_TAGS = {"bold": "b", "italic": "i", "strike": "s", "code": "code", "underline": "u"}


def _part(part: Json, names: Mapping[str, str]) -> str:
    match part["type"]:
        case "text":
            shown = plain(part["text"])
        case "link":
            shown = _link(str(part["url"]), str(part.get("text", part["url"])))
        case "user":
            shown = _mention("@" + names.get(part["user_id"], part["user_id"]))
        case "channel":
            shown = _mention("#" + names.get(part["channel_id"], part["channel_id"]))
        case "usergroup":
            shown = _mention("@" + part["usergroup_id"])
        case "broadcast":
            shown = _mention("@" + part["range"])
        case "date":
            shown = html.escape(moment(part["timestamp"], part["format"]))
        case kind:
            shown = gap(kind)
    style: dict[str, Any] = part.get("style", {})
    for name, tag in _TAGS.items():
        if style.get(name):
            shown = f"<{tag}>{shown}</{tag}>"
    return shown


def gap(kind: str) -> str:
    """What stands where something can't be drawn."""
    return f'<span class="gap">Le bac à sable ne sait pas dessiner «\u00a0{html.escape(kind)}\u00a0»</span>'
