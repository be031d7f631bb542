"""The reconciliation of a day that is past says what it said then, whatever was undone, credited or booked since."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from grants import ledger
from grants.actions import crediting, reversal
from grants.enums import RequestKind
from grants.exceptions import RuleRefused
from grants.exports import reconciliation as exported
from grants.exports.reconciliation import RECONCILIATION
from grants.models import Application, ReliefLine
from grants.reconciling.credited import check_agrees
from grants.reconciling.vouchers import Reconciled, Standing, Voucher, reconcile
from tests.factories import OPENED_ON, World, key
from tests.grants import walk
from tests.grants.reconciling.papers import as_csv, confirmed, csv_dicts, notes, written
from tests.grants.reconciling.test_accounts import credited_world, row, seen
from tests.grants.reconciling.test_confirmations import row as posted

pytestmark = pytest.mark.django_db

CREDITED, UNDONE, AGAIN = (OPENED_ON + timedelta(days=days) for days in (0, 30, 60))
GROSS = 1_500_00


def undo(world: World, kind: RequestKind) -> Application:
    file = ReliefLine.objects.all()[0].application
    request = walk.ask_undo(world, file, UNDONE, kind=kind)
    reversal.reverse(request=request, by=world.approver, key=key(), on=UNDONE)
    return file


def credit_again(world: World, file: Application) -> None:
    piece = walk.voucher(AGAIN, ref="AV-99")
    crediting.credit(application=file, lines=walk.line_ids(file), voucher=piece, by=world.payer, key=key(), on=AGAIN)


def as_at(world: World, day: date) -> Reconciled:
    """Checked against the position of the day."""
    found = reconcile(world.fund, day)
    position = ledger.position_as_at(world.fund.pk, day)
    check_agrees(found.credits, position)
    assert found.gross_cents == position.credited_cents
    return found


def what(vouchers: list[Voucher]) -> list[tuple[str, int, int]]:
    return [(one.ref, one.gross_cents, one.reversed_cents) for one in vouchers]


@pytest.mark.parametrize("kind", [RequestKind.REVERSE, RequestKind.UNCREDIT])
def test_what_was_undone_later_stands_as_it_stood(kind: RequestKind) -> None:
    world = credited_world()
    undo(world, kind)
    assert what(list(as_at(world, UNDONE - timedelta(days=1)).vouchers)) == [("AV-1", GROSS, 0)]
    assert as_at(world, UNDONE).vouchers == []
    assert as_at(world, CREDITED - timedelta(days=1)).vouchers == []


def test_credited_again_by_another_voucher() -> None:
    world = credited_world()
    credit_again(world, undo(world, RequestKind.UNCREDIT))
    (before,) = as_at(world, UNDONE - timedelta(days=1)).vouchers
    assert (before.ref, before.on, before.form) == ("AV-1", CREDITED, "credit_note")
    assert as_at(world, AGAIN - timedelta(days=1)).vouchers == []
    (after,) = as_at(world, AGAIN).vouchers
    assert (after.ref, after.on, after.credited_on) == ("AV-99", AGAIN, AGAIN)
    assert reconcile(world.fund).vouchers == [after]


def test_an_undone_credit_still_on_the_account_is_told_from_the_day_it_was_undone() -> None:
    world = credited_world()
    seen(world, row())
    undo(world, RequestKind.REVERSE)
    assert what(list(as_at(world, UNDONE).vouchers)) == [("AV-1", 0, GROSS)]
    assert as_at(world, UNDONE - timedelta(days=1)).difference_cents == 0


def test_what_was_booked_later_is_not_seen_yet() -> None:
    world = credited_world()
    seen(world, row(), row(Date="21/05/2020", Pièce="AV-9"))
    assert [one.standing for one in as_at(world, date(2020, 5, 19)).vouchers] == [Standing.UNSEEN]
    day = as_at(world, date(2020, 5, 20))
    assert ([one.standing for one in day.vouchers], day.theirs) == ([Standing.SEEN], [])
    assert [one.ref for one in as_at(world, date(2020, 5, 21)).theirs] == ["AV-9"]


def test_a_file_of_notes_confirms_from_the_day_of_its_vouchers() -> None:
    world = credited_world()
    listed = posted(**{"N° avoir": "AV-1", "Date comptable": "10/05/2020"})
    confirmed(notes(world, as_csv([listed])), world.payer)
    assert [as_at(world, date(2020, 5, day)).vouchers[0].noted for day in (9, 10)] == [0, 1]


def test_the_export_as_at_a_day(tmp_path: Path) -> None:
    world = credited_world()
    credit_again(world, undo(world, RequestKind.UNCREDIT))
    made = written(RECONCILIATION, world, tmp_path, as_at=UNDONE - timedelta(days=1), format="csv")
    (one, _total) = csv_dicts(tmp_path / made.files[0])
    assert one["N° de pièce"] == "AV-1"
    assert made.sums_cents["credited_gross"] == GROSS


def test_a_difference_from_the_position_is_told_and_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if a credit had been lost on the way: what is left of them isn't what the fund's position says."""
    world = credited_world()
    monkeypatch.setattr(exported, "reconcile", lambda fund, _day: reconcile(fund, CREDITED - timedelta(days=1)))
    with pytest.raises(RuleRefused) as refused:
        written(RECONCILIATION, world, tmp_path, as_at=CREDITED)
    assert refused.value.codes == ["not_as_position"]
    assert "1 500,00" in str(refused.value).replace("\u202f", " ").replace("\u00a0", " ")
    assert list(tmp_path.iterdir()) == []
