"""A file that is wrong in every row costs little, and says what it left out."""

import pytest

from grants.actions.confirmations import contents
from grants.models import LandlordFileRow
from tests.grants.reconciling.papers import account, as_csv, notes, states
from tests.grants.reconciling.test_confirmations import row, world_with_lines

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("broken", [{"Montant": "x"}, {"": "trop"}])
def test_rows_that_can_not_be_read_count(broken: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "ROWS_LIMIT", 3)
    world = world_with_lines()
    head, one = as_csv([row()]).decode().splitlines()
    bad = one.replace("-500,00 €", broken["Montant"]) if "Montant" in broken else f"{one};trop"
    notes(world, f"{head}\n{one}\n{bad}\n{bad}".encode())
    too_many = f"{head}\n{one}\n{bad}\n{bad}\n{bad}"
    of_accounts = too_many.replace("Montant", "Crédit").replace("-500,00 €", "500,00")
    for hand_in, text in ((notes, too_many), (account, of_accounts)):
        (fault,) = hand_in(world, text.encode()).faults
        assert "plus de 3 lignes" in fault["message"]
    assert LandlordFileRow.objects.values("file").distinct().count() == 1


def test_the_first_faults_are_kept_and_the_others_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "FAULTS_KEPT", 2)
    world = world_with_lines()
    file = notes(world, as_csv([row(), *[row(Montant="x")] * 5]))
    assert states(file) == ["ready", "fault", "fault"]
    assert LandlordFileRow.objects.count() == 3
    (fault,) = file.faults
    assert (fault["code"], fault["line"]) == ("more_faults", None)
    assert "3 autres lignes" in str(fault["message"])
