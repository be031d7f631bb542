"""Documents: kept under random names with their digest, read by the side they are meant for."""

from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import LazySettings

from grants.actions import documents
from grants.actions.documents import SIZE_LIMIT, Upload
from grants.enums import DocumentTiming, State, Visibility
from grants.exceptions import BadInput, KeyReused, RuleRefused
from grants.models import Application
from tests.factories import OPENED_ON, World, key, open_fund
from tests.grants import walk
from tests.grants.actions.refusal import not_allowed, refused

pytestmark = pytest.mark.django_db
CONTENT = b"%PDF-1.4 invented %%EOF"


@pytest.fixture(autouse=True)
def media(settings: LazySettings, tmp_path: Path) -> Path:
    """Files are kept on disk here, as in production."""
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def world() -> World:
    return open_fund()


def kept(media: Path) -> set[Path]:
    return {path for path in media.rglob("*") if path.is_file()}


def attach(world: World, application: Application, upload: Upload, key_: str = "") -> Application:
    return documents.attach(application=application, upload=upload, by=world.advisor, key=key_ or key(), on=OPENED_ON)


def test_a_document_is_kept_under_a_random_name_with_its_digest(world: World, media: Path) -> None:
    draft = walk.draft(world)
    attached = attach(world, draft, Upload("vat_return", "../../CA3 mars <2020>.pdf", CONTENT))
    document = attached.documents.get()
    path = media / str(document.file.name)
    assert UUID(path.stem) == document.uuid
    assert path.suffix == ".bin"
    assert path.read_bytes() == CONTENT
    assert (document.name, document.media_type) == ("CA3 mars _2020_.pdf", "application/pdf")
    assert (document.size, document.sha256) == (len(CONTENT), sha256(CONTENT).hexdigest())
    assert (document.fund, document.added_by, document.timing) == (world.fund, world.advisor, "")
    assert document.visibility == Visibility.CHAMBER
    event = walk.outcome(attached)
    assert (event.action, event.from_state, event.to_state) == ("attach", "draft", "draft")
    told = {"kind": "vat_return", "sha256": document.sha256, "size": len(CONTENT), "visibility": "chamber"}
    assert event.data == told


def test_who_reads_it_and_when_it_is_due_are_kept(world: World) -> None:
    upload = Upload("lease", "bail.pdf", CONTENT, Visibility.BOTH, DocumentTiming.AT_FILING)
    document = attach(world, walk.draft(world), upload).documents.get()
    assert (document.visibility, document.timing) == (Visibility.BOTH, DocumentTiming.AT_FILING)


@pytest.mark.parametrize(
    ("upload", "codes"),
    [
        (Upload("vat_return", "vide.pdf", b""), ["document_size"]),
        (Upload("vat_return", "lourd.pdf", b"x" * (SIZE_LIMIT + 1)), ["document_size"]),
        (Upload("vat_return", "dix-fois.pdf", bytes(10 * SIZE_LIMIT)), ["document_size"]),
        (Upload("", "sans-genre.pdf", CONTENT), ["document_kind"]),
        (Upload("x" * 61, "vide.pdf", b""), ["document_kind", "document_size"]),
    ],
)
def test_a_file_that_cannot_be_kept_is_refused(world: World, media: Path, upload: Upload, codes: list[str]) -> None:
    draft = walk.draft(world)
    before = kept(media)
    with refused(BadInput, *codes):
        attach(world, draft, upload)
    assert kept(media) == before


def test_the_largest_file_and_the_longest_names_are_kept(world: World) -> None:
    attached = attach(world, walk.draft(world), Upload("x" * 60, "n" * 300, b"x" * SIZE_LIMIT))
    document = attached.documents.get()
    assert (document.size, len(document.name), document.name[-5:]) == (SIZE_LIMIT, 200, "n.txt")


@pytest.mark.parametrize("state", [State.SUBMITTED, State.INFO_REQUESTED, State.WAITLISTED, State.INELIGIBLE])
def test_evidence_may_be_added_until_the_opinion_counts(world: World, state: State) -> None:
    attached = attach(world, walk.walk_to(world, state), Upload("vat_return", "ca3.pdf", CONTENT))
    assert attached.documents.count() == 1


def test_nothing_is_added_once_it_is_to_be_decided(world: World, media: Path) -> None:
    eligible = walk.walk_to(world, State.ELIGIBLE)
    before = kept(media)
    with refused(RuleRefused, "wrong_state"):
        attach(world, eligible, Upload("vat_return", "ca3.pdf", CONTENT))
    assert kept(media) == before


def test_only_the_advisor_in_charge_attaches(world: World) -> None:
    draft = walk.draft(world)
    upload = Upload("vat_return", "ca3.pdf", CONTENT)
    with not_allowed("not_in_charge"):
        documents.attach(application=draft, upload=upload, by=world.advisor2, key=key(), on=OPENED_ON)
    with not_allowed():
        documents.attach(application=draft, upload=upload, by=world.payer, key=key(), on=OPENED_ON)


def test_the_same_file_sent_again_with_its_key_is_one_document(world: World, media: Path) -> None:
    draft = walk.draft(world)
    upload = Upload("vat_return", "ca3.pdf", CONTENT)
    before = kept(media)
    first = attach(world, draft, upload, "once")
    assert attach(world, draft, upload, "once").outcome == first.outcome
    with refused(KeyReused, "key_reused"):
        attach(world, draft, Upload("vat_return", "ca3.pdf", CONTENT + b"\n"), "once")
    assert draft.documents.count() == 1
    assert len(kept(media) - before) == 1
