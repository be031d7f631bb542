"""What the database holds about erasures, whoever asks and whatever Python believed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from grants.actions.erasing import erase
from grants.enums import State
from grants.models import (
    Application,
    Assessment,
    Erasure,
)
from tests.factories import OPENED_ON, key, open_fund
from tests.grants.kept import YEARS_2, clock, full, history, personal, run, system

pytestmark = pytest.mark.django_db


class TestDatabase:
    """What holds whoever asks, and whatever Python believed."""

    def test_history_only_grows_for_the_application(self) -> None:
        world = open_fund()
        file = full(world, State.REJECTED)
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            history().filter(pgh_obj_id=file.pk).delete()
        for application_id in (file.pk, 10**9):
            with pytest.raises(IntegrityError, match="kept while the file is"), transaction.atomic():
                connection.cursor().execute("SELECT grants_forget(%s)", [application_id])

    def test_a_pending_or_young_file_has_no_erasure(self) -> None:
        world = open_fund()
        young = full(world, State.REJECTED)
        Application.objects.filter(pk=young.pk).update(closed_on=timezone.localdate() - timedelta(days=180))
        for file in (full(world, State.SUBMITTED), young):
            with pytest.raises(IntegrityError, match="closed for 180 days"), transaction.atomic():
                Erasure.objects.create(application=file, rule="refused", on=OPENED_ON)

    @pytest.mark.parametrize(
        "values", [{"opinion": "favourable"}, {"record": {"a": 1}}, {"record": {}, "resolved": {}}]
    )
    def test_an_assessment_never_changes(self, values: dict[str, Any]) -> None:
        world = open_fund()
        assessments = Assessment.objects.filter(application=full(world, State.INELIGIBLE))
        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
            assessments.update(**values)
        with pytest.raises(Exception, match="assessment_kept"), transaction.atomic():
            assessments.delete()

    @pytest.mark.django_db(transaction=True)
    def test_it_works_as_the_application_role_and_survives_a_rollback(
        self, connect_as_app: Callable[..., psycopg.Connection], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The content goes before the commit: rolled back, the next run finds the row and does the rest."""
        world = open_fund()
        file = full(world, State.REJECTED)
        day = YEARS_2 + timedelta(days=1)
        clock(monkeypatch, day)
        with transaction.atomic():
            erase(application=file, by=system(), key=key(), on=day)
            transaction.set_rollback(True)
        assert personal(file)
        assert run(day).erased == [file.pk]
        assert personal(file) == []
        with connect_as_app() as session:
            (role,) = session.execute("SELECT current_user").fetchone() or ("",)
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == (role,)
