"""Documents of filed applications, links for tenants, and the tenant's page."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from grants.actions.documents import Upload, attach
from grants.actions.upload_links import make_link, revoke_link
from grants.drafting import papers
from grants.enums import State
from grants.models import Application, UploadLink
from tests.accounts import log_in
from tests.factories import PDF, World, key
from tests.grants import walk
from tests.grants.drafting.desk import LOSS, PROOF, new_draft, open_desk, photo, text_of

pytestmark = pytest.mark.django_db


def filed(world: World) -> Application:
    return walk.submit(world, walk.draft(world, on=timezone.localdate()), timezone.localdate())


def address(name: str, file: Application) -> str:
    return reverse(f"grants:{name}", args=[file.uuid])


def send(client: Client, file: Application, *, live: bool = False, **files: Any) -> Any:
    at = f"http://testserver{address('edit_draft', file)}"
    headers = {"HX-Request": "true", "HX-Current-URL": at} if live else {}
    return client.post(address("file_documents", file), {"key": key()} | files, headers=headers)


def link_for(world: World, file: Application, *kinds: str) -> str:
    _link, secret = make_link(application=file, kinds=kinds or [PROOF], days=7, by=world.advisor, key=key())
    return reverse("grants:upload", args=[secret])


# After filing.


def test_a_filed_application_takes_what_was_not_there_yet() -> None:
    world = open_desk(criteria=())
    file, client = filed(world), log_in(Client(), world.advisor)
    page = client.get(address("file_documents", file)).content.decode()
    assert "avant décision : le dépôt est possible sans" in text_of(page)
    assert 'name="remove"' not in page
    answer = send(client, file, **{f"file-{PROOF}": [photo(), photo("b.jpg")]})
    assert answer["Location"] == address("file_documents", file)
    assert "1 pièce a été ajoutée" in text_of(client.get(answer["Location"]).content.decode())
    page = text_of(client.get(answer["Location"]).content.decode())
    assert "le dépôt est possible sans" not in page
    assert "jointe" in page
    (document,) = file.documents.all()
    assert (document.kind, document.timing, document.visibility) == (PROOF, "before_decision", "chamber")


def test_of_several_kinds_the_good_ones_are_kept_and_the_others_said() -> None:
    world = open_desk(criteria=())
    file, client = filed(world), log_in(Client(), world.advisor)
    answer = send(client, file, **{f"file-{PROOF}": [photo()], "file-autre": [photo("x.png", b"\x89PNG\r\n\x1a\n")]})
    assert answer.status_code == 422
    assert "« x.png » est illisible" in text_of(answer.content.decode())
    assert [document.kind for document in file.documents.all()] == [PROOF]
    nothing = send(client, file)
    assert "Choisissez au moins une photo ou un fichier." in text_of(nothing.content.decode())
    assert client.post(address("file_documents", file)).status_code == 422


def test_a_file_dropped_on_a_draft_shows_what_is_left_to_do() -> None:
    world = open_desk(required_documents=[{"kind": PROOF, "timing": "at_filing"}])
    draft, client = new_draft(world), log_in(Client(), world.advisor)
    answer = send(client, draft, live=True, **{f"file-{PROOF}": [photo()]})
    page = answer.content.decode()
    assert "justificatif de chiffre d'affaires.pdf" in text_of(page)
    assert 'id="standing"' in page
    assert "Il manque une pièce" not in text_of(page)
    # On the page of the documents alone there is no place for it.
    elsewhere = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{address('file_documents', draft)}"}
    sent = client.post(address("file_documents", draft), {"key": key()}, headers=elsewhere).content.decode()
    assert 'id="papers"' not in sent
    assert 'id="standing"' not in sent
    refused = send(client, draft, live=True)
    assert "Choisissez au moins" in text_of(refused.content.decode())
    assert send(client, draft, **{"file-mandat": [photo()]})["Location"] == address("edit_draft", draft)
    other = filed(open_desk(criteria=()))
    page = send(log_in(Client(), other.advisor), other, live=True, **{"file-autre": [photo()]}).content.decode()
    assert 'id="standing"' not in page


def test_who_may_not_attach_and_a_decided_file_are_told_why() -> None:
    world = open_desk(criteria=())
    file = filed(world)
    other = log_in(Client(), world.advisor2).get(address("file_documents", file))
    assert other.status_code == 403
    rejected = walk.walk_to(world, State.REJECTED, on=timezone.localdate())
    answer = log_in(Client(), world.advisor).get(address("file_documents", rejected))
    assert "Refusé" in text_of(answer.content.decode())


def test_files_that_are_too_large_are_refused_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    world = open_desk(criteria=())
    file, client = filed(world), log_in(Client(), world.advisor)
    monkeypatch.setattr(papers, "SIZE_LIMIT", 1000)
    answer = send(client, file, **{"file-autre": [photo("grande.jpg")]})
    assert "« grande.jpg » dépasse" in text_of(answer.content.decode())
    monkeypatch.setattr(papers, "TOTAL_LIMIT", 1500)
    answer = send(client, file, **{"file-autre": [photo(), photo()]})
    assert "Ensemble, les fichiers dépassent" in text_of(answer.content.decode())


def test_without_papers_in_the_charter_the_criteria_say_which_prove_something() -> None:
    world = open_desk(criteria=(LOSS,), required_documents=[])
    page = log_in(Client(), world.advisor).get(address("edit_draft", new_draft(world))).content.decode()
    assert 'name="file-vat_return"' in page
    assert "Déclaration de TVA" in text_of(page)


# The advisor's side of a link.


def test_a_link_is_made_shown_once_and_listed_without_its_secret() -> None:
    world = open_desk()
    draft, client = new_draft(world), log_in(Client(), world.advisor)
    form = client.get(address("make_upload_link", draft)).content.decode()
    assert f'value="{PROOF}" checked' in form
    sent = key()
    asked = {"kinds": [PROOF, "unknown"], "days": "7", "key": sent}
    places = [client.post(address("make_upload_link", draft), asked)["Location"] for _click in range(2)]
    assert places[0] == places[1]
    client.head(places[0])
    made = client.get(places[0]).content.decode()
    (shown,) = re.findall(r'value="http://testserver(/transmettre/[\w-]+/)"', made)
    assert Client().get(shown).status_code == 200
    page = client.get(address("edit_draft", draft)).content.decode()
    assert "en attente, jusqu'au" in text_of(page)
    assert shown not in page
    again = client.get(places[0]).content.decode()
    assert "Son adresse a déjà été affichée" in text_of(again)
    assert "/transmettre/" not in again
    link = UploadLink.objects.get()
    assert link.kinds == [PROOF]
    other = {"kinds": [PROOF], "days": "3", "key": sent}
    reused = client.post(address("make_upload_link", draft), other)
    assert reused.status_code == 422
    assert sent not in reused.content.decode()
    assert '<option value="3" selected>' in reused.content.decode()
    ended = client.post(reverse("grants:revoke_upload_link", args=[link.uuid]))
    assert ended["Location"] == address("edit_draft", draft) + "#pieces"
    assert "désactivé" in text_of(client.get(address("edit_draft", draft)).content.decode())
    assert Client().get(shown).status_code == 410


def test_a_link_asks_for_something_and_for_some_days() -> None:
    world = open_desk()
    draft, client = new_draft(world), log_in(Client(), world.advisor)
    for days in ("", "0", "31", "x", "1000"):
        answer = client.post(address("make_upload_link", draft), {"days": days})
        assert answer.status_code == 422
        page = answer.content.decode()
        # At the top with a link, and at the field.
        for place, sentence in (("kinds", "Choisissez de 1 à 5"), ("days", "Un lien est valable")):
            assert re.search(rf'<a href="#{place}">{sentence}', page)
            assert re.search(rf'<p class="error" id="{place}_error">{sentence}', page)
            assert f'aria-describedby="{place}_error"' in page
        assert "Choisissez de 1 à 5 types de pièces." in text_of(answer.content.decode())
        assert "Un lien est valable de 1 à 30 jours." in text_of(answer.content.decode())


def test_what_would_prove_the_facts_is_ticked_where_the_charter_names_no_document() -> None:
    world = open_desk(criteria=(LOSS,), required_documents=[])
    draft, client = new_draft(world), log_in(Client(), world.advisor)
    ticked = re.compile(r'name="kinds" value="(\w+)" checked')
    assert ticked.findall(client.get(address("make_upload_link", draft)).content.decode()) == ["vat_return"]
    send(client, draft, **{"file-vat_return": [photo()]})
    assert ticked.findall(client.get(address("make_upload_link", draft)).content.decode()) == []


def test_what_was_chosen_for_a_link_is_kept_when_something_is_wrong() -> None:
    world = open_desk()
    draft, client = new_draft(world), log_in(Client(), world.advisor)
    page = client.post(address("make_upload_link", draft), {"days": "14"}).content.decode()
    assert '<option value="14" selected>' in page
    assert "days_error" not in page


def test_only_the_advisor_in_charge_makes_and_ends_links() -> None:
    world = open_desk()
    draft = new_draft(world)
    link, _secret = make_link(application=draft, kinds=[PROOF], days=1, by=world.advisor, key=key())
    other = log_in(Client(), world.advisor2)
    assert other.get(address("make_upload_link", draft)).status_code == 403
    assert other.post(reverse("grants:revoke_upload_link", args=[link.uuid])).status_code == 403
    payer = log_in(Client(), world.payer)
    assert payer.post(reverse("grants:revoke_upload_link", args=[link.uuid])).status_code == 404


def test_links_of_every_state_are_told_apart(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    world = open_desk(criteria=())
    file, client = filed(world), log_in(Client(), world.advisor)
    used, expired, revoked = (
        make_link(application=file, kinds=["bail"], days=1, by=world.advisor, key=key())[0] for _n in range(3)
    )
    UploadLink.objects.filter(pk=used.pk).update(used_at=timezone.now())
    revoke_link(link=revoked, by=world.advisor)
    old = UploadLink(application=file, digest="x", kinds=["bail"], made_by=world.advisor, expires_at=expired.made_at)
    old.save()
    attach(application=file, upload=Upload("bail", "bail.pdf", PDF[1]), by=world.advisor, key=key())
    client.get(address("file_documents", file))
    with django_assert_num_queries(9):
        page = text_of(client.get(address("file_documents", file)).content.decode())
    for told in ("utilisé le", "expiré", "désactivé", "en attente, jusqu'au"):
        assert told in page


# The tenant's side.


def test_the_tenant_reads_who_asks_for_what_and_nothing_else_of_the_file() -> None:
    world = open_desk(criteria=())
    file = filed(world)
    page = Client().get(link_for(world, file)).content.decode()
    shown = text_of(page)
    assert file.tenant.legal_name in shown
    assert world.landlord.name in shown
    assert "Justificatif de chiffre d'affaires" in shown
    for private in (
        str(world.advisor),
        file.reference,
        file.contact_name,
        str(file.tenant.siret),
        "1 500,00",
        "mars 2020",
    ):
        assert private not in shown


def test_the_tenant_sends_photos_and_the_advisor_sees_them() -> None:
    world = open_desk()
    draft = new_draft(world)
    where = link_for(world, draft, PROOF, "mandat")
    sent = Client().post(where, {"file-0": [photo(), photo("b.jpg")]})
    assert sent["Location"] == reverse("grants:upload_thanks")
    assert "bien arrivées" in text_of(Client().get(sent["Location"]).content.decode())
    (document,) = draft.documents.all()
    assert document.upload_link_id is not None
    page = log_in(Client(), world.advisor).get(address("edit_draft", draft)).content.decode()
    assert "envoyée par l'entreprise" in text_of(page)
    closed = Client().get(where)
    assert closed.status_code == 410
    assert "Ce lien est fermé" in text_of(closed.content.decode())


def test_what_is_wrong_is_said_at_once_and_the_link_stays_open() -> None:
    world = open_desk()
    draft = new_draft(world)
    where = link_for(world, draft, PROOF, "mandat")
    bad = photo("a.png", b"\x89PNG\r\n\x1a\n"), photo("b.jpg", b"\xff\xd8\xff" + bytes(50))
    answer = Client().post(where, {"file-0": [bad[0]], "file-1": [bad[1]]})
    assert answer.status_code == 422
    assert all(f"« {name} » est illisible" in text_of(answer.content.decode()) for name in ("a.png", "b.jpg"))
    nothing = Client().post(where)
    assert "Choisissez au moins une photo" in text_of(nothing.content.decode())
    assert not draft.documents.exists()


def test_a_tenants_file_needs_a_csrf_token() -> None:
    world = open_desk()
    where = link_for(world, new_draft(world))
    assert Client(enforce_csrf_checks=True).post(where, {"file-0": [photo()]}).status_code == 403


def test_who_floods_the_page_is_asked_to_wait() -> None:
    where = reverse("grants:upload", args=["inconnu"])
    client = Client(REMOTE_ADDR="203.0.113.77")
    assert {client.post(where).status_code for _n in range(10)} == {410}
    assert client.post(where).status_code == 429
    assert Client(REMOTE_ADDR="203.0.113.78").post(where).status_code == 410


def test_who_only_opens_it_again_and_again_is_asked_to_wait_too() -> None:
    where = reverse("grants:upload", args=["inconnu"])
    client = Client(REMOTE_ADDR="203.0.113.79")
    assert {client.get(where).status_code for _n in range(60)} == {410}
    assert client.get(where).status_code == 429
