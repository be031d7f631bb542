"""`Charter.accounts`: what it may say, what its silence means, which rule decides."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants import accounts
from grants.accounts import Booked, read
from grants.enums import ReliefForm
from grants.exceptions import BadInput
from landlords.enums import Component, VatRegime

RENT, DEBITS, EXEMPT = Component.RENT, VatRegime.DEBITS, VatRegime.EXEMPT
NAMED_IN_THE_DOCSTRING = {
    "receivable": {"account": "411", "label": "Locataires"},
    "vat": {"receipts": {"account": "4458"}, "debits": {"account": "44571", "label": "TVA collectée"}},
    "relief": [
        {"account": "709"},
        {"account": "7091", "component": "charges", "label": "Remises sur provisions de charges"},
        {"account": "658", "form": "waiver", "regime": "debits"},
        {"account": "", "form": "rent_free_rider"},
    ],
}


def relief(data: Any, form: ReliefForm, component: Component = RENT, regime: VatRegime = EXEMPT) -> str | None:
    booked = read(data).of_relief(form, component, regime)
    return booked.account if booked else None


@pytest.mark.parametrize(
    ("form", "account"),
    [
        (ReliefForm.CREDIT_NOTE, "709"),
        (ReliefForm.DEDUCTION, "709"),
        (ReliefForm.EXIT_BALANCE, "709"),
        (ReliefForm.WAIVER, "658"),
        (ReliefForm.RENT_FREE_RIDER, None),
    ],
)
def test_an_empty_charter_books_as_is_usual_and_says_that_this_is_an_assumption(
    form: ReliefForm, account: str | None
) -> None:
    assert read({}).is_assumed
    for component, regime in product(Component, VatRegime):
        assert relief({}, form, component, regime) == account


def test_by_default_vat_on_receipts_waits_on_another_account_than_vat_on_debits() -> None:
    usual = read({})
    assert usual.of_receivable() == Booked("411")
    assert usual.of_receivable().name == "Clients - locataires"
    assert [usual.of_vat(regime).account for regime in VatRegime] == ["44571", "4458", "44571"]
    assert usual.of_vat(DEBITS).name == "TVA collectée"


def test_the_example_of_the_docstring_says_what_it_says() -> None:
    said = read(NAMED_IN_THE_DOCSTRING)
    assert not said.is_assumed
    assert said.of_receivable().name == "Locataires"
    assert said.of_vat(VatRegime.RECEIPTS) == Booked("4458")
    assert said.of_vat(VatRegime.EXEMPT).account == "44571"
    assert relief(NAMED_IN_THE_DOCSTRING, ReliefForm.CREDIT_NOTE) == "709"
    assert relief(NAMED_IN_THE_DOCSTRING, ReliefForm.CREDIT_NOTE, Component.CHARGES) == "7091"
    assert relief(NAMED_IN_THE_DOCSTRING, ReliefForm.WAIVER, RENT, DEBITS) == "658"
    assert relief(NAMED_IN_THE_DOCSTRING, ReliefForm.RENT_FREE_RIDER) is None


def test_one_account_for_all_changes_neither_waivers_nor_books_what_was_never_invoiced() -> None:
    """A form of its own is named by a rule of its own, the defaults' ones too."""
    for_all = {"relief": [{"account": "709100"}]}
    assert relief(for_all, ReliefForm.CREDIT_NOTE) == "709100"
    assert relief(for_all, ReliefForm.WAIVER) == "658"
    assert relief(for_all, ReliefForm.RENT_FREE_RIDER) is None


def test_a_charters_own_rule_comes_before_the_default_for_the_same() -> None:
    rules = [{"account": "6588", "form": "waiver"}, {"account": "7098", "form": "rent_free_rider"}]
    assert relief({"relief": rules}, ReliefForm.WAIVER) == "6588"
    assert relief({"relief": rules}, ReliefForm.RENT_FREE_RIDER) == "7098"
    assert relief({"relief": rules}, ReliefForm.CREDIT_NOTE) == "709"


def test_the_most_specific_rule_decides_then_the_form_then_the_component() -> None:
    rules = [
        {"account": "7091", "regime": "debits"},
        {"account": "7092", "component": "rent"},
        {"account": "7093", "form": "credit_note"},
        {"account": "7094", "component": "charges", "regime": "debits"},
    ]
    assert relief({"relief": rules}, ReliefForm.CREDIT_NOTE, RENT, DEBITS) == "7093"
    assert relief({"relief": rules}, ReliefForm.DEDUCTION, RENT, DEBITS) == "7092"
    assert relief({"relief": rules}, ReliefForm.DEDUCTION, Component.RECHARGED_TAXES, DEBITS) == "7091"
    assert relief({"relief": rules}, ReliefForm.CREDIT_NOTE, Component.CHARGES, DEBITS) == "7094"
    assert relief({"relief": rules[::-1]}, ReliefForm.CREDIT_NOTE, RENT, DEBITS) == "7093", "the order says nothing"


def test_everything_that_is_wrong_is_told_at_once_with_its_place() -> None:
    bad = {
        "receivable": {"account": "41"},
        "vat": {"debits": {"account": ""}, "margin": {"account": "445"}},
        "relief": [
            {"account": "70é"},
            {"account": "709", "form": "gift", "label": "x" * 101},
            {"account": "709", "component": "rent", "label": "two\nlines"},
            {"account": "7091", "component": "rent"},
            "709",
        ],
        "bank": "512",
    }
    with pytest.raises(BadInput) as refusal:
        read(bad)
    assert {(breach.code, breach.pointer) for breach in refusal.value.breaches} == {
        ("account", "receivable/account"),
        ("account_missing", "vat/debits/account"),
        ("unknown_field", "vat/margin"),
        ("account", "relief/0/account"),
        ("unknown_choice", "relief/1/form"),
        ("account_label", "relief/2/label"),
        ("rule_twice", "relief/3"),
        ("unreadable", "relief/4"),
        ("unknown_field", "bank"),
    }


def test_rules_for_the_same_things_are_refused_by_themselves_too() -> None:
    twice = {"relief": [{"account": "709"}, {"account": "708"}]}
    assert [str(breach.pointer) for breach in accounts.faults(twice)] == ["relief/1"]
    assert accounts.faults(twice)[0].params == {"first": 1}


@pytest.mark.parametrize("account", ["709", "709000", "7090LOY", "4".zfill(3), "411" + "9" * 17])
def test_accounts_that_are_some(account: str) -> None:
    assert accounts.faults({"receivable": {"account": account}}) == ()


@pytest.mark.parametrize(
    "account", ["", " ", "70", "A09", "709 00", "709-1", "\uff17\uff10\uff19", "709\n", "411" + "9" * 18]
)
def test_accounts_that_are_none(account: str) -> None:
    (fault,) = accounts.faults({"receivable": {"account": account}})
    assert fault.pointer == "receivable/account"


def test_an_unusual_account_without_a_label_is_called_by_its_number() -> None:
    assert Booked("672").name == "Compte 672"
    assert Booked("445710").name == "TVA collectée"
    assert Booked("445710", " TVA 20 % ").name == "TVA 20 %"


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
NEAR = st.fixed_dictionaries({}, optional={"receivable": JSON, "vat": JSON, "relief": JSON | st.lists(JSON)})


@given(JSON | NEAR)
def test_whatever_is_sent_is_read_or_refused(data: Any) -> None:
    assert all(str(fault) for fault in accounts.faults(data))
