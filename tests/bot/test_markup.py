"""Slack's texts as HTML: what they mean, and that nothing of theirs becomes a tag."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.sandbox.page import markup

NAMES = {"U1": "Anna <b>", "C1": "support"}

MRKDWN = [
    ("*gras* _italique_ ~barré~", "<b>gras</b> <i>italique</i> <s>barré</s>"),
    ("2 * 3 * 4, a_b_c", "2 * 3 * 4, a_b_c"),
    ("`a *b*`", "<code>a *b*</code>"),
    ("```\n<@U1>```", "<pre>\n&lt;@U1&gt;</pre>"),
    ("&lt;b&gt; &amp;amp;", "&lt;b&gt; &amp;amp;"),
    ("<@U1>", '<span class="mention">@Anna &lt;b&gt;</span>'),
    ("<#C1|autre>", '<span class="mention">#support</span>'),
    ("<@U9|neuf>", '<span class="mention">@neuf</span>'),
    ("<!here>", '<span class="mention">@here</span>'),
    ("<https://a.fr/?x=1|ici>", '<a href="https://a.fr/?x=1" target="_blank" rel="noreferrer">ici</a>'),
    ("<javascript:alert(1)|ici>", "ici"),
    ("&gt; cité\nsuite", "<blockquote>cité</blockquote>suite"),
    ("un\ndeux", "un<br>deux"),
    ("*<@U1>*", '<b><span class="mention">@Anna &lt;b&gt;</span></b>'),
]


@pytest.mark.parametrize(("text", "shown"), MRKDWN)
def test_mrkdwn(text: str, shown: str) -> None:
    """Escapes, emphasis, code, quotes, links, mentions."""
    assert markup.mrkdwn(text, NAMES) == shown


def test_plain_text_has_no_markup() -> None:
    """Only its lines."""
    assert (
        markup.text({"type": "plain_text", "text": "*a* &amp; <b>\nc"}, {}) == "*a* &amp;amp; &lt;b&gt;<br>c"
    )


DATES = [
    ("{date_num}", r"2026-03-09"),
    ("{date}", r"9 mars 2026"),
    ("{date_short_pretty} à {time}", r"9 mars 2026 à \d\d:\d\d"),
    ("{date_long}", r"lundi 9 mars 2026"),
    ("{date_slash} {time_secs}", r"09/03/2026 \d\d:\d\d:\d\d"),
    ("{unknown}", r"\{unknown\}"),
]


@pytest.mark.parametrize(("pattern", "shown"), DATES)
def test_a_date_is_shown_in_french(pattern: str, shown: str) -> None:
    """In each of Slack's forms."""
    noon = datetime(2026, 3, 9, 12, tzinfo=UTC).timestamp()
    assert re.fullmatch(shown, markup.mrkdwn(f"<!date^{noon:.0f}^{pattern}|jamais>", {}))


@pytest.mark.parametrize(("days", "shown"), [(0, "aujourd’hui"), (-1, "hier"), (1, "demain")])
def test_a_pretty_date_says_today(days: int, shown: str) -> None:
    """And yesterday, and tomorrow."""
    assert markup.moment(time.time() + days * 86_400, "{date_pretty}") == shown


def test_how_long_ago() -> None:
    """In words."""
    assert markup.moment(time.time() - 7_300, "{ago}") == "il y a 2 heures"


def section(*parts: dict[str, Any]) -> dict[str, Any]:
    """Make a rich text with one paragraph."""
    return {"elements": [{"type": "rich_text_section", "elements": list(parts)}]}


RICH = [
    ({"type": "text", "text": "<a>", "style": {"bold": True, "italic": True}}, "<i><b>&lt;a&gt;</b></i>"),
    ({"type": "user", "user_id": "U1"}, '<span class="mention">@Anna &lt;b&gt;</span>'),
    ({"type": "channel", "channel_id": "C1"}, '<span class="mention">#support</span>'),
    ({"type": "usergroup", "usergroup_id": "S1"}, '<span class="mention">@S1</span>'),
    ({"type": "broadcast", "range": "here"}, '<span class="mention">@here</span>'),
    ({"type": "date", "timestamp": 0, "format": "{date_num}"}, "1970-01-01"),
]


@pytest.mark.parametrize(("part", "shown"), RICH)
def test_rich_text(part: dict[str, Any], shown: str) -> None:
    """Each part with its style."""
    assert markup.rich_text(section(part), NAMES) == f"<p>{shown}</p>"


def test_the_frames_of_rich_text() -> None:
    """List, quote, preformatted; what is unknown is a gap."""
    inner = [{"type": "text", "text": "x"}]
    item = {"type": "rich_text_section", "elements": inner}
    block = {
        "elements": [
            {"type": "rich_text_list", "style": "bullet", "indent": 1, "elements": [item]},
            {"type": "rich_text_quote", "elements": inner},
            {"type": "rich_text_preformatted", "elements": inner},
            {"type": "rich_text_poem", "elements": inner},
        ]
    }
    shown = markup.rich_text(block, {})
    assert shown.startswith('<ul class="indent-1"><li>x</li></ul><blockquote>x</blockquote><pre>x</pre>')
    assert "rich_text_poem" in shown


class Tags(HTMLParser):
    """Collects the tags of a text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag and the names of its attributes."""
        self.found.add(tag)
        assert {name for name, _ in attrs} <= {"class", "href", "target", "rel"}


@pytest.mark.rule("R13")
@given(st.text(st.sampled_from("<>&;|!@#^*_~`\n\"'/:ax0\ue000\ue001 "), max_size=40))
@example("<!date^x^{date}|y>")
@example("<!date^99999999999999999999^{date}|y>")
def test_r13_no_text_becomes_a_tag_of_its_own(text: str) -> None:
    """Whatever is in it."""
    tags = Tags()
    tags.feed(markup.mrkdwn(text, NAMES))
    assert tags.found <= {"b", "i", "s", "code", "pre", "span", "a", "br", "blockquote"}
