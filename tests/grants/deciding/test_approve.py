"""Decide one file after the other: month by month, with delegation and second visa, and what the ceiling leaves."""

from typing import Any

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from grants import ledger
from grants.enums import Action, Role, Side, State
from grants.models import Application, Event, Fund, FundMember, Visa
from grants.views.deciding.files import asked_by
from landlords.models import TenantBusiness
from tests.factories import World, tenant_with_lease
from tests.grants import walk
from tests.grants.actions.bulk.many import MARCH
from tests.grants.api.caller import world_of_today
from tests.grants.deciding.visitor import Visitor

pytestmark = pytest.mark.django_db

REASON = "Another aid already covers a part of this month."


def page_of(file: Application) -> str:
    return reverse("grants:approve", args=[file.uuid])


def eligible(world: World, *rents: int) -> list[Application]:
    leases = [tenant_with_lease(world, months=MARCH, rent_cents=cents) for cents in rents]
    return [walk.walk_to(world, State.ELIGIBLE, lease=lease) for lease in leases]


def state_of(file: Application) -> str:
    return str(Application.objects.values_list("state", flat=True).get(pk=file.pk))


def test_a_sitting_goes_from_one_file_to_the_next_and_each_is_decided_once() -> None:
    world = world_of_today()
    one, two, three = eligible(world, 100_00, 200_00, 300_00)
    visitor = Visitor(world.approver).open(page_of(two))
    assert "2 other applications await your visa" in visitor.text

    visitor.press("Check, then confirm", {"no_conflict": "on"})
    assert visitor.title == f"Approve €200.00 for {two.tenant}?"
    assert ["Left to grant under the ceiling", "€40,000.00", "€39,800.00"] not in visitor.rows("before and after")
    assert "€39,800.00" in visitor.text
    assert state_of(two) == State.ELIGIBLE
    visitor.press("Approve")
    assert visitor.address == page_of(three)
    assert f"{two.reference} is approved: €200.00." in visitor.text
    assert "2 applications are left to decide." in visitor.text
    visitor.press_again()
    assert visitor.address == page_of(three)

    visitor.press("Check, then confirm", {"no_conflict": "on"}).press("Approve")
    assert visitor.address == page_of(one)  # after the last in rank comes the first that is left
    visitor.press("Check, then confirm", {"no_conflict": "on"}).press("Approve")
    assert visitor.address == reverse("grants:decide")
    assert "Nothing awaits your visa in this fund." in visitor.text
    assert Event.objects.filter(action=Action.APPROVE).count() == 3
    assert ledger.position(world.fund.pk).committed_cents == 600_00


def test_less_than_proposed_needs_a_reason_and_a_line_at_nothing_is_declined() -> None:
    world = world_of_today()
    file = walk.walk_to(world, State.ELIGIBLE)
    first, second, _third = file.lines.order_by("month")
    visitor = Visitor(world.approver).open(page_of(file))
    assert REASON in [option.get("value") for option in visitor.page.iter("option")]

    less = {"no_conflict": "on", f"amount_{first.pk}": "0", f"amount_{second.pk}": "499.99"}
    visitor.press("Check, then confirm", less)
    assert visitor.status == 422
    assert any("Give the reason in at least 20 characters." in reason for reason in visitor.reasons)
    visitor.press("Check, then confirm", {"reason": REASON})
    assert f"€500.01 less than proposed. Reason: {REASON}" in visitor.text
    assert "1 line is declined." in visitor.text
    assert "€500.01 is available again for others." in visitor.text
    visitor.press("Approve")
    assert list(file.lines.order_by("month").values_list("approved_cents", flat=True)) == [0, 499_99, 500_00]


def test_the_second_visa_is_announced_given_by_another_and_for_the_same_amounts() -> None:
    world = world_of_today(second_visa_threshold_cents=1_000_00)
    file = walk.walk_to(world, State.ELIGIBLE)
    visitor = Visitor(world.approver).open(page_of(file))
    assert "Two visas are due: the business would pass the threshold of €1,000.00" in visitor.text
    visitor.press("Check, then confirm", {"no_conflict": "on"})
    assert "A second visa is due, by another person (landlord)" in visitor.text
    visitor.press("Give the first visa")
    assert "A second one is due." in visitor.text
    assert ledger.position(world.fund.pk).committed_cents == 0

    visitor.open(page_of(file))
    assert "You gave the first visa: another person gives the second." in visitor.text
    assert "Check, then confirm" not in visitor.buttons()

    other = Visitor(world.approver2).open(page_of(file))
    assert other.title.startswith("Give the second visa")
    line = file.lines.earliest("pk")
    other.press("Check, then confirm", {"no_conflict": "on", f"amount_{line.pk}": "1.00"})
    assert any("The second visa is for the first one's amounts" in reason for reason in other.reasons)
    other.press("Check, then confirm", {f"amount_{line.pk}": "500.00"}).press("Approve")
    assert state_of(file) == State.APPROVED
    assert Visa.objects.filter(application=file).count() == 2


def test_a_delegation_and_its_limit_are_shown_and_hold() -> None:
    world = world_of_today()
    FundMember.objects.filter(user=world.approver).update(limit_cents=1_000_00)
    file = walk.walk_to(world, State.ELIGIBLE)
    visitor = Visitor(world.approver).open(page_of(file))
    assert "délégation 2020-01 (inventée)" in visitor.text
    assert "You may decide up to €1,000.00 for one application." in visitor.text
    visitor.press("Check, then confirm", {"no_conflict": "on"})
    assert visitor.reasons == ["Your delegation ends at €1,000.00 and this application asks you to decide €1,500.00."]


def test_the_landlord_decides_on_findings_and_never_reads_the_figures() -> None:
    from tests.grants.deciding.test_assess import LOSS, figures

    world = world_of_today(criteria=[LOSS])
    file = walk.walk_to(world, State.ELIGIBLE, facts=figures(400_00))
    text = Visitor(world.approver).open(page_of(file)).text
    assert "met article 3" in text
    assert "The charter asks: Turnover over" in text
    assert "turnover loss: met" not in text
    assert "read by the chamber only" in text
    assert "€400.00" not in text
    assert "€400.00" in Visitor(world.assessor).open(page_of(file)).text


def test_a_criterion_that_todays_rules_no_longer_read_has_no_sentence() -> None:
    read = {"code": "headcount", "parameters": {"op": "<=", "n": 10}, "article": ""}
    unread = {"code": "turnover_loss", "parameters": {"from_another_time": 1}, "article": ""}
    assert asked_by({"specs": [read, unread]}) == {"headcount": "L’effectif salarié\u00a0: au plus 10."}


def test_a_payer_reads_the_page_and_finds_the_reason_instead_of_the_button() -> None:
    world = world_of_today()
    file = walk.walk_to(world, State.ELIGIBLE)
    visitor = Visitor(world.payer).open(page_of(file))
    assert "is reserved to: approver (landlord)" in visitor.text
    assert "You are no approver of this fund." in visitor.text


def desk(**query: str) -> str:
    return reverse("grants:decide", query=query)


def test_the_desk_says_what_its_choice_comes_to_and_what_is_left() -> None:
    world = world_of_today(cap_per_siren_cents=5_000_00)
    one, two, _three = eligible(world, 100_00, 250_50, 300_00)
    visitor = Visitor(world.approver).open(desk())
    assert [row[1].split()[-1] for row in visitor.rows("await a visa")][:2] == [one.reference, two.reference]
    assert "Tick what you approve: €40,000.00 is left to grant under the ceiling." in visitor.text

    visitor.press("Reckon again", {"dossier": [str(one.uuid), str(two.uuid), "nonsense"]})
    assert "If I approve these 2, €350.50: €39,649.50 is left." in visitor.text
    visitor.press("Reckon again", {"dossier": str(one.uuid)})
    assert "If I approve this one, €100.00: €39,900.00 is left." in visitor.text
    assert f'value="{one.uuid}" data-cents="10000" checked' in visitor.answer.content.decode()


def test_the_desk_finds_by_words_and_shows_what_keeps_a_file_from_being_decided() -> None:
    world = world_of_today(second_visa_threshold_cents=150_00)
    small, large = eligible(world, 100_00, 200_00)
    walk.first_visa(world, large, large.acted_on)
    FundMember.objects.filter(user=world.approver2).update(limit_cents=150_00)
    visitor = Visitor(world.approver2).open(desk())
    rows = visitor.rows("2 applications await a visa")
    assert "only one" in rows[0]
    assert "Your delegation ends at €150.00" in rows[1][1]
    assert rows[1][3].startswith("second visa")
    visitor.open(desk(q=str(large.reference)))
    assert len(visitor.rows("1 application awaits a visa")) == 1
    # As on every page: beginnings of words, without accents.
    TenantBusiness.objects.filter(pk=large.tenant_id).update(legal_name="Crêperie du Beffroi")
    assert large.reference in visitor.open(desk(q="beff creperie")).text
    assert "No application matches." in visitor.open(desk(q="nowhere")).text
    assert (
        Visitor(world.approver)
        .open(desk())
        .rows("1 application awaits a visa")[0][1]
        .endswith(f"{small.reference} {small.tenant.commune}".strip())
    )


def test_the_desk_leaves_out_what_a_person_had_another_hand_in() -> None:
    world = world_of_today()
    walk.join(world, "approver", Side.CHAMBER, Role.ASSESSOR, user=world.approver)
    file = walk.submit(world, walk.draft(world))
    walk.favourable(type("W", (), {"assessor": world.approver})(), file)
    assert "Nothing awaits your visa" in Visitor(world.approver).open(desk()).text
    assert "1 application awaits a visa" in Visitor(world.approver2).open(desk()).text


def test_who_approves_nowhere_is_told_so_and_who_approves_in_two_funds_begins_where_there_is_something_to_do() -> None:
    world, other = world_of_today(), world_of_today()
    assert "You are no approver of a fund today." in Visitor(world.payer).open(desk()).text
    walk.join(other, "approver2", Side.LANDLORD, Role.APPROVER, user=world.approver)
    walk.walk_to(other, State.ELIGIBLE)
    visitor = Visitor(world.approver).open(desk())
    assert len(visitor.rows("1 application awaits a visa")) == 1
    assert Fund.objects.get(pk=world.fund.pk).code in visitor.answer.content.decode()
    assert "Nothing awaits your visa" in visitor.open(desk(fonds=world.fund.code)).text
    assert len(visitor.open(desk(fonds=other.fund.code)).rows("1 application awaits a visa")) == 1


def test_a_long_desk_goes_on_after_a_rank(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grants.views.deciding.choosing.PAGE", 1)
    world = world_of_today()
    one, two = eligible(world, 100_00, 200_00)
    visitor = Visitor(world.approver).open(desk())
    following = next(link.get("href", "") for link in visitor.page.iter("a") if link.get("rel") == "next")
    assert one.reference in visitor.text
    assert two.reference not in visitor.text
    assert two.reference in visitor.open(following).text
    visitor.press("Reckon again", {"tous": "1"})
    assert "If I approve these 2, €300.00" in visitor.text
    monkeypatch.setattr("grants.views.deciding.choosing.ROW_LIMIT", 1)
    visitor.press("Reckon again", {"tous": "1"})
    assert "All 2 applications that match, not only this page (the first 1)" in visitor.text
    assert "If I approve this one, €100.00" in visitor.text


@pytest.mark.parametrize("files", [1, 3])
def test_as_many_queries_for_one_file_as_for_three(
    files: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    world = world_of_today(cap_per_siren_cents=9_000_00)
    made = eligible(world, *[100_00] * files)
    visitor: Any = Visitor(world.approver)
    with django_assert_num_queries(DESK_QUERIES):
        visitor.open(desk())
    with django_assert_num_queries(PAGE_QUERIES):
        visitor.open(page_of(made[0]))


DESK_QUERIES = 22
PAGE_QUERIES = 30


def test_the_charters_article_stands_beside_each_of_its_rules() -> None:
    articles = {"second_visa_threshold": "art. 9", "cap_per_siren": "art. 8", "ceiling": "art. 7"}
    world = world_of_today(
        second_visa_threshold_cents=1_000_00,
        cap_per_siren_cents=3_000_00,
        cap_per_lease_cents=3_000_00,
        articles=articles,
    )
    file = walk.walk_to(world, State.ELIGIBLE)
    text = Visitor(world.approver).open(page_of(file)).text
    assert "The second one is given by another person (landlord). Charter, art. 9" in text
    assert "here €1,500.00Charter, art. 8" in text
    assert text.count("Charter, art. 7") == 1
