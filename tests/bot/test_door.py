"""Rule R14 at the network's edge: the signature first, then the form, one line in the log and no values in it."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from slack_sdk.signature import SignatureVerifier

from bot.app import hooks_of
from bot.sandbox.slack.transports import SignedHttp
from bot.sandbox.stage import SIGNING_SECRET
from handlers.payloads import HOOKS
from tests.conftest import AGENT, SUPPORT
from tests.handlers.words import plain

if TYPE_CHECKING:
    from bot.sandbox.stage import Stage
    from tests.conftest import Log

pytestmark = pytest.mark.rule("R14")

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
SECRET = "Dupont 0612345678"
CLICK: dict[str, Any] = {
    "type": "block_actions",
    "user": {"id": AGENT, "name": SECRET},
    "trigger_id": "1.2.abc",
    "actions": [{"action_id": "moving.next", "value": SECRET}],
    "view": {"id": "V1", "type": "modal", "callback_id": "moving.licences", "private_metadata": SECRET},
}
NESTED = "[" * 20_000 + "]" * 20_000


def post(
    stage: Stage,
    body: str,
    content_type: str = FORM,
    headers: dict[str, str] | None = None,
    *,
    signed: bool = True,
) -> tuple[int, str]:
    """Post anything; `headers` take the place of the right ones."""
    transport = stage.workspace.transport
    assert isinstance(transport, SignedHttp)
    moment = str(int(stage.bot.clock().timestamp()))
    own = {"Content-Type": content_type, "X-Slack-Request-Timestamp": moment}
    if signed:
        signer = SignatureVerifier(SIGNING_SECRET)
        own["X-Slack-Signature"] = signer.generate_signature(timestamp=moment, body=body) or ""
    own |= headers or {}
    connection = HTTPConnection(transport.url.hostname or "", transport.url.port, timeout=30)
    connection.request("POST", "/slack/events", body.encode(errors="surrogateescape"), own)
    answer = connection.getresponse()
    read = answer.read().decode()
    connection.close()
    return answer.status, read


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("payload=null", FORM),
        ("payload=[]", FORM),
        ("payload={", FORM),
        ("", FORM),
        ("[]", JSON),
        (NESTED, JSON),
        ("payload=" + NESTED, FORM),
        ('{"type": "url_verification", "challenge": "x"}', JSON),
        ("ssl_check=1&" + "a" * 1_000, FORM),
        ("a", "text/plain\xff"),
    ],
)
def test_r14_what_is_not_signed_is_turned_away_before_anything_is_read(
    stage: Stage, log: Log, body: str, content_type: str
) -> None:
    """Whatever it is: 401, and one line."""
    assert post(stage, body, content_type, signed=False)[0] == 401
    assert [(each["level"], each["event"]) for each in log.lines] == [("warning", "not signed")]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Slack-Request-Timestamp": "abc"},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Request-Timestamp": "-1"},
        {"X-Slack-Request-Timestamp": "9" * 400},
        {"X-Slack-Request-Timestamp": "1e400"},
        {"X-Slack-Request-Timestamp": "١٧٩٥٤٢٣٦٠٠".encode().decode("latin-1")},
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": "v0=" + "é" * 64},
    ],
)
def test_r14_a_signature_of_no_such_form_is_none(stage: Stage, log: Log, headers: dict[str, str]) -> None:
    """The verifier is not asked what it would fail on."""
    assert post(stage, "command=%2Flicence-aide", headers=headers)[0] == 401
    assert [each["event"] for each in log.lines] == ["not signed"]


def test_r14_a_body_that_is_no_text_is_signed_by_nobody(stage: Stage, log: Log) -> None:
    """The verifier, which reads it as text, would fail on it: a traceback for anybody who asks."""
    assert post(stage, "\udcff", headers={"X-Slack-Signature": "v0=" + "0" * 64}, signed=False)[0] == 401
    assert [each["event"] for each in log.lines] == ["not signed"]


@pytest.mark.parametrize(
    ("body", "content_type", "path"),
    [
        ("payload=null", FORM, ""),
        ("payload=[]", FORM, ""),
        ("payload={", FORM, "body"),
        ("payload=" + NESTED, FORM, "body"),
        ("[]", JSON, ""),
        (NESTED, JSON, "body"),
        ("9" * 5_000, JSON, "body"),
        ("{}", "text/plain", "body"),
        ("a=%ff", FORM, "body"),
        ("&".join(f"a{index}=" for index in range(201)), FORM, "body"),
        ("user_id=" + AGENT, FORM, "command"),
    ],
)
def test_r14_what_is_signed_and_can_not_be_read_is_malformed(
    stage: Stage, log: Log, body: str, content_type: str, path: str
) -> None:
    """400, and one line with the place that is at fault."""
    assert post(stage, body, content_type)[0] == 400
    assert [(each["event"], each["path"]) for each in log.lines] == [("malformed", path)]


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"user": None}, "user"),
        ({"user": AGENT}, "user"),
        ({"user": {"id": 7}}, "user.id"),
        ({"user": {}}, "user.id"),
        ({"view": "V1"}, "view"),
        ({"view": {**CLICK["view"], "type": 7}}, "view.type"),
        ({"view": {**CLICK["view"], "callback_id": 7}}, "view.callback_id"),
        ({"actions": None}, "actions.0.action_id"),
        ({"actions": "moving.next"}, "actions"),
        ({"actions": [{"action_id": {SECRET: SECRET}}]}, "actions.action_id"),
        ({"type": "view_submission", "view": None}, "view"),
        ({"type": "shortcut", "callback_id": 7}, "callback_id"),
    ],
)
def test_r14_a_payload_of_another_form_is_malformed(
    stage: Stage, log: Log, changed: dict[str, Any], path: str
) -> None:
    """One line with the path, without a traceback, and without anything that was sent."""
    assert post(stage, urlencode({"payload": json.dumps({**CLICK, **changed})}))[0] == 400
    (line,) = log.lines
    assert (line["event"], line["path"]) == ("malformed", path)
    assert "exception" not in line
    assert not [part for part in SECRET.split() if part in str(line)]


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "interactive_message", "actions": [{"name": "old", "value": "1"}], "callback_id": "c"},
        {"type": "dialog_submission", "submission": {}, "callback_id": "c"},
        {"type": "dialog_suggestion", "name": "n", "callback_id": "c"},
        {"type": "workflow_step_edit", "callback_id": "c"},
        {"type": "of_tomorrow"},
    ],
)
def test_r14_legacy_and_later_payloads_are_acknowledged(stage: Stage, payload: dict[str, Any]) -> None:
    """Nobody waits for more, and Slack need not send them again."""
    assert post(stage, urlencode({"payload": json.dumps({**payload, "user": {"id": AGENT}})})) == (200, "")


def test_r14_a_home_tab_without_its_name_is_acknowledged(stage: Stage) -> None:
    """As any event that opens no tab of ours."""
    event = {"type": "app_home_opened", "user": AGENT, "channel": "D1"}
    assert post(stage, json.dumps({"type": "event_callback", "event": event}), JSON)[0] == 200
    assert stage.actor(AGENT).home == ""


def test_r14_slacks_check_of_the_address_is_answered(stage: Stage) -> None:
    """Signed, with its challenge."""
    body = json.dumps({"type": "url_verification", "challenge": "x"})
    assert post(stage, body, JSON) == (200, '{"challenge": "x"}')
    assert post(stage, "token=x&ssl_check=1", signed=False)[0] == 200


@pytest.mark.parametrize(
    "url", ["http://[", "http://a:b/", "https://%00/", "http://127.0.0.1:1/", "https://hooks.slack.com/1"]
)
def test_r14_an_answer_goes_nowhere_but_to_slack(stage: Stage, log: Log, url: str) -> None:
    """Here the Slack that is played: nothing else is asked, whoever signed it."""
    clicked = {"type": "block_actions", "user": {"id": AGENT}, "actions": [{"action_id": "abandon"}]}
    assert post(stage, urlencode({"payload": json.dumps({**clicked, "response_url": url})}))[0] == 400
    assert [(each["event"], each["path"]) for each in log.lines] == [("malformed", "response_url")]


def test_r14_slacks_own_answers_go_to_slacks_hosts_alone() -> None:
    """Wherever its Web API is: the one that plays Slack takes them at its own address."""
    assert hooks_of("https://slack.com/api/") is hooks_of("https://slack-gov.com/api/") is HOOKS


def test_r14_a_token_in_the_body_does_not_replace_the_bots(stage: Stage) -> None:
    """A workflow's function brings one: Slack would refuse to open a modal with it."""
    agent = stage.actor(AGENT)
    function = {"bot_access_token": "xwfp-of-a-workflow", "function_data": {"execution_id": "Fx1"}}
    agent._interact({"type": "shortcut", "callback_id": "changer_adresse", **function})
    assert "== Changer l’adresse ==" in agent.screen


def test_r14_an_incidents_log_holds_types_and_places_alone(stage: Stage, log: Log) -> None:
    """No statement, no parameter, no text of anybody's."""
    with stage.bot.database.writing() as session:
        session.connection().exec_driver_sql("ALTER TABLE service_words RENAME TO gone")
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", SECRET)
    (line,) = [each for each in log.lines if each["event"] == "incident"]
    assert f"signalez l’incident {line['incident']}" in plain(agent.conversation(SUPPORT))
    assert "searching.py" in line["exception"]
    assert not [part for part in (*SECRET.split(), "SELECT", "33612345678") if part in str(line)]


@pytest.mark.parametrize("form", ["json", "console"])
def test_r14_no_level_of_the_log_holds_what_people_type_or_are_shown(
    stage: Stage, log: Log, form: str
) -> None:
    """Nor a token."""
    log.configure("DEBUG", form)
    agent = stage.actor(AGENT)
    agent.command(SUPPORT, "/licence-site", "FPC367128 vers Entrepôt Nord")
    agent.click("Valider", channel=SUPPORT)
    agent.command(SUPPORT, "/licence-site", SECRET)
    agent.search("Service", "provence")
    stage.settle()
    stage.bot.delivery.stop()  # it logs after the announcement is on record
    assert "announced" in log.text
    parts = (*SECRET.split(), "FPC367128", "0006", "Entrep", "provence", "Provence", stage.workspace.token)
    assert not [part for part in parts if part in log.text]
