"""One-time links: for whom, for what, how long, and that one is used once."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from grants.actions import filing
from grants.actions.documents import Upload, attach, remove
from grants.actions.upload_links import link_of, make_link, receive, revoke_link
from grants.enums import Action, Role, Side, State, Topic
from grants.exceptions import BadInput, KeyReused, NotAllowed, RuleRefused
from grants.letters.mails import happened, to_do
from grants.models import Application, Document, Event, Notification, UploadLink
from grants.notifications import still_true, topics_of
from grants.visibility import Reader, visible_data
from tests.factories import PDF, World, key
from tests.grants import walk
from tests.grants.drafting.desk import PROOF, new_draft, open_desk
from tests.grants.parallel import at_once, done, refused

pytestmark = pytest.mark.django_db
PAPER = Upload(PROOF, "tva.pdf", PDF[1])
"""What a tenant sends."""


def made(world: World, file: Application, **given: object) -> tuple[UploadLink, str]:
    return make_link(**{"application": file, "kinds": [PROOF], "days": 7, "by": world.advisor, "key": key()} | given)


def test_a_link_opens_by_its_secret_of_which_only_a_digest_is_kept() -> None:
    world = open_desk()
    link, secret = made(world, new_draft(world))
    found = link_of(secret, timezone.now())
    assert found == link
    assert PROOF in str(link)
    assert secret not in str(UploadLink.objects.values().get())
    assert link_of("another", timezone.now()) is None
    assert link_of(secret, link.expires_at) is None
    assert abs(link.expires_at - link.made_at - timedelta(days=7)) < timedelta(seconds=5)


def test_only_who_may_attach_makes_and_ends_a_link() -> None:
    world = open_desk()
    draft = new_draft(world)
    link, _secret = made(world, draft)
    for person in (world.advisor2, world.assessor, world.payer):
        with pytest.raises(NotAllowed):
            made(world, draft, by=person)
        with pytest.raises(NotAllowed):
            revoke_link(link=link, by=person)


def test_all_that_is_wrong_with_a_link_is_said_at_once() -> None:
    world = open_desk()
    for kinds in ([], ["x" * 61], ["\0"], [str(n) for n in range(6)]):
        with pytest.raises(BadInput) as refusal:
            made(world, new_draft(world), kinds=kinds, days=31)
        assert {"kinds", "days"} & set(refusal.value.codes) == ({"days"} if kinds == ["\0"] else {"kinds", "days"})


def test_a_file_that_takes_no_documents_has_no_link() -> None:
    world = open_desk(criteria=())
    file = walk.walk_to(world, State.REJECTED)
    with pytest.raises(RuleRefused, match="Refusé"):
        made(world, file)


def test_a_key_makes_one_link_whose_secret_is_told_once() -> None:
    world = open_desk()
    draft, once = new_draft(world), key()
    link, secret = made(world, draft, key=once)
    assert made(world, draft, key=once) == (link, "")
    assert link_of(secret, timezone.now()) == link
    for other in ({"days": 3}, {"kinds": ["bail"]}):
        with pytest.raises(KeyReused):
            made(world, draft, key=once, **other)
    with pytest.raises(BadInput) as refusal:
        made(world, draft, key="")
    assert refusal.value.codes == ["key"]
    assert UploadLink.objects.count() == 1


def test_a_file_has_five_links_that_wait_at_most() -> None:
    world = open_desk()
    draft = new_draft(world)
    late = {"digest": "x", "kinds": [PROOF], "made_by": world.advisor, "expires_at": timezone.now()}
    draft.upload_links.create(**late)
    links = [made(world, draft)[0] for _n in range(5)]
    with pytest.raises(RuleRefused) as refusal:
        made(world, draft)
    assert refusal.value.codes == ["too_many_links"]
    assert "5 liens en attente" in str(refusal.value)
    revoke_link(link=links[0], by=world.advisor)
    receive(link=made(world, draft)[0], uploads=[PAPER])
    assert made(world, draft)[1] != ""


def test_a_deleted_draft_has_no_more_links() -> None:
    world = open_desk()
    draft = new_draft(world)
    filing.discard(application=Application.objects.get(pk=draft.pk), by=world.advisor, key=key())
    with pytest.raises(RuleRefused, match="supprimé"):
        made(world, draft)


@pytest.mark.django_db(transaction=True)
def test_a_double_click_makes_one_link() -> None:
    world = open_desk()
    draft, once = new_draft(world), key()
    outcomes = at_once([lambda: made(world, draft, key=once)] * 3)
    assert sorted(secret != "" for _link, secret in done(outcomes)) == [False, False, True]
    assert draft.upload_links.count() == 1


def test_what_is_sent_is_attached_in_the_advisors_name_and_the_link_is_closed() -> None:
    world = open_desk()
    draft = new_draft(world)
    link, secret = made(world, draft)
    receive(link=link, uploads=[PAPER])
    (document,) = draft.documents.all()
    assert (document.kind, document.added_by, document.upload_link) == (PROOF, world.advisor, link)
    event = Event.objects.get(application=draft, action=Action.ATTACH)
    assert (event.user, event.data["link"]) == (world.advisor, str(link.uuid))
    assert event.data["documents"] == [{"kind": PROOF, "sha256": PAPER.sha256, "size": len(PDF[1])}]
    assert link_of(secret, timezone.now()) is None


def test_the_landlord_is_not_told_what_a_tenant_sent_or_an_advisor_removed() -> None:
    world = open_desk()
    draft = new_draft(world)
    link, _secret = made(world, draft)
    receive(link=link, uploads=[PAPER])
    remove(application=draft, document=draft.documents.get(), by=world.advisor, key=key())
    chamber, landlord = (
        Reader(world.payer.pk, world.fund.pk, frozenset({side})) for side in (Side.CHAMBER, Side.LANDLORD)
    )
    sent, removed = Event.objects.filter(application=draft).order_by("pk")[1:]
    assert visible_data(sent, chamber)["documents"]
    assert visible_data(sent, landlord) == {"link": str(link.uuid), "visibility": "chamber"}
    assert visible_data(removed, chamber)["removed"]["kind"] == PROOF
    assert visible_data(removed, landlord) == {"changed": ["documents"]}


def test_the_advisor_in_charge_is_told_once_though_the_event_bears_their_name() -> None:
    world = open_desk()
    draft = new_draft(world)
    link, _secret = made(world, draft)
    for _twice in range(2):
        receive(link=link, uploads=[PAPER])
    (row,) = Notification.objects.filter(topic=Topic.DOCUMENT)
    assert (row.recipient, row.event.user) == (world.advisor, world.advisor)
    with translation.override("en"):
        assert happened(row.event) == "The tenant sent documents by the link it was given."
        assert to_do(row).startswith("Look at them")
    assert Topic.DOCUMENT in topics_of({Role.ADVISOR})
    assert Topic.DOCUMENT not in topics_of({Role.APPROVER})


def test_of_documents_that_advisors_attach_nobody_is_told() -> None:
    world = open_desk(criteria=())
    draft = new_draft(world)
    link, _secret = made(world, draft)
    receive(link=link, uploads=[PAPER])
    attach(application=draft, upload=Upload("bail", "bail.pdf", PDF[1]), by=world.advisor, key=key())
    (row,) = Notification.objects.filter(topic=Topic.DOCUMENT)
    assert row.recipient == world.advisor
    # What the advisor attaches besides leaves it true; what the tenant sends later is told by itself.
    assert still_true([row]) == {row.pk}
    other, _secret = made(world, draft)
    receive(link=other, uploads=[Upload(PROOF, "b.pdf", PDF[1] + b"%")])
    first, second = Notification.objects.filter(topic=Topic.DOCUMENT).order_by("pk")
    assert still_true([first, second]) == {second.pk}


def test_once_the_file_moved_on_nobody_is_told_of_documents_any_more() -> None:
    world = open_desk(criteria=())
    file = walk.draft(world)
    link, _secret = made(world, file)
    receive(link=link, uploads=[PAPER])
    walk.submit(world, Application.objects.get(pk=file.pk), on=timezone.localdate())
    (row,) = Notification.objects.filter(topic=Topic.DOCUMENT)
    assert still_true([row]) == set()


def test_sent_twice_it_is_kept_once_and_anything_else_is_refused() -> None:
    world = open_desk()
    draft = new_draft(world)
    link, _secret = made(world, draft)
    receive(link=link, uploads=[PAPER])
    receive(link=link, uploads=[PAPER])
    with pytest.raises(RuleRefused, match="déjà servi"):
        receive(link=link, uploads=[Upload(PROOF, "autre.pdf", PDF[1] + b"%")])
    assert draft.documents.count() == 1


def test_a_revoked_link_takes_nothing_and_a_used_one_stays_used() -> None:
    world = open_desk()
    draft = new_draft(world)
    link, _secret = made(world, draft)
    revoked = revoke_link(link=link, by=world.advisor)
    assert revoke_link(link=link, by=world.advisor).revoked_at == revoked.revoked_at
    assert revoked.revoked_by == world.advisor
    with pytest.raises(RuleRefused, match="déjà servi ou a été désactivé"):
        receive(link=link, uploads=[PAPER])
    used, _secret = made(world, draft)
    receive(link=used, uploads=[PAPER])
    assert revoke_link(link=used, by=world.advisor).revoked_at is None


def test_nothing_is_kept_where_one_file_can_not_be() -> None:
    world = open_desk()
    draft = new_draft(world)
    link, secret = made(world, draft, kinds=[PROOF, "bail"])
    with pytest.raises(BadInput) as refusal:
        receive(link=link, uploads=[PAPER, Upload("bail", "bail.exe", b"MZ\0")])
    assert refusal.value.codes == ["document_type"]
    assert not draft.documents.exists()
    assert link_of(secret, timezone.now()) == link


def test_what_was_not_asked_for_is_not_taken() -> None:
    world = open_desk()
    link, _secret = made(world, new_draft(world))
    with pytest.raises(BadInput) as refusal:
        receive(link=link, uploads=[Upload("bail", "bail.pdf", PDF[1])])
    assert refusal.value.codes == ["no_file"]


def test_a_link_ends_with_its_draft() -> None:
    world = open_desk()
    draft = new_draft(world)
    link, secret = made(world, draft)
    filing.discard(application=draft, by=world.advisor, key=key())
    assert link_of(secret, timezone.now()) is None
    with pytest.raises(RuleRefused, match="supprimé"):
        receive(link=link, uploads=[PAPER])


@pytest.mark.django_db(transaction=True)
def test_of_two_who_send_by_one_link_at_once_one_is_heard() -> None:
    world = open_desk()
    draft = new_draft(world)
    link, _secret = made(world, draft)
    calls = [lambda n=n: receive(link=link, uploads=[Upload(PROOF, f"{n}.pdf", PDF[1] + b"%" * n)]) for n in (1, 2)]
    outcomes = at_once(calls)
    assert draft.documents.count() == 1
    assert (len(done(outcomes)), len(refused(outcomes))) == (1, 1)


def test_a_document_of_a_draft_is_removed_with_its_content() -> None:
    world = open_desk()
    draft = new_draft(world)
    attach(application=draft, upload=PAPER, by=world.advisor, key=key())
    (document,) = draft.documents.all()
    storage, name, once = document.file.storage, str(document.file.name), key()
    removed = remove(application=draft, document=document, by=world.advisor, key=once)
    assert remove(application=draft, document=document, by=world.advisor, key=once).outcome == removed.outcome
    assert not Document.objects.filter(pk=document.pk).exists()
    assert not storage.exists(name)
    data = Event.objects.filter(application=draft, action=Action.EDIT).latest("pk").data
    assert data == {"changed": ["documents"], "removed": {"kind": PROOF, "sha256": PAPER.sha256}}
    with pytest.raises(RuleRefused, match="déjà été retirée"):
        remove(application=draft, document=document, by=world.advisor, key=key())


def test_what_was_filed_keeps_its_documents_and_others_keep_theirs() -> None:
    world = open_desk(criteria=())
    file = walk.draft(world)
    attach(application=file, upload=PAPER, by=world.advisor, key=key())
    document = file.documents.get()
    with pytest.raises(NotAllowed):
        remove(application=file, document=document, by=world.advisor2, key=key())
    walk.submit(world, file, on=timezone.localdate())
    with pytest.raises(RuleRefused):
        remove(application=file, document=document, by=world.advisor, key=key())
