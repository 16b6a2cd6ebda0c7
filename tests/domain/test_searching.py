"""Finding things by what a person types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select, update

from domain import park as reading
from domain import searching
from domain.errors import ChoiceGone, NamesLeftOut, SeveralSites, UnknownSite
from domain.parameters import one_of
from domain.rows import LicenceFilter
from domain.selecting import Selection
from domain.sites import ADDING_SITE
from domain.tables import Licence, Number, Service, ServiceWord, Site
from domain.values import LicenceState, LicenceType, OperationKind, PhoneNumber
from tests.domain.acts import AGENT

if TYPE_CHECKING:
    from domain.database import Database
    from handlers.services import Services


@pytest.mark.parametrize(
    "text",
    [
        "provence",
        "PROVENCE mat",
        "C013001",
        "mcx-13001",
        "fpc367128",
        "04 91 00 00 06",
        "0491000006",
        "téléph 0491",
    ],
)
def test_a_service_is_found_by_any_word_that_leads_to_it(services: Services, text: str) -> None:
    """Customer, account, reference, name, a licence or an SDA; every word must match."""
    assert [row.reference for row in services.park.search_services(text)] == ["MCX-13001-01"]


def test_homonyms_are_all_found(services: Services) -> None:
    """Three bakeries of one name are three choices."""
    assert len(services.park.search_services("boulangerie martin")) == 3


def test_words_that_do_not_go_together_find_nothing(services: Services) -> None:
    """Every word must match the same service."""
    assert services.park.search_services("provence martin") == ()


@pytest.mark.parametrize("text", ["%", "_", "'; DROP TABLE services; --", "\\"])
def test_hostile_searches_are_only_text(services: Services, text: str) -> None:
    """No character means anything to the database."""
    services.park.search_services(text)
    services.park.search_sites(1, text)
    assert services.park.search_customers("provence") != ()


@pytest.mark.parametrize("text", ["FPC367128", "fpc367128", " FPC367128 "])
def test_a_reference_names_its_licence(services: Services, text: str) -> None:
    """Whatever the case."""
    found = services.park.find(text)
    assert (found.licence_reference, len(found.number_ids)) == ("FPC367128", 1)


def test_a_number_names_its_licence(services: Services) -> None:
    """The SDA leads to the licence that it is associated with."""
    assert services.park.find("04 91 00 00 06").licence_reference == "FPC367128"


def test_a_free_number_names_its_service_only(services: Services) -> None:
    """No licence holds it."""
    found = services.park.find("04 91 00 00 08")
    assert (len(found.services), found.licence_ids) == (1, ())


def test_an_unknown_number_finds_nothing(services: Services) -> None:
    """A number of somebody else's."""
    assert services.park.find("01 99 00 00 01").services == ()


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("nord", ["Entrepôt Nord"]),
        ("republique", ["Siège Social"]),
        ("13015 marseille", ["Entrepôt Nord"]),
        ("x", []),
    ],
)
def test_a_site_is_found_by_label_address_or_town(services: Services, text: str, labels: list[str]) -> None:
    """Among the customer's own."""
    assert [site.label for site in services.park.search_sites(1, text)] == labels


def test_a_closed_site_is_not_offered(services: Services, park: Database) -> None:
    """R1 would refuse it."""
    with park.writing() as session:
        session.execute(update(Site).values(is_open=False))
    assert services.park.search_sites(1, "") == ()


def test_a_site_is_named_by_its_label_before_anything_else(park: Database) -> None:
    """« Pavillon A » is one site although « a » begins others."""
    with park.reading() as session:
        customer_id = session.scalars(select(Site.customer_id).where(Site.label == "Pavillon A")).one()
        assert searching.site_named(session, customer_id, "pavillon a").label == "Pavillon A"
        assert searching.site_named(session, customer_id, "administratif").label == "Siège administratif"
        with pytest.raises(SeveralSites) as several:
            searching.site_named(session, customer_id, "pavillon")
        assert several.value.labels == ("Pavillon A", "Pavillon B", "Pavillon C", "Pavillon D")
        for text in ("nulle part", "???"):
            with pytest.raises(UnknownSite):
                searching.site_named(session, customer_id, text)


@pytest.mark.parametrize(
    ("text", "references", "left"),
    [
        ("FPC367128 FPC999999", ["FPC367128"], NamesLeftOut(unknown=("FPC999999",))),
        ("FPC367128 matériaux", ["FPC367128"], None),
        ("FPC367128 fpc36712", ["FPC367128"], NamesLeftOut(unknown=("fpc36712",))),
        ("FPC367128, pm129 et 04 91 00 00 01", ["FPC367120", "FPC367128", "FPC367129"], None),
        ("FPC367128 04 91 00 00 08", ["FPC367128"], None),
        ("FPC367128 FPC367128 04 91 00 00 06", ["FPC367128"], None),
        ("FPC367128 FPC400000 fpc400001", ["FPC367128"], NamesLeftOut(elsewhere=("FPC400000", "fpc400001"))),
        ("04 91 00 00 08", [], NamesLeftOut(free=(PhoneNumber("+33491000008"),))),
        ("FPC400000 04 91 00 00 08", ["FPC400000"], NamesLeftOut(free=(PhoneNumber("+33491000008"),))),
        ("provence", [], NamesLeftOut()),
        ("C013001;MCX-13001-01;FPC367128", ["FPC367128"], None),
        ("mcx-13001-01 provence FPC367128", ["FPC367128"], None),
        ("MCX-69003-01 martin FPC367128", ["FPC367128"], NamesLeftOut(foreign=("MCX-69003-01", "martin"))),
        ("martin FPC367128 martin-12", ["FPC367128"], NamesLeftOut(("martin-12",), foreign=("martin",))),
        ("FPC367128 svp", ["FPC367128"], NamesLeftOut(unknown=("svp",))),
        ("FPC367128 13001", ["FPC367128"], NamesLeftOut(unknown=("13001",))),
        ("martin", [], NamesLeftOut(ambiguous="martin")),
        ("", [], NamesLeftOut()),
    ],
)
def test_names_are_gathered_and_what_can_not_be_is_told(
    park: Database, text: str, references: list[str], left: NamesLeftOut | None
) -> None:
    """Of one service; nothing that was typed is lost."""
    with park.reading() as session:
        found = searching.licences_named(session, text, searching.names_in(session, text))
        rows = reading.licences(session, one_of(Licence.id, found.licence_ids))
    assert [row.reference for row in rows] == references
    parts = ("unknown", "doubtful", "several", "free", "foreign", "ambiguous", "elsewhere")
    told = found.left or NamesLeftOut()
    assert [getattr(told, part) for part in parts] == [getattr(left or told, part) for part in parts]
    assert (found.left is None) == (left is None)


def test_an_accountcode_names_its_licence_if_it_is_the_only_one(services: Services, park: Database) -> None:
    """Whatever the case, and whatever stands in it; one of several licences names none."""
    with park.writing() as session:
        session.execute(update(Licence).where(Licence.reference == "FPC367120").values(accountcode="PM128"))
        session.execute(
            update(Licence).where(Licence.reference == "FPC367121").values(accountcode="Léa / 12, fax")
        )
        session.execute(
            insert(ServiceWord), [{"word": word, "service_id": 1} for word in ("lea", "12", "fax")]
        )
    assert services.park.find("léa / 12, FAX").licence_reference == "FPC367121"
    assert services.park.find("PM129").licence_reference == "FPC367129"
    assert services.park.find("pm128").licence_ids == ()
    with park.reading() as session:
        several = searching.find(session, "FPC367129 pm128")
    assert several.left
    assert several.left.several == ("pm128",)


@pytest.mark.parametrize("text", ["06 01-12-2026", "06011 22026"])
def test_digits_of_several_things_name_no_number(park: Database, text: str) -> None:
    """Although they read as one that a licence holds, if nothing but digits counts."""
    with park.writing() as session:
        session.execute(update(Number).where(Number.e164 == "+33491000006").values(e164="+33601122026"))
        assert searching.licences_named(session, text, searching.names_in(session, text)).licence_ids == ()


def test_services_of_all_that_is_named_are_offered_where_none_has_it_all(services: Services) -> None:
    """The list is narrowed to them, and not emptied."""
    found = services.park.search_services("FPC367128 FPC400000 FPC999999")
    assert [row.reference for row in found] == ["MCX-13001-01", "MCX-69003-01"]


def test_a_site_is_named_in_quotes_too(park: Database) -> None:
    """Of any kind, and with a full stop; a label's own marks come first."""
    with park.reading() as session:
        for text in ("« Entrepôt Nord »", "“entrepot nord”", "Entrepôt Nord.", "(Entrepôt Nord)"):
            assert searching.site_named(session, 1, text).label == "Entrepôt Nord"


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"sda": "04 91 00 00 06"}, ["FPC367128"]),
    ({"sda": "0006"}, ["FPC367128"]),
    ({"licence": LicenceType.FULL}, ["FPC367121", "FPC367126"]),
    ({"accountcode": "pm128"}, ["FPC367128"]),
    ({"reference": "36712"}, [f"FPC36712{digit}" for digit in (0, 1, 2, 3, 6, 7, 8, 9)]),
    ({"state": LicenceState.TERMINATED}, []),
    ({"emergency_number": "04 91 00 00 00", "licence": LicenceType.IVR}, ["FPC367123"]),
    ({"site_id": 2}, []),
    ({"fax2mail": "04 91"}, ["FPC367127"]),
    ({"call_restriction": "International bloqué"}, ["FPC367120", "FPC367121"]),
    ({"overage_restriction": "Mobile hors forfait bloqué"}, ["FPC367121"]),
    ({"supervisor": True}, ["FPC367123"]),
    ({"supervisor": False, "licence": LicenceType.SIMPLE}, ["FPC367120"]),
    ({"call_restriction": "International bloqué", "licence": LicenceType.FULL}, ["FPC367121"]),
    ({"accountcode": "%"}, []),
    ({"accountcode": '""'}, []),
    ({"accountcode": "« pm128 »,"}, ["FPC367128"]),
    ({"accountcode": "pm128 PM129"}, ["FPC367128", "FPC367129"]),
    ({"reference": "“FPC367128”"}, ["FPC367128"]),
    ({"reference": "FPC367128, fpc367129;"}, ["FPC367128", "FPC367129"]),
    ({"sda": "04 91 00 00 06, 04 91 00 00 01;"}, ["FPC367120", "FPC367128"]),
    ({"sda": "<tel:0491000006|04 91 00 00 06>"}, ["FPC367128"]),
    ({"sda": "0006 et 0001"}, ["FPC367120", "FPC367128"]),
    ({"sda": "00 06"}, ["FPC367128"]),
    ({"sda": "+33491000006"}, ["FPC367128"]),
    ({"sda": "0033 4 91 00 00 06"}, ["FPC367128"]),
    ({"sda": "poste 6"}, []),
    ({"sda": "0010"}, []),
    ({"sda": "0033"}, []),
    ({"sda": "00590"}, []),
    ({"sda": "+590"}, []),
    ({"sda": "0032 2 55"}, []),
]


@pytest.mark.parametrize(("wanted", "references"), FILTERS)
def test_the_eleven_filters_combine(park: Database, wanted: dict[str, Any], references: list[str]) -> None:
    """Each filter leaves what matches it, and several what matches all."""
    with park.reading() as session:
        rows = reading.licences(session, reading.matching(1, LicenceFilter(**wanted)))
    assert [row.reference for row in rows] == references


def test_a_page_shows_its_rows_and_the_count_over_all_pages(services: Services) -> None:
    """« Tout sélectionner » ticks what the filters leave; the ticks survive another filter."""
    draft = services.drafts.name(OperationKind.MOVE, AGENT, None, "MCX-69003-01")[0].id
    page = services.selecting.licences(draft, AGENT)
    assert (len(page.rows), page.matching, page.total, page.pages) == (30, 980, 980, 33)
    services.selecting.filter(
        draft, AGENT, LicenceFilter(licence=LicenceType.SIMPLE, state=LicenceState.ACTIVE)
    )
    services.selecting.tick_all(draft, AGENT)
    services.selecting.tick_all(draft, AGENT)
    ticked = services.selecting.licences(draft, AGENT)
    assert ticked.ticked_total == ticked.matching
    services.selecting.filter(draft, AGENT, LicenceFilter())
    services.drafts.change(draft, AGENT, page=999)
    last = services.selecting.licences(draft, AGENT)
    assert (last.page, last.ticked_total) == (32, ticked.matching)
    services.selecting.untick_all(draft, AGENT)
    assert services.selecting.licences(draft, AGENT).ticked_total == 0


def test_ticks_touch_only_the_licences_that_are_shown(services: Services, park: Database) -> None:
    """What is ticked on another page stays, and a licence of another service counts for nothing."""
    with park.reading() as session:
        foreign = session.scalars(select(Licence.id).where(Licence.reference == "FPC400000")).one()
    draft = services.drafts.name(OperationKind.MOVE, AGENT, None, "FPC367128")[0].id
    services.selecting.tick(draft, AGENT, shown=[1, 2, foreign], ticked=[2, foreign])
    chosen = services.selecting.selection(draft, AGENT)
    named = [row.id for row in chosen.rows], [row.id for row in chosen.gone]
    assert (chosen.total, *named) == (2, [2, 7], [foreign])


def test_choosing_a_service_anew_empties_the_selection(services: Services) -> None:
    """What was ticked belonged to the other service."""
    draft = services.drafts.name(OperationKind.MOVE, AGENT, None, "FPC367128")[0].id
    services.drafts.choose_service(draft, AGENT, 2)
    assert services.selecting.selection(draft, AGENT) == Selection((), 0, ())
    assert services.drafts.with_service(draft, AGENT)[1].id == 2


def test_numbers_are_found_by_digits_or_licence(services: Services) -> None:
    """Only those that a licence holds."""
    draft = services.drafts.name(OperationKind.DISSOCIATION, AGENT, None, "MCX-13001-01")[0].id
    assert len(services.selecting.numbers(draft, AGENT, "")) == 7
    for text in ("0006", "fpc367128", "« FPC367128 »,", "<tel:0491000006|04 91 00 00 06>;", "FPC367128 FPC9"):
        found = services.selecting.numbers(draft, AGENT, text)
        assert [row.number for row in found] == [PhoneNumber("+33491000006")]


def test_a_licence_that_is_named_brings_its_numbers(services: Services) -> None:
    """`/licence-dissocier FPC367128` means the number that it holds."""
    draft = services.drafts.name(OperationKind.DISSOCIATION, AGENT, None, "FPC367128")[0].id
    assert [row.licence_reference for row in services.selecting.chosen_numbers(draft, AGENT)] == ["FPC367128"]


def test_numbers_of_another_service_are_never_chosen(services: Services, park: Database) -> None:
    """The ids come back from Slack and may be anything."""
    with park.reading() as session:
        foreign = session.scalars(
            select(Number.id).join(Service).where(Service.reference == "MCX-69003-01").limit(1)
        ).one()
    draft = services.drafts.name(OperationKind.DISSOCIATION, AGENT, None, "MCX-13001-01")[0].id
    services.selecting.choose_numbers(draft, AGENT, [foreign, 1])
    assert [row.id for row in services.selecting.chosen_numbers(draft, AGENT)] == [1]


def test_what_is_not_there_is_told_as_gone(services: Services) -> None:
    """The ids come back from Slack and may be anything."""
    draft = services.drafts.begin(OperationKind.SITE_CREATION, AGENT, None)
    form = {"customer_id": 9_999, "form": {}}
    for act in (
        lambda: services.park.site(9_999),
        lambda: services.orders.enter(ADDING_SITE, draft, AGENT, form, "V1"),
    ):
        with pytest.raises(ChoiceGone):
            act()


def test_the_site_of_a_filter_is_the_customers(services: Services, park: Database) -> None:
    """Another customer's site, by a forged id, filters nothing."""
    with park.reading() as session:
        foreign = session.scalars(select(Site.id).where(Site.customer_id != 1).limit(1)).one()
    draft = services.drafts.name(OperationKind.MOVE, AGENT, None, "MCX-13001-01")[0].id
    with pytest.raises(ChoiceGone):
        services.selecting.filter(draft, AGENT, LicenceFilter(site_id=foreign))


def test_restrictions_in_use_are_offered(services: Services) -> None:
    """Whoever filters chooses among what there is."""
    assert services.park.restrictions(1, "call_restriction", "inter") == ("International bloqué",)
    assert services.park.restrictions(1, "overage_restriction", "zzz") == ()
