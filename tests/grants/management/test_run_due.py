"""`manage.py run_due`: what a scheduler runs every night."""

from io import StringIO

import pytest
from django.core.management import call_command

from grants.enums import State
from tests import factories
from tests.grants import walk

pytestmark = pytest.mark.django_db


def run() -> str:
    out = StringIO()
    call_command("run_due", stdout=out)
    return out.getvalue()


def test_what_was_due_is_done_once_and_told() -> None:
    world = factories.open_fund()
    eligible = walk.walk_to(world, State.ELIGIBLE)

    assert eligible.reference in run()
    eligible = type(eligible).objects.get(pk=eligible.pk)
    assert eligible.state == State.SUBMITTED
    assert eligible.reference not in run()
