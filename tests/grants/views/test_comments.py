"""Comments: to one's own side or to both, mended for a quarter of an hour, gone with the file, the tenant's to read."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from grants.actions import comments, erasing, filing
from grants.actions.comments import LIMIT, comment, edit_comment
from grants.actions.subject_access import pack
from grants.enums import Role, Side, State, Visibility
from grants.exceptions import BadInput, KeyReused, NotAllowed, RuleRefused
from grants.exports.subject_access import held_on
from grants.models import Application, Comment, FundMember
from grants.visibility import comments_visible_to
from tests.factories import World, key, open_fund, user
from tests.grants import walk
from tests.grants.actions.refusal import refused
from tests.grants.views.reading import fields, links, reader, text

pytestmark = pytest.mark.django_db
INTERNAL, SHARED = "Entre nous seulement.", "Pour les deux parties."


@pytest.fixture
def world() -> World:
    return open_fund()


@pytest.fixture
def file(world: World) -> Application:
    return walk.walk_to(world, State.SUBMITTED)


def say(world: World, file: Application, person: str, text: str, *, shared: bool = False) -> Comment:
    return comment(application=file, text=text, shared=shared, by=world.people[person], key=key())


def page(world: World, file: Application, person: str) -> str:
    return text(reader(world.people[person]).get(reverse("grants:application", args=[file.uuid])))


@pytest.mark.parametrize(
    ("author", "reads", "does_not"),
    [
        ("advisor", ("assessor", "chamber_manager", "auditor"), ("approver", "payer", "landlord_manager")),
        ("payer", ("approver", "landlord_manager", "auditor"), ("advisor", "assessor", "chamber_manager")),
    ],
)
def test_an_internal_note_is_its_sides_and_a_shared_one_everybodys(
    world: World, file: Application, author: str, reads: tuple[str, ...], does_not: tuple[str, ...]
) -> None:
    say(world, file, author, INTERNAL)
    say(world, file, author, SHARED, shared=True)
    for person in (author, *reads):
        assert INTERNAL in page(world, file, person)
    for person in does_not:
        assert INTERNAL not in page(world, file, person)
    for person in (author, *reads, *does_not):
        assert SHARED in page(world, file, person)
    assert not comments_visible_to(user(), file).exists()


def test_whoever_is_the_landlord_too_writes_and_reads_as_the_landlord(world: World, file: Application) -> None:
    walk.join(world, "both", Side.CHAMBER, Role.ADVISOR, user=world.payer)
    assert say(world, file, "payer", INTERNAL).visibility == Visibility.LANDLORD
    say(world, file, "advisor", "De la CMA.")
    assert "De la CMA." not in page(world, file, "payer")


def test_who_changed_sides_still_reads_their_own(world: World, file: Application) -> None:
    say(world, file, "assessor", INTERNAL)
    FundMember.objects.filter(pk=world.member("assessor").pk).update(side=Side.LANDLORD)
    assert INTERNAL in page(world, file, "assessor")


def test_an_auditor_writes_nothing(world: World, file: Application) -> None:
    with pytest.raises(NotAllowed):
        say(world, file, "auditor", INTERNAL)
    client = reader(world.auditor)
    assert "Qui le lit" not in text(client.get(reverse("grants:application", args=[file.uuid])))
    sent = {"text": INTERNAL, "shared": "internal", "key": key()}
    assert client.post(reverse("grants:comment", args=[file.uuid]), sent).status_code == 422
    assert not Comment.objects.exists()


def test_a_comment_is_written_once_and_is_no_step(world: World, file: Application) -> None:
    client, address = reader(world.advisor), reverse("grants:comment", args=[file.uuid])
    sent = {"text": f" {SHARED} ", "shared": "shared", "key": key()}
    for _n in range(2):
        answer = client.post(address, sent)
        assert answer.headers["Location"] == reverse("grants:application", args=[file.uuid]) + "#comments"
    (written,) = Comment.objects.all()
    assert (written.text, written.visibility, written.by) == (SHARED, Visibility.BOTH, world.advisor)
    after = Application.objects.get(pk=file.pk)
    assert (after.version, after.timeline.count()) == (file.version, file.timeline.count())
    other = client.post(address, sent | {"text": "Autre chose."})
    assert other.status_code == 422
    assert "Autre chose." in text(other)
    assert fields(other)["key"] != sent["key"]
    assert client.post(address, fields(other) | {"text": "Autre chose.", "shared": "internal"}).status_code == 302


def test_the_same_key_is_no_key_for_another_comment(world: World, file: Application) -> None:
    same = key()
    comment(application=file, text=SHARED, shared=True, by=world.advisor, key=same)
    with refused(KeyReused, "key_reused"):
        comment(application=file, text=SHARED, shared=False, by=world.advisor, key=same)


@pytest.mark.parametrize("bad", ["", "  ", "x" * (LIMIT + 1)])
def test_a_comment_says_something_and_not_too_much(world: World, file: Application, bad: str) -> None:
    with refused(BadInput, "text"):
        say(world, file, "advisor", bad)
    client = reader(world.advisor)
    sent = {"text": bad, "shared": "internal", "key": key()}
    assert client.post(reverse("grants:comment", args=[file.uuid]), sent).status_code == 422
    with refused(BadInput, "unreadable"):
        say(world, file, "advisor", "a\0b")


def test_its_author_mends_it_for_a_quarter_of_an_hour(
    world: World, file: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = say(world, file, "advisor", INTERNAL)
    address = reverse("grants:mend_comment", args=[written.uuid])
    client = reader(world.advisor)
    assert address in links(client.get(reverse("grants:application", args=[file.uuid])))
    assert INTERNAL in text(client.get(address))
    assert client.post(address, {"text": ""}).status_code == 422
    assert client.post(address, {"text": "Corrigé."}).status_code == 302
    assert "corrigée" in page(world, file, "advisor")
    assert reader(world.assessor).get(address).status_code == 404
    with refused(NotAllowed, "not_the_author"):
        edit_comment(comment=written, text="?", by=world.assessor)
    later = timezone.now() + comments.EDITABLE
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert address not in links(client.get(reverse("grants:application", args=[file.uuid])))
    with refused(RuleRefused, "too_late"):
        edit_comment(comment=written, text="Trop tard.", by=world.advisor)
    answer = client.post(address, {"text": "Trop tard."})
    assert (answer.status_code, "Trop tard." in text(answer)) == (422, True)
    assert Comment.objects.get().text == "Corrigé."


def test_a_strangers_file_has_no_comments_to_write(world: World, file: Application) -> None:
    sent = {"text": INTERNAL, "shared": "internal", "key": key()}
    assert reader(open_fund().advisor).post(reverse("grants:comment", args=[file.uuid]), sent).status_code == 404


def test_who_has_left_mends_nothing(world: World, file: Application) -> None:
    written = say(world, file, "advisor", INTERNAL)
    FundMember.objects.filter(pk=world.member("advisor").pk).update(ends_on=date(2020, 5, 5))
    assert reader(world.advisor).get(reverse("grants:mend_comment", args=[written.uuid])).status_code == 404


def test_comments_go_with_the_file(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = walk.draft(world)
    say(world, draft, "advisor", INTERNAL)
    filing.discard(application=draft, by=world.advisor, key=key())
    assert not Comment.objects.exists()
    rejected = walk.walk_to(world, State.REJECTED)
    say(world, rejected, "payer", INTERNAL)
    kept = say(world, walk.walk_to(world, State.SUBMITTED), "payer", INTERNAL)
    from fundadmin.models import User

    event = erasing.erase(
        application=rejected, by=User.objects.system(), key=key(), on=timezone.localdate() - timedelta(days=1)
    )
    assert event.data["comments"] == 1
    assert list(Comment.objects.all()) == [kept]


def test_the_tenant_gets_a_copy_of_all_of_them_and_no_name(world: World, file: Application) -> None:
    world.advisor.full_name = "Amélie Introuvable"
    world.advisor.save()
    say(world, file, "advisor", INTERNAL)
    say(world, file, "payer", SHARED, shared=True)
    (held,) = held_on(file.tenant)["applications"]
    assert [one["text"] for one in held["comments"]] == [INTERNAL, SHARED]
    assert b"Introuvable" not in pack(file.tenant, timezone.localdate())
