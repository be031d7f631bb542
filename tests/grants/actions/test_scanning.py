"""ClamAV, where one is configured: seen before kept, apart when infected, never let through unseen."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.conf import LazySettings
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from grants.actions import documents
from grants.actions.documents import Upload
from grants.actions.members import propose_member
from grants.enums import FundAction, Role, Side
from grants.exceptions import BadInput, RuleRefused
from grants.management.commands.documents import files
from grants.models import Application, QuarantinedFile
from tests.accounts import log_in
from tests.factories import OPENED_ON, PDF, World, fund_action, key, open_fund, user
from tests.grants import walk
from tests.grants.actions.refusal import refused
from tests.grants.fake_clamd import FakeClamd, fake_clamd
from tests.grants.made_files import EICAR

pytestmark = pytest.mark.django_db
REAL_DAEMON = os.environ.get("TEST_CLAMAV_SOCKET", "/var/run/clamav/clamd.ctl")


@pytest.fixture
def world() -> World:
    return open_fund()


@pytest.fixture
def clamd(settings: LazySettings) -> Iterator[FakeClamd]:
    with TemporaryDirectory() as folder, fake_clamd(Path(folder) / "clamd") as daemon:
        settings.CLAMAV_SOCKET = str(Path(folder) / "clamd")
        yield daemon


def attach(world: World, draft: Application, content: bytes, key_: str = "") -> Application:
    upload = Upload("vat_return", "ca3.txt", content)
    return documents.attach(application=draft, upload=upload, by=world.advisor, key=key_ or key(), on=OPENED_ON)


def test_a_clean_file_is_seen_and_kept(world: World, clamd: FakeClamd) -> None:
    assert attach(world, walk.draft(world), b"rien").documents.count() == 1
    assert clamd.seen == [b"rien"]


def test_an_infected_file_is_kept_apart_and_never_served(world: World, clamd: FakeClamd) -> None:
    draft = walk.draft(world)
    before = set(files(default_storage))
    with pytest.raises(BadInput) as caught:
        attach(world, draft, EICAR)
    assert caught.value.codes == ["document_infected"]
    assert "Eicar-Test-Signature" in str(caught.value)
    kept = QuarantinedFile.objects.get()
    assert (kept.name, kept.user, kept.fund, kept.found) == (
        "ca3.txt",
        world.advisor,
        world.fund,
        "Eicar-Test-Signature",
    )
    assert kept.size == len(EICAR)
    with kept.file.open("rb") as stored:
        assert stored.read() == EICAR
    assert str(kept) == "ca3.txt (Eicar-Test-Signature)"
    assert set(files(default_storage)) == before
    assert not draft.documents.exists()
    assert not draft.timeline.filter(action="attach").exists()
    client = Client()
    log_in(client, world.advisor)
    assert client.get(reverse("grants:application", args=[draft.uuid])).content.decode().count("ca3.txt") == 0


@pytest.mark.parametrize("answer", [b"hang up", b"stream: INSTREAM size limit exceeded. ERROR", b"?", b"stream: ODD"])
def test_a_scanner_that_says_nothing_lets_nothing_through(world: World, clamd: FakeClamd, answer: bytes) -> None:
    clamd.answer = answer
    draft = walk.draft(world)
    with refused(RuleRefused, "scanner_silent"):
        attach(world, draft, b"rien")


def test_without_its_daemon_nothing_is_kept_either(world: World, settings: LazySettings, tmp_path: Path) -> None:
    draft = walk.draft(world)
    for setting, value in (("CLAMAV_SOCKET", str(tmp_path / "nobody")), ("CLAMAV_HOST", "127.0.0.1")):
        settings.CLAMAV_SOCKET = ""
        settings.CLAMAV_PORT = 1
        setattr(settings, setting, value)
        with refused(RuleRefused, "scanner_silent"):
            attach(world, draft, b"rien")


def test_a_replay_is_answered_without_the_scanner(world: World, clamd: FakeClamd) -> None:
    draft = walk.draft(world)
    first = attach(world, draft, b"rien", "once")
    clamd.answer = b"hang up"
    assert attach(world, draft, b"rien", "once").outcome == first.outcome
    assert len(clamd.seen) == 1


def test_signed_papers_are_scanned_too(world: World, clamd: FakeClamd) -> None:
    infected = ("papier.pdf", PDF[1] + EICAR)
    with pytest.raises(BadInput) as caught:
        fund_action(world, FundAction.CLOSE, signed_pdf=infected)
    assert caught.value.codes == ["document_infected"]
    with pytest.raises(BadInput) as caught:
        propose_member(
            fund=world.fund,
            user=user(),
            side=Side.LANDLORD,
            role=Role.PAYER,
            starts_on=OPENED_ON,
            signed_delegation=infected,
            by=world.landlord_manager,
            key=key(),
            on=OPENED_ON,
        )
    assert caught.value.codes == ["document_infected"]
    assert QuarantinedFile.objects.count() == 2


@pytest.mark.skipif(
    not Path(REAL_DAEMON).is_socket(), reason="NO ClamAV DAEMON HERE: EICAR was only tried against our own small one"
)
@pytest.mark.slow
def test_a_real_daemon_finds_eicar(world: World, settings: LazySettings) -> None:
    settings.CLAMAV_SOCKET = REAL_DAEMON
    draft = walk.draft(world)
    assert attach(world, draft, b"rien").documents.count() == 1
    with pytest.raises(BadInput) as caught:
        attach(world, draft, EICAR)
    assert caught.value.codes == ["document_infected"]
