"""Letters written late say nothing that the calendar or the rent account has overtaken."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grants.enums import Action, LetterKind, ReversalReason, State
from grants.exceptions import RuleRefused
from grants.letters.composing import Issue, compose
from grants.letters.due import LEAST_DAYS_TO_REPLY, to_issue
from grants.letters.paper import as_pdf
from grants.models import Application, ReversalRequest
from tests.accounts import log_in
from tests.factories import OPENED_ON, World, open_fund
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
    file.lines.filter(pk=walk.line_ids(file)[0]).update(
        state="approved", voucher_ref="", form="", voucher_date=None, applied_to_notice=""
    )
    assert "le montant figurera sur votre prochain avis d'échéance" in draft(file, Action.APPROVE)


@pytest.mark.parametrize(("on", "is_open"), [(date(2020, 7, 4), True), (date(2020, 7, 5), False)])
def test_a_refusal_written_after_its_window_says_that_it_is_over(on: date, is_open: bool) -> None:
    world = open_fund()
    told = facts(walk.walk_to(world, State.REJECTED), Action.REJECT)
    said = words(as_pdf(compose(told, Issue(language="fr", dated=on))))
    assert ("Vous pouvez demander le réexamen de votre demande jusqu'au 4 juillet 2020." in said) is is_open
    assert ("Le délai pour demander un réexamen a pris fin le 4 juillet 2020." in said) is not is_open
    assert "Votre conseiller à la chambre de métiers" in said
