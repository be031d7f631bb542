"""`manage.py run_due`: what a scheduler runs every night."""

from io import StringIO

import pytest
from django.core.management import call_command

from grants.enums import Action, State
from tests import factories
from tests.grants import walk

pytestmark = pytest.mark.django_db


def run() -> str:
    out = StringIO()
    call_command("run_due", stdout=out)
    return out.getvalue()


def test_what_is_due_is_done_once_and_told() -> None:
    """A reservation of 2020 is long over: it is warned of first, so that a second run on the same day does nothing."""
    eligible = walk.walk_to(factories.open_fund(), State.ELIGIBLE)

    told = run()

    assert eligible.reference in told
    assert str(Action.WARN_EXPIRY.label) in told
    assert eligible.timeline.filter(action=Action.WARN_EXPIRY).count() == 1
    assert eligible.reference not in run()
    assert eligible.timeline.filter(action=Action.WARN_EXPIRY).count() == 1
