"""Read this first: what fundadmin is for, as stories (grants/demo), told through the real actions.

Each test plays a story chapter by chapter, as `manage.py demo` does, and looks at the fund in between. A fund has four
accounts: what is available, reserved by a favourable opinion, committed by the landlord's visa, credited to a tenant.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone, translation

from grants import ledger
from grants.demo import report
from grants.demo.origin import OriginStory
from grants.demo.people import Accounts
from grants.demo.small_team import SmallTeamStory
from grants.demo.story import Story, StoryBroken
from grants.demo.today import TENANTS, TodayStory
from grants.enums import FundState, State
from grants.models import Application, Fund
from landlords.models import Premises, TenantBusiness

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.measured]


@pytest.fixture
def told(settings: LazySettings, tmp_path: Path) -> Iterator[list[str]]:
    """The lines told; documents and rent rolls go to a folder of the test's own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    with translation.override("fr"):
        yield []


def accounts_of(story: Story) -> dict[str, int]:
    """What each account of the story's fund holds, in cents (27_178_55 is 27,178.55 EUR)."""
    now = ledger.position(story.fund.pk)
    return {
        "available": now.available_cents,
        "reserved": now.reserved_cents,
        "committed": now.committed_cents,
        "credited": now.credited_cents,
    }


def states_of(story: Story) -> dict[str, int]:
    return report.by_state(story.fund)


def test_the_origin_story(told: list[str], tmp_path: Path) -> None:
    story = OriginStory(told.append, tmp_path, Accounts())

    # The landlord's rent roll comes as a file, and is imported.
    story.rent_roll_comes_in()
    assert (story.premises, story.closed_tenants) == (133, 48)

    # The charter is signed on 5 May 2020: one landlord member proposes to open the fund, another confirms.
    story.fund_opens()
    assert accounts_of(story) == {"available": 40_000_00, "reserved": 0, "committed": 0, "credited": 0}

    # The first files go all the way: filed, completed, assessed, granted, credited. One misses the 30 %.
    story.first_wave()
    assert states_of(story) == {"credited": 23, "ineligible": 1}
    assert accounts_of(story)["credited"] == 27_178_55
    assert any("2,6 points" in line for line in told)

    # The money runs out. Those who come late are told what is short, and wait in rank.
    story.second_wave_meets_the_ceiling()
    assert states_of(story)["waitlisted"] == 7
    assert accounts_of(story)["available"] == 667_55
    assert sum(accounts_of(story).values()) == 40_000_00

    # Only the landlord refuses; it grants what is reserved; two people sign above the threshold.
    story.unfavourable_files_are_refused()
    story.second_wave_is_granted()
    assert states_of(story)["rejected"] == 4
    assert accounts_of(story)["reserved"] == 0

    # A withdrawal frees money, which goes to the first in rank that fits.
    waiting = states_of(story)["waitlisted"]
    story.tenant_withdraws()
    assert states_of(story)["withdrawn"] == 1
    assert states_of(story)["waitlisted"] == waiting - 1

    # A tenant who never answers: reminded, then closed.
    story.silent_file_lapses()
    assert states_of(story)["lapsed"] == 1

    # No endowment above the ceiling: the charter is amended first. Then the waiting get their turn.
    story.charter_is_amended()
    assert ledger.position(story.fund.pk).endowed_cents == 50_000_00
    story.waiting_files_get_their_turn()
    assert "waitlisted" not in states_of(story)

    # A refused file is reopened and granted; a month can't be relieved twice; a wrong voucher is undone, not rewritten.
    story.refused_file_is_reopened()
    story.month_asked_twice_is_refused()
    story.clerical_error_is_mended()
    assert states_of(story)["rejected"] == 3
    assert accounts_of(story)["credited"] == 48_540_15

    # Aid received twice is taken back, after a notice and the time to reply.
    story.credit_is_reversed()
    assert_the_figures_are_the_charters(report.summary(story, [story]))
    assert_the_past_is_still_readable(story)


def assert_the_figures_are_the_charters(figures: dict[str, Any]) -> None:
    """What `make demo` writes to var/demo/summary.json, to the cent."""
    assert figures.pop("ledger_entries") > 0
    assert figures == {
        "premises": 133,
        "closed_tenants": 48,
        "applications": 46,
        "by_state": {"credited": 40, "reversed": 1, "rejected": 3, "withdrawn": 1, "lapsed": 1},
        "endowed_cents": 50_000_00,
        "granted_cents": 47_879_35,
        "credited_cents": 47_879_35,
        "reversed_cents": 660_80,
        "faults": 0,
        "stuck": 0,
    }
    assert figures["credited_cents"] > 45_000_00


def assert_the_past_is_still_readable(story: Story) -> None:
    """The position as at a past day is what it was that day."""
    held = [ledger.position_as_at(story.fund.pk, day) for day in story.milestones]
    assert [at.endowed_cents for at in held] == [40_000_00] * 4 + [50_000_00] * 3
    assert held[1].credited_cents == 27_178_55
    assert held[2].available_cents == 667_55


def test_a_small_team(told: list[str], tmp_path: Path) -> None:
    story = SmallTeamStory(told.append, tmp_path, Accounts())

    # A file with one error changes nothing; missing SIRETs don't stop an import.
    story.rent_roll_is_messy()
    tenants = TenantBusiness.objects.filter(landlord=story.landlord)
    assert (tenants.count(), tenants.filter(siret=None).count()) == (6, 2)
    assert Premises.objects.filter(landlord=story.landlord).count() == 5

    # Two visas and a payer make three people; the landlord has two, and is told so when it opens the fund.
    story.fund_opens_with_a_gap()
    assert any(line.strip().startswith("Effectif insuffisant") for line in told)

    # Without SIRET nothing is filed; a second import completes them.
    story.files_come_in()
    assert states_of(story) == {"draft": 2, "submitted": 4}
    story.missing_sirets_are_completed()
    story.files_are_assessed()
    assert states_of(story) == {"eligible": 6}

    # A visa that would leave nobody to record the credit is refused; a dated deputy fills the gap.
    story.small_files_are_granted()
    assert states_of(story) == {"eligible": 1, "approved": 5}
    told.clear()
    story.deputy_is_named()
    assert any(line.strip().startswith("Effectif suffisant") for line in told)
    assert states_of(story) == {"approved": 6}

    # A lease ends after its first month was credited: what remains is cancelled, by two people.
    story.november_is_credited()
    story.lease_ends()
    salon = Application.objects.get(pk=story.files["Salon Camille"].pk)
    assert salon.state == State.CREDITED
    assert sorted(salon.lines.values_list("state", flat=True)) == ["cancelled"] * 4 + ["credited"] * 2

    # The deputy credits under her own name; in the end every file is final and every euro is placed.
    story.deputy_credits()
    story.january_is_credited()
    assert states_of(story) == {"credited": 6}
    story.fund_closes()
    assert accounts_of(story) == {"available": 0, "reserved": 0, "committed": 0, "credited": 6_058_52}
    assert Fund.objects.get(pk=story.fund.pk).state == FundState.CLOSED
    assert report.faults_of(story.fund) == []
    assert report.stuck_in(story.fund, story.today) == []


def test_a_story_stops_when_what_it_needs_refused_goes_through(told: list[str], tmp_path: Path) -> None:
    story = SmallTeamStory(told.append, tmp_path, Accounts())
    story.rent_roll_is_messy()

    with pytest.raises(StoryBroken, match="tout passe"):
        story.refused("tout passe", lambda **_request: None)


def test_a_story_never_goes_back_in_time(told: list[str], tmp_path: Path) -> None:
    story = SmallTeamStory(told.append, tmp_path, Accounts())
    story.rent_roll_is_messy()

    with pytest.raises(ValueError, match="2020-11-16 comes before 2020-11-17"):
        story.rent_roll_is_messy()


def test_a_fund_in_the_middle_of_its_work_is_left_for_who_tries_the_site(told: list[str], tmp_path: Path) -> None:
    accounts = Accounts()
    OriginStory(told.append, tmp_path, accounts).rent_roll_comes_in()
    story = TodayStory(told.append, tmp_path, accounts, timezone.localdate())

    story.play()

    assert states_of(story) == {
        "draft": 2,
        "submitted": 4,
        "info_requested": 2,
        "eligible": 5,
        "ineligible": 1,
        "approved": 3,
        "credited": 3,
        "rejected": 1,
        "withdrawn": 1,
    }
    assert not report.faults_of(story.fund)
    assert not report.stuck_in(story.fund, story.today)
    # Six tenants have no file, and there is money for them.
    assert len(TENANTS) - len(story.files) == 6
    assert accounts_of(story)["available"] > 10_000_00
