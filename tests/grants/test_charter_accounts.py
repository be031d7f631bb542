"""The accounts of a charter version: typed in a table, checked by their rules, compared in words."""

import re
from typing import Any

import pytest

from grants.accounts import read
from grants.models import Charter
from grants.views.accounts_forms import AccountsForm
from grants.views.accounts_words import in_words
from grants.views.charter_compare import account_differences, compare
from tests.factories import World, open_fund
from tests.grants.test_charter_page import address, client_of, draft_by_page, drafted

pytestmark = pytest.mark.django_db
ACCOUNTS: dict[str, Any] = {
    "receivable": {"account": "4111", "label": "Locataires"},
    "vat": {"receipts": {"account": "44587"}},
    "relief": [
        {"account": "7091", "component": "charges", "label": "Remises sur charges"},
        {"account": "", "form": "waiver", "regime": "debits"},
    ],
}


def latest(world: World) -> Charter:
    return Charter.objects.get(fund=world.fund, version=2)


def words(accounts: dict[str, Any]) -> dict[str, str]:
    return dict(in_words(read(accounts)))


def test_left_empty_they_are_the_usual_ones_and_said_to_be_assumed() -> None:
    world = open_fund()
    page = client_of(world.landlord_manager).get(address(world, "charter_draft")).content.decode()
    assert "plan comptable" in page
    assert 'placeholder="411"' in page
    assert draft_by_page(world).status_code == 302
    assert latest(world).accounts == {}
    said = words({})
    assert said["avoir"] == "709 Rabais, remises et ristournes accordés (hypothèse)"
    assert said["franchise de loyer"] == "aucune écriture (hypothèse)"


def test_what_is_kept_comes_back_and_is_kept_again() -> None:
    world = open_fund(accounts=ACCOUNTS)
    assert draft_by_page(world).status_code == 302
    assert latest(world).accounts == ACCOUNTS


def test_rules_are_added_changed_and_dropped() -> None:
    world = open_fund(accounts=ACCOUNTS)
    answer = draft_by_page(
        world,
        receivable_account="",
        receivable_label="",
        rule_0_account="7092",
        rule_0_label="",
        rule_1_form="",
        rule_1_regime="",
        rule_1_nothing=None,
        rule_2_form="waiver",
        rule_2_account="6581",
    )
    assert answer.status_code == 302, answer.content.decode()
    assert latest(world).accounts == {
        "vat": {"receipts": {"account": "44587"}},
        "relief": [{"account": "7092", "component": "charges"}, {"account": "6581", "form": "waiver"}],
    }


def test_all_that_is_wrong_is_told_at_its_field() -> None:
    world = open_fund()
    page = draft_by_page(
        world,
        ceiling="beaucoup",
        receivable_label="Locataires",
        vat_receipts_account="TVA",
        rule_0_form="waiver",
        rule_1_account="70",
        rule_1_label="x" * 101,
    ).content.decode()
    for field in ("ceiling", "receivable_account", "vat_receipts_account", "rule_0_account", "rule_1_account"):
        assert f'id="id_{field}_error"' in page, field
    assert 'id="id_rule_1_label_error"' in page
    assert "videz toute la ligne" in page


def test_an_account_for_nothing_and_two_rules_for_the_same_are_told() -> None:
    world = open_fund()
    both = draft_by_page(world, rule_0_account="709", rule_0_nothing="on").content.decode()
    assert 'id="id_rule_0_nothing_error"' in both
    twice = draft_by_page(world, rule_0_account="709", rule_1_account="7099").content.decode()
    assert 'id="id_rule_1_account_error"' in twice


def test_a_reason_without_a_place_of_its_own_is_not_lost() -> None:
    form = AccountsForm({"rules_shown": "1", "rule_0_account": "709"}, charter=Charter())
    assert form.is_valid()
    places = ["accounts/relief/0", "accounts/relief/7", "accounts/nowhere/at/all", "accounts", "ceiling_cents"]
    assert [form.place_of(place) for place in places] == ["rule_0_account", None, None, None, None]


def test_two_versions_are_compared_in_words() -> None:
    world = open_fund()
    draft = drafted(world, accounts=ACCOUNTS)
    rows = {row.label: row for row in account_differences(world.charter, draft)}
    assert rows["avoir"].after.splitlines() == [
        "loyer : 709 Rabais, remises et ristournes accordés (hypothèse)".replace(" :", "\u00a0:"),
        "provisions sur charges : 7091 Remises sur charges".replace(" :", "\u00a0:"),
        "impôts et taxes refacturés : 709 Rabais, remises et ristournes accordés (hypothèse)".replace(" :", "\u00a0:"),
    ]
    # The form counts before the component, and of the regimes only one is named.
    assert len(rows["abandon de créance"].after.splitlines()) == 9
    assert account_differences(None, draft) == []
    assert [group.title for group in compare(world.charter, draft)][-1] == "Comptes comptables"
    where = address(world, "charter_preview", 2)
    page = client_of(world.landlord_manager).get(where).content.decode()
    assert "Comptes modifiés" in page
    assert re.search(r"44587 TVA à régulariser", page)


def test_the_preview_says_nothing_of_accounts_that_stay() -> None:
    world = open_fund(accounts=ACCOUNTS)
    drafted(world, accounts=ACCOUNTS)
    assert (
        "Comptes modifiés"
        not in client_of(world.landlord_manager).get(address(world, "charter_preview", 2)).content.decode()
    )
