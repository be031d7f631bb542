"""What other terms would have meant for the files there are: who changes side, the cost, and what may be said of it."""

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from grants.actions.charters import draft_charter
from grants.charter_rules.preview import BAND, banded
from grants.eligibility import CriterionSpec
from grants.enums import Outcome, State
from grants.models import Application, Assessment, Charter, Event, LedgerEntry
from grants.previews import Preview, preview
from grants.visibility import reader_of
from landlords.enums import Component
from tests.accounts import log_in
from tests.factories import OPENED_ON, World, charter_terms, key, open_fund, tenant_with_lease
from tests.grants import walk

pytestmark = pytest.mark.django_db
UP_TO_10 = CriterionSpec("headcount", {"op": "<=", "n": 10})
UP_TO_5 = CriterionSpec("headcount", {"op": "<=", "n": 5})


def loss(points: int) -> CriterionSpec:
    months = {"months": ["2020-04"], "reference": "same_month_last_year"}
    return CriterionSpec("turnover_loss", {**months, "op": ">=", "threshold_bp": points})


def filed(world: World, state: State = State.SUBMITTED, *, cents: int = 500_00, **facts: Any) -> Application:
    lease = tenant_with_lease(world, rent_cents=cents)
    return walk.walk_to(world, state, lease=lease, facts={"headcount": 7} | facts)


def seen(world: World, name: str = "landlord_manager", *, criteria: Any = (UP_TO_10,), **terms: Any) -> Preview:
    """Of an amendment with these criteria and terms, as drafted."""
    new = draft_charter(
        fund=world.fund, criteria=criteria, by=world.landlord_manager, key=key(), on=OPENED_ON, **charter_terms(**terms)
    )
    return preview(world.charter, new, reader_of(world.people[name], world.fund.pk), timezone.localdate())


def told(found: Preview) -> list[tuple[int, str, int, str, int]]:
    return [(c.application.pk, c.before.outcome, c.before.cents, c.after.outcome, c.after.cents) for c in found.changes]


def test_the_same_terms_change_nothing() -> None:
    world = open_fund(criteria=[UP_TO_10])
    for state in (State.SUBMITTED, State.ELIGIBLE, State.CREDITED, State.REJECTED, State.INELIGIBLE):
        filed(world, state)
    found = seen(world)
    assert (found.changes, found.cost_cents, found.files, found.skipped) == ((), 0, 5, 0)
    assert found.before_cents == 5 * 1_500_00


def test_a_stricter_criterion_turns_files_away_with_its_reason() -> None:
    world = open_fund(criteria=[UP_TO_10])
    small, large = filed(world, State.CREDITED, headcount=4), filed(world, State.CREDITED, headcount=7)
    found = seen(world, criteria=[UP_TO_5])
    assert told(found) == [(large.pk, Outcome.YES, 1_500_00, Outcome.NO, 0)]
    assert "7" in found.changes[0].reasons[0]
    assert found.cost_cents == -1_500_00
    assert small.pk not in {change.application.pk for change in found.changes}


def test_a_wider_one_lets_those_in_that_were_turned_away() -> None:
    world = open_fund(criteria=[UP_TO_5])
    file = filed(world, State.INELIGIBLE, headcount=7)
    found = seen(world, criteria=[UP_TO_10])
    assert told(found) == [(file.pk, Outcome.NO, 0, Outcome.YES, 1_500_00)]
    assert found.cost_cents == 1_500_00


def test_what_is_not_known_is_to_be_verified() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.SUBMITTED)
    found = seen(world, criteria=[CriterionSpec("annual_turnover", {"op": "<", "cents": 1_000_000_00})], name="advisor")
    assert found.changes[0].application == file
    assert found.changes[0].after.outcome == Outcome.TO_VERIFY


def test_what_a_note_settled_stays_settled_under_the_same_criterion() -> None:
    registered = CriterionSpec("craft_registration", {})
    world = open_fund(criteria=[registered])
    file = walk.draft(world)
    walk.favourable(world, walk.submit(world, file), resolved={"craft_registration": "Vu au registre (essai)."})
    assert told(seen(world, criteria=[registered])) == []
    other = CriterionSpec("craft_registration", {"proof_max_age_days": 90})
    (change,) = seen(world, criteria=[other]).changes
    assert (change.before.outcome, change.after.outcome) == (Outcome.YES, Outcome.TO_VERIFY)


@pytest.mark.parametrize(
    ("terms", "cents"),
    [
        ({"cap_per_siren_cents": 1_200_00}, 1_200_00),
        ({"cap_per_lease_cents": 700_00}, 700_00),
        ({"max_months": 2}, 1_000_00),
        ({"rent_call_rate_bp": 50_00}, 750_00),
        ({"first_month": date(2020, 4, 1)}, 1_000_00),
        ({"last_month": date(2020, 3, 1)}, 500_00),
        ({"components": [Component.CHARGES]}, 0),
        ({"filing_deadline": OPENED_ON}, 1_500_00),
    ],
)
def test_money_follows_every_term(terms: dict[str, Any], cents: int) -> None:
    world = open_fund()
    filed(world, State.APPROVED)
    found = seen(world, criteria=[], **terms)
    assert found.after_cents == cents


def test_a_deadline_before_the_filing_turns_away() -> None:
    world = open_fund()
    walk.walk_to(world, State.SUBMITTED, on=date(2020, 6, 2))
    (change,) = seen(world, criteria=[], filing_deadline=date(2020, 6, 1)).changes
    assert (change.after.outcome, change.after.late) == (Outcome.NO, True)


def test_caps_are_used_up_in_rank_order() -> None:
    world = open_fund()
    first = filed(world, State.APPROVED)
    lease = tenant_with_lease(world, tenant=first.tenant)
    second = walk.walk_to(world, State.SUBMITTED, lease=lease)
    found = seen(world, criteria=[], cap_per_siren_cents=2_000_00)
    assert told(found) == [(second.pk, Outcome.YES, 1_500_00, Outcome.YES, 500_00)]


def test_those_who_ask_for_nothing_any_more_are_left_out() -> None:
    world = open_fund()
    for state in (State.DRAFT, State.WITHDRAWN, State.LAPSED):
        walk.walk_to(world, state)
    assert seen(world, criteria=[]).files == 0


def test_a_file_whose_facts_were_erased_is_left_out() -> None:
    world = open_fund()
    file = filed(world, State.ELIGIBLE)
    # As retention leaves it; its trigger is tested elsewhere.
    row = Assessment.objects.get(application=file)
    Assessment.objects.bulk_create(
        [Assessment(application=file, charter=row.charter, opinion=row.opinion, by=row.by, on=row.on, record={})]
    )
    found = seen(world, criteria=[])
    assert (found.files, found.skipped, found.changes) == (1, 1, ())


def test_nothing_is_written() -> None:
    world = open_fund(criteria=[UP_TO_10])
    filed(world, State.CREDITED)
    old = world.charter
    before = [model.objects.count() for model in (Event, LedgerEntry, Assessment, Charter, Application)]
    preview(old, old, reader_of(world.landlord_manager, world.fund.pk), timezone.localdate())
    assert [model.objects.count() for model in (Event, LedgerEntry, Assessment, Charter, Application)] == before


class TestWhatMayBeSaid:
    def world(self, files: int) -> World:
        world = open_fund(criteria=[loss(30_00)])
        for _ in range(files):
            facts = {"turnover_by_month": {"2019-04": 1_000_00, "2020-04": 600_00}}
            walk.walk_to(world, State.ELIGIBLE, facts=facts)
        return world

    def test_a_landlord_learns_no_tenants_turnover_by_halving(self) -> None:
        world = self.world(files=6)
        found = seen(world, criteria=[loss(50_00)])
        assert (found.changes, found.unnamed, found.is_named) == ((), (5, 9), False)
        assert found.hidden_criteria == ("perte de chiffre d\u2019affaires",)

    def test_nor_of_a_few(self) -> None:
        world = self.world(files=BAND - 1)
        assert seen(world, criteria=[loss(50_00)]).is_silent
        client = log_in(Client(), world.landlord_manager)
        page = client.get(reverse("grants:charter_preview", args=[world.fund.code, 2])).content.decode()
        assert "Trop peu de dossiers" in page
        assert "600,00" not in page.replace("\u202f", "")
        assert "€" not in page
        assert not any(file.reference in page for file in Application.objects.all())

    def test_while_another_term_changes_files_are_named_by_their_verdict_only(self) -> None:
        world = self.world(files=1)
        found = seen(world, criteria=[loss(30_00)], max_months=1)
        assert found.is_named
        assert len(found.changes) == 1
        assert all("40" not in reason for reason in found.changes[0].reasons)

    def test_the_chamber_reads_who_once_the_version_is_confirmed(self) -> None:
        world = self.world(files=1)
        walk.amend(world, criteria=[loss(50_00)])
        client = log_in(Client(), world.chamber_manager)
        page = client.get(reverse("grants:charter_preview", args=[world.fund.code, 2])).content.decode()
        file = Application.objects.get()
        assert file.reference in page
        assert re.search(r"baissé de 40", page)
        assert "ne pourrait rien recevoir" in page

    @pytest.mark.parametrize(("count", "band"), [(0, None), (1, (1, 4)), (4, (1, 4)), (5, (5, 9)), (12, (10, 14))])
    def test_bands(self, count: int, band: tuple[int, int] | None) -> None:
        assert banded(count) == band


class TestThePage:
    def page(self, world: World, name: str = "landlord_manager", version: int = 2) -> Any:
        client = log_in(Client(), world.people[name])
        return client.get(reverse("grants:charter_preview", args=[world.fund.code, version]))

    def test_says_who_changes_and_the_cost(self) -> None:
        world = open_fund(criteria=[UP_TO_10])
        file = filed(world, State.CREDITED)
        seen(world, criteria=[UP_TO_5])
        page = self.page(world).content.decode().replace("\u202f", " ").replace("\u00a0", " ")
        assert file.reference in page
        assert "-1 500,00 €" in page
        assert "ne pourrait rien recevoir" in page

    def test_says_that_nothing_changes(self) -> None:
        world = open_fund()
        seen(world, criteria=[])
        assert "Rien ne change pour personne" in self.page(world).content.decode()

    def test_warns_of_a_ceiling_that_does_not_do(self) -> None:
        world = open_fund(endowment_cents=1_000_00)
        filed(world)
        seen(world, criteria=[], ceiling_cents=1_200_00, second_visa_threshold_cents=None)
        assert "dépassent le plafond" in self.page(world).content.decode()

    def test_a_first_version_has_none_before_it(self) -> None:
        assert "première version" in self.page(open_fund(), version=1).content.decode()

    def test_is_the_managers(self) -> None:
        world = open_fund()
        seen(world, criteria=[])
        statuses = {name: self.page(world, name).status_code for name in world.people}
        assert {name for name, status in statuses.items() if status == 200} == {"landlord_manager", "manager"}
        assert self.page(world, "chamber_manager", version=1).status_code == 200
        assert self.page(world, version=9).status_code == 404

    @pytest.mark.parametrize("count", [1, 3])
    def test_costs_the_same_for_one_and_three_files(
        self, count: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        world = open_fund(criteria=[UP_TO_10])
        for _ in range(count):
            filed(world, State.CREDITED)
        seen(world, criteria=[UP_TO_5])
        client = log_in(Client(), world.landlord_manager)
        where = reverse("grants:charter_preview", args=[world.fund.code, 2])
        with django_assert_num_queries(16):
            client.get(where)
