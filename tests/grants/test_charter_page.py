"""A fund's charter: versions side by side, an amendment drafted, previewed, proposed and confirmed by another."""

import re
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from fundadmin.models import User
from grants.actions.charters import draft_charter
from grants.actions.version_rules import Promise
from grants.eligibility import CRITERIA, CriterionSpec
from grants.enums import AidRegime, FundAction, RequestState, Role, Side
from grants.models import Charter, FundProposal
from grants.queries import criteria_of
from grants.views.charter_compare import compare, in_words
from grants.views.criteria_forms import EXPLAINED, PARAMETERS, CriteriaForm, parameters_of
from tests.accounts import log_in
from tests.factories import OPENED_ON, PDF, World, charter_terms, key, open_fund, prepared_fund
from tests.grants import walk

pytestmark = pytest.mark.django_db
HEADCOUNT = CriterionSpec("headcount", {"op": "<=", "n": 10}, "art. 2")
EVERY = (
    CriterionSpec("closed_by_order", {"text": "arrêté", "starts_on": "2020-03-15", "ends_on": "2020-06-02"}),
    CriterionSpec(
        "turnover_loss",
        {
            "months": ["2020-03", "2020-04"],
            "reference": "same_month_last_year",
            "op": ">",
            "threshold_bp": 30_50,
            "young_if_started_after": "2019-03-01",
            "mean_until": "2020-02",
        },
    ),
    HEADCOUNT,
    CriterionSpec("annual_turnover", {"op": "<", "cents": 1_000_000_50}),
    CriterionSpec("naf_in", {"nomenclature": "rev2", "codes": ["56.10A", "96.02A"]}),
    CriterionSpec("craft_registration", {"proof_max_age_days": 90}),
    CriterionSpec("lease_covers", {"months": ["2020-03"]}),
    CriterionSpec("started_before", {"before": "2020-03-01"}),
    CriterionSpec("not_in_proceedings", {"at": "2019-12-31", "allowed": ["safeguard"]}),
    CriterionSpec("arrears_before", {"before": "2020-03-01", "max_cents": 100_00}),
    CriterionSpec("other_aid_declared", {}),
    CriterionSpec("de_minimis", {"regime": AidRegime.DE_MINIMIS_2023.value}),
)


def client_of(person: User) -> Client:
    return log_in(Client(), person)


def address(world: World, name: str = "charter", *more: Any) -> str:
    return reverse(f"grants:{name}", args=[world.fund.code, *more])


def sent_of(page: Any) -> dict[str, Any]:
    """What a browser would send of the draft's form, untouched."""
    sent: dict[str, Any] = {}
    for part in page.context["parts"]:
        for field in part:
            value = field.value()
            if value in (None, False, ""):
                continue
            shown = field.field.widget.format_value(value) if not isinstance(value, list | bool) else value
            sent[field.html_name] = shown[0] if isinstance(shown, list) and field.widget_type == "select" else shown
    return sent


def draft_by_page(world: World, **changes: Any) -> Any:
    client = client_of(world.landlord_manager)
    sent = sent_of(client.get(address(world, "charter_draft"))) | changes
    return client.post(address(world, "charter_draft"), {k: v for k, v in sent.items() if v is not None})


def drafted(world: World, *criteria: CriterionSpec, **changes: Any) -> Charter:
    terms = charter_terms(**{"signed_on": OPENED_ON} | changes)
    return draft_charter(
        fund=world.fund, criteria=criteria, by=world.landlord_manager, key=key(), on=OPENED_ON, **terms
    )


def clean(text: str) -> str:
    return " ".join(re.sub(r"<small>.*?</small>|<[^>]+>", " ", text).split())


def table(page: str) -> dict[str, tuple[str, ...]]:
    """The rules shown: label -> cells."""
    found = {}
    for label, cells in re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', page, re.DOTALL):
        found[clean(label)] = tuple(clean(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", cells, re.DOTALL))
    return found


class TestSideBySide:
    def test_one_version_is_shown_alone(self) -> None:
        world = open_fund(criteria=[HEADCOUNT])
        page = client_of(world.advisor).get(address(world)).content.decode()
        shown = table(page)
        assert shown["Plafond du fonds"] == ("40 000,00 €",)
        assert "art. 2" in shown["Effectif salarié"][0]
        assert "Comparer" not in page
        assert "Préparer un avenant" not in page

    def test_two_versions_are_marked_in_words(self) -> None:
        world = open_fund(criteria=[HEADCOUNT], cap_per_siren_cents=3_000_00)
        walk.amend(world, ceiling_cents=50_000_00, cap_per_lease_cents=2_000_00, cap_per_siren_cents=None)
        page = client_of(world.auditor).get(address(world)).content.decode()
        shown = table(page)
        marks = {label: cells[-1] for label, cells in shown.items() if len(cells) == 3 and cells[-1]}
        assert marks == {
            "Signée le": "modifié",
            "Plafond du fonds": "modifié",
            "Plafond par bail": "ajouté",
            "Plafond par entreprise": "retiré",
            "Effectif salarié": "retiré",
        }
        assert "5 différences" in page
        client = client_of(world.auditor)
        assert set(table(client.get(address(world), {"only": ""}).content.decode())) == set(marks)

    def test_any_two_can_be_chosen(self) -> None:
        world = open_fund()
        walk.amend(world, ceiling_cents=50_000_00)
        walk.amend(world, ceiling_cents=60_000_00)
        client = client_of(world.payer)
        page = client.get(address(world), {"before": "1", "after": "2"})
        assert (page.context["before"].version, page.context["after"].version) == (1, 2)
        page = client.get(address(world), {"before": "9", "after": "x"})
        assert (page.context["before"].version, page.context["after"].version) == (2, 3)
        page = client.get(address(world), {"before": "3", "after": "3"})
        assert page.context["before"] is None

    def test_documents_and_promises_are_compared_too(self) -> None:
        world = open_fund()
        draft = draft_charter(
            fund=world.fund,
            commitments=[Promise("Aucune pénalité"), Promise("Report", date(2020, 12, 31))],
            by=world.landlord_manager,
            key=key(),
            on=OPENED_ON,
            **charter_terms(required_documents=[{"kind": "bail", "timing": "at_filing"}]),
        )
        rows = {row.label: row for group in compare(world.charter, draft) for row in group.rows}
        assert (rows["bail signé"].mark, rows["bail signé"].after) == ("added", "au dépôt")
        assert rows["Aucune pénalité"].after == "sans date"
        assert "31/12/2020" in rows["Report"].after

    def test_every_criterion_can_be_said(self) -> None:
        assert {spec.code for spec in EVERY} == set(CRITERIA) == set(EXPLAINED)
        for spec in EVERY:
            said = in_words(spec)
            assert said
        assert "30,5\u00a0%" in in_words(EVERY[1])
        assert {name for code in CRITERIA for name, _k, _n in parameters_of(code)} == set(PARAMETERS)
        assert "oui" in in_words(CriterionSpec("closed_by_order", {"partial_opening_allowed": True}))
        assert "non" in in_words(CriterionSpec("closed_by_order", {"partial_opening_allowed": False}))

    def test_a_fund_in_preparation_shows_the_landlord_its_draft_only(self) -> None:
        world = prepared_fund()
        assert client_of(world.landlord_manager).get(address(world)).status_code == 404  # counts once it is opened

    def test_a_draft_is_the_landlords(self) -> None:
        world = open_fund()
        drafted(world, ceiling_cents=50_000_00)
        assert "Version 2, en préparation" in client_of(world.approver).get(address(world)).content.decode()
        assert "en préparation" not in client_of(world.chamber_manager).get(address(world)).content.decode()


class TestDrafting:
    def test_the_form_holds_the_version_in_force_and_changes_nothing_by_itself(self) -> None:
        world = open_fund(criteria=EVERY, required_documents=[{"kind": "bail", "timing": "before_decision"}])
        answer = draft_by_page(world)
        assert answer.status_code == 302, answer.content.decode()
        draft = Charter.objects.get(fund=world.fund, version=2)
        assert draft.terms() == Charter.objects.get(pk=world.charter.pk, version=1).terms().__class__(
            **{name: getattr(draft.terms(), name) for name in draft.terms().__slots__}
        )
        changed = {row.label for group in compare(world.charter, draft) for row in group.rows if row.mark}
        assert changed == set()
        assert criteria_of(draft) == criteria_of(world.charter)

    def test_terms_criteria_documents_and_promises_are_changed(self) -> None:
        world = open_fund(criteria=[HEADCOUNT])
        answer = draft_by_page(
            world,
            ceiling="50 000,50 €",
            warning_levels="75 % ; 90",
            max_months="",
            criterion_0_n="12",
            criterion_0_article="art. 3",
            document_0="bail",
            timing_0="before_decision",
            promise_1="Aucune révision",
            due_1="2020-12-31",
        )
        assert answer.status_code == 302, answer.content.decode()
        draft = Charter.objects.get(fund=world.fund, version=2)
        assert (draft.ceiling_cents, draft.warning_levels) == (50_000_50, [75, 90])
        assert criteria_of(draft) == [CriterionSpec("headcount", {"op": "<=", "n": 12}, "art. 3")]
        assert draft.required_documents == [{"kind": "bail", "timing": "before_decision"}]
        promise = draft.commitments.get()
        assert (promise.text, promise.due_on) == ("Aucune révision", date(2020, 12, 31))

    def test_a_document_reads_as_its_name_and_stays_its_kind(self) -> None:
        asked = [
            {"kind": "justificatif_chiffre_affaires", "timing": "at_filing"},
            {"kind": "plan_de_reprise", "timing": "at_filing"},
        ]
        world = open_fund(required_documents=asked)
        page = client_of(world.landlord_manager).get(address(world, "charter_draft"))
        sent = sent_of(page)
        assert (sent["document_0"], sent["document_1"]) == ("justificatif de chiffre d’affaires", "plan de reprise")
        assert draft_by_page(world, document_2="Bail signé", max_months="").status_code == 302
        draft = Charter.objects.get(fund=world.fund, version=2)
        assert draft.required_documents == [*asked, {"kind": "bail", "timing": "at_filing"}]

    def test_a_criterion_is_removed_and_another_added(self) -> None:
        world = open_fund(criteria=[HEADCOUNT])
        client = client_of(world.landlord_manager)
        page = client.get(address(world, "charter_draft"))
        codes = page.context["criteria"].initial["blocks_shown"].split(",")
        loss = codes.index("started_before")
        answer = draft_by_page(
            world, **{"criterion_0": None, f"criterion_{loss}": "on", f"criterion_{loss}_before": "2020-03-01"}
        )
        assert answer.status_code == 302
        draft = Charter.objects.get(fund=world.fund, version=2)
        assert criteria_of(draft) == [CriterionSpec("started_before", {"before": "2020-03-01"})]

    def test_all_that_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(self) -> None:
        world = open_fund(criteria=[HEADCOUNT])
        answer = draft_by_page(
            world,
            filing_deadline="2030-01-01",
            cap_per_siren="90 000",
            criterion_0_n="0",
            criterion_0_op="<",
            promise_0="Une mesure",
        )
        page = answer.content.decode()
        assert answer.status_code == 422
        for field in ("filing_deadline", "cap_per_siren", "criterion_0_n"):
            assert f'href="#id_{field}"' in page
            assert f'id="id_{field}_error"' in page
        assert 'value="Une mesure"' in page
        assert not Charter.objects.filter(version=2).exists()

    @pytest.mark.parametrize(
        ("field", "typed"), [("warning_levels", "beaucoup"), ("ceiling", "x"), ("first_month", ""), ("due_0", "hier")]
    )
    def test_what_can_not_be_read_is_said_too(self, field: str, typed: str) -> None:
        world = open_fund()
        answer = draft_by_page(world, **{field: typed})
        assert answer.status_code == 422
        assert f'href="#id_{field}"' in answer.content.decode()

    def test_what_can_not_be_read_hides_no_other_reason(self) -> None:
        world = open_fund(criteria=[HEADCOUNT])
        page = draft_by_page(
            world,
            ends_on="bientôt",
            filing_deadline="2030-01-01",  # after the end that can't be read: not judged
            cap_per_siren="90 000",  # above the ceiling
            reservation_days="0",
            criterion_0_n="0",
            criterion_0_op="<",
            document_0="x" * 61,
            promise_1="y" * 301,
        ).content.decode()
        said = ["ends_on", "cap_per_siren", "reservation_days", "criterion_0_n", "document_0", "promise_1"]
        assert [name for name in said if f'href="#id_{name}"' in page] == said
        assert "date limite de dépôt, 01/01/2030" not in page
        assert page.count('href="#id_ends_on"') == 1
        assert not Charter.objects.filter(version=2).exists()

    def test_a_criterion_that_can_not_be_read_is_told_where_it_is_not_and_judged_no_further(self) -> None:
        world = open_fund(criteria=[EVERY[1], HEADCOUNT])
        page = draft_by_page(world, criterion_0_young_if_started_after="jadis", criterion_1_n="0", criterion_1_op="<")
        text = page.content.decode()
        assert text.count('href="#id_criterion_0_') == 1
        assert 'href="#id_criterion_0_young_if_started_after"' in text
        assert 'href="#id_criterion_1_n"' in text

    def test_an_empty_form_is_refused_and_not_shown_as_new(self) -> None:
        world = open_fund()
        assert client_of(world.landlord_manager).post(address(world, "charter_draft"), {}).status_code == 422

    def test_each_term_names_its_article(self) -> None:
        world = open_fund(articles={"max_months": "art. 7"}, max_months=3)
        page = client_of(world.landlord_manager).get(address(world, "charter_draft")).content.decode()
        assert 'value="art. 7"' in page
        answer = draft_by_page(world, article_ceiling="art. 8", article_required_documents="art. 6", document_0="bail")
        assert answer.status_code == 302, answer.content.decode()
        draft = Charter.objects.get(fund=world.fund, version=2)
        assert draft.articles == {"max_months": "art. 7", "ceiling": "art. 8", "required_documents": "art. 6"}
        rows = {row.label: row for group in compare(world.charter, draft) for row in group.rows}
        assert (rows["Plafond du fonds"].mark, rows["Plafond du fonds"].after[-6:]) == ("changed", "art. 8")
        assert rows["Nombre de mois au plus"].after == "3\nart. 7"
        assert rows["bail signé"].after == "au dépôt\nart. 6"
        assert rows["Plafond par bail"].after == "–"

    def test_an_article_too_long_is_said_at_its_field(self) -> None:
        world = open_fund()
        page = draft_by_page(world, article_ceiling="x" * 101).content.decode()
        assert 'id="id_article_ceiling_error"' in page

    def test_a_criterion_without_its_figures_is_said(self) -> None:
        world = open_fund()
        codes = list(CRITERIA)
        rank = codes.index("naf_in")
        answer = draft_by_page(world, **{f"criterion_{rank}": "on"})
        assert answer.status_code == 422
        assert "criterion_" in answer.content.decode()

    def test_what_concerns_no_field_stands_at_the_top(self) -> None:
        form = CriteriaForm({"blocks_shown": "headcount"}, specs=[])
        assert form.is_valid()
        assert [form.place_of(pointer) for pointer in ("criteria/0/parameters/n", "version", "criteria/x")] == [
            None
        ] * 3

    def test_sending_twice_drafts_once(self) -> None:
        world = open_fund()
        client = client_of(world.landlord_manager)
        sent = sent_of(client.get(address(world, "charter_draft"))) | {"ceiling": "41 000"}
        assert [client.post(address(world, "charter_draft"), sent).status_code for _ in range(2)] == [302, 302]
        assert Charter.objects.filter(fund=world.fund).count() == 2

    def test_a_draft_goes_on_where_it_was_left(self) -> None:
        world = open_fund()
        draft_by_page(world, ceiling="41 000")
        page = client_of(world.landlord_manager).get(address(world, "charter_draft"))
        assert page.context["base"].version == 2
        assert draft_by_page(world, ceiling="42 000").status_code == 302
        assert Charter.objects.get(fund=world.fund, version=2).ceiling_cents == 42_000_00

    def test_a_proposed_version_is_not_changed(self) -> None:
        world = open_fund()
        draft = drafted(world)
        fund_proposal(world, draft)
        answer = draft_by_page(world)
        assert answer.status_code == 422
        assert "faites-la d" in answer.content.decode() or "confirmer ou refuser" in answer.content.decode()

    @pytest.mark.parametrize("name", ["approver", "payer", "chamber_manager", "advisor", "auditor"])
    def test_others_have_no_such_page(self, name: str) -> None:
        world = open_fund()
        client = client_of(world.people[name])
        assert client.get(address(world, "charter_draft")).status_code == 404
        assert client.post(address(world, "charter_draft"), {}).status_code == 404


def fund_proposal(world: World, draft: Charter) -> FundProposal:
    client = client_of(world.landlord_manager)
    paper = SimpleUploadedFile(*PDF, content_type="application/pdf")
    answer = client.post(address(world), {"signed_pdf": paper, "reason": "Plus de moyens", "key": key()})
    assert answer.status_code == 302, answer.content.decode()
    return FundProposal.objects.get(charter=draft, state=RequestState.OPEN)


class TestAdopting:
    def test_proposed_with_the_signed_paper_and_confirmed_by_another(self) -> None:
        world = open_fund()
        proposal = fund_proposal(world, drafted(world, ceiling_cents=50_000_00))
        assert proposal.signed_pdf is not None
        where = address(world, "charter_settle", proposal.uuid)
        own = client_of(world.landlord_manager)
        assert "Vous êtes l\u2019auteur" in own.get(where).content.decode()
        assert own.post(where, {"key": key(), "confirm": "1"}).status_code == 422
        other = client_of(world.approver)
        page = other.get(where).content.decode()
        assert "40 000,00 €" in page.replace("\u202f", " ").replace("\u00a0", " ")
        assert "50 000,00 €" in page.replace("\u202f", " ").replace("\u00a0", " ")
        assert other.post(where, {"key": key(), "confirm": "1"}).status_code == 302
        assert world.charter.version == 2
        assert "L\u2019avenant est en vigueur" in other.get(address(world)).content.decode()

    def test_or_refused(self) -> None:
        world = open_fund()
        proposal = fund_proposal(world, drafted(world))
        other = client_of(world.approver)
        where = address(world, "charter_settle", proposal.uuid)
        assert other.post(where, {"key": key(), "refuse": "1", "reason": "Pas maintenant"}).status_code == 302
        proposal.refresh_from_db()
        assert proposal.state == RequestState.REFUSED
        assert world.charter.version == 1
        assert "Confirmer l" not in other.get(where).content.decode()

    def test_gaps_that_come_of_it_are_told(self) -> None:
        world = open_fund()
        proposal = fund_proposal(world, drafted(world, second_visa_threshold_cents=0))
        walk.join(world, "a", Side.CHAMBER, Role.ADVISOR)
        world.member("approver2")
        world.fund.members.filter(user=world.approver2).update(ends_on=OPENED_ON)
        answer = client_of(world.approver).post(
            address(world, "charter_settle", proposal.uuid), {"key": key(), "confirm": "1"}, follow=True
        )
        assert "ne reste personne" in answer.content.decode() or 'class="warning"' in answer.content.decode()

    def test_without_a_paper_or_with_another_it_is_refused(self) -> None:
        world = open_fund()
        drafted(world)
        client = client_of(world.landlord_manager)
        assert client.post(address(world), {"key": key()}).status_code == 422
        letter = SimpleUploadedFile("lettre.txt", b"bonjour")
        answer = client.post(address(world), {"key": key(), "signed_pdf": letter})
        assert answer.status_code == 422
        assert "PDF" in answer.content.decode()
        assert not FundProposal.objects.filter(action=FundAction.AMEND).exists()

    @pytest.mark.parametrize("name", ["payer", "chamber_manager", "auditor"])
    def test_others_settle_nothing(self, name: str) -> None:
        world = open_fund()
        proposal = fund_proposal(world, drafted(world))
        client = client_of(world.people[name])
        assert client.get(address(world, "charter_settle", proposal.uuid)).status_code == 404

    def test_a_stranger_sees_nothing(self) -> None:
        world, other = open_fund(), open_fund()
        client = client_of(other.landlord_manager)
        proposal = fund_proposal(world, drafted(world))
        places = [
            address(world),
            address(world, "charter_draft"),
            address(world, "charter_preview", 1),
            address(world, "charter_settle", proposal.uuid),
            reverse("grants:charter_settle", args=[other.fund.code, proposal.uuid]),
        ]
        assert [client.get(place).status_code for place in places] == [404] * 5


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_for_one_and_three_more_versions(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    world = open_fund(criteria=[HEADCOUNT])
    for _ in range(count):
        walk.amend(world, criteria=[HEADCOUNT] * count)
    client = client_of(world.landlord_manager)
    # session, person, fund, reader, versions, criteria, promises of both, own roles; the navigation's two
    with django_assert_num_queries(12):
        client.get(address(world))
