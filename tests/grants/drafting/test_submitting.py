"""The summary, the filing, the receipt, and the paper for the counter."""

import io
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from grants.actions.contents import content_digest
from grants.actions.documents import Upload, attach
from grants.enums import Action, Reading, State
from grants.models import Application, Event, ReadLog
from tests.accounts import log_in
from tests.factories import PDF, key, tenant_with_lease
from tests.grants import walk
from tests.grants.drafting.desk import PROOF, new_draft, open_desk, text_of

pytestmark = pytest.mark.django_db


def page(client: Client, name: str, file: Application, **sent: Any) -> Any:
    address = reverse(f"grants:{name}", args=[file.uuid])
    return client.post(address, sent) if sent else client.get(address)


def pdf_text(answer: Any) -> str:
    read = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    return " ".join(read.split())


def ready(**terms: Any) -> tuple[Any, Application, Client]:
    world = open_desk(**{"criteria": ()} | terms)
    return world, walk.draft(world, on=timezone.localdate()), log_in(Client(), world.advisor)


def test_the_summary_says_what_is_sent_and_what_is_left() -> None:
    world, draft, client = ready()
    attach(application=draft, upload=Upload(PROOF, "tva.pdf", PDF[1]), by=world.advisor, key=key())
    shown = text_of(page(client, "submit_draft", draft).content.decode())
    assert "Total demandé 1 500,00 €" in shown
    assert "Disponible du fonds aujourd'hui 40 000,00 €" in shown
    assert "Resterait si tout est accordé 38 500,00 €" in shown
    assert "mars 2020" in shown
    assert "tva.pdf" in shown
    assert "Déposer le dossier" in shown


def test_more_than_the_fund_has_may_be_filed_and_is_said() -> None:
    world = open_desk(criteria=(), cap_per_siren_cents=1_000_00)
    lease = tenant_with_lease(world, rent_cents=20_000_00)
    draft = walk.draft(world, lease=lease, on=timezone.localdate())
    shown = text_of(page(log_in(Client(), world.advisor), "submit_draft", draft).content.decode())
    assert "peut passer en liste d'attente" in shown
    assert "Le plafond par entreprise est de 1 000,00 €" in shown
    assert "un montant moindre peut être accordé" in shown


def test_what_nobody_could_carry_to_the_end_is_said_before_filing() -> None:
    world, draft, client = ready()
    world.fund.members.filter(role="payer").update(ends_on=world.member("payer").starts_on)
    assert "il ne reste personne pour" in text_of(page(client, "submit_draft", draft).content.decode())


def test_a_file_that_is_not_complete_shows_why_and_is_refused_in_the_same_words() -> None:
    world = open_desk(criteria=())
    draft, client = new_draft(world), log_in(Client(), world.advisor)
    shown = page(client, "submit_draft", draft).content.decode()
    (reasons,) = re.findall(r'id="reasons">(.*?)</ul>', shown, re.DOTALL)
    assert "disabled" in shown
    refused = page(client, "submit_draft", draft, key=key())
    assert refused.status_code == 422
    (alert,) = re.findall(r'role="alert"[^>]*>(.*?)</div>', refused.content.decode(), re.DOTALL)
    for reason in re.findall(r"<li>(.*?)</li>", reasons):
        assert text_of(reason) in text_of(alert)


def test_filed_twice_it_is_filed_once_and_the_page_leads_to_its_receipt() -> None:
    _world, draft, client = ready()
    once = key()
    first, second = (page(client, "submit_draft", draft, key=once) for _press in range(2))
    assert first["Location"] == second["Location"] == reverse("grants:receipt", args=[draft.uuid])
    assert Event.objects.filter(application=draft, action=Action.SUBMIT).count() == 1
    assert page(client, "submit_draft", draft)["Location"] == first["Location"]


def test_only_who_may_file_sees_the_summary() -> None:
    world, draft, _client = ready()
    refused = page(log_in(Client(), world.advisor2), "submit_draft", draft)
    assert refused.status_code == 403
    assert "Un autre conseiller" in text_of(refused.content.decode())


def test_the_receipt_says_what_was_filed_and_its_copies_are_logged() -> None:
    world, draft, client = ready()
    attach(application=draft, upload=Upload(PROOF, "tva.pdf", PDF[1]), by=world.advisor, key=key())
    expected = content_digest(Application.objects.get(pk=draft.pk), list(draft.lines.select_related("lease")))
    page(client, "submit_draft", draft, key=key())
    later = Upload("autre", "plus-tard.pdf", PDF[1])
    attach(application=draft, upload=later, by=world.advisor, key=key())
    event = Event.objects.get(application=draft, action=Action.SUBMIT)
    assert event.data["content"] == expected
    shown = text_of(page(client, "receipt", draft).content.decode())
    pdf = page(client, "receipt_paper", draft)
    assert pdf["Content-Type"] == "application/pdf"
    for told in (draft.reference, expected, "mars 2020", "1 500,00", "tva.pdf"):
        assert told in shown
        assert told in pdf_text(pdf).replace("\xa0", " ")
    assert "plus-tard.pdf" not in shown
    assert "au rang 1" in shown
    (read,) = ReadLog.objects.filter(what=Reading.EXPORT)
    assert (read.user, read.object_uuid, read.filter_text) == (world.advisor, draft.uuid, "receipt")


def test_a_receipt_is_the_chambers_and_of_what_was_filed() -> None:
    world, draft, client = ready()
    assert page(client, "receipt", draft).status_code == 404
    page(client, "submit_draft", draft, key=key())
    assert page(log_in(Client(), world.auditor), "receipt", draft).status_code == 200
    for person in (world.landlord_manager, world.payer):
        for name in ("receipt", "receipt_paper"):
            assert page(log_in(Client(), person), name, draft).status_code == 404


def test_a_receipt_from_before_digests_were_kept_is_shown_without() -> None:
    world = open_desk(criteria=())
    file = walk.walk_to(world, State.SUBMITTED)
    answer = log_in(Client(), world.advisor).get(reverse("grants:receipt", args=[file.uuid]))
    assert answer.status_code == 200


def test_the_paper_for_the_counter_is_prefilled_and_logged() -> None:
    world, draft, client = ready()
    paper = page(client, "mandate_paper", draft)
    text = pdf_text(paper)
    assert draft.reference in text
    assert draft.tenant.legal_name in text
    assert "mars 2020" in text
    assert "Je donne mandat" in text
    assert ReadLog.objects.get(what=Reading.EXPORT).filter_text == "mandate"
    empty = page(client, "mandate_paper", new_draft(world))
    assert "....." in pdf_text(empty)
    assert page(log_in(Client(), world.advisor2), "mandate_paper", draft).status_code == 403
