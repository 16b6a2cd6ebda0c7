"""One person through the real listeners, in any sequence: what was told as done is done, and the reverse (R7)."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from bot.sandbox.slack.blocktext import read, text_of
from bot.sandbox.slack.inputs import elements
from bot.sandbox.slack.screen import CantDo
from domain.database import Database
from domain.errors import DomainError
from domain.tables import Operation
from domain.values import OperationId, OperationKind
from handlers import WORDS
from tests.conftest import AGENT, PATIENT, SUPPORT, Clock, close_stage, open_stage, services_on
from tests.domain.acts import COLLEAGUE, dissociate, move
from tests.domain.portal import portal_changes
from tests.domain.test_machine import look, replay

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Databases

REFERENCES = [f"FPC36712{digit}" for digit in (0, 1, 2, 3, 6, 7, 8, 9)]
SITES = ["Siège Social", "Entrepôt Nord"]
BUTTONS = ["Valider", "Confirmer la résiliation", "Abandonner", "Ouvrir le formulaire", "Dissocier un numéro"]
DONE = "== C’est fait =="


def _machine(databases: Databases, kind: str) -> type[RuleBasedStateMachine]:
    """Make a machine for one kind of database; each of its runs begins with a fresh park and an empty Slack."""

    class Machine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            url = databases.new(kind, "park")
            self.database = Database(url, wait=PATIENT)
            self.clock = Clock()
            self.services = services_on(self.database, self.clock)
            self.stage = open_stage(url, self.clock)
            self.agent = self.stage.actor(AGENT)
            for number in ("04 91 00 00 03", "04 91 00 00 05"):  # so that three types have one to terminate
                dissociate(self.services, number, COLLEAGUE)
            self.led_to: dict[str, str] = {}
            """Which operation each confirmation led to, by what the person sent."""
            self.known = self.record()
            with self.database.reading() as session:
                self.expected = look(session)

        def record(self) -> frozenset[str]:
            """Name all operations."""
            with self.database.reading() as session:
                return frozenset(session.scalars(select(Operation.id)))

        def seen(self) -> str:
            """Read all that the person alone has in front of them."""
            said = [read(each["blocks"]) for each in self.agent.messages(SUPPORT) if each["only_for"]]
            return "\n".join([self.agent.screen, *said])

        def act(self, act: Callable[[], object]) -> None:
            """Act; every new operation must be told at once, and « C’est fait » must mean an operation."""
            self.clock.pass_(seconds=1)
            before, was_done = self.record(), DONE in self.agent.screen
            try:
                act()
            except CantDo:
                return
            new = self.record() - before
            assert len(new) <= 1
            assert not self.agent.troubles
            sent = _sent(self.agent.last)
            for operation in new:
                self.led_to[sent] = operation
                assert self.headline(operation) in self.told()
            if DONE in self.agent.screen and not new and not was_done:
                assert self.headline(self.led_to[sent]) in self.agent.screen

        def told(self) -> str:
            """Read what the person is told: at once in a modal, by the confirmation in the conversation."""
            if self.agent.last.get("view"):
                return self.seen()
            self.stage.settle()
            return self.agent.conversation(SUPPORT)

        def headline(self, operation: str) -> str:
            """Say what an operation did, as it is told."""
            done = self.services.operations.read(OperationId(operation))
            return WORDS[done.kind].headline(done)

        # The person

        @rule(text=st.sampled_from(["provence", "provence", "FPC367126 FPC367128"]))
        def terminate(self, text: str) -> None:
            self.act(lambda: self.agent.command(SUPPORT, "/licence-resilier", text))

        @rule(reference=st.sampled_from(REFERENCES), site=st.sampled_from([*SITES, "Nulle part"]))
        def move(self, reference: str, site: str) -> None:
            self.act(lambda: self.agent.command(SUPPORT, "/licence-site", f"{reference} vers {site}"))

        @rule(digit=st.integers(1, 8))
        def dissociate(self, digit: int) -> None:
            self.act(lambda: self.agent.command(SUPPORT, "/licence-dissocier", f"04 91 00 00 0{digit}"))

        @rule(text=st.sampled_from(BUTTONS))
        def click_in_the_conversation(self, text: str) -> None:
            self.act(lambda: self.agent.click(text, channel=SUPPORT))

        @rule(choice=st.integers(0, 9), steps=st.integers(2, 5))
        def go_on(self, choice: int, steps: int) -> None:
            """Do what the screen is there for, several times."""
            for _ in range(steps):
                self.act(lambda: self.next_step(choice))

        def next_step(self, choice: int) -> None:
            """Send what can be sent, take one of the ways that a list offers, close what is done."""
            if self.agent.modal is None:
                self.agent.command(SUPPORT, "/licence-resilier", "provence")
            content = self.agent.top.content
            if "submit" in content:
                with contextlib.suppress(CantDo):
                    self.agent.choose("Site", SITES[choice % 2])
                self.agent.submit()
                return
            ways = [
                (text_of(block["text"]), each)
                for block, each in elements(content["blocks"])
                if "text" in block
            ]
            ways.sort(key=lambda way: way[1]["text"]["text"] != "Résilier")
            if not ways:
                self.agent.close()
                return
            beside, button = ways[choice % min(3, len(ways))]
            self.agent.click(button["text"]["text"], beside=beside)

        @rule()
        def double_click(self) -> None:
            if self.agent.last:
                self.act(lambda: self.agent.repeat(self.agent.last))

        @rule()
        def close(self) -> None:
            self.agent.close()

        @rule()
        def undo(self) -> None:
            self.stage.settle()
            self.act(lambda: self.agent.click("Annuler le changement", channel=SUPPORT))

        # Meanwhile

        @rule(reference=st.sampled_from(REFERENCES), site=st.sampled_from(SITES))
        def a_colleague_acts(self, reference: str, site: str) -> None:
            self.clock.pass_(seconds=1)
            with contextlib.suppress(DomainError):
                move(self.services, reference, site, COLLEAGUE)
            self.clock.pass_(seconds=1)
            with contextlib.suppress(DomainError):
                dissociate(self.services, "04 91 00 00 06", COLLEAGUE)

        @rule(reference=st.sampled_from(["FPC367126", "FPC367129"]), site=st.sampled_from(SITES))
        def an_import_comes(self, reference: str, site: str) -> None:
            portal_changes(self.database, "licences.csv", reference, site=site)

        # What holds

        @invariant()
        def what_is_on_record_is_told_to_all(self) -> None:
            self.stage.settle()
            told = [
                message["metadata"]["event_payload"]["operation_id"]
                for channel in (SUPPORT, self.agent.direct)
                for message in self.agent.messages(channel)
                if message.get("metadata")
            ]
            is_import = Operation.kind == OperationKind.IMPORT  # it is told to nobody yet
            with self.database.reading() as session:
                own = session.scalars(select(Operation.id).where(~is_import)).all()
            assert sorted(told) == sorted(own)

        @invariant()
        def what_is_on_record_is_what_was_done(self) -> None:
            with self.database.reading() as session:
                self.expected = replay(session, self.expected, self.known)
                self.known = self.record()
                assert self.expected == look(session)

        def teardown(self) -> None:
            self.database.close()
            close_stage(self.stage)

    return Machine


def _sent(payload: dict[str, object]) -> str:
    """Tell one confirmation from another by what Slack gives back: draft and fingerprint."""
    view, actions = payload.get("view"), payload.get("actions")
    if isinstance(view, dict):
        return str(view.get("private_metadata"))
    return str(actions[0].get("value")) if isinstance(actions, list) else ""


@pytest.mark.rule("R7")
def test_r7_what_one_person_is_told_is_what_was_done(databases: Databases, kind: str) -> None:
    """Confirm, go back, confirm another, resume, click twice, with a colleague and imports in between."""
    run_state_machine_as_test(
        _machine(databases, kind), settings=settings(max_examples=8, stateful_step_count=20, deadline=None)
    )
