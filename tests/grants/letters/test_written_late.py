"""Letters written late say nothing that the calendar or the rent account has overtaken."""

from copy import copy
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grants.actions import crediting, reversal
from grants.enums import Action, LetterKind, ReliefForm, RequestKind, ReversalReason, State
from grants.exceptions import RuleRefused
from grants.letters.composing import Issue, compose
from grants.letters.deciding import already
from grants.letters.due import LEAST_DAYS_TO_REPLY, to_issue
from grants.letters.paper import as_pdf
from grants.models import Application, ReversalRequest
from landlords.enums import Periodicity
from landlords.models import Landlord
from tests.accounts import log_in
from tests.factories import OPENED_ON, World, key, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.api.caller import world_of_today
from tests.grants.letters.looks import content, draft, event_of, facts, issued, words
from tests.grants.page_text import parsed, text_of

pytestmark = pytest.mark.django_db

LAST: date = date(2020, 6, 4)
"""To reply to a notice of 5 May, for the 30 days of the charter."""


def noticed(world: World, on: date = OPENED_ON) -> Application:
    file = walk.walk_to(world, State.CREDITED, on=on)
    walk.ask_undo(world, file, on, reason=ReversalReason.DOUBLE_AID, notice_sent_on=on)
    return file


@pytest.mark.parametrize("on", [LAST + timedelta(days=1), LAST, LAST - timedelta(days=LEAST_DAYS_TO_REPLY - 1)])
def test_a_notice_that_leaves_no_time_to_reply_is_refused_with_what_to_do(on: date) -> None:
    world = open_fund()
    file = noticed(world)
    with pytest.raises(RuleRefused) as refused:
        issued(world, file, Action.ASK_REVERSE, on=on)
    (breach,) = refused.value.breaches
    assert breach.code == "reply_too_late"
    said = str(breach)
    assert all(part in said for part in (file.reference, "04/06/2020", "au moins 7\u00a0jours", "demandez de nouveau"))


def test_a_notice_in_time_is_issued() -> None:
    world = open_fund()
    letter = issued(world, noticed(world), Action.ASK_REVERSE, on=LAST - timedelta(days=LEAST_DAYS_TO_REPLY))
    assert "Vous pouvez répondre jusqu'au 4 juin 2020." in words(content(letter))


def test_a_charter_that_gives_less_time_is_not_refused_its_own() -> None:
    world = open_fund(reply_days=3)
    assert issued(world, noticed(world), Action.ASK_REVERSE).kind == LetterKind.REVERSAL


def test_the_list_says_why_and_offers_no_box_nor_button() -> None:
    world = world_of_today()
    file = noticed(world, timezone.localdate())
    ReversalRequest.objects.update(reply_until=timezone.localdate() - timedelta(days=2))
    event = event_of(file, Action.ASK_REVERSE)
    assert event in to_issue(world.fund)
    reader = log_in(Client(), world.payer)
    page = reader.get(reverse("grants:letters", args=[world.fund.code]), {"lettre": LetterKind.REVERSAL})
    assert "demandez de nouveau" in text_of(page)
    assert not parsed(page).findall(f".//input[@name='chosen'][@value='{event.pk}']")
    page = reader.get(reverse("grants:application", args=[file.uuid]))
    assert "demandez de nouveau" in text_of(page)
    assert not parsed(page).findall(f".//input[@name='chosen'][@value='{event.pk}']")


def test_an_award_written_after_the_credit_announces_nothing() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.CREDITED)
    said = draft(file, Action.APPROVE)
    assert "Vous n'avez rien à demander : le montant est déjà sur votre compte locataire." in said
    assert "figurera" not in said
    assert "de nouveau" not in said


def credited_in_part(world: World) -> Application:
    """March by a document that shows on a notice, April by a later one, May not yet; 500 EUR each."""
    file = walk.walk_to(world, State.APPROVED)
    march, april, _may = walk.line_ids(file)
    for line, ref, notice in ((march, "AV-1", "AE-06"), (april, "AV-2", "")):
        given = {"lines": [line], "voucher": walk.voucher(ref=ref, applied_to_notice=notice)}
        crediting.credit(application=file, by=world.payer, key=key(), on=OPENED_ON, **given)
    return file


def test_an_award_written_after_a_part_was_credited_tells_the_part_and_announces_the_rest() -> None:
    world = open_fund()
    said = draft(credited_in_part(world), Action.APPROVE)
    assert "vous payez 1 500,00 € de moins" in said
    first = "avoir AV-1 du 5 mai 2020, sur l'avis d'échéance AE-06."
    assert f"500,00 € sont déjà sur votre compte locataire : {first}" in said
    assert "500,00 € sont déjà sur votre compte locataire : avoir AV-2 du 5 mai 2020." in said
    assert (
        "Pour le reste, soit 500,00 €, vous n'avez rien à demander : le montant figurera sur votre prochain avis"
        " d'échéance."
    ) in said


def test_what_was_credited_and_undone_is_announced_again_and_what_was_taken_back_is_not() -> None:
    world = open_fund()
    file = credited_in_part(world)
    march, april, _may = walk.line_ids(file)
    for kind, line in ((RequestKind.UNCREDIT, march), (RequestKind.REVERSE, april)):
        request = walk.ask_undo(world, file, kind=kind, lines=[line])
        reversal.reverse(request=request, by=world.approver2, key=key(), on=OPENED_ON)
    said = draft(file, Action.APPROVE)
    assert "vous payez 1 000,00 € de moins en loyers et charges pour mars 2020 et mai 2020" in said
    assert "500,00 € accordés pour avril 2020 ont été annulés" in said
    assert "Vous n'avez rien à demander : le montant figurera sur votre prochain avis d'échéance." in said
    assert "déjà sur votre compte" not in said


def test_of_very_many_documents_the_numbers_are_told() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.CREDITED)
    line = file.lines.first()
    assert line is not None
    told = facts(file, Action.APPROVE)
    lines = [copy(line) for _n in range(7)]
    for n, one in enumerate(lines):
        one.voucher_ref = f"AV-{n}"
    (said,) = already(told, lines)
    assert "AV-0, AV-1, AV-2, AV-3, AV-4, AV-5, AV-6." in said


def test_the_notice_is_the_next_one_as_seen_on_the_day_of_the_letter() -> None:
    world = open_fund()
    Landlord.objects.filter(pk=world.landlord.pk).update(billing_cutoff_day=20)
    lease = tenant_with_lease(world, periodicity=Periodicity.MONTHLY)
    told = facts(walk.walk_to(world, State.APPROVED, lease=lease), Action.APPROVE)

    def said(on: date) -> str:
        return words(as_pdf(compose(told, Issue(language="fr", dated=on))))

    assert "au plus tôt sur votre avis d'échéance (juin 2020)" in said(OPENED_ON)
    assert "au plus tôt sur votre avis d'échéance (septembre 2020)" in said(date(2020, 8, 3))


def test_a_request_for_information_written_after_its_last_day_asks_for_an_answer_at_once() -> None:
    world = open_fund()
    told = facts(walk.walk_to(world, State.INFO_REQUESTED), Action.REQUEST_INFO)
    last = date(2020, 5, 20)
    before, after = (
        words(as_pdf(compose(told, Issue(language="fr", dated=day)))) for day in (last, last + timedelta(days=1))
    )
    assert "à nous envoyer avant le 20 mai 2020 inclus" in before
    assert "Sans réponse à cette date" in before
    assert "sans attendre : le délai pour l" in after
    assert "a pris fin le 20 mai 2020" in after
    assert "avant le" not in after
    assert "à tout moment" in after


def test_a_credit_written_long_after_points_to_no_notice_to_come() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.APPROVED)
    piece = walk.voucher(form=ReliefForm.DEDUCTION)
    given = {"lines": walk.line_ids(file), "voucher": piece}
    crediting.credit(application=file, by=world.payer, key=key(), on=OPENED_ON, **given)
    told = facts(file, Action.CREDIT)
    soon, late = (
        words(as_pdf(compose(told, Issue(language="fr", dated=day)))) for day in (OPENED_ON, date(2020, 8, 3))
    )
    assert "votre prochain avis d'échéance" in soon
    assert "prochain" not in late
    assert "Il figure sur le premier avis d'échéance établi après cette pièce." in late
    assert "Comparez-le à vos avis d'échéance depuis cette date" in late


@pytest.mark.parametrize(("on", "is_open"), [(date(2020, 7, 4), True), (date(2020, 7, 5), False)])
def test_a_refusal_written_after_its_window_says_that_it_is_over(on: date, is_open: bool) -> None:
    world = open_fund()
    told = facts(walk.walk_to(world, State.REJECTED), Action.REJECT)
    said = words(as_pdf(compose(told, Issue(language="fr", dated=on))))
    assert ("Vous pouvez demander le réexamen de votre demande jusqu'au 4 juillet 2020." in said) is is_open
    assert ("Le délai pour demander un réexamen a pris fin le 4 juillet 2020." in said) is not is_open
    assert "Votre conseiller à la chambre de métiers" in said
