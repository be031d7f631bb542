"""Where a charter version books its relief, as the landlord's accountant says: `Charter.accounts`. A leaf.

    {
      "receivable": {"account": "411", "label": "Locataires"},
      "vat": {"receipts": {"account": "4458"}, "debits": {"account": "44571", "label": "TVA collectée"}},
      "relief": [
        {"account": "709"},
        {"account": "7091", "component": "charges", "label": "Remises sur provisions de charges"},
        {"account": "658", "form": "waiver", "regime": "debits"},
        {"account": "", "form": "rent_free_rider"}
      ]
    }

Everything may be left out: what isn't said is as `DEFAULTS` has it, and `{}` is all of them. A rule of `relief` holds
for the form, component and regime it names, and for all where it names none. The most specific rule decides: the one
that names more; of two that name as much, the form counts before the component, the component before the regime. The
defaults are rules among the others, so that “709 for all” doesn't book a rent-free rider; one gives way to the
charter's own rule for exactly the same. An empty account means that nothing is booked (the rent was never invoiced). A
label that isn't given is the usual one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import gettext_lazy as _

from grants.eligibility.strict_json import load
from grants.enums import ReliefForm
from grants.exceptions import BadInput, Breach
from landlords.enums import Component, VatRegime

ACCOUNT: Final = re.compile(r"[0-9]{3}[0-9A-Za-z]*", re.ASCII)
ACCOUNT_LENGTH: Final = 20
LABEL_LENGTH: Final = 100

ASSUMED: Final = _(
    "The charter names no accounts: these are the usual ones of the French chart of accounts (PCG), an assumption for"
    " your accountant to confirm."
)

USUAL_LABELS: Final = {
    "411": "Clients - locataires",
    "4457": "TVA collectée",
    "4458": "TVA à régulariser ou en attente",
    "658": "Charges diverses de gestion courante",
    "709": "Rabais, remises et ristournes accordés",
}
"""Names of the French chart of accounts, which are French in every language, by the beginning of the account."""


@dataclass(frozen=True, slots=True)
class Booked:
    """An account and what it is called in the landlord's books."""

    account: str
    label: str = ""

    def problems(self) -> Iterator[Breach]:
        if not self.account:
            yield Breach("account_missing", _("Give the number of the account."), {}, "account")
        else:
            yield from account_problems(self.account)
        yield from label_problems(self.label)

    @property
    def name(self) -> str:
        """Its label; without one, the usual name of the longest account number that it begins with."""
        usual = [start for start in USUAL_LABELS if self.account.startswith(start)]
        return self.label.strip() or (USUAL_LABELS[max(usual, key=len)] if usual else f"Compte {self.account}")


@dataclass(frozen=True, slots=True)
class ReliefRule:
    """The account that relief is charged to, for what it names; an empty one says that nothing is booked."""

    account: str
    form: ReliefForm | None = None
    component: Component | None = None
    regime: VatRegime | None = None
    label: str = ""

    def problems(self) -> Iterator[Breach]:
        if self.account:
            yield from account_problems(self.account)
        yield from label_problems(self.label)

    @property
    def covers(self) -> tuple[ReliefForm | None, Component | None, VatRegime | None]:
        return self.form, self.component, self.regime

    def holds_for(self, form: ReliefForm, component: Component, regime: VatRegime) -> bool:
        given = zip(self.covers, (form, component, regime), strict=True)
        return all(named is None or named == value for named, value in given)

    @property
    def precision(self) -> tuple[int, bool, bool, bool]:
        """How much it names; of as much, the form before the component, the component before the regime."""
        form, component, regime = (named is not None for named in self.covers)
        return form + component + regime, form, component, regime


@dataclass(frozen=True, slots=True)
class VatAccounts:
    """Where the VAT of a relief goes, by the regime of the rent call it is on."""

    exempt: Booked | None = None
    receipts: Booked | None = None
    debits: Booked | None = None


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of a charter version, as it says them."""

    receivable: Booked | None = None
    vat: VatAccounts = field(default_factory=VatAccounts)
    relief: tuple[ReliefRule, ...] = ()

    @property
    def is_assumed(self) -> bool:
        """Whether the charter says nothing: the accounts are then for the accountant to confirm."""
        return self == Accounts()

    def of_receivable(self) -> Booked:
        """The tenant's account, on the other side of every entry."""
        return self.receivable or RECEIVABLE

    def of_vat(self, regime: VatRegime) -> Booked:
        """Where the VAT taken back goes. A call that bears VAT isn't exempt: `exempt` catches what was mended since."""
        said = {VatRegime.EXEMPT: self.vat.exempt, VatRegime.RECEIPTS: self.vat.receipts}.get(regime, self.vat.debits)
        return said or VAT[regime]

    def of_relief(self, form: ReliefForm, component: Component, regime: VatRegime) -> Booked | None:
        """The account charged; None where nothing is to be booked."""
        rule = self.rule_of(form, component, regime)
        return Booked(rule.account, rule.label) if rule.account else None

    def rule_of(self, form: ReliefForm, component: Component, regime: VatRegime) -> ReliefRule:
        """The rule that decides, of the charter's own and the defaults."""
        # `max` keeps the first of several as precise, and two rules as precise that both hold cover the same.
        holding = [rule for rule in (*self.relief, *DEFAULTS) if rule.holds_for(form, component, regime)]
        return max(holding, key=lambda rule: rule.precision)


RECEIVABLE: Final = Booked("411")
VAT: Final = {
    VatRegime.EXEMPT: Booked("44571"),
    # VAT on receipts isn't due before the rent is paid: it waits on another account, and leaves it again.
    VatRegime.RECEIPTS: Booked("4458"),
    VatRegime.DEBITS: Booked("44571"),
}
DEFAULTS: Final = (
    ReliefRule("709"),
    ReliefRule("658", form=ReliefForm.WAIVER),
    ReliefRule("", form=ReliefForm.RENT_FREE_RIDER),
)
"""Rent that was invoiced: 709, less turnover. A claim that is waived: 658, a current charge. A rent-free rider: that
rent is never invoiced, so there is nothing to book (recommendation K2 of the ANC). All to be confirmed."""


def read(data: object) -> Accounts:
    """`Charter.accounts` as accounts. Raises BadInput with everything that is wrong, each with its place in it."""
    found = list(rules_twice(data))
    try:
        accounts = load(Accounts, data)
    except BadInput as refusal:
        raise BadInput([*refusal.breaches, *found]) from None
    if found:
        raise BadInput(found)
    return accounts


def faults(data: object) -> tuple[Breach, ...]:
    """Everything that is wrong with `Charter.accounts`; nothing where it can be read."""
    try:
        read(data)
    except BadInput as refusal:
        return refusal.breaches
    return ()


def rules_twice(data: object) -> Iterator[Breach]:
    """Rules for the same things, looked for in what was sent, so that they are told along with what can't be read."""
    rules = data.get("relief") if isinstance(data, Mapping) else None
    first: dict[str, int] = {}
    for place, rule in enumerate(rules if isinstance(rules, list | tuple) else ()):
        if not isinstance(rule, Mapping):
            continue
        covers = repr([rule.get(name) for name in ("form", "component", "regime")])
        if first.setdefault(covers, place) != place:
            message = _("This rule is for the same form, component and VAT regime as rule %(first)s.")
            yield Breach("rule_twice", message, {"first": first[covers] + 1}, f"relief/{place}")


def account_problems(account: str) -> Iterator[Breach]:
    if not ACCOUNT.fullmatch(account) or len(account) > ACCOUNT_LENGTH:
        message = _(
            "“%(account)s” is no account: it begins with three digits, then digits and letters without accents,"
            " %(limit)s characters at most, e.g. 709000."
        )
        yield Breach("account", message, {"account": account[:60], "limit": ACCOUNT_LENGTH}, "account")


def label_problems(label: str) -> Iterator[Breach]:
    if len(label) > LABEL_LENGTH or not label.isprintable():
        message = _("A label is one line of at most %(limit)s characters.")
        yield Breach("account_label", message, {"limit": LABEL_LENGTH}, "label")
