"""Drawing, typing findings, signing off: who may, what is refused and in which words, what a repetition does."""

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pypdf import PdfReader

from fundadmin.models import User
from grants.actions import reversal
from grants.actions.erasing import erase
from grants.actions.sampling import (
    abandon_sample,
    draw_sample,
    record_finding,
    sign_sample,
    signing_breaches,
)
from grants.control.draw import Stratum, digest_of
from grants.control.population import population_of
from grants.control.results import projection_of, redrawn
from grants.control.words import redraw_sentence
from grants.enums import (
    Found,
    LedgerKind,
    RequestKind,
    Role,
    SampleMethod,
    SampleScope,
    SampleState,
    SampleUnit,
    Side,
    State,
)
from grants.exceptions import ActionRefused, BadInput, KeyReused, NotAllowed, RuleRefused, StaleVersion
from grants.exports.subject_access import held_on
from grants.letters.subject_access import as_pdf
from grants.models import Event, LedgerEntry, Sample, SampleItem
from grants.visibility import reader_of, samples_visible_to, visible_note
from tests.factories import OPENED_ON, World, key, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.control.samples import SEED, a_sample, find, find_all, plan, seen, signed
from tests.grants.kept import END_OF_10, clock, system

pytestmark = pytest.mark.django_db

MARCH = date(2020, 3, 1)
STRATA = (Stratum(500_00, 1), Stratum(None, None))


def credited(world: World, *euros: int, on: date = OPENED_ON) -> None:
    """A file of one month credited for each amount."""
    for amount in euros:
        walk.walk_to(
            world, State.CREDITED, lease=tenant_with_lease(world, months=[MARCH], rent_cents=amount * 100), on=on
        )


@pytest.fixture
def world() -> World:
    made = open_fund()
    credited(made, 100, 200, 2_000)
    return made


def colleague(world: World, side: Side = Side.EXTERNAL, name: str = "auditor2") -> User:
    return walk.join(world, name, side, Role.AUDITOR)


def codes(refused: Callable[[], Any], kind: type[ActionRefused]) -> list[str]:
    with pytest.raises(kind) as refusal:
        refused()
    assert str(refusal.value)
    return refusal.value.codes


class TestPopulation:
    def test_what_was_credited_in_the_period_and_is_left(self, world: World) -> None:
        found = population_of(world.fund, plan(), up_to_number=10_000)
        assert (len(found.members), found.cents, found.undone_cents) == (3, 2_300_00, 0)
        assert found.units[0].key == world.fund.applications.order_by("pk")[0].reference
        assert population_of(world.fund, plan(until=OPENED_ON - timedelta(days=1)), up_to_number=10_000).members == []

    def test_what_the_period_undid_of_an_earlier_one_is_told_beside_it(self, world: World) -> None:
        later = OPENED_ON + timedelta(days=3)
        credited(world, 50, on=later)
        walk.reverse(world, world.fund.applications.order_by("pk")[0], later)
        found = population_of(world.fund, plan(since=later, until=later), up_to_number=10_000)
        assert (found.cents, found.undone_cents) == (50_00, 100_00)
        both = population_of(world.fund, plan(until=later), up_to_number=10_000)
        assert (len(both.members), both.cents, both.undone_cents) == (3, 2_250_00, 0)

    def test_line_by_line_and_what_was_approved(self) -> None:
        world = open_fund()
        file = walk.walk_to(world, State.APPROVED)
        walk.walk_to(world, State.CANCELLED)
        asked = plan(unit=SampleUnit.LINE, scope=SampleScope.APPROVED)
        found = population_of(world.fund, asked, up_to_number=10_000)
        assert {unit.key for unit in found.units} == {str(line.uuid) for line in file.lines.all()}
        assert {member.line_id for member in found.members} == set(walk.line_ids(file))
        assert found.cents == 1_500_00
        assert population_of(world.fund, plan(), up_to_number=10_000).members == []

    def test_it_is_read_as_it_was_at_an_entry(self, world: World) -> None:
        first = LedgerEntry.objects.filter(fund=world.fund, kind=LedgerKind.CREDIT).order_by("number")[0].number
        assert population_of(world.fund, plan(), up_to_number=first).cents == 100_00


class TestDrawing:
    def test_what_is_drawn_is_kept_with_all_that_draws_it_again(self, world: World) -> None:
        sample = a_sample(world, method=SampleMethod.STRATIFIED, strata=STRATA)
        strata = [(one["count"], one["cents"], one["drawn"]) for one in sample.strata]
        assert strata == [(2, 300_00, 1), (1, 2_000_00, 1)]
        assert (sample.number, sample.item_count, sample.side) == (1, 2, Side.EXTERNAL)
        items = list(sample.items.select_related("application"))
        assert [item.stratum for item in items] == [0, 1]
        assert all(item.digest == digest_of(SEED, item.application.reference) for item in items)
        head = LedgerEntry.objects.filter(fund=world.fund).latest("number")
        assert (sample.head_number, sample.head_digest) == (head.number, head.digest)
        again = redrawn(sample, items)
        assert (again.holds, "mêmes unités" in redraw_sentence(again)) == (True, True)

    def test_later_movements_change_nothing_of_it(self, world: World) -> None:
        sample = a_sample(world)
        credited(world, 90, on=OPENED_ON)
        walk.reverse(world, world.fund.applications.order_by("pk")[0])
        assert redrawn(sample, sample.items.all()).holds

    def test_another_seed_or_another_journal_shows(self, world: World) -> None:
        sample = a_sample(world)
        items = list(sample.items.all())
        sample.seed = "une-autre-graine"
        again = redrawn(sample, items)
        assert (again.same_population, again.same_units) == (True, False)
        assert "d’autres unités" in redraw_sentence(again)
        sample.population_digest = "0" * 64
        assert "le journal a été réécrit" in redraw_sentence(redrawn(sample, items))

    def test_without_a_seed_the_machine_draws_one_and_keeps_it(self, world: World) -> None:
        seeds = {a_sample(world, seed="").seed for _ in range(3)}
        assert len(seeds) == 3
        assert {len(seed) for seed in seeds} == {32}
        assert list(Sample.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3]

    def test_the_same_key_draws_once(self, world: World) -> None:
        asked, same = plan(seed=""), key()
        drawn = [
            draw_sample(fund=world.fund, plan=asked, seen=seen(world, asked), by=world.auditor, key=same)
            for _ in range(2)
        ]
        assert drawn[0] == drawn[1]
        for other in (plan(seed=""), plan(seed="une-autre-graine"), plan(strata=(Stratum(None, 3),))):
            if other != asked:
                refused = lambda other=other: draw_sample(  # noqa: E731
                    fund=world.fund, plan=other, seen="", by=world.auditor, key=same
                )
                assert codes(refused, KeyReused) == ["key_reused"]

    def test_only_auditors_of_the_fund_draw(self, world: World) -> None:
        for person in (world.landlord_manager, world.payer, open_fund().auditor):
            assert codes(lambda person=person: a_sample(world, person), NotAllowed) == ["role_missing"]
        assert a_sample(world, colleague(world, Side.LANDLORD)).side == Side.LANDLORD

    def test_what_cannot_be_drawn_is_refused(self, world: World) -> None:
        assert codes(lambda: a_sample(world, since=OPENED_ON + timedelta(days=1)), RuleRefused) == ["empty"]
        assert codes(lambda: a_sample(world, seed="x"), RuleRefused) == ["seed"]
        assert codes(lambda: a_sample(world, seed="x\0yzabcdefg"), BadInput) == ["unreadable"]

    def test_a_population_that_moved_since_the_preflight_is_shown_again(self, world: World) -> None:
        asked = plan()
        before = seen(world, asked)
        credited(world, 40)
        refused = lambda: draw_sample(fund=world.fund, plan=asked, seen=before, by=world.auditor, key=key())  # noqa: E731
        assert codes(refused, RuleRefused) == ["population_moved"]
        assert not Sample.objects.exists()

    def test_it_is_no_event_and_moves_nothing(self, world: World) -> None:
        before = (Event.objects.count(), LedgerEntry.objects.count())
        signed(world)
        assert (Event.objects.count(), LedgerEntry.objects.count()) == before


class TestFindings:
    def test_typed_mended_and_projected(self, world: World) -> None:
        sample = a_sample(world, method=SampleMethod.STRATIFIED, strata=STRATA)
        first = sample.items.get(position=1)
        find(first, world.auditor, Found.AT_RISK, at_risk_cents=10_00, note=" Avoir sans avis. ")
        kept = sample.items.get(position=1)
        assert (kept.outcome, kept.at_risk_cents, kept.note, kept.found_by) == (
            Found.AT_RISK,
            10_00,
            "Avoir sans avis.",
            world.auditor,
        )
        found = projection_of(sample, sample.items.all())
        assert found.projected_cents == 10_00 * 300_00 // first.cents
        find(kept, world.auditor, Found.MINOR, note="Finalement sans montant.")
        found = projection_of(sample, sample.items.all())
        assert (found.projected_cents, found.minor) == (0, 1)

    def test_what_is_refused_all_at_once(self, world: World) -> None:
        item = a_sample(world).items.get(position=1)
        for outcome, cents, note, pointers in (
            (Found.AT_RISK, 0, "", ["at_risk_cents", "note"]),
            (Found.AT_RISK, item.cents + 1, "x", ["at_risk_cents"]),
            (Found.AT_RISK, -1, "x", ["at_risk_cents"]),
            (Found.MINOR, 1, "x", ["at_risk_cents"]),
            (Found.MINOR, 0, "  ", ["note"]),
            (Found.NOTHING, 0, "x" * 4_001, ["note"]),
        ):
            with pytest.raises(BadInput) as refusal:
                find(item, world.auditor, outcome, at_risk_cents=cents, note=note)
            assert [breach.pointer for breach in refusal.value.breaches] == pointers
            assert str(refusal.value)

    def test_the_whole_amount_may_be_at_risk(self, world: World) -> None:
        item = a_sample(world).items.get(position=1)
        assert (
            find(item, world.auditor, Found.AT_RISK, at_risk_cents=item.cents, note="Tout.").at_risk_cents == item.cents
        )

    def test_auditors_of_the_same_side_work_on_one_sample(self, world: World) -> None:
        item = a_sample(world).items.get(position=1)
        assert find(item, colleague(world)).found_by == world.auditor2
        for person in (world.landlord_manager, colleague(world, Side.LANDLORD, "auditor3")):
            assert codes(lambda person=person: find(item, person), NotAllowed) == ["role_missing"]

    def test_what_another_typed_meanwhile_is_not_lost(self, world: World) -> None:
        item = a_sample(world).items.get(position=1)
        find(item, colleague(world), Found.MINOR, note="Vu.")
        stale = lambda: record_finding(item=item, outcome=Found.NOTHING, seen=None, by=world.auditor)  # noqa: E731
        assert codes(stale, StaleVersion) == ["found_meanwhile"]
        assert sample_item(item).note == "Vu."
        find(sample_item(item), world.auditor)
        assert sample_item(item).found_by == world.auditor

    def test_sent_twice_it_is_typed_once(self, world: World) -> None:
        item = a_sample(world).items.get(position=1)
        first = find(item, world.auditor)
        again = record_finding(item=item, outcome=Found.NOTHING, seen=None, by=world.auditor)
        assert again.found_at == first.found_at


def sample_item(item: SampleItem) -> SampleItem:
    return SampleItem.objects.get(pk=item.pk)


class TestSignOff:
    def test_once_every_sheet_has_a_finding(self, world: World) -> None:
        sample = a_sample(world)
        assert codes(lambda: sign_sample(sample=sample, conclusion="Vu.", by=world.auditor), RuleRefused) == [
            "unfinished"
        ]
        assert "2 (n° 1, 2)" in str(signing_breaches(sample)[0])
        find_all(sample, world.auditor)
        closed = sign_sample(sample=sample, conclusion=" Vu. ", by=colleague(world))
        assert (closed.state, closed.conclusion, closed.closed_by) == (SampleState.SIGNED, "Vu.", world.auditor2)

    def test_many_open_sheets_are_not_all_named(self, world: World) -> None:
        months = [date(2020, month, 1) for month in range(3, 9)]
        walk.walk_to(world, State.CREDITED, lease=tenant_with_lease(world, months=months, charges_cents=50_00))
        sample = a_sample(world, unit=SampleUnit.LINE, strata=(Stratum(None, 13),))
        assert "13 (n° 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12…)" in str(signing_breaches(sample)[0])

    def test_nothing_changes_afterwards(self, world: World) -> None:
        sample = signed(world)
        item = sample.items.get(position=1)
        for refused in (
            lambda: find(item, world.auditor, Found.MINOR, note="Après coup."),
            lambda: sign_sample(sample=sample, conclusion="Autrement.", by=world.auditor),
            lambda: abandon_sample(sample=sample, reason="Non.", by=world.auditor),
        ):
            assert codes(refused, RuleRefused) == ["sample_closed"]
        again = sign_sample(sample=sample, conclusion=sample.conclusion, by=world.auditor)
        assert again.closed_at == Sample.objects.get(pk=sample.pk).closed_at

    def test_it_takes_words_and_an_auditor_of_its_side(self, world: World) -> None:
        sample = a_sample(world)
        find_all(sample, world.auditor)
        assert codes(lambda: sign_sample(sample=sample, conclusion=" ", by=world.auditor), BadInput) == ["text"]
        assert codes(lambda: sign_sample(sample=sample, conclusion="x" * 4_001, by=world.auditor), BadInput) == [
            "too_long"
        ]
        for person in (world.chamber_manager, colleague(world, Side.CHAMBER, "auditor3")):
            signs = lambda person=person: sign_sample(sample=sample, conclusion="Vu.", by=person)  # noqa: E731
            assert codes(signs, NotAllowed) == ["role_missing"]

    def test_given_up_it_stays_with_its_reason(self, world: World) -> None:
        sample = abandon_sample(sample=a_sample(world), reason="Mauvaise période.", by=world.auditor)
        assert (sample.state, sample.conclusion) == (SampleState.ABANDONED, "Mauvaise période.")
        assert codes(lambda: find(sample.items.all()[0], world.auditor), RuleRefused) == ["sample_closed"]
        assert str(sample) == f"{world.fund.pk} n° 1"


class TestWhoReads:
    def test_auditors_of_the_side_always_managers_once_signed(self, world: World) -> None:
        sample = a_sample(world)
        same, other = colleague(world), colleague(world, Side.LANDLORD, "auditor3")
        readers = {
            person: samples_visible_to(person).exists()
            for person in (world.auditor, same, other, world.landlord_manager, world.payer, open_fund().auditor)
        }
        assert list(readers.values()) == [True, True, False, False, False, False]
        find_all(sample, world.auditor)
        abandon = a_sample(world)
        abandon_sample(sample=abandon, reason="Non.", by=world.auditor)
        sign_sample(sample=sample, conclusion="Vu.", by=world.auditor)
        for manager in (world.landlord_manager, world.chamber_manager):
            assert list(samples_visible_to(manager)) == [sample]
        assert not samples_visible_to(other).exists()
        assert not samples_visible_to(world.payer).exists()

    def test_a_note_is_its_sides(self, world: World) -> None:
        """An external auditor's may quote a turnover, which the landlord must never read."""
        sample = a_sample(world)
        item = find(sample.items.get(position=1), world.auditor, Found.MINOR, note="CA de 12 000 €.")
        told = {
            name: visible_note(item, sample, reader_of(world.people[name], world.fund.pk))
            for name in ("auditor", "landlord_manager", "chamber_manager")
        }
        assert told == {"auditor": "CA de 12 000 €.", "landlord_manager": "", "chamber_manager": ""}


def test_retention_takes_the_words_of_an_erased_file_and_leaves_what_was_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = a_sample(world)
    item = find(sample.items.get(position=1), world.auditor, Found.MINOR, note="Mme Dupont, gérante, a dit…")
    find_all(sample, world.auditor)
    sign_sample(sample=sample, conclusion="Vu.", by=world.auditor)
    day = END_OF_10 + timedelta(days=1)
    clock(monkeypatch, day)
    erase(application=item.application, by=system(), key=key(), on=day)
    kept = sample_item(item)
    assert (kept.note, kept.outcome) == ("effacé", Found.MINOR)
    assert redrawn(Sample.objects.get(pk=sample.pk), sample.items.all()).holds
    assert timezone.localdate() == day


def test_a_tenant_is_given_what_was_noted_of_its_file(world: World) -> None:
    sample = a_sample(world)
    item = find(sample.items.get(position=1), world.auditor, Found.MINOR, note="Mandat non daté.")
    find(sample.items.get(position=2), world.auditor)
    held = held_on(item.application.tenant)
    (note,) = held["applications"][0]["auditors_notes"]
    assert (note["note"], note["outcome"], note["found_at"]) == ("Mandat non daté.", Found.MINOR, item.found_at)
    paper = PdfReader(io.BytesIO(as_pdf(held, [])))
    assert "Mandat non daté." in " ".join(page.extract_text() for page in paper.pages)


def test_undoing_a_credit_in_the_period_takes_it_out_of_the_population() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.CREDITED)
    request = walk.ask_undo(world, file, kind=RequestKind.UNCREDIT, lines=walk.line_ids(file)[:1])
    reversal.reverse(request=request, by=world.approver2, key=key(), on=OPENED_ON)
    assert population_of(world.fund, plan(), up_to_number=10_000).cents == 1_000_00
