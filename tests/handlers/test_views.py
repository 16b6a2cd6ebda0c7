"""Views with the longest and strangest data stay within Slack's limits; every error has its sentence."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.sandbox.slack.limits import message_faults, option_faults, view_faults
from domain import errors
from domain.changes import Change, Side
from domain.dissociating import DissociationPlan
from domain.errors import DomainError
from domain.moving import MovePlan
from domain.operations import Undone
from domain.rows import (
    CustomerRow,
    Group,
    LicenceFilter,
    Line,
    ServiceRow,
    SiteRow,
    TypeCount,
)
from domain.searching import CHOICES
from domain.selecting import LicencePage, Selection
from domain.sites import SiteForm, SitePlan
from domain.terminating import TerminationPlan
from domain.undoing import UndoLine, UndoPlan, UndoRefusal
from domain.values import (
    DraftId,
    Field,
    LicenceState,
    LicenceType,
    OperationId,
    OperationKind,
    Person,
    PhoneNumber,
    ServiceState,
)
from handlers import WORDS, french, refusals, views
from handlers.views import (
    dissociating,
    filters,
    history,
    home,
    moving,
    options,
    services,
    sites,
    terminating,
)
from tests import builders
from tests.handlers.words import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_sdk.models.blocks import Block
    from slack_sdk.models.views import View

DRAFT = DraftId("d" * 32)
LONG = ("Œuvre <!channel> & *Société* " * 20)[:255]
REFERENCE = "R" * 40
CUSTOMER = CustomerRow(1, REFERENCE, LONG)
SERVICE = ServiceRow(1, REFERENCE, LONG, ServiceState.ACTIVE, CUSTOMER)
SITE = SiteRow(1, 1, LONG, LONG, "13001", LONG, is_open=True)
KIND = LicenceType.FULL_MEETING_ADVANCED
PHONES = tuple(PhoneNumber(f"+334910000{index:02}") for index in range(40))
LICENCES = tuple(
    builders.licence(
        index,
        reference=f"{index:040}",
        type=KIND,
        site_label=f"{index} {LONG}"[:255],
        accountcode=LONG,
        numbers=PHONES,
    )
    for index in range(1000)
)
ENDED = tuple(
    builders.licence(index, state=LicenceState.TERMINATED, reference=REFERENCE) for index in range(20)
)
NUMBERS = tuple(
    builders.number(index, licence_reference=REFERENCE, licence_type=KIND, accountcode=LONG)
    for index in range(50)
)
NAMES = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("\U0001f600\u200d\ufe0f<>&:@*_"),
    min_size=1,
    max_size=150,
).filter(str.strip)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
FILTER = LicenceFilter(
    sda="9" * 255,
    licence=KIND,
    accountcode=LONG,
    reference=LONG,
    state=LicenceState.ACTIVE,
    emergency_number="9" * 255,
    site_id=1,
    fax2mail="9" * 255,
    call_restriction=LONG[:150],
    overage_restriction=LONG[:150],
    supervisor=True,
)
PAGE = LicencePage(SERVICE, FILTER, LICENCES[:30], frozenset(range(15)), 1, 10_000, 100_000, 10_000)
MOVE = MovePlan(SERVICE, SITE, LICENCES, LICENCES[:50], ENDED, LICENCES[:50], LONG)
TERMINATION = TerminationPlan(SERVICE, LICENCES[:90], LICENCES[:50], ENDED, LICENCES[:50])
DISSOCIATION = DissociationPlan(SERVICE, NUMBERS, NUMBERS, NUMBERS, NUMBERS)
FORM = SiteForm(LONG, LONG, "13001", LONG, None)
SITE_PLAN = SitePlan(
    CUSTOMER, FORM, tuple(SiteRow(i, 1, LONG, LONG, "13001", LONG, is_open=True) for i in range(20))
)
UNDO_LINE = UndoLine(
    position=1,
    change=Change(Field.SITE, REFERENCE, Side(LONG, 1), Side(LONG, 2), licence_id=1),
    now=Side(LONG, 2),
    licence_state=LicenceState.ACTIVE,
    before_is_open=True,
    before_is_theirs=True,
    is_here=True,
    is_untouched=True,
)
UNDO = UndoPlan(
    SERVICE,
    OperationId("o"),
    OperationKind.MOVE,
    (UNDO_LINE,) * 100,
    ((UNDO_LINE, UndoRefusal.SITE_CLOSED),) * 100,
)

VIEWS: dict[str, Callable[[], View]] = {
    "service": lambda: services.choose_service(
        moving.TITLE, moving.SERVICE_VIEW, DRAFT, refusals.several_found(LONG)
    ),
    "licences": lambda: moving.licences(DRAFT, PAGE, "generation", SITE, "Cochez au moins une licence."),
    "filters": lambda: filters.form(DRAFT, FILTER, SITE),
    "site": lambda: moving.site(
        DRAFT,
        SERVICE,
        Selection(LICENCES[:10], 10_000, LICENCES[:50]),
        SITE,
        LONG,
        done=LONG,
        missing=LONG,
    ),
    "move": lambda: moving.confirm(DRAFT, MOVE, refusals.PARK_MOVED),
    "types": lambda: terminating.types(
        DRAFT, SERVICE, [TypeCount(kind, 99_999, 99_999, PHONES[:3], 99_999) for kind in LicenceType], LONG
    ),
    "quantity": lambda: terminating.quantity(DRAFT, SERVICE, TypeCount(KIND, 99_999, 0)),
    "termination": lambda: terminating.confirm(DRAFT, TERMINATION, refusals.PARK_MOVED),
    "long termination": lambda: terminating.confirm(DRAFT, TerminationPlan(SERVICE, LICENCES * 5)),
    "numbers": lambda: dissociating.numbers(DRAFT, SERVICE, NUMBERS),
    "dissociation": lambda: dissociating.confirm(DRAFT, DISSOCIATION, refusals.PARK_MOVED),
    "form": lambda: sites.form(DRAFT, CUSTOMER, fixed=False, notice=refusals.several_customers(LONG)),
    "fixed form": lambda: sites.form(DRAFT, CUSTOMER, fixed=True),
    "similar": lambda: sites.similar(DRAFT, SITE_PLAN, refusals.PARK_MOVED),
    "kept": lambda: sites.kept(SITE),
    "undo": lambda: history.undo(DRAFT, UNDO, refusals.PARK_MOVED),
    "home": lambda: home.home(
        [(LONG[:75], f"home.{rank}") for rank in range(5)], [], dict.fromkeys(REFERENCE, LONG)
    ),
    "closed": lambda: home.closed(refusals.NO_ACCESS),
    "refusal": lambda: views.refusal(LONG * 10),
}


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_with_the_longest_data_is_taken_by_slack(name: str) -> None:
    """Every limit of docs/slack.md holds."""
    assert view_faults(VIEWS[name]().to_dict()) == []


@pytest.mark.parametrize("name", [name for name in VIEWS if name not in ("home", "closed")])
def test_a_modal_is_left_by_the_word_for_it(name: str) -> None:
    """« Abandonner » or « Retour » where something can be sent, else « Fermer »; « Annuler » is the undo."""
    view = VIEWS[name]().to_dict()
    close = view["close"]["text"]
    assert close in (("Abandonner", "Retour") if "submit" in view else ("Fermer", "Abandonner"))
    assert "Annuler" not in json.dumps(view).replace("Annuler le changement", "")


def test_nothing_can_be_abandoned_where_nothing_can_be_undone() -> None:
    """The view is only read."""
    nothing = UndoPlan(
        SERVICE, OperationId("o"), OperationKind.MOVE, (), ((UNDO_LINE, UndoRefusal.ELSEWHERE),)
    )
    view = history.undo(DRAFT, nothing).to_dict()
    assert (view["close"]["text"], view.get("submit")) == ("Fermer", None)


def test_what_is_missing_is_not_told_as_done() -> None:
    """In green stands what was just done; why a site is still asked stands out as a warning."""
    view = moving.site(
        DRAFT, SERVICE, Selection(LICENCES[:1], 1, ()), None, done="Fait", missing="Aucun site"
    ).to_dict()
    levels = {block["text"]["text"]: block["level"] for block in view["blocks"] if block["type"] == "alert"}
    assert levels == {"Fait": "success", "Aucun site": "warning"}


def test_headings_agree_with_what_they_stand_over() -> None:
    """One licence, one number, one site, or several."""
    said = plain(
        json.dumps(
            [
                dissociating.confirm(DRAFT, DissociationPlan(SERVICE, (), *([NUMBERS[:n]] * 3))).to_dict()
                for n in (1, 2)
            ]
            + [sites.similar(DRAFT, SITE_PLAN).to_dict()],
            ensure_ascii=False,
        )
    )
    for heading in (
        *("Déjà libre (1)", "Refusé (1)", "Laissé en l’état (1)"),
        *("Déjà libres (2)", "Refusés (2)", "Laissés en l’état (2)"),
        "Des sites existent déjà à cette adresse.",
    ):
        assert heading in said


def test_accountcodes_of_several_licences_are_named() -> None:
    """One, or several of them."""
    said = [plain(refusals.left_out(errors.NamesLeftOut(several=codes))) for codes in (("A",), ("A", "B"))]
    assert said == [
        "Plusieurs licences ont l’accountcode « A ».",
        "Chacun des accountcodes « A » et « B » est celui de plusieurs licences.",
    ]


def test_a_service_without_active_licences_is_told_so() -> None:
    """Filters are named only where there are some."""
    empty = LicencePage(SERVICE, LicenceFilter(), (), frozenset(), 0, 0, 0, 0)
    said = json.dumps(moving.licences(DRAFT, empty, "g").to_dict(), ensure_ascii=False)
    assert "Aucune licence de ce service n’est active." in said


INLINE: dict[str, Callable[[], list[Block]]] = {
    "move": lambda: moving.inline(DRAFT, MOVE, refusals.PARK_MOVED),
    "termination": lambda: terminating.inline(DRAFT, TERMINATION, refusals.PARK_MOVED),
    "dissociation": lambda: dissociating.inline(DRAFT, DISSOCIATION, refusals.PARK_MOVED),
    "help": lambda: home.help_(dict.fromkeys(REFERENCE, LONG)),
}


@pytest.mark.parametrize("name", INLINE)
def test_an_inline_plan_with_the_longest_data_is_taken_by_slack(name: str) -> None:
    """As a message."""
    blocks = [block.to_dict() for block in INLINE[name]()]
    assert message_faults({"text": "x", "blocks": blocks}) == []


@pytest.mark.parametrize("kind", OperationKind)
def test_a_confirmation_with_the_longest_data_is_taken_by_slack(kind: OperationKind) -> None:
    """Whatever was done, and undone in part."""
    line = Line(Field.HOLDER, PHONES[0], REFERENCE, None, False, REFERENCE, KIND, LONG, PHONES)
    undone = Undone(OperationId("u"), OperationKind.DISSOCIATION, Person("U0BRUNO"), NOW, 3, 2)
    recorded = builders.recorded(
        kind,
        NOW,
        reason=LONG,
        customer_name=LONG,
        service_name=LONG,
        service_reference=REFERENCE,
        groups=tuple(Group(Field.SITE, f"{i} {LONG}"[:255], LONG, 1) for i in range(30)),
        lines=(line,) * 10,
        count=10,
        refused=(line,) * 10,
        refused_count=100,
        undone=undone,
        undoes=undone,
    )
    content = {
        "text": french.escape(WORDS[recorded.kind].headline(recorded)),
        "blocks": [b.to_dict() for b in history.message(recorded, WORDS[recorded.kind], undo=True)],
    }
    assert message_faults(content, 4000) == []
    assert (
        view_faults(
            history.done(
                recorded, WORDS[recorded.kind], "V" * 60, "https://example.slack.com/archives/C0/p1"
            ).to_dict()
        )
        == []
    )


def test_choices_with_the_longest_names_are_taken_by_slack() -> None:
    """As many of each as a list shows."""
    for choice in (
        options.service(SERVICE),
        options.customer(CUSTOMER),
        options.site(SITE),
        options.number(NUMBERS[0]),
        options.restriction(LONG[:150]),
    ):
        assert option_faults([{**choice}] * CHOICES) == []
        assert choice == options.drawn(choice).to_dict()


@given(text=NAMES, value=NAMES | st.integers(1), description=st.none() | NAMES)
@example(text="x" * 75, value=1, description="x" * 76)
@example(text="é" * 76, value=1, description="\U0001f1eb\U0001f1f7" * 40)
@example(
    text="\U0001f468\u200d\U0001f469\u200d\U0001f467" * 30,
    value="\U0001f600" * 150,
    description=":smile: <!channel> &amp;",
)
def test_a_choice_is_what_the_sdk_makes_of_it(text: str, value: object, description: str | None) -> None:
    """Whatever stands in it; the SDK checks its own."""
    choice = options.choice(text, value, description)
    assert choice == options.drawn(choice).to_dict()
    assert option_faults([{**choice}]) == []


FACTS: dict[str, Any] = {
    "text": LONG,
    "field": "label",
    "limit": 255,
    "terminable": 2,
    "held_by": PHONES,
    "labels": (LONG,) * 4,
    "references": (REFERENCE,) * 40,
    "number": PHONES[0],
    "unknown": (LONG,) * 4,
    "doubtful": (errors.DoubtfulPhoneNumber("0049 258 76 11", PhoneNumber("+492587611")),),
    "several": (REFERENCE,),
    "free": PHONES,
    "foreign": (REFERENCE,) * 40,
    "ambiguous": LONG,
    "elsewhere": (REFERENCE,) * 40,
    "service": REFERENCE,
    "reference": REFERENCE,
    "label": LONG,
    "operation": OperationId("o"),
    "by": Person("U0BRUNO"),
    "at": NOW,
    "hours": 24,
}


def every_error() -> list[DomainError]:
    """Make one of each error that reaches a person as a sentence."""
    found: list[DomainError] = []
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, DomainError) and kind is not DomainError:
            names = getattr(kind, "__dataclass_fields__", {})
            state = {"ServiceNotActive": ServiceState.SUSPENDED}.get(kind.__name__)
            facts = {name: state if name == "state" else FACTS.get(name) for name in names}
            if kind is not errors.FormInvalid and DomainError not in kind.__bases__:
                found.append(kind(**facts))
    return found


@pytest.mark.parametrize("error", every_error(), ids=lambda error: type(error).__name__)
def test_every_error_has_a_sentence_that_fits(error: DomainError) -> None:
    """It begins as a sentence does, ends with a stop, and fits where it is shown."""
    said = refusals.sentence(error)
    assert not said[0].islower()
    assert said.endswith(".")
    assert len(said) <= 4000
    assert view_faults(views.refusal(said).to_dict()) == []


def test_all_that_is_left_out_is_named() -> None:
    """Whoever pastes sixty references must learn which are wrong; beyond a screenful the rest is counted."""
    names = tuple(f"FPC{number}" for number in range(999_000, 999_300))
    said = refusals.left_out(errors.NamesLeftOut(unknown=names[:60], elsewhere=names[60:90], service="MCX"))
    assert all(name in said for name in names[:90])
    said = refusals.left_out(errors.NamesLeftOut(unknown=names, free=tuple(PHONES)))
    assert int(plain(said).split(" autres")[0].split()[-1]) + said.count("FPC") == len(names)
    assert all(french.phone(phone) in said for phone in PHONES)


def test_every_number_of_another_country_is_asked_about() -> None:
    """Three one by one, then how many more."""
    doubts = tuple(
        errors.DoubtfulPhoneNumber(f"0049 258 76 1{each}", PhoneNumber(f"+49258761{each}"))
        for each in range(5)
    )
    said = plain(refusals.left_out(errors.NamesLeftOut(doubtful=doubts)))
    assert said.count("se lit comme un numéro d’un autre pays") == 3
    assert "2 autres numéros d’un autre pays" in said


def test_an_error_without_a_sentence_is_not_hidden() -> None:
    """A form's faults are told under its fields, one by one, not as a whole."""
    with pytest.raises(errors.FormInvalid):
        refusals.sentence(errors.FormInvalid({}))


def test_a_terminated_service_is_called_so() -> None:
    """Suspended and terminated are two words."""
    error = errors.ServiceNotActive("MCX", ServiceState.TERMINATED)
    assert plain(refusals.sentence(error)).startswith("Le service MCX est résilié :")


def test_a_quantity_that_nothing_holds_names_no_number() -> None:
    """There is nothing to dissociate."""
    said = [plain(refusals.sentence(errors.QuantityTooLarge(number, 0, ()))) for number in (0, 1, 3)]
    assert said == [
        "Aucune licence ne peut être résiliée.",
        "Une seule licence peut être résiliée.",
        "3 licences au plus peuvent être résiliées.",
    ]


def test_plurals_thousands_and_lists_are_french() -> None:
    """0 and 1 are singular; thousands have a narrow no-break space."""
    assert [french.licences(n) for n in (0, 1, 2)] == ["0\u00a0licence", "1\u00a0licence", "2\u00a0licences"]
    assert french.number(10_000) == "10\u202f000"
    assert plain(french.phones(PHONES[:1])) == "04 91 00 00 00"
    assert plain(french.phones(PHONES[:2])) == "04 91 00 00 00 et 04 91 00 00 01"
    assert plain(french.phones(PHONES[:4])) == "04 91 00 00 00, 04 91 00 00 01, 04 91 00 00 02 et 1 autre"
    assert plain(french.phone(PhoneNumber("+3225551212"))) == "+32 2 555 12 12 (Belgique)"
    assert plain(french.phone(PhoneNumber("+262262200000"))) == "0262 20 00 00"
    assert plain(french.phone(PhoneNumber("+337000123456789"))) == "07 00 01 23 45 67 89"
    assert plain(french.phone(PhoneNumber("+687241234"))) == "+687 24.12.34"
    assert french.phones(()) == ""


def test_what_is_too_long_shows_that_it_was_clipped() -> None:
    """By an ellipsis, within the limit."""
    assert french.clip("abcdef", 4) == "abc…"
    assert french.clip("abcd", 4) == "abcd"


def test_lines_of_another_kind_of_subject_are_described() -> None:
    """A site's creation says where it is; an empty state has its word."""
    line = Line(Field.NEW_SITE, "Dépôt", None, "1 rue, 13001 Marseille", False, None, None)
    assert "Dépôt;" in history.file([line])


def test_a_restriction_that_is_set_is_shown_in_the_form() -> None:
    """As the choice that was made."""
    form = filters.form(DRAFT, LicenceFilter(call_restriction="International bloqué"), None).to_dict()
    element = next(block["element"] for block in form["blocks"] if block["block_id"] == "call_restriction")
    assert element["initial_option"]["value"] == "International bloqué"
    assert plain(filters.summary(LicenceFilter(site_id=3), None)) == "Site : 3"


@pytest.mark.rule("R13")
@pytest.mark.parametrize("formula", ["=1+1", "+33", "-1", "@SUM(A1)", "\t=1+1"])
def test_r13_a_formula_in_the_file_is_text(formula: str) -> None:
    """A spreadsheet that opens the list computes nothing."""
    line = Line(Field.SITE, "FPC1", formula, formula, False, "FPC1", KIND)
    assert f";'{formula};'{formula};" in history.file([line])


def test_a_termination_that_is_taken_back_is_no_change_of_address() -> None:
    """Its licences are active again."""
    line = Line(Field.STATE, "FPC1", "terminated", "active", False, "FPC1", KIND)
    said = [
        plain(history.WORDS.headline(builders.recorded(OperationKind.UNDO, NOW, lines=(line,), count=count)))
        for count in (1, 2)
    ]
    assert [
        "1 licence est de nouveau active" in said[0],
        "2 licences sont de nouveau actives" in said[1],
    ] == [True] * 2
