"""A charter version's accounts in words: what each form of relief is booked on, and what of it is assumed."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from grants.accounts import Accounts, Booked
from grants.enums import ReliefForm
from grants.views.accounts_forms import OTHERS, VAT_LABELS
from landlords.enums import Component, VatRegime

Pair = tuple[str, str]


def in_words(accounts: Accounts) -> Iterator[Pair]:
    """(what, which account) of everything that can be booked; the accounts of a form that differ, one a line."""
    for form in ReliefForm:
        yield str(form.label), "\n".join(_of_form(accounts, form))
    said: dict[str, Booked | None] = {"receivable": accounts.receivable}
    said |= {f"vat_{regime}": getattr(accounts.vat, regime) for regime in VAT_LABELS}
    for name, (label, usual) in OTHERS.items():
        own = said[name]
        yield str(label), _named(own or usual, assumed=own is None)


def _of_form(accounts: Accounts, form: ReliefForm) -> Iterator[str]:
    """One line where all is booked alike; else one for each component; where its regimes differ, one for each."""

    def of(component: Component, regime: VatRegime) -> str:
        rule = accounts.rule_of(form, component, regime)
        return _named(Booked(rule.account, rule.label), assumed=rule not in accounts.relief)

    by_component = {component: [of(component, regime) for regime in VatRegime] for component in Component}
    if len({name for names in by_component.values() for name in names}) == 1:
        yield by_component[Component.RENT][0]
        return
    for component, names in by_component.items():
        if len(set(names)) == 1:
            yield _("%(label)s: %(value)s") % {"label": component.label, "value": names[0]}
            continue
        for regime, name in zip(VatRegime, names, strict=True):
            yield _("%(label)s: %(value)s") % {"label": f"{component.label}, {regime.label}", "value": name}


def _named(booked: Booked, *, assumed: bool) -> str:
    name = f"{booked.account} {booked.name}" if booked.account else _("nothing is booked")
    return _("%(account)s (assumed)") % {"account": name} if assumed else name
