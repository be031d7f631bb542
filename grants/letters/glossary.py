"""The glossary of /aide: the words of the interface, each in one sentence. docs/glossary.md is the translators'."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from grants.enums import Account, Role, State

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Term:
    label: object
    """A lazy string, or a member of an enum, whose label it is."""
    meaning: "_StrPromise"

    @property
    def word(self) -> str:
        return str(getattr(self.label, "label", self.label))


@dataclass(frozen=True, slots=True)
class Section:
    anchor: str
    title: "_StrPromise"
    terms: Sequence[Term]


GLOSSARY: Final = (
    Section(
        "parties",
        _("Parties and roles"),
        (
            Term(_("landlord"), _("who lets the premises, and whose money the fund is")),
            Term(_("chamber"), _("the chamber of trades, which files for the tenant businesses")),
            Term(Role.ADVISOR, _("files, answers, records a withdrawal")),
            Term(Role.ASSESSOR, _("requests information and gives the opinion")),
            Term(Role.APPROVER, _("grants, sends back or refuses, under a delegation of powers")),
            Term(Role.PAYER, _("records each relief with its voucher")),
            Term(Role.MANAGER, _("watches over the fund for one side, and names people")),
            Term(Role.AUDITOR, _("reads everything and changes nothing")),
            Term(_("deputy"), _("acts for somebody between two dates, under their own name")),
        ),
    ),
    Section(
        "objets",
        _("What it is about"),
        (
            Term(_("fund"), _("a landlord's money for relief, under a charter")),
            Term(_("charter"), _("what landlord and chamber signed: who is eligible, how much, until when")),
            Term(_("tenant business"), _("the firm that rents premises and asks for relief")),
            Term(_("premises"), _("a shop or workshop of the landlord")),
            Term(_("lease"), _("the contract under which the premises are let")),
            Term(_("rent call"), _("what the landlord calls for a month or a quarter: rent, charges, recharged taxes")),
            Term(_("rent roll"), _("the landlord's list of premises, tenants, leases and rents")),
            Term(
                _("application"), _("a tenant business's request for relief, with its facts, documents and decisions")
            ),
            Term(_("relief line"), _("the relief of one month and component of one lease")),
            Term(_("mandate"), _("the tenant's word that the chamber may file for it")),
            Term(_("moratorium"), _("a later date to pay; it is no relief")),
            Term(_("criterion"), _("a condition of the charter")),
            Term(_("finding"), _("what a criterion comes to for an application: met, not met or to verify")),
            Term(_("receipt"), _("what the tenant gets when the application is submitted, with its reference")),
        ),
    ),
    Section(
        "etats",
        _("States of an application"),
        (
            Term(State.DRAFT, _("being prepared; it claims no month")),
            Term(State.SUBMITTED, _("it has its rank and waits for an opinion")),
            Term(State.INFO_REQUESTED, _("something is missing, and has a due date")),
            Term(State.WAITLISTED, _("the opinion is favourable, and the fund is short")),
            Term(State.ELIGIBLE, _("the opinion is favourable, and the money is reserved")),
            Term(State.INELIGIBLE, _("an opinion; only the landlord refuses")),
            Term(State.APPROVED, _("the landlord has granted it; its lines are to be credited")),
            Term(State.CREDITED, _("every line granted is on the tenant's account")),
            Term(State.REVERSED, _("what was credited was taken back")),
            Term(State.CANCELLED, _("what was granted was given up before it was credited")),
            Term(State.REJECTED, _("the landlord has refused it, with a reason")),
            Term(State.WITHDRAWN, _("the tenant gave up")),
            Term(State.LAPSED, _("closed because the information requested did not come")),
        ),
    ),
    Section(
        "journal",
        _("The ledger"),
        (
            Term(_("ledger"), _("all that ever happened to a fund's money; nothing in it is changed or removed")),
            Term(_("ledger entry"), _("one amount that moved from one account to another")),
            Term(_("ceiling"), _("the most that the charter lets the landlord put into the fund")),
            Term(Account.ENDOWMENT, _("what the landlord has put in")),
            Term(Account.AVAILABLE, _("not promised to anybody")),
            Term(Account.RESERVED, _("set aside by a favourable opinion")),
            Term(Account.COMMITTED, _("granted and not credited yet")),
            Term(Account.CREDITED, _("on the tenants' accounts")),
            Term(_("value date"), _("the day on which an entry took effect")),
            Term(_("digest"), _("a number computed from an entry and the one before, by which any change shows")),
        ),
    ),
)
