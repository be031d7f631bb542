"""A large file is read by the worker: kept as it came until then, and as one that was read at once afterwards."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from grants.actions import confirmations, work
from grants.actions.confirmations import contents, handing_in
from grants.exceptions import KeyReused, RuleRefused
from grants.models import LandlordFile
from grants.tasks import carry_on_landlord_files, read_landlord_file
from tests.factories import World, key
from tests.grants.page_text import text_of
from tests.grants.reconciling.papers import account, as_csv, codes, confirmed, notes, said, states
from tests.grants.reconciling.test_accounts import credited_world
from tests.grants.reconciling.test_accounts import row as booked
from tests.grants.reconciling.test_confirmations import credited, row, world_with_lines
from tests.grants.reconciling.test_pages import address, client_of, hand_in, press
from tests.landlords.rolls import xlsx_file

pytestmark = pytest.mark.django_db
ROWS = [row(), row(**{"Mois concerné": "05/2020", "Montant": "-501"}), row(Montant="beaucoup")]


def large(content: bytes) -> bytes:
    """The same rows, which columns that nobody reads make many bytes."""
    head, *lines = content.decode().splitlines()
    wordy = f";{'x' * (work.LARGE_TEXT // 4)}" * 4
    return "\n".join([f"{head};R1;R2;R3;R4", *(line + wordy for line in lines)]).encode()


def jobs() -> list[dict[str, int]]:
    waiting = ProcrastinateJob.objects.filter(task_name=confirmations.READ_TASK, status="todo").order_by("pk")
    return [job.args for job in waiting]


def left(world: World) -> LandlordFile:
    return notes(world, large(as_csv(ROWS)))


def stored(file: LandlordFile) -> LandlordFile:
    return LandlordFile.objects.get(pk=file.pk)


def shown(world: World, file: LandlordFile) -> str:
    return text_of(client_of(world.payer).get(address(world, file, name="landlord_file")))


def test_it_is_read_by_the_worker_then_confirmed_as_any_other() -> None:
    world = world_with_lines()
    client = client_of(world.payer)
    answer = hand_in(client, world, large(as_csv(ROWS)))
    file = LandlordFile.objects.get()
    assert answer.url == address(world, file, name="landlord_file")
    page = client.get(answer.url)
    assert "Lecture du fichier en cours" in text_of(page)
    assert "0 sur 3 environ" in text_of(page)
    assert '<meta http-equiv="refresh" content="5">' in page.content.decode()
    assert "lecture en cours" in text_of(client.get(address(world)))
    assert (jobs(), states(file)) == ([{"file": file.pk}], [])
    assert "en cours de lecture" in text_of(press(client, world, file))
    assert stored(file).confirmed_at is None

    read_landlord_file(**jobs()[0])
    at_once = notes(world, as_csv(ROWS))
    assert (states(file), codes(file), said(file)) == (states(at_once), codes(at_once), said(at_once))
    assert stored(file).faults == at_once.faults
    assert [one["code"] for one in stored(file).warnings] == ["column_ignored"] * 4
    assert bytes(stored(file).content) == b""
    page = client.get(answer.url)
    assert "Imputer 1 ligne" in text_of(page)
    assert "refresh" not in page.content.decode()
    read_landlord_file(file.pk)
    assert len(states(file)) == 3, "a job that comes twice reads it once"

    press(client, world, file)
    assert (credited(), stored(file).attempts) == (1, 1)


def test_of_a_workbook_the_page_says_how_much_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "LARGE_WORKBOOK", 10)
    monkeypatch.setattr(contents, "ROWS_PER_WORD", 2)
    world = world_with_lines()
    lines = [list(row(**{"N° avoir": f"AV-{n}"}).values()) for n in range(5)]
    file = notes(world, xlsx_file(tmp_path, list(row()), *lines).read_bytes(), name="avoirs.xlsx")
    assert file.lines_expected is None
    assert "commence dans un instant" in shown(world, file)
    LandlordFile.objects.update(told_at=timezone.now(), lines_done=7)
    assert "Lignes lues : 7" in shown(world, file)
    read_landlord_file(file.pk)
    assert (len(states(file)), stored(file).lines_done) == (5, 4)


def test_an_extract_of_accounts_too() -> None:
    world = credited_world()
    file = account(world, large(as_csv([booked()])))
    read_landlord_file(**jobs()[0])
    assert states(file) == states(account(world, as_csv([booked()])))
    assert confirmed(stored(file), world.payer).finished_at


def test_the_same_key_is_one_file_and_one_job() -> None:
    world, one = world_with_lines(), key()
    sent = confirmations.Sent(LandlordFile.Kind.CREDIT_NOTES, "a.csv", large(as_csv(ROWS)))
    first, second = (confirmations.hand_in(fund=world.fund, sent=sent, by=world.payer, key=one) for _twice in range(2))
    assert first == second
    assert len(jobs()) == 1
    other = confirmations.Sent(LandlordFile.Kind.CREDIT_NOTES, "a.csv", large(as_csv(ROWS[:1])))
    with pytest.raises(KeyReused):
        confirmations.hand_in(fund=world.fund, sent=other, by=world.payer, key=one)


def test_two_requests_at_one_moment_leave_one_job(monkeypatch: pytest.MonkeyPatch) -> None:
    world, one = world_with_lines(), key()
    sent = confirmations.Sent(LandlordFile.Kind.CREDIT_NOTES, "a.csv", large(as_csv(ROWS)))

    def meanwhile() -> None:
        monkeypatch.undo()
        confirmations.hand_in(fund=world.fund, sent=sent, by=world.payer, key=one)

    monkeypatch.setattr(handing_in, "forget_old", meanwhile)
    confirmations.hand_in(fund=world.fund, sent=sent, by=world.payer, key=one)
    assert (LandlordFile.objects.count(), len(jobs())) == (1, 1)


def test_what_a_dead_worker_left_is_read_by_the_next_until_it_is_given_up() -> None:
    world = world_with_lines()
    file, fresh = left(world), left(world)
    long_ago = timezone.now() - timedelta(seconds=work.SILENT_SECONDS + 1)
    LandlordFile.objects.filter(pk=file.pk).update(told_at=long_ago, attempts=work.MOST_ATTEMPTS)
    carry_on_landlord_files(0)
    assert stored(file).read_at is None
    assert "erreur" in shown(world, file)
    assert "refresh" not in client_of(world.payer).get(address(world, file, name="landlord_file")).content.decode()
    LandlordFile.objects.filter(pk=file.pk).update(attempts=work.MOST_ATTEMPTS - 1)
    carry_on_landlord_files(0)
    assert stored(file).read_at is not None
    assert stored(fresh).read_at is None, "a worker may yet take it"


def test_a_late_one_says_that_no_worker_is_free() -> None:
    world = world_with_lines()
    file = left(world)
    LandlordFile.objects.update(at=timezone.now() - timedelta(seconds=work.LATE_SECONDS + 1))
    assert "pas encore commencé" in shown(world, file)


def test_one_that_somebody_is_at_is_left_to_them() -> None:
    file = left(world_with_lines())
    with work.held(work.Lock.LANDLORD_FILE, file.pk):
        read_landlord_file(file.pk)
    assert (stored(file).read_at, stored(file).attempts) == (None, 0)


def test_one_that_is_removed_while_it_is_read_is_gone() -> None:
    world = world_with_lines()
    file = left(world)
    begun = LandlordFile.objects.select_related("fund__landlord", "by").get(pk=file.pk)
    confirmations.take_back(file=file, by=world.payer)
    handing_in._read_in(begun)
    read_landlord_file(file.pk)
    assert not LandlordFile.objects.exists()


def test_the_command_reads_it_at_once(tmp_path: Path) -> None:
    world = world_with_lines()
    path = tmp_path / "avoirs.csv"
    path.write_bytes(large(as_csv(ROWS)))
    call_command("landlord_file", world.fund.code, str(path), "--by", world.payer.email, "--confirm")
    assert (credited(), jobs()) == (1, [])


def test_the_database_confirms_only_what_was_read_and_keeps_no_content_of_it() -> None:
    world = world_with_lines()
    file = left(world)
    with pytest.raises(RuleRefused) as refusal:
        confirmed(file, world.payer)
    assert refusal.value.codes == ["not_read"]
    now = timezone.now()
    for change in ({"confirmed_at": now, "confirmed_by": world.payer}, {"read_at": now}):
        with pytest.raises(IntegrityError, match="landlord_file_read_then_confirmed"), transaction.atomic():
            LandlordFile.objects.filter(pk=file.pk).update(**change)
