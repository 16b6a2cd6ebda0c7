"""What each command, click, submission and search asks of the database: little, and as little for more licences."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from bot.app import build_app
from tests.conftest import AGENT, SUPPORT, close_stage, open_stage
from tests.sizes import SIZES, licence, number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

    from bot.app import Bot
    from bot.sandbox.slack.actor import Actor
    from bot.sandbox.stage import Stage
    from tests.conftest import Clock, Databases

    Step = Callable[["Scene"], object]

LIMIT = 12
"""Statements of one interaction, at most."""


@dataclass
class Asked:
    """What was asked of the database."""

    statements: list[str] = field(default_factory=list)
    writing: int = 0
    """Transactions that could write: each takes its turn and its lock, whether or not it does."""


class Count:
    """Counts what the bot asks of the database, but for its worker that announces."""

    def __init__(self, engine: Engine) -> None:
        self._asked = Asked()
        event.listen(engine, "begin", self._on_begin)
        event.listen(engine, "before_cursor_execute", self._on_statement)

    def read(self) -> Asked:
        """Tell what was asked since this was last read."""
        asked, self._asked = self._asked, Asked()
        return asked

    def _on_begin(self, connection: Any) -> None:
        if threading.current_thread().name != "delivery":
            self._asked.writing += bool(connection.get_execution_options().get("metacentrex_writing"))

    def _on_statement(self, *arguments: Any) -> None:
        _, _, statement, parameters, _, many = arguments
        is_own = threading.current_thread().name != "delivery"
        if is_own and not statement.startswith(("BEGIN", "PRAGMA")):
            self._asked.statements += [statement] * (len(parameters) if many else 1)


# What a person does, step by step: the last step of a scene is the one that is counted


@dataclass
class Scene:
    """A person, and the service that they work on."""

    stage: Stage
    agent: Actor
    size: int
    kept: dict[str, Any] = field(default_factory=dict)
    """An earlier click, or the message that was answered."""

    def fill(self, text: str) -> str:
        """Put the names of the service into a text."""
        licences = [licence(self.size, rank) for rank in range(self.size)]
        numbers = [number(self.size, rank) for rank in range(0, self.size, 2)]
        return text.format(
            size=self.size,
            name=SIZES[self.size],
            all=" ".join(licences),
            some=", ".join(licences[: self.size // 2 + 1]),
            held=licences[0],
            one=licences[1],
            free=" ".join(licences[1::2]),
            number=numbers[0],
            numbers=" ".join(numbers),
            codes=" ".join(f"AC{self.size}X{rank}" for rank in range(self.size)),
            unused=number(self.size, 999),
            suspended=licence(self.size, 900),
            foreign=licence(61, 1),
        )


# What a person does, step by step


def fail_to_open(scene: Scene) -> None:
    """Slack does not open the next modal: a button is offered instead."""
    scene.stage.api.fail("views.open", "error")


def open_directly(scene: Scene) -> None:
    """Click on the button that was offered in the direct message."""
    scene.agent.click("Ouvrir le formulaire", channel=scene.agent.direct)


def say(line: str) -> Step:
    """Type a command."""

    def act(scene: Scene) -> None:
        command, _, text = scene.fill(line).partition(" ")
        scene.agent.command(SUPPORT, command, text)

    return act


def shortcut(name: str) -> Step:
    """Choose a shortcut."""
    return lambda scene: scene.agent.shortcut(name)


def answer(button: str) -> Step:
    """Click in the conversation."""
    return lambda scene: scene.agent.click(button, channel=SUPPORT)


def click(button: str, beside: str = "") -> Step:
    """Click in the modal or on the Home tab."""
    return lambda scene: scene.agent.click(button, beside=beside)


def submit(scene: Scene) -> None:
    """Send the modal, also where a field is empty."""
    scene.agent.submit(unchecked=True)


def search(label: str, query: str = "") -> Step:
    """Type into a list."""
    return lambda scene: scene.agent.search(label, scene.fill(query))


def choose(label: str, start: str, query: str | None = None) -> Step:
    """Choose from a list."""
    return lambda scene: scene.agent.choose(label, scene.fill(start), query=query and scene.fill(query))


def enter(**texts: str) -> Step:
    """Type into fields."""

    def act(scene: Scene) -> None:
        for label, text in texts.items():
            scene.agent.type(
                label.replace("_", " ").replace("Référence", "Réf. fiche produit contractée"), text
            )

    return act


def tick(start: str) -> Step:
    """Tick a box."""
    return lambda scene: scene.agent.tick(scene.fill(start))


def choose_number(scene: Scene) -> None:
    """Choose the first number that is offered."""
    label = "Numéros à dissocier"
    scene.agent.choose(label, scene.agent.search(label)[0]["text"]["text"], query="")


def keep_message(scene: Scene) -> None:
    """Keep the message that is about to be answered."""
    scene.kept = scene.agent.messages(SUPPORT)[-1]


def show_kept(scene: Scene) -> None:
    """Still see the message that was answered."""
    scene.stage.workspace.channels[SUPPORT].messages.append(scene.kept)


def settle(scene: Scene) -> None:
    """Wait until what was done is announced, and the modal has the link."""
    scene.stage.settle()


def undo_again(scene: Scene) -> None:
    """Click once more on the undo, from a message that still shows it."""
    trigger = scene.stage.workspace.triggers.give(AGENT)
    scene.agent.repeat({**scene.kept, "trigger_id": trigger})


def keep_click(scene: Scene) -> None:
    """Keep the last click."""
    scene.kept = dict(scene.agent.last)


COMMANDS = """
/licence-site
/licence-site {name}
/licence-site centrex {name} voyages
/licence-site voyages
/licence-site zzz yyy
/licence-site {one}
/licence-site {all}
/licence-site {numbers}
/licence-site {codes}
/licence-site {one} {number} AC{size}X2
/licence-site {suspended}
/licence-site {one} FPC9999999
/licence-site {one} {foreign}
/licence-site {unused}
/licence-site 004-92-58-76-11
/licence-site {all} vers Dépôt Nord
/licence-site {numbers} vers Dépôt Nord
/licence-site {one} {number} AC{size}X2 vers nord
/licence-site {some} FPC9999999 vers Dépôt Nord
/licence-site {some} {foreign} vers Dépôt Nord
/licence-site {some} vers Nulle part
/licence-site {some} vers dépôt
/licence-site {some} vers
/licence-site {suspended} vers Dépôt Nord
/licence-site vers Dépôt Nord
/licence-site FPC9999999 vers Dépôt Nord
/licence-site {name} vers Dépôt Nord
/licence-site voyages vers Dépôt Nord
/licence-site voyages centrex vers {name}
/licence-site vers {one}
/licence-site 0491999999 AC{size}X2 {one} voyages vers {name}
/licence-resilier
/licence-resilier {name}
/licence-resilier centrex {name} voyages
/licence-resilier voyages
/licence-resilier zzz yyy
/licence-resilier {one}
/licence-resilier {held}
/licence-resilier {all}
/licence-resilier {numbers}
/licence-resilier {codes}
/licence-resilier {suspended}
/licence-resilier {one} FPC9999999
/licence-resilier {one} {foreign}
/licence-resilier {unused}
/licence-dissocier
/licence-dissocier {name}
/licence-dissocier centrex {name} voyages
/licence-dissocier voyages
/licence-dissocier zzz yyy
/licence-dissocier {number}
/licence-dissocier {numbers}
/licence-dissocier {all}
/licence-dissocier {number} 0491999999
/licence-dissocier {number} FPC9999999
/licence-dissocier 0491999999
/licence-dissocier {unused}
/site-ajouter
/site-ajouter {name}
/site-ajouter voyages
/site-ajouter zzz yyy
/licence-aide
""".strip().splitlines()

RESUMED = """
/licence-site
/licence-site zzz yyy
/licence-site {name}
/licence-site {all}
/licence-site {some} FPC9999999 vers Dépôt Nord
/licence-resilier
/licence-resilier {name}
/licence-resilier {all} FPC9999999
/licence-resilier {held} FPC9999999
/licence-dissocier
/licence-dissocier {name}
/licence-dissocier {numbers} 0491999999
/site-ajouter {name}
/site-ajouter voyages
""".strip().splitlines()

OPEN, DISSOCIATE, UNDO = "Ouvrir le formulaire", "Dissocier un numéro", "Annuler le changement"
MOVE = [say("/licence-site {all} vers Dépôt Nord"), answer("Valider")]
FREE = [say("/licence-dissocier {numbers}"), answer("Valider")]
END = [say("/licence-resilier {free}"), answer("Confirmer")]
INLINE = {"move": MOVE, "dissociation": FREE, "termination": END}

PAGE = [say("/licence-site {name}")]
SOME = [say("/licence-site {some}")]
FILTER = [
    *(*PAGE, click("Filtrer"), choose("Site", "Siège"), choose("État", "Actif")),
    *(choose("Restrictions d'appels sortants", "International"), enter(Référence="FPC")),
]
SITE = [say("/licence-site {all}"), submit]
PLAN = [*SITE, choose("Site", "Dépôt Nord"), submit]
NEW = enter(Nom_du_site="Réserve", Adresse="9 quai Neuf", Code_postal="13009", Ville="Marseille")
LIKE = enter(Nom_du_site="Autre", Adresse="2 rue Basse", Code_postal="13002", Ville="Marseille")
ADD = [say("/site-ajouter {name}")]
SIMILAR = [*ADD, LIKE, submit]
TYPES = [say("/licence-resilier {name}")]
QUANTITY = [*TYPES, click("Résilier", "Licence fax")]
FIRST = [*TYPES, click(DISSOCIATE, "Licence simple")]
FIRST_INLINE = [say("/licence-resilier {all}"), answer(DISSOCIATE)]
NUMBERS = [say("/licence-dissocier {all}")]

SCENES: dict[str, list[Step]] = {
    **{line: [say(line)] for line in COMMANDS},
    **{f"{line}, resumed": [fail_to_open, say(line), answer(OPEN)] for line in RESUMED},
    **{
        f"shortcut {name}": [shortcut(name)]
        for name in ("changer_adresse", "resilier_licence", "dissocier_numero")
    },
    "home": [lambda scene: scene.agent.open_home()],
    **{
        f"home, {button}": [lambda scene: scene.agent.open_home(), click(button)]
        for button in ("Changer l’adresse", "Résilier une licence", DISSOCIATE, "Ajouter un site")
    },
    **{
        f"{command}{text}, service searched by « {query} »": [
            say(f"{command}{text}"),
            search("Service", query),
        ]
        for command in ("/licence-site", "/licence-resilier", "/licence-dissocier")
        for text, query in (
            *(("", ""), ("", "{name}"), ("", "zzz"), ("", "{one} {foreign} voyages")),
            *((" voyages centrex", ""), (" zzz 0491999999 FPC9999999", "")),
        )
    },
    **{
        f"{command}, {start} chosen": [say(command), choose("Service", start, query), submit]
        for command in ("/licence-site", "/licence-resilier", "/licence-dissocier")
        for start, query in (("MCX-{size} ", "{name}"), ("MCX-{size}-S", "ancien"))
    },
    "service chosen for a site": [
        *(say("/licence-site vers Dépôt Nord"), answer(OPEN)),
        *(choose("Service", "MCX-{size} ", "{name}"), submit),
    ],
    # Changing the address
    "service changed": [say("/licence-site {one}"), click("Changer de service")],
    "licence ticked": [*PAGE, tick("{one}")],
    "licence ticked through filters": [*FILTER, submit, tick("{one}")],
    "licence unticked": [say("/licence-site {all}"), tick("{one}")],
    "next page": [*SOME, click("Page suivante")],
    "previous page": [*SOME, click("Page suivante"), click("Page précédente")],
    "filters opened": [*SOME, click("Filtrer")],
    "filters opened again": [*FILTER, submit, click("Filtrer")],
    "filters set": [*FILTER, submit],
    "filters taken back": [*FILTER, submit, click("Effacer les filtres")],
    "filter's site searched": [*PAGE, click("Filtrer"), search("Site", "dépôt")],
    "filter's restriction searched": [*PAGE, click("Filtrer"), search("Restrictions d'appels sortants")],
    "all ticked": [*FILTER, submit, click("Tout sélectionner")],
    "all unticked": [say("/licence-site {all}"), click("Tout désélectionner")],
    "licences chosen": SITE,
    "no licence chosen": [*PAGE, submit],
    "no licence chosen through filters": [*FILTER, submit, submit],
    "site searched": [*SITE, search("Site", "dépôt")],
    "back to licences": [*SITE, enter(Motif="Déménagement"), click("Revenir aux licences")],
    "site chosen": PLAN,
    "back to site": [*PLAN, click("Modifier")],
    "move confirmed": [*PLAN, submit],
    "move confirmed inline": MOVE,
    "move again": [*PLAN, submit, settle, click("Changer d’autres licences")],
    "move resumed after it was done": [
        *(say("/licence-site {all} vers Nulle part"), answer(OPEN), choose("Site", "Dépôt Nord"), submit),
        *(submit, lambda scene: scene.agent.close(), answer(OPEN)),
    ],
    # Adding a site
    "site added on the way": [*SITE, click("Ajouter un site")],
    "site created on the way": [*SITE, click("Ajouter un site"), NEW, submit],
    "site used on the way": [
        *(*SITE, click("Ajouter un site"), LIKE, submit),
        *(tick("Utiliser Dépôt Nord"), submit),
    ],
    "customer searched": [say("/site-ajouter"), search("Client", "voyages")],
    "customer searched as typed": [say("/site-ajouter zzz"), search("Client")],
    "site at the same address": SIMILAR,
    "site used": [*SIMILAR, tick("Utiliser Dépôt Nord"), submit],
    "site created all the same": [*SIMILAR, tick("Créer quand même"), submit],
    "site created": [*ADD, NEW, submit],
    "site with a fault": [*ADD, NEW, enter(Nom_du_site="dépôt nord"), submit],
    "site again": [*ADD, NEW, submit, settle, click("Ajouter un autre site")],
    # Terminating
    "service of types changed": [*TYPES, click("Changer de service")],
    "type chosen": QUANTITY,
    "type chosen too late": [*TYPES, *END, settle, click("Résilier", "Licence fax")],
    "quantity entered": [*QUANTITY, submit],
    "quantity too large": [*QUANTITY, enter(Quantité_à_résilier="999"), submit],
    "termination confirmed": [*QUANTITY, submit, submit],
    "termination confirmed inline": END,
    "termination again": [
        *(say("/licence-resilier {one} FPC9999999"), answer(OPEN), submit),
        *(settle, click("Résilier d’autres licences")),
    ],
    "termination resumed after it was done": [
        *(say("/licence-resilier {free} FPC9999999"), answer(OPEN), submit),
        *(lambda scene: scene.agent.close(), answer(OPEN)),
    ],
    "number to dissociate first": FIRST,
    "number to dissociate first searched": [*FIRST, search("Numéros à dissocier")],
    "number dissociated first": [*FIRST, choose_number, submit, submit],
    "numbers to dissociate first inline": FIRST_INLINE,
    "numbers dissociated first inline": [*FIRST_INLINE, submit, submit],
    # Dissociating
    "number searched": [say("/licence-dissocier {name}"), search("Numéros à dissocier", "0491")],
    "numbers chosen": [*NUMBERS, submit],
    "no number chosen": [say("/licence-dissocier {name}"), submit],
    "dissociation confirmed": [*NUMBERS, submit, submit],
    "dissociation confirmed inline": FREE,
    "dissociation again": [*NUMBERS, submit, submit, settle, click("Dissocier d’autres numéros")],
    "termination after it": [*NUMBERS, submit, submit, settle, click("Résilier une licence")],
    "dissociation resumed after it was done": [
        *(say("/licence-dissocier {numbers} 0491999999"), answer(OPEN), submit, submit),
        *(lambda scene: scene.agent.close(), answer(OPEN)),
    ],
    # Leaving, and taking back
    **{f"{name} abandoned": [steps[0], answer("Abandonner")] for name, steps in INLINE.items()},
    **{
        f"{name} abandoned too late": [steps[0], keep_message, steps[1], show_kept, answer("Abandonner")]
        for name, steps in INLINE.items()
    },
    **{f"undo of a {name}": [*INLINE[name], settle, answer(UNDO)] for name in ("move", "dissociation")},
    **{
        f"undo of a {name} confirmed": [*INLINE[name], settle, answer(UNDO), submit]
        for name in ("move", "dissociation")
    },
    **{
        f"undo of a {name} undone": [*INLINE[name], settle, answer(UNDO), keep_click, submit, undo_again]
        for name in ("move", "dissociation")
    },
    **{
        f"undo of a {name} resumed": [*INLINE[name], settle, fail_to_open, answer(UNDO), open_directly]
        for name in ("move", "dissociation")
    },
}

CONFIRMED = {
    "move confirmed": 19,
    "move confirmed inline": 19,
    "termination confirmed": 23,
    "termination confirmed inline": 18,
    "dissociation confirmed": 18,
    "dissociation confirmed inline": 18,
    "number dissociated first": 23,
    "numbers dissociated first inline": 23,
    "site created": 21,
    "site created all the same": 18,
    "site created on the way": 31,
    "undo of a move confirmed": 27,
    "undo of a dissociation confirmed": 27,
}
"""What applies a plan asks more: it is made, compared, recorded and read back; and the next step is drawn."""

WRITING = {"undo of a move undone": 2, "undo of a dissociation undone": 2}
"""A button that has outlived its use is clicked: the draft that finds it out, and the message that loses it."""


@pytest.fixture
def counted(
    databases: Databases, kind: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Stage, Count]]:
    """Put a bot on the stage, before the services of all sizes, and count from before it starts."""
    counts = []

    def build(*arguments: Any, **options: Any) -> Bot:
        bot = build_app(*arguments, **options)
        counts.append(Count(bot.database.engine))
        return bot

    monkeypatch.setattr("bot.sandbox.stage.build_app", build)
    stage = open_stage(databases.new(kind, "sizes"), clock)
    yield stage, counts[0]
    close_stage(stage)


@pytest.mark.parametrize("name", SCENES)
def test_an_interaction_writes_once_and_asks_no_more_for_more_licences(
    counted: tuple[Stage, Count], name: str
) -> None:
    """At most one transaction that writes, at most so many statements, and as many for 3 as for 300 licences."""
    stage, count = counted
    agent = stage.actor(AGENT)
    asked = []
    for size in (61, 300) if "page" in name else (3, 300):
        agent.workspace.clear()
        scene = Scene(stage, agent, size)
        *prepare, act = SCENES[name]
        for step in prepare:
            step(scene)
        count.read()
        act(scene)
        asked.append(count.read())
    assert agent.troubles == []
    few, many = asked
    assert len(many.statements) == len(few.statements)
    assert len(many.statements) <= CONFIRMED.get(name, LIMIT), "\n".join(many.statements)
    assert max(few.writing, many.writing) <= WRITING.get(name, 1)


def test_no_interaction_may_ask_more_than_it_does() -> None:
    """A name that no interaction has would allow nothing."""
    assert {*CONFIRMED, *WRITING} <= {*SCENES}
