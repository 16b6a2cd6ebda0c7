"""Adding a site to a customer: the form, what is planned, and from what (procedure 4)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

from sqlalchemy import select

from domain import drafts, operations, park
from domain.changes import Change, Following, Moment, NewSite, Plan, Procedure, Side
from domain.errors import (
    DoubtfulPhoneNumber,
    DraftIncomplete,
    FormInvalid,
    Naming,
    SiteLabelTaken,
    TextMissing,
    TextTooLong,
)
from domain.tables import KEY_LIMIT, Customer, Site
from domain.values import Field, OperationKind, PhoneNumber, PostalCode, fold, typed, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from domain.rows import CustomerRow, SiteRow


LIMITS = {"label": 75, "address": 150, "postal_code": 10, "city": 90, "phone": 30}
"""Characters that the fields may have: the address on one line must fit the record."""


@dataclass(frozen=True)
class SiteForm:
    """A site as a person describes it."""

    label: str
    address: str
    postal_code: str
    city: str
    phone: str | None

    @classmethod
    def parse(cls, fields: dict[str, str | None]) -> Self:
        """Read the fields, all of them needed but `phone`. Raises FormInvalid with every fault at once."""
        texts: dict[str, str] = {}
        faults: dict[str, Naming] = {}
        for name in ("label", "address", "postal_code", "city", "phone"):
            try:
                texts[name] = _read(name, fields.get(name))
            except Naming as fault:
                faults[name] = fault
        if faults:
            raise FormInvalid(faults)
        phone = texts.pop("phone") or None
        return cls(**texts, phone=phone)

    @property
    def label_key(self) -> str:
        """Two labels with the same key are the same label, whatever the case and accents."""
        return fold(self.label)

    @property
    def address_key(self) -> str:
        """Two sites of a customer with the same key are at the same address."""
        return address_key(self.postal_code, self.address)


def address_key(postal_code: str, address: str) -> str:
    """Postal code and street, without case, accents and punctuation."""
    return " ".join((postal_code, *words(address)))


def _read(name: str, entered: str | None) -> str:
    text = typed(name, entered, LIMITS[name])
    if text is None:
        if name == "phone":
            return ""
        raise TextMissing(name)
    if len(fold(text)) > KEY_LIMIT:  # one letter may be several in the key, as ㎢ is
        raise TextTooLong(name, LIMITS[name])
    if name == "phone":
        return _phone(text).e164
    return PostalCode.parse(text).digits if name == "postal_code" else text


def _phone(text: str) -> PhoneNumber:
    number = PhoneNumber.parse(text)
    if number.country and text != number.e164:  # a form has no plan that would show it with its country
        raise DoubtfulPhoneNumber(text, number)
    return number


@dataclass(frozen=True)
class SitePlan(Plan):
    """A site to add, and the customer's sites that stand at the same address."""

    customer: CustomerRow
    form: SiteForm
    similar: tuple[SiteRow, ...]

    @property
    def customer_id(self) -> int:
        """The customer."""
        return self.customer.id

    @property
    def service_id(self) -> None:
        """A site is no service's."""

    @cached_property
    def lines(self) -> tuple[Change, ...]:
        """The site."""
        form = self.form
        site = NewSite(
            customer_id=self.customer.id,
            label_key=form.label_key,
            address_key=form.address_key,
            **asdict(form),
        )
        text = f"{form.address}, {form.postal_code} {form.city}"
        return (Change(Field.NEW_SITE, form.label, Side(), Side(text), site=site),)


def plan_site(customer: CustomerRow, sites: Sequence[SiteRow], form: SiteForm) -> SitePlan:
    """Hold a form against the customer's sites. Raises SiteLabelTaken."""
    for site in sites:
        if fold(site.label) == form.label_key:
            raise SiteLabelTaken(site.label)
    at_address = [site for site in sites if address_key(site.postal_code, site.address) == form.address_key]
    return SitePlan(customer, form, tuple(at_address))


def _plan(session: Session, row: drafts.DraftRow, moment: Moment) -> SitePlan:
    if row.customer_id is None or row.form is None:
        raise DraftIncomplete
    if moment.lock:  # two people who add sites to one customer take turns
        session.execute(select(Customer.id).where(Customer.id == row.customer_id).with_for_update())
    sites = park.sites(session, Site.customer_id == row.customer_id)
    return plan_site(park.customer(session, row.customer_id), sites, SiteForm(**row.form))


def _follow(session: Session, row: drafts.DraftRow, moment: Moment) -> Following | None:
    """Choose the site in the procedure that it was added for."""
    if row.parent_id is None:
        return None
    added = operations.created_site(session, row.id)
    parent = drafts.unspent(session, drafts.read(session, row.parent_id, row.owner), moment.at)
    return Following(drafts.fill(session, parent.id, row.owner, {"destination_id": added}))


ADDING_SITE = Procedure(OperationKind.SITE_CREATION, _plan, _follow, at_once=lambda plan: not plan.similar)
