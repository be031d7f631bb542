"""Letters of a kind as a job that two workers take up, or that is taken up again: each letter counts once."""

from contextlib import closing
from datetime import timedelta

import pytest
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models.signals import post_save
from django.utils import timezone

from grants.actions import letter_runs, work
from grants.enums import LetterKind, State
from grants.models import Letter, LetterRun
from tests.factories import World, key, open_fund
from tests.grants import walk

pytestmark = pytest.mark.django_db


def test_a_second_worker_leaves() -> None:
    world = open_fund()
    run = begun(world, 2)
    with closing(connections.create_connection(DEFAULT_DB_ALIAS)) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [work.Lock.LETTERS, run.pk])
        left = letter_runs.carry_out(run.pk)
        assert (left.done, left.attempts, left.finished_at) == (0, 0, None)
    done = letter_runs.carry_out(run.pk)
    assert (done.done, done.attempts, done.refused) == (2, 1, [])


def test_nobody_takes_up_a_run_while_it_is_carried_out() -> None:
    world = open_fund()
    run = begun(world, 3)

    def meanwhile(**_given: object) -> None:
        post_save.disconnect(meanwhile, sender=Letter)
        letter_runs.carry_out(run.pk)

    post_save.connect(meanwhile, sender=Letter)
    done = letter_runs.carry_out(run.pk)
    assert (done.done, done.attempts, done.refused) == (3, 1, [])


def test_tried_again_each_refusal_is_told_once_and_goes_when_it_is_issued() -> None:
    world = open_fund()
    run = begun(world, 2)
    members = world.fund.members.filter(user=world.payer)
    members.update(ends_on=timezone.localdate() - timedelta(days=1))
    for _try in range(2):
        done = letter_runs.carry_out(run.pk)
        assert (done.done, len(done.refused)) == (0, 2)
        LetterRun.objects.update(finished_at=None)  # as a worker leaves it that dies just before
    members.update(ends_on=None)
    done = letter_runs.carry_out(run.pk)
    assert (done.done, done.refused) == (2, [])


def begun(world: World, count: int) -> LetterRun:
    for _n in range(count):
        walk.walk_to(world, State.APPROVED)
    return letter_runs.start(fund=world.fund, kind=LetterKind.AWARD, by=world.payer, key=key())
