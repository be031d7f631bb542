"""A draft's page: what it asks and shows, what it keeps, and what it says."""

import re
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.test import Client, RequestFactory
from django.urls import resolve, reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from fundadmin.accounts import kept_forms
from grants.actions import filing
from grants.actions.filing import Mandate
from grants.drafting.form import DraftForm
from grants.enums import Action, Channel, MandateKind, State
from grants.models import Application, Event
from grants.views.drafts import keep
from landlords.models import Contact
from tests import factories_landlords
from tests.accounts import log_in
from tests.factories import World, key, tenant_with_lease
from tests.grants import walk
from tests.grants.drafting.desk import (
    APRIL,
    MARCH,
    MAY,
    ORDER,
    PROOF,
    Desk,
    cell,
    new_draft,
    open_desk,
    photo,
    text_of,
)

pytestmark = pytest.mark.django_db
FIGURES = {
    "turnover_2019-03": "9 000,00",
    "turnover_2019-04": "9000",
    "turnover_2020-03": "1 500,50",
    "turnover_2020-04": "0",
}


def at(world: World, **lease: Any) -> tuple[Desk, Any]:
    """An advisor at a new draft whose mandate is recorded, and its lease."""
    rented = tenant_with_lease(world, **lease)
    desk = Desk(world, new_draft(world, rented))
    desk.save(mandate_kind="signed")
    desk.read()
    return desk, rented


def test_a_clean_file_is_filed_with_six_typed_values() -> None:
    """Typed are the search, a name and four figures; the rest is chosen or stands there already."""
    desk, lease = at(open_desk())
    assert "échéance : 500,00" in text_of(desk.read())
    typed = {"contact_name": "Une personne inventée", **FIGURES}
    chosen = {f"tick_{cell(lease, MARCH)}": "on", "closed_0": "yes", "contact_channel": "phone", "next": "summary"}
    answer = desk.save(**typed, **chosen, **{f"file-{PROOF}": [photo(), photo("b.jpg")]})
    assert answer["Location"] == reverse("grants:submit_draft", args=[desk.draft.uuid])
    draft = desk.stored()
    assert (draft.contact_name, draft.contact_channel, draft.mandate_kind) == (
        "Une personne inventée",
        "phone",
        "signed",
    )
    assert draft.mandate_on == timezone.localdate()
    assert [(line.month, line.asked_cents) for line in draft.lines.all()] == [(MARCH, 500_00)]
    assert draft.facts == {
        "closures": [{"text": ORDER, "activity": "", "starts_on": "2020-03-15", "partial_opening": False}],
        "turnover_by_month": {"2019-03": 9_000_00, "2019-04": 9_000_00, "2020-03": 1_500_50, "2020-04": 0},
    }
    assert [(document.kind, document.media_type) for document in draft.documents.all()] == [(PROOF, "application/pdf")]
    page = desk.client.get(answer["Location"])
    filed = desk.client.post(answer["Location"], {"key": page.context["form"]["key"].value()})
    assert filed["Location"] == reverse("grants:receipt", args=[desk.draft.uuid])
    assert len(typed) + len(["the search"]) == 6


def test_the_poor_file_is_begun_on_the_telephone_and_ended_the_next_day_on_another() -> None:
    """A sole trader who began in September 2019: photos, a call cut short, no proof yet."""
    world = open_desk()
    tenant = factories_landlords.tenant(
        landlord=world.landlord, is_natural_person=True, started_on=timezone.localdate().replace(2019, 9, 15)
    )
    lease = tenant_with_lease(world, tenant=tenant)
    desk = Desk(world, new_draft(world, lease))
    desk.save(live=True, mandate_kind="oral", **{"turnover_2019-10": "1 200", "turnover_2019-11": "1 1"})
    assert desk.stored().facts == {"turnover_by_month": {"2019-10": 1_200_00, "2019-11": 11_00}}
    # The next day, on a phone: the page has what was typed, and nothing of the first page is left.
    again = Desk(world, desk.draft)
    assert again.shown["turnover_2019-10"] == "1200,00"
    months = {f"turnover_2019-{month}": "1 000,00" for month in (10, 11, 12)}
    months |= {f"turnover_2020-{month:02}": sum_ for month, sum_ in ((1, "1000"), (2, "1000"), (3, "300"), (4, "0"))}
    given = {f"tick_{cell(lease, APRIL)}": "on", "closed_0": "yes", "file-mandat": [photo(), photo("2.jpg")], **months}
    answer = again.save(**given, next="summary")
    assert answer.status_code == 302
    page = again.client.get(answer["Location"])
    assert "Perte de chiffre d'affaires rempli" in text_of(page.content.decode())
    assert "Justificatif de chiffre d'affaires - pas encore reçue" in text_of(page.content.decode())
    again.client.post(answer["Location"], {"key": key()})
    filed = again.stored()
    assert (filed.state, filed.rank) == (State.SUBMITTED, 1)


def test_nothing_is_called_before_the_mandate_and_everything_after() -> None:
    world = open_desk()
    desk = Desk(world, new_draft(world, lease := tenant_with_lease(world)))
    page = text_of(desk.read())
    assert "Enregistrez d'abord le mandat" in page
    assert "500,00" not in page
    answer = desk.save(
        live=True, mandate_kind="oral", **{f"tick_{cell(lease, MARCH)}": "on", f"amount_{cell(lease, MARCH)}": "450"}
    )
    shown = text_of(answer.content.decode())
    assert "Enregistré à" in shown
    assert "échéance : 500,00" in shown
    # The calendar comes once; what is typed into it later stays.
    desk.read()
    assert "échéance" not in text_of(desk.save(live=True, contact_name="Une").content.decode())


def test_the_calendar_says_why_a_month_can_not_be_had() -> None:
    world = open_desk(criteria=())
    lease = tenant_with_lease(world, months=[MARCH, APRIL], ends_on=timezone.localdate().replace(2020, 7, 31))
    taken = walk.draft(world, lease=lease, lines=[walk.asks_of(lease)[0]])
    walk.submit(world, taken, on=None)
    desk = Desk(world, new_draft(world, lease))
    desk.save(mandate_kind="signed")
    rows = re.findall(r'<tr><th scope="row">(.*?)</tr>', desk.read(), re.DOTALL)
    march, april, may, *_others, august = (text_of(row) for row in rows)
    assert taken.reference in march
    assert "échéance : 500,00" in april
    assert "pas d'avis d'échéance" in may
    assert "bail non en cours" in august


def test_a_month_taken_in_another_fund_names_no_file_of_it() -> None:
    world = open_desk(criteria=())
    other = open_desk(criteria=(), landlord=world.landlord)
    lease = tenant_with_lease(world)
    taken = walk.draft(other, lease=lease)
    walk.submit(other, taken, on=None)
    page = Desk(world, new_draft(world, lease)).read()
    assert "dans un autre fonds" in text_of(page)
    assert taken.reference not in page


def test_all_months_are_ticked_by_one_button() -> None:
    desk, lease = at(open_desk(criteria=()), charges_cents=40_00)
    desk.save(tick_all="1", **{f"tick_{cell(lease, MARCH)}": "on", f"amount_{cell(lease, MARCH)}": "100"})
    lines = [(line.month, line.component, line.asked_cents) for line in desk.stored().lines.all()]
    assert len(lines) == 6
    assert (MARCH, "rent", 100_00) in lines
    assert (MAY, "charges", 40_00) in lines


@pytest.mark.parametrize(("called", "is_there"), [([MARCH], True), ([], False)])
def test_the_button_is_there_where_a_month_can_be_had(called: list[date], is_there: bool) -> None:
    world = open_desk(criteria=())
    desk = Desk(world, new_draft(world, tenant_with_lease(world, months=called)))
    desk.save(mandate_kind="signed")
    assert ('id="tick_all"' in desk.read()) is is_there


def test_a_month_without_a_known_amount_asks_for_one() -> None:
    world = open_desk(criteria=())
    desk = Desk(world, new_draft(world, lease := tenant_with_lease(world)))
    answer = desk.save(contact_name="Une", **{f"tick_{cell(lease, MARCH)}": "on"})
    assert answer.status_code == 422
    assert "Indiquez le montant demandé pour ce mois." in text_of(answer.content.decode())
    # All else is kept.
    assert desk.stored().contact_name == "Une"
    assert not desk.stored().lines.exists()


def test_an_amount_in_another_unit_is_named_while_typing() -> None:
    desk, lease = at(open_desk(criteria=(), cap_per_siren_cents=1_000_00))
    given = {f"tick_{cell(lease, MARCH)}": "on", f"amount_{cell(lease, MARCH)}": "6 000,00"}
    shown = text_of(desk.save(live=True, **given).content.decode())
    assert "ressemble à celui d'une année entière (12 fois le mois)" in shown
    assert "Le plafond par entreprise est de 1 000,00" in shown
    assert "5 000,00 € de trop" in shown


def test_the_reasons_are_those_that_the_action_would_raise() -> None:
    world = open_desk(required_documents=[{"kind": PROOF, "timing": "at_filing"}])
    tenant = factories_landlords.tenant(landlord=world.landlord, siret=None)
    desk = Desk(world, new_draft(world, tenant_with_lease(world, tenant=tenant)))
    page = desk.read()
    with pytest.raises(Exception, match="mandat") as refused:
        filing.submit(application=desk.draft, by=world.advisor, key=key())
    (shown,) = re.findall(r'<ul class="plain" id="reasons">(.*?)</ul>', page, re.DOTALL)
    for breach in refused.value.breaches:  # type: ignore[attr-defined]
        assert text_of(str(breach)) in text_of(shown)
    # The button is called what it is called once it works.
    (button,) = re.findall(r'disabled aria-describedby="reasons">(.*?)</button>', page, re.DOTALL)
    assert text_of(button) == "Enregistrer et voir le récapitulatif"
    assert {'href="#mandat"', 'href="#mois"', 'href="#pieces"'} <= set(re.findall(r'href="#\w+"', shown))


def test_findings_follow_what_is_typed_and_save_nothing() -> None:
    desk, _lease = at(open_desk())
    address = reverse("grants:draft_findings", args=[desk.draft.uuid])
    before = Event.objects.count()
    typed = desk.shown | FIGURES | {"turnover_2020-03": "9 000", "turnover_2020-04": "9 000,00"}
    shown = text_of(desk.client.post(address, typed).content.decode())
    assert "non rempli" in shown
    assert "il faut plus de 30" in shown
    assert Event.objects.count() == before
    assert desk.stored().facts == {}


def test_what_can_not_be_read_is_said_and_the_rest_is_kept() -> None:
    desk, lease = at(open_desk())
    desk.save(**{"turnover_2020-03": "500", f"tick_{cell(lease, MARCH)}": "on", "contact_name": "Une"})
    desk.read()
    answer = desk.save(
        contact_name="x" * 201,
        closed_0="no",
        **{
            "turnover_2020-03": "cinq cents",
            f"amount_{cell(lease, MARCH)}": "beaucoup",
            f"tick_{cell(lease, APRIL)}": "on",
        },
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'value="cinq cents"' in page
    assert 'href="#id_turnover_2020-03"' in page
    draft = desk.stored()
    assert draft.facts == {"turnover_by_month": {"2020-03": 500_00}, "closures": []}
    assert [line.month for line in draft.lines.all()] == [MARCH, APRIL]
    assert draft.contact_name == "Une"
    live = desk.save(live=True, **{"turnover_2020-03": "cinq cents"})
    assert "Enregistré, sauf" in text_of(live.content.decode())


def test_what_the_action_refuses_is_said_on_the_page() -> None:
    desk, _lease = at(open_desk())
    tomorrow = timezone.localdate() + timedelta(days=1)
    answer = desk.save(mandate_on=tomorrow.isoformat())
    assert answer.status_code == 422
    assert "ne peut pas porter une date à venir" in text_of(answer.content.decode())
    without = desk.save(mandate_on="")
    assert "Indiquez la date du mandat." in text_of(without.content.decode())


def test_another_tab_is_told_of_and_nothing_is_lost() -> None:
    world = open_desk()
    one = Desk(world, new_draft(world))
    two = Desk(world, one.draft)
    one.save(contact_name="Du premier onglet")
    answer = two.save(contact_name="Du second onglet")
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "modifié ailleurs" in text_of(page)
    assert 'value="Du second onglet"' in page
    assert one.stored().contact_name == "Du premier onglet"
    live = two.save(live=True, contact_name="Du second onglet")
    assert "Garder ce qui est sur cette page" in text_of(live.content.decode())
    # The page that was told says which version it has read by now: sent again, it is meant.
    two.shown["version"] = answer.context["form"]["version"].value()
    two.save(contact_name="Du second onglet")
    assert one.stored().contact_name == "Du second onglet"


def test_the_same_page_saves_again_and_again_and_twice_the_same_is_one_event() -> None:
    world = open_desk()
    desk = Desk(world, new_draft(world))
    for name in ("Une", "Une p", "Une personne", "Une personne"):
        assert desk.save(live=True, contact_name=name).status_code == 200
    assert desk.stored().contact_name == "Une personne"
    assert Event.objects.filter(application=desk.draft, action=Action.EDIT).count() == 3


def test_a_save_that_overtook_another_of_its_page_is_kept_too() -> None:
    """The one before was given up by the page and came in all the same, after this one had read the draft."""
    world = open_desk()
    desk = Desk(world, new_draft(world))
    read_before = desk.stored()
    desk.save(live=True, contact_name="Une p")
    form = DraftForm(QueryDict(urlencode(desk.shown | {"contact_name": "Une personne"})), draft=read_before)
    assert form.is_valid()
    keep(read_before, form, world.advisor, tick_all=False)
    assert desk.stored().contact_name == "Une personne"
    assert Event.objects.filter(application=desk.draft, action=Action.EDIT).count() == 2


def test_an_edit_by_a_deputy_is_told_of_by_name() -> None:
    world = open_desk()
    desk = Desk(world, new_draft(world))
    filing.edit(application=desk.draft, by=world.advisor, key=key(), contact=("Autre", Channel.PHONE))
    answer = desk.save(live=True, contact_name="Une")
    assert str(world.advisor) in text_of(answer.content.decode())


def test_a_page_without_its_key_or_version_is_not_read() -> None:
    world = open_desk()
    desk = Desk(world, new_draft(world))
    assert desk.save(key=None, contact_name="Une").status_code == 422
    assert desk.save(version="x", contact_name="Une").status_code == 422
    assert desk.stored().contact_name == ""


def test_the_button_of_a_section_leads_back_to_it() -> None:
    desk, _lease = at(open_desk())
    assert desk.save(save="mois")["Location"] == f"{desk.address}#mois"
    assert desk.save(save="javascript")["Location"] == desk.address


def test_documents_are_added_and_removed_with_the_draft() -> None:
    desk, _lease = at(open_desk())
    desk.save(
        contact_name="Une", **{f"file-{PROOF}": [photo()], "file-autre": [photo("plan.png", b"\x89PNG\r\n\x1a\n")]}
    )
    assert desk.stored().contact_name == "Une"
    (document,) = desk.stored().documents.all()
    desk.read()
    answer = desk.save(remove=str(document.uuid))
    assert answer["Location"] == f"{desk.address}#pieces"
    assert not desk.stored().documents.exists()
    assert desk.save(remove="x").status_code == 404


def test_the_same_photos_sent_twice_from_a_page_are_one_document() -> None:
    desk, _lease = at(open_desk())
    for _press in range(2):
        desk.save(**{f"file-{PROOF}": [photo()]})
    assert desk.stored().documents.count() == 1


def test_who_may_not_edit_is_told_and_a_filed_one_is_elsewhere() -> None:
    world = open_desk(criteria=())
    draft = new_draft(world)
    address = reverse("grants:edit_draft", args=[draft.uuid])
    other = log_in(Client(), world.advisor2).get(address)
    assert other.status_code == 403
    assert "Un autre conseiller" in text_of(other.content.decode())
    refused = log_in(Client(), world.advisor2).post(reverse("grants:draft_findings", args=[draft.uuid]))
    assert refused.status_code == 403
    filed = walk.walk_to(world, State.SUBMITTED)
    answer = log_in(Client(), world.advisor).get(reverse("grants:edit_draft", args=[filed.uuid]))
    assert answer["Location"] == reverse("grants:application", args=[filed.uuid])


@pytest.mark.parametrize("count", [1, 3])
def test_a_page_asks_the_database_as_often_for_three_leases_as_for_one(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    world = open_desk()
    lease = tenant_with_lease(world)
    draft = new_draft(world, lease)
    leases = [lease, *(tenant_with_lease(world, tenant=lease.tenant) for _n in range(count - 1))]
    lines = [ask for one in leases for ask in walk.asks_of(one)]
    given = {"lines": lines, "mandate": Mandate(timezone.localdate(), MandateKind.ORAL)}
    filing.edit(application=draft, by=world.advisor, key=key(), **given)
    client = log_in(Client(), world.advisor)
    client.get("/information/")
    with django_assert_num_queries(40):
        client.get(reverse("grants:edit_draft", args=[draft.uuid]))
    assert Application.objects.get(pk=draft.pk).lines.count() == 3 * count


@pytest.mark.parametrize(("name", "kept"), [("grants:edit_draft", True), ("grants:draft_findings", False)])
def test_of_a_session_that_ends_the_drafts_form_is_kept_and_not_its_preview(name: str, kept: bool) -> None:
    world = open_desk()
    address = reverse(name, args=[new_draft(world).uuid])
    request = RequestFactory().post(address, {"contact_name": "Une"})
    request.resolver_match = resolve(address)
    assert (kept_forms.of_request(request) is not None) is kept


def test_the_charters_rules_on_months_are_told_with_their_articles() -> None:
    world = open_desk(
        criteria=(),
        max_months=1,
        rent_call_rate_bp=50_00,
        cap_per_siren_cents=3_000_00,
        cap_per_lease_cents=2_000_00,
        articles={"max_months": "art. 7", "cap_per_siren": "8"},
    )
    page = text_of(Desk(world, new_draft(world, tenant_with_lease(world))).read())
    assert "Un mois au plus pour une même entreprise, tous dossiers confondus (charte, art. 7)." in page
    assert "au plus de chaque avis d'échéance" in page
    assert "plus de 3 000,00 € (charte, art. 8)." in page
    assert "plus de 2 000,00 € (charte" not in page
    plain = open_desk(criteria=(), max_months=None)
    assert "au plus" not in text_of(Desk(plain, new_draft(plain, tenant_with_lease(plain))).read())


def test_whom_the_rent_roll_names_is_proposed_once_the_mandate_is_recorded() -> None:
    world = open_desk(criteria=())
    lease = tenant_with_lease(world)
    Contact.objects.create(tenant=lease.tenant, name="Zoé Inventée", email="zoe@exemple.invalid")
    Contact.objects.create(tenant=lease.tenant, name="", email="contact@exemple.invalid")
    desk = Desk(world, new_draft(world, lease))
    assert "Zoé Inventée" not in desk.read()
    # While typing, as soon as the mandate is saved; then on the page itself.
    assert '<option value="Zoé Inventée">' in desk.save(live=True, mandate_kind="oral").content.decode()
    page = desk.read()
    assert re.findall(r'<datalist id="people"><option value="(.*?)"></option>', page) == ["Zoé Inventée"]
    assert 'list="people"' in page
