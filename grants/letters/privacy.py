"""The words of the information notice and of the register; the facts and durations come from the code's own tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from grants.eligibility import FACTS
from grants.eligibility.facts import FactKind
from grants.enums import Visibility
from grants.retention import CREDITED, DRAFT, READ_LOG, REFUSED, SIGN_IN_LOG, Rule

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


LISTED = _(
    "the decision lists that name the business, also one whose application was refused: accounting records of the fund,"
    " kept as long as the applications credited"
)


@dataclass(frozen=True, slots=True)
class Notice:
    """What one group of people is told: what is kept on them, why, who reads it, how long."""

    anchor: str
    title: "_StrPromise"
    kept: "Sequence[object]"
    why: "_StrPromise"
    basis: "_StrPromise"
    readers: "_StrPromise"
    rules: Sequence[Rule]


def notices() -> list[Notice]:
    return [
        Notice(
            anchor="locataires",
            title=_("For tenant businesses"),
            kept=[
                _("name, SIRET, activity code and address of the business, and who speaks for it"),
                _("the leases, and what the landlord calls for each month"),
                _("what you declare or prove: %(facts)s") % {"facts": ", ".join(declared())},
                _("the documents you hand in; neither identity papers nor bank details are asked for"),
                _("the opinion, the decision and the relief credited"),
                LISTED,
            ],
            why=_("To examine your request for relief of rent and charges, decide on it and credit it."),
            basis=_(
                "The legitimate interest of the landlord and the chamber in carrying out the fund's charter"
                " (GDPR, art. 6(1)(f)); the legal duty to keep accounting documents (art. 6(1)(c))."
            ),
            readers=_(
                "The people of the chamber and of the landlord who have a role in the fund, and its auditors. The"
                " landlord never reads your turnover or its evidence: it sees whether the criterion is met."
            ),
            rules=(DRAFT, REFUSED, CREDITED),
        ),
        Notice(
            anchor="cma",
            title=_("For the people of the chamber"),
            kept=[
                _("your name, professional address and roles in the funds, with their dates"),
                _("what you do in a file, with the day and the hour"),
                _("your sign-ins, and the documents and exports you read"),
                _("the messages you are sent, and whether they left"),
            ],
            why=_("To know who may do what, to prove who decided what, and to keep the service safe."),
            basis=_(
                "The legitimate interest in carrying out the charter and in its audit (GDPR, art. 6(1)(f)); the"
                " security of the processing (art. 32)."
            ),
            readers=_("The people who have a role in the same fund; the logs, only who keeps the service safe."),
            rules=(CREDITED, SIGN_IN_LOG, READ_LOG),
        ),
        Notice(
            anchor="bailleur",
            title=_("For the people of the landlord"),
            kept=[
                _("your name, professional address and roles in the funds, with your delegation of powers"),
                _("the visas, credits and decisions you give, with the day and the hour"),
                _("your sign-ins, and the documents and exports you read"),
                _("the messages you are sent, and whether they left"),
            ],
            why=_("To know who may do what, to prove who decided what, and to keep the service safe."),
            basis=_(
                "The legitimate interest in carrying out the charter and in its audit (GDPR, art. 6(1)(f)); the legal"
                " duty to keep accounting documents (art. 6(1)(c)); the security of the processing (art. 32)."
            ),
            readers=_("The people who have a role in the same fund; the logs, only who keeps the service safe."),
            rules=(CREDITED, SIGN_IN_LOG, READ_LOG),
        ),
    ]


def declared() -> list[str]:
    """The facts about a business, as their readers know them."""
    return [str(kind.label) for kind in FACTS.values()]


@dataclass(frozen=True, slots=True)
class Processing:
    """One processing of the register (GDPR, art. 30)."""

    name: "_StrPromise"
    purpose: "_StrPromise"
    people: "_StrPromise"
    recipients: "_StrPromise"
    facts: Sequence["FactRow"]
    rules: Sequence[Rule]
    records: "Sequence[_StrPromise]" = ()
    """What names people and is kept as a whole, whatever becomes of their files."""


@dataclass(frozen=True, slots=True)
class FactRow:
    """A category of data: who supplies it, who reads it."""

    kind: FactKind

    @property
    def label(self) -> str:
        return str(self.kind.label)

    @property
    def supplier(self) -> str:
        return str(self.kind.supplier.label)

    @property
    def readers(self) -> str:
        return str(Visibility(self.kind.visibility).label)


def processings() -> list[Processing]:
    return [
        Processing(
            name=_("Requests for relief of rent and charges"),
            purpose=_("Examine the requests, decide on them, credit the relief, prove it to auditors."),
            people=_("Tenant businesses, sole traders among them, and who speaks for them."),
            recipients=_("Chamber and landlord, each what it may see; the fund's auditors."),
            facts=[FactRow(kind) for kind in FACTS.values()],
            rules=(DRAFT, REFUSED, CREDITED),
            records=[LISTED],
        ),
        Processing(
            name=_("Accounts, roles and logs"),
            purpose=_("Give each person their roles, prove who decided what, keep the service safe."),
            people=_("People of the chamber, of the landlord, auditors."),
            recipients=_("The people of the same fund; the logs, only who keeps the service safe."),
            facts=[],
            rules=(CREDITED, SIGN_IN_LOG, READ_LOG),
        ),
    ]
