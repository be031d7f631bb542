"""Documents leave by one door: to those who may, to be saved, logged. And what auditors read is logged."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from fundadmin.models import User
from grants.actions import documents
from grants.actions.documents import Upload
from grants.actions.reading import FILTER_LIMIT, log_audit, log_read
from grants.enums import Reading, State, Visibility
from grants.exceptions import BadInput
from grants.models import Application, Document, ReadLog
from tests.accounts import log_in
from tests.factories import OPENED_ON, PDF, World, key, open_fund, user
from tests.grants import walk

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: LazySettings, tmp_path: Path) -> Path:
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def world() -> World:
    return open_fund()


def attached(world: World, name: str = "ca3.pdf", which: Visibility = Visibility.CHAMBER) -> Document:
    file = walk.walk_to(world, State.SUBMITTED)
    upload = Upload("vat_return", name, PDF[1], which)
    documents.attach(application=file, upload=upload, by=world.advisor, key=key(), on=OPENED_ON)
    return file.documents.get()


def get(person: User, document: Document) -> Any:
    """The answer, read to its end, where its file is closed."""
    client = Client()
    log_in(client, person)
    answer = client.get(reverse("grants:document", args=[document.uuid]))
    if answer.streaming:
        answer.getvalue()
    return answer


def test_a_document_is_handed_out_to_be_saved(world: World) -> None:
    document = attached(world, "Bail d'été « signé ».pdf")
    client = Client()
    log_in(client, world.assessor)
    answer: Any = client.get(reverse("grants:document", args=[document.uuid]))
    assert answer.streaming
    assert answer.getvalue() == PDF[1]
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''Bail%20d")
    assert answer.headers["Content-Disposition"].endswith(".pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Length"] == str(len(PDF[1]))
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert {"private", "no-store"} <= set(answer.headers["Cache-Control"].split(", "))
    policy = answer.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "allow-" not in policy
    head: Any = client.head(reverse("grants:document", args=[document.uuid]))
    assert (head.status_code, head.getvalue()) == (200, b"")
    assert client.post(reverse("grants:document", args=[document.uuid])).status_code == 405


def test_who_may_not_read_it_finds_nothing_and_no_read_is_logged(world: World) -> None:
    document = attached(world)
    for person in (world.approver, world.payer, user(), open_fund().assessor):
        assert get(person, document).status_code == 404
    anonymous = Client().get(reverse("grants:document", args=[document.uuid]))
    assert anonymous.status_code == 302
    assert not ReadLog.objects.exists()


def test_every_read_of_a_document_is_logged(world: World) -> None:
    document = attached(world)
    for person in (world.assessor, world.assessor, world.auditor):
        get(person, document)
    rows = list(ReadLog.objects.order_by("pk"))
    assert [row.user for row in rows] == [world.assessor, world.assessor, world.auditor]
    assert {(row.fund, row.what, row.object_uuid) for row in rows} == {(world.fund, "document", document.uuid)}
    assert str(rows[0]).endswith(f"{world.assessor.pk} document")


def test_what_is_older_than_the_check_of_contents_is_handed_out_as_bytes(world: World) -> None:
    document = attached(world)
    Document.objects.filter(pk=document.pk).update(media_type="")
    assert get(world.assessor, document).headers["Content-Type"] == "application/octet-stream"


def test_a_file_that_went_missing_is_not_found(world: World) -> None:
    document = attached(world)
    document.file.storage.delete(str(document.file.name))
    assert get(world.assessor, document).status_code == 404
    assert not ReadLog.objects.exists()


def test_whatever_an_auditor_opens_is_logged_and_of_others_nothing(world: World) -> None:
    file = walk.walk_to(world, State.SUBMITTED)
    addresses = [
        reverse("grants:home"),
        reverse("grants:fund", args=[world.fund.code]) + "?after=7",
        reverse("grants:application", args=[file.uuid]),
    ]
    for person in (world.auditor, world.approver):
        client = Client()
        log_in(client, person)
        for address in addresses:
            client.get(address)
    rows = ReadLog.objects.order_by("pk").values_list("user", "fund", "what", "object_uuid", "filter_text")
    pk, fund = world.auditor.pk, world.fund.pk
    assert list(rows) == [
        (pk, fund, "fund", None, ""),
        (pk, fund, "fund", world.fund.uuid, "after=7"),
        (pk, fund, "application", file.uuid, ""),
    ]


def test_what_somebody_typed_is_logged_as_far_as_it_can_be_kept(world: World) -> None:
    row = log_read(by=world.auditor, fund=None, what=Reading.EXPORT, filter="q=\0\ud800" + "x" * 600)
    row.refresh_from_db()
    assert row.filter_text.startswith("q=\\ud800x")
    assert len(row.filter_text) == FILTER_LIMIT
    log_audit([], by=world.auditor, what=Reading.EXPORT)
    assert ReadLog.objects.count() == 1


# Pages.


def page(person: User, file: Application) -> str:
    client = Client()
    log_in(client, person)
    return client.get(reverse("grants:application", args=[file.uuid])).content.decode()


def test_a_page_shows_each_side_its_own() -> None:
    from grants.eligibility import CriterionSpec

    criteria = [CriterionSpec("annual_turnover", {"op": "<", "cents": 10_000_000_00}, "article 3")]
    world = open_fund(criteria=criteria)
    file = walk.walk_to(world, State.SUBMITTED, facts={"annual_turnover_cents": 98_765_43})
    upload = Upload("vat_return", "ca3.pdf", PDF[1])
    documents.attach(application=file, upload=upload, by=world.advisor, key=key(), on=OPENED_ON)
    walk.request_info(world, file, wanted=["annual_turnover_cents"])
    walk.answer(world, file, facts={"annual_turnover_cents": 98_765_44})
    walk.favourable(world, file)
    by_chamber, by_landlord = page(world.advisor2, file), page(world.approver, file)
    for text in ("98\u202f765,44", "ca3.pdf", escape(walk.MESSAGE)):
        assert text in by_chamber
        assert text not in by_landlord
    for text in ("chiffre d\u2019affaires", "rempli", "article 3", str(world.assessor)):
        assert text in by_chamber
        assert text in by_landlord
    assert "charte-signee.pdf" not in by_landlord
    client = Client()
    log_in(client, world.approver)
    assert "charte-signee.pdf" in client.get(reverse("grants:fund", args=[world.fund.code])).content.decode()


def test_a_detail_that_retention_deleted_is_not_told(world: World) -> None:
    file = walk.send_back(world, walk.walk_to(world, State.ELIGIBLE))
    assert escape(walk.REASON) in page(world.approver, file)
    walk.outcome(file).detail.delete()
    assert escape(walk.REASON) not in page(world.approver, file)


# Files on disk.


def test_no_file_stays_of_an_action_that_failed(world: World, media: Path) -> None:
    """The file is written, then the database refuses its row."""
    before = {path for path in media.rglob("*") if path.is_file()}
    draft = walk.draft(world)
    with pytest.raises(BadInput):
        documents.attach(
            application=draft,
            upload=Upload("vat_return", "ca3.pdf", PDF[1], "of nobody in particular"),
            by=world.advisor,
            key=key(),
            on=OPENED_ON,
        )
    assert {path for path in media.rglob("*") if path.is_file()} == before


def test_the_command_tells_what_disk_and_database_do_not_agree_on(
    world: World, media: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = attached(world)
    call_command("documents")
    assert str(Document.objects.count()) in capsys.readouterr().out
    (media / "2020").mkdir()
    (media / "2020" / "stray.bin").write_bytes(b"x")
    document.file.storage.delete(str(document.file.name))
    with pytest.raises(SystemExit):
        call_command("documents", "--orphans")
    assert capsys.readouterr().out.count("\n") == 1
    with pytest.raises(SystemExit):
        call_command("documents")
    told = capsys.readouterr().out
    assert "2020/stray.bin" in told
    assert str(document.file.name) in told


def test_where_nothing_was_ever_kept_nothing_is_missing(
    settings: LazySettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.MEDIA_ROOT = tmp_path / "never"
    call_command("documents")
    assert "0" in capsys.readouterr().out


def test_a_file_of_an_inner_step_goes_with_the_outer_one(world: World, media: Path) -> None:
    from django.core.files.base import ContentFile

    from grants.actions.files import note_written, removed_on_failure

    document = Document(file="")

    def write() -> Path:
        document.file.save("inner.bin", ContentFile(b"x"), save=False)
        note_written(document.file)
        return media / str(document.file.name)

    assert write().exists()  # nothing is undone outside of an action
    with removed_on_failure(), removed_on_failure():
        kept = write()
    assert kept.exists()
    gone: list[Path] = []

    def fail_after_writing() -> None:
        with removed_on_failure():
            gone.append(write())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), removed_on_failure():
        fail_after_writing()
    assert not gone[0].exists()


def test_a_signed_paper_is_read_by_both_sides(world: World) -> None:
    paper = world.charter.signed_pdf
    assert paper is not None
    for person in (world.advisor, world.payer):
        assert get(person, paper).status_code == 200
