"""A job is held by one at a time, and free at once for the next."""

import pytest
from django.db import connection

from grants.actions.work import Lock, held

pytestmark = pytest.mark.django_db
HOLDERS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s"


def holders(pk: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(HOLDERS, [Lock.EXPORT, pk])
        return int(cursor.fetchone()[0])


def test_one_holds_a_job_and_lets_go_of_it_at_once() -> None:
    for _time in range(20):
        with held(Lock.EXPORT, 7) as is_ours, held(Lock.EXPORT, 7) as is_theirs, held(Lock.LETTERS, 7) as is_another:
            assert (is_ours, is_theirs, is_another, holders(7)) == (True, False, True, 1)
        assert holders(7) == 0


def test_who_fails_lets_go_of_it_too() -> None:
    with pytest.raises(ValueError, match="half-way"), held(Lock.EXPORT, 8):
        raise ValueError("half-way")
    assert holders(8) == 0
