"""A fund and its charter's versions before they bind anybody."""

from datetime import date
from functools import partial
from typing import Any

import pytest

from fundadmin.models import User
from grants.actions.charters import create_fund, draft_charter
from grants.actions.funding import propose, refuse
from grants.actions.version_rules import Promise
from grants.eligibility import CriterionSpec
from grants.enums import FundAction, FundState
from grants.exceptions import BadInput, KeyReused, NotAllowed, RuleRefused
from grants.models import Charter, Event, Fund
from landlords.models import Landlord
from tests import factories_landlords
from tests.factories import (
    OPENED_ON,
    PDF,
    World,
    charter_terms,
    fund_action,
    key,
    open_fund,
    prepared_fund,
    user,
)
from tests.grants.actions.refusal import not_allowed, refused
from tests.grants.parallel import at_once, done
from tests.grants.parallel import refused as refusals

pytestmark = pytest.mark.django_db
HEADCOUNT = CriterionSpec("headcount", {"op": "<=", "n": 10}, "art. 2")


@pytest.fixture
def landlord() -> Landlord:
    return factories_landlords.landlord()


@pytest.fixture
def admin() -> User:
    return user(is_staff=True)


def created(landlord: Landlord, by: User, **asked: Any) -> Fund:
    given = {"code": "oise-2020", "name": "Fonds inventé", "landlord": landlord, "key": key(), "on": OPENED_ON}
    return create_fund(by=by, **given | asked)


def drafted(world: World, by: User | None = None, **asked: Any) -> Charter:
    given = {"key": key(), "on": OPENED_ON} | charter_terms()
    return draft_charter(fund=world.fund, by=by or world.admin, **given | asked)


class TestCreateFund:
    def test_in_preparation(self, landlord: Landlord, admin: User) -> None:
        fund = created(landlord, admin, name=" Fonds inventé ")
        assert (fund.code, fund.name, fund.state) == ("oise-2020", "Fonds inventé", FundState.DRAFT)
        assert Event.objects.get(fund=fund).action == "create_fund"

    def test_by_an_administrator(self, landlord: Landlord) -> None:
        with not_allowed("administrator"):
            created(landlord, user())

    def test_a_replay_returns_the_first(self, landlord: Landlord, admin: User) -> None:
        same = key()
        assert created(landlord, admin, key=same) == created(landlord, admin, key=same)
        assert Event.objects.count() == 1
        with refused(KeyReused, "key_reused"):
            created(landlord, admin, key=same, code="oise-2021")

    def test_everything_wrong_is_said_at_once(self, landlord: Landlord, admin: User) -> None:
        with refused(BadInput, "code", "name"):
            created(landlord, admin, code="Oise 2020", name=" ")
        created(landlord, admin)
        with refused(BadInput, "code_taken"):
            created(landlord, admin)

    @pytest.mark.django_db(transaction=True)
    def test_twice_at_once_is_one_fund(self, landlord: Landlord, admin: User) -> None:
        same = key()
        outcomes = at_once([partial(created, landlord, admin, key=same) for _ in range(3)])
        assert len(set(done(outcomes))) == 1
        others = at_once([partial(created, landlord, admin, code="autre") for _ in range(2)])
        assert [refusal.codes for refusal in refusals(others)] == [["code_taken"]]


class TestDraftCharter:
    def test_numbers_follow_the_confirmed_ones(self) -> None:
        world = open_fund()
        draft = drafted(world, by=world.landlord_manager, ceiling_cents=50_000_00)
        assert (draft.version, draft.confirmed_at, world.charter.version) == (2, None, 1)
        fund_action(world, FundAction.AMEND, charter=draft)
        assert drafted(world, by=world.landlord_manager, ceiling_cents=60_000_00).version == 3

    def test_keeps_criteria_and_commitments(self) -> None:
        world = prepared_fund()
        promises = [Promise("Pas de pénalité de retard", date(2020, 12, 31)), Promise("Pas de résiliation")]
        charter = drafted(world, criteria=[HEADCOUNT], commitments=promises)
        assert [(c.position, c.code, c.article) for c in charter.criteria.all()] == [(1, "headcount", "art. 2")]
        assert [(c.text, c.due_on) for c in charter.commitments.order_by("pk")] == [
            ("Pas de pénalité de retard", date(2020, 12, 31)),
            ("Pas de résiliation", None),
        ]

    def test_replaces_an_unconfirmed_draft(self) -> None:
        world = prepared_fund()
        first = drafted(world, criteria=[HEADCOUNT], commitments=[Promise("Rien")], max_months=3)
        second = drafted(world, ceiling_cents=30_000_00)
        assert (first.pk, first.version) == (second.pk, second.version)
        read = Charter.objects.get(fund=world.fund)
        assert (read.ceiling_cents, read.max_months) == (30_000_00, None)
        assert not read.criteria.exists()
        assert not read.commitments.exists()

    def test_a_proposed_version_stays_until_it_is_refused(self) -> None:
        world = prepared_fund()
        given = {"by": world.landlord_manager, "signed_pdf": PDF, "on": OPENED_ON}
        proposal = propose(fund=world.fund, action=FundAction.OPEN, key=key(), **given)
        with refused(RuleRefused, "version_proposed"):
            drafted(world)
        refuse(proposal=proposal, by=world.approver, key=key(), on=OPENED_ON)
        assert drafted(world, ceiling_cents=30_000_00) == proposal.charter

    def test_by_an_administrator_before_by_the_landlords_manager_after(self) -> None:
        world = prepared_fund()
        with not_allowed("administrator"):
            drafted(world, by=world.landlord_manager)
        world = open_fund()
        for name in ("admin", "approver", "chamber_manager", "payer"):
            with pytest.raises(NotAllowed):
                drafted(world, by=getattr(world, name))

    def test_a_replay_returns_the_first(self) -> None:
        world, same = prepared_fund(), key()
        first = drafted(world, key=same, criteria=[HEADCOUNT])
        assert drafted(world, key=same, criteria=[HEADCOUNT]) == first
        with refused(KeyReused, "key_reused"):
            drafted(world, key=same)

    def test_everything_wrong_is_said_at_once(self) -> None:
        world = prepared_fund()
        with refused(
            BadInput, "ends_before_start", "deadline_outside", "aid_regime_justification", "commitment",
            "unknown_criterion", "required_document", "required_document", "account",
        ):  # fmt: skip
            drafted(
                world,
                ends_on=date(2020, 5, 1),
                aid_regime_justification=" ",
                commitments=[Promise("")],
                criteria=[CriterionSpec("horoscope", {})],
                required_documents=[{"kind": "kbis"}, {"kind": "", "timing": "at_filing"}],
                accounts={"receivable": {"account": "41"}},
            )

    def test_accounts_are_read_before_they_are_kept(self) -> None:
        world = prepared_fund()
        with refused(BadInput, "unknown_field") as refusal:
            drafted(world, accounts={"relief": [{"account": "709", "vat": "445"}]})
        assert [breach.pointer for breach in refusal.value.breaches] == ["accounts/relief/0/vat"]
        accounts = {"relief": [{"account": "7091", "component": "rent"}]}
        assert drafted(world, accounts=accounts).accounts == accounts

    def test_what_is_no_term_at_all_is_said_by_field(self) -> None:
        world = prepared_fund()
        with refused(BadInput, "field", "field") as refusal:
            drafted(world, caps_basis="ttc", signed_on=None)
        assert {breach.pointer for breach in refusal.value.breaches} == {"caps_basis", "signed_on"}

    def test_documents_are_due_at_filing_or_before_decision(self) -> None:
        documents = [{"kind": "attestation", "timing": "at_filing"}]
        assert drafted(prepared_fund(), required_documents=documents).required_documents == documents


class TestArticles:
    def test_kept_with_the_version_and_quoted_by_what_it_refuses(self) -> None:
        world = open_fund(endowment_cents=40_000_00, articles={"ceiling": "art. 4"})
        with pytest.raises(RuleRefused) as refusal:
            propose(
                fund=world.fund,
                action=FundAction.ENDOW,
                amount_cents=1,
                signed_pdf=PDF,
                by=world.landlord_manager,
                key=key(),
                on=OPENED_ON,
            )
        assert str(refusal.value).endswith("(charte, art. 4).")
        assert world.charter.terms().article("ceiling") == "art. 4"

    @pytest.mark.parametrize(
        "articles", [{"ceiling": " "}, {"ceiling": "x" * 101}, {"ceiling": 4}, {"signed_on": "art. 1"}, ["art. 1"]]
    )
    def test_an_article_is_a_short_text_for_a_term(self, articles: Any) -> None:
        world = prepared_fund()
        with pytest.raises(BadInput) as refusal:
            drafted(world, articles=articles)
        assert refusal.value.codes == ["article"]
        assert refusal.value.breaches[0].pointer.startswith("articles")
