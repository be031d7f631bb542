"""The four-eyes report finds by itself what the code that enforces should have refused: planted here by raw SQL."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from fundadmin.models import User
from grants.control.four_eyes import FaultCode, FileEyes, FourEyes, Part, four_eyes
from grants.enums import Reading, State
from grants.exports.every import EXPORTS
from grants.exports.four_eyes import FOUR_EYES
from grants.exports.kinds import Wanted
from grants.models import Application, ReadLog
from grants.permissions import HAND_OF, Hands
from grants.views.control import four_eyes as pages
from grants.visibility import reader_of
from tests.accounts import log_in
from tests.factories import World, key, open_fund
from tests.grants import walk
from tests.grants.control.sheets import csv_rows, xlsx_rows
from tests.grants.page_text import table, text_of

pytestmark = pytest.mark.django_db

COUNT_OF_QUERIES = 9
PLANTED = """
INSERT INTO grants_event (fund_id, application_id, user_id, action, "on", at, from_state, to_state, key, data, reason,
    request_hash, detail_digest)
VALUES (%s, %s, %s, %s, now(), now(), %s, %s, %s, %s, '', '', '')
"""


def plant(file: Application, user: User, action: str, **values: Any) -> None:
    """An event that no action wrote: what somebody with SQL at hand could add."""
    row = {"from_state": "", "to_state": "", "data": "{}"} | values
    written = [file.fund_id, file.pk, user.pk, action, row["from_state"], row["to_state"], key(), row["data"]]
    with connection.cursor() as cursor:
        cursor.execute(PLANTED, written)


def force_state(file: Application, state: State) -> None:
    """Past the trigger that keeps to the workflow, which raw SQL may switch off for its own session."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'pgtrigger_application_moves%'")
        ((name,),) = cursor.fetchall()
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", [f"{{{name}}}"])
        cursor.execute(
            "UPDATE grants_application SET state = %s, reserved_until = NULL WHERE id = %s", [state.value, file.pk]
        )


def only(found: FourEyes) -> FileEyes:
    (one,) = found.files
    return one


def faults(world: World) -> list[FaultCode]:
    return [fault.code for fault in only(four_eyes(world.fund)).faults]


def sentences(world: World) -> list[str]:
    found = four_eyes(world.fund)
    with translation.override("fr"):
        return [fault.sentence(found.names) for fault in only(found).faults]


def page(world: World, role: str = "auditor", **query: Any) -> Any:
    return log_in(Client(), world.people[role]).get(reverse("grants:four_eyes", args=[world.fund.code]), query)


class TestDerivation:
    @pytest.mark.parametrize("state", [state for state in State if state != State.DRAFT])
    def test_what_the_real_actions_did_is_clean_in_every_state(self, state: State) -> None:
        world = open_fund(second_visa_threshold_cents=100_00)
        walk.walk_to(world, state)
        assert four_eyes(world.fund).faulty == 0

    def test_drafts_were_never_filed(self) -> None:
        world = open_fund()
        walk.walk_to(world, State.DRAFT)
        assert four_eyes(world.fund).files == []

    def test_it_agrees_with_the_code_that_enforces(self) -> None:
        """Two derivations of the same four sets, one from the other's code none."""
        world = open_fund(second_visa_threshold_cents=100_00)
        file = walk.walk_to(world, State.CREDITED)
        enforced = Hands.in_file(file).by
        derived = only(four_eyes(world.fund)).parts
        assert [derived[part] for part in Part] == [frozenset(enforced[hand]) for hand in enforced]
        assert derived[Part.SIGNED] == {world.approver.pk, world.approver2.pk}
        assert len(HAND_OF) == 10

    def test_people_from_before_a_reopening_count(self) -> None:
        world = open_fund()
        file = walk.walk_to(world, State.REJECTED)
        walk.reopen(world, file)
        plant(file, world.approver, "credit")
        assert faults(world) == [FaultCode.TWO_PARTS]
        assert sentences(world) == ["approver\u00a0: a donné un visa ou refusé, et aussi a imputé."]

    @pytest.mark.parametrize(
        ("role", "action", "parts"),
        [
            ("advisor", "assess_favourable", (Part.FILED, Part.ASSESSED)),
            ("advisor", "approve", (Part.FILED, Part.SIGNED)),
            ("advisor", "credit", (Part.FILED, Part.CREDITED)),
            ("assessor", "reject", (Part.ASSESSED, Part.SIGNED)),
            ("assessor", "credit", (Part.ASSESSED, Part.CREDITED)),
            ("payer", "answer", (Part.FILED, Part.CREDITED)),
            ("approver", "edit", (Part.FILED, Part.SIGNED)),
        ],
    )
    def test_a_planted_hand_is_seen(self, role: str, action: str, parts: tuple[Part, Part]) -> None:
        world = open_fund()
        file = walk.walk_to(world, State.CREDITED)
        plant(file, world.people[role], action)
        found = only(four_eyes(world.fund))
        (fault,) = found.faults
        assert (fault.code, fault.parts) == (FaultCode.TWO_PARTS, parts)
        assert fault.people == {world.people[role].pk}

    def test_two_visas_by_one_person(self) -> None:
        world = open_fund(second_visa_threshold_cents=100_00)
        file = walk.walk_to(world, State.ELIGIBLE)
        walk.first_visa(world, file)
        plant(file, world.approver, "approve", from_state="eligible", to_state="approved")
        force_state(file, State.APPROVED)
        assert faults(world) == [FaultCode.ONE_GIVER]
        assert sentences(world) == ["approver a donné les deux visas."]

    def test_a_visa_that_died_may_be_given_again(self) -> None:
        world = open_fund(second_visa_threshold_cents=100_00)
        file = walk.walk_to(world, State.ELIGIBLE)
        walk.send_back(world, walk.first_visa(world, file))
        walk.first_visa(world, walk.favourable(world, file))
        assert faults(world) == []

    def test_one_visa_above_the_threshold(self) -> None:
        world = open_fund(second_visa_threshold_cents=1_000_00)
        file = walk.walk_to(world, State.ELIGIBLE)
        data = '{"approved_cents": 150000}'
        plant(file, world.approver, "approve", from_state="eligible", to_state="approved", data=data)
        force_state(file, State.APPROVED)
        assert faults(world) == [FaultCode.ONE_VISA]
        assert sentences(world) == [
            "Un seul visa pour 1\u202f500,00\u00a0€, au-dessus du seuil de double visa (1\u202f000,00\u00a0€)."
        ]

    def test_data_that_is_no_amount_breaks_nothing(self) -> None:
        world = open_fund(second_visa_threshold_cents=1_000_00)
        file = walk.walk_to(world, State.ELIGIBLE)
        plant(file, world.approver, "approve", to_state="approved", data='{"approved_cents": "beaucoup"}')
        assert faults(world) == []

    def test_who_asked_and_settled(self) -> None:
        world = open_fund()
        file = walk.walk_to(world, State.CREDITED)
        request = walk.ask_undo(world, file)
        plant(file, world.payer, "reverse", data=f'{{"request": {request.pk}}}')
        assert faults(world) == [FaultCode.OWN_REQUEST]
        assert sentences(world) == ["payer a tranché sa propre demande."]

    def test_a_state_that_no_event_explains(self) -> None:
        world = open_fund()
        file = walk.walk_to(world, State.ELIGIBLE)
        force_state(file, State.CREDITED)
        assert faults(world) == [FaultCode.UNSIGNED] * 2
        assert sentences(world) == [
            "Aucun événement ne dit qui a fait ceci\u00a0: Accorder.",
            "Aucun événement ne dit qui a fait ceci\u00a0: Enregistrer l’imputation.",
        ]

    def test_another_funds_files_stay_out(self) -> None:
        world = open_fund()
        walk.walk_to(open_fund(landlord=world.landlord), State.SUBMITTED)
        assert four_eyes(world.fund).files == []


class TestPage:
    def test_the_first_sentence_and_each_file(self) -> None:
        world = open_fund()
        for state in (State.CREDITED, State.SUBMITTED):
            walk.walk_to(world, state)
        shown = page(world)
        assert "Dossiers ayant reçu le visa de leur déposant : 0 sur 1 dossier visé." in text_of(shown)
        assert "Aucun dossier n'enfreint la règle des quatre yeux." in text_of(shown)
        first, second = table(shown, "2 dossiers, les anomalies d'abord")
        assert second[1:] == ["advisor", "–", "–", "–", "rien à signaler"], "one person differs from nobody"
        assert first[0].endswith("Imputé")
        assert first[1:] == ["advisor", "assessor", "approver", "payer", "personnes différentes"]

    def test_faults_come_first_and_alone_where_asked(self) -> None:
        world = open_fund()
        _clean, bad = walk.walk_to(world, State.CREDITED), walk.walk_to(world, State.CREDITED)
        plant(bad, world.advisor, "approve")
        shown = page(world)
        assert "Dossiers ayant reçu le visa de leur déposant : 1 sur les 2 dossiers visés." in text_of(shown)
        assert "1 dossier enfreint la règle des quatre yeux." in text_of(shown)
        rows = table(shown, "2 dossiers, les anomalies d'abord")
        assert [bad.reference in row[0] for row in rows] == [True, False]
        assert rows[0][-1] == "advisor : a déposé, modifié ou complété, et aussi a donné un visa ou refusé."
        assert len(table(page(world, which="faulty"), "1 dossier, les anomalies d'abord")) == 1

    def test_found_by_words(self) -> None:
        world = open_fund()
        file = walk.walk_to(world, State.CREDITED)
        walk.walk_to(world, State.SUBMITTED)
        for words in (file.reference.lower(), f"{file.tenant} PAYER", "payer"):
            assert file.reference in table(page(world, q=words), "1 dossier, les anomalies d'abord")[0][0]
        assert "Aucun dossier ne correspond" in text_of(page(world, q="nulle part"))
        assert "2 dossiers" in text_of(page(world, which="sottise"))

    def test_none_filed(self) -> None:
        assert "Aucun dossier déposé" in text_of(page(open_fund()))

    def test_a_long_list_has_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pages, "PAGE", 2)
        world = open_fund()
        for _ in range(3):
            walk.walk_to(world, State.SUBMITTED)
        caption = "3 dossiers, les anomalies d'abord"
        assert [len(table(page(world, page=n), caption)) for n in (1, 2)] == [2, 1]

    def test_managers_and_auditors_read_it_and_auditors_are_logged(self) -> None:
        world = open_fund()
        assert page(world, "payer").status_code == 404
        assert page(world, "chamber_manager").status_code == 200
        page(world)
        assert [(one.user, one.filter_text) for one in ReadLog.objects.filter(what=Reading.FUND)] == [
            (world.auditor, "four eyes")
        ]

    @pytest.mark.parametrize("files", [1, 3])
    def test_the_same_queries_however_many_files(
        self, files: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        world = open_fund()
        for _ in range(files):
            walk.walk_to(world, State.CREDITED)
        client = log_in(Client(), world.landlord_manager)
        with django_assert_num_queries(COUNT_OF_QUERIES):
            client.get(reverse("grants:four_eyes", args=[world.fund.code]))


class TestExport:
    @pytest.mark.parametrize("format_", ["csv", "xlsx"])
    def test_reread(self, format_: str, tmp_path: Path) -> None:
        world = open_fund()
        bad = walk.walk_to(world, State.CREDITED)
        plant(bad, world.advisor, "approve")
        wanted = Wanted(fund=world.fund, reader=reader_of(world.auditor, world.fund.pk), options={"format": format_})
        with translation.override("fr"):
            done = FOUR_EYES.write(wanted, tmp_path, lambda *_: None)
        path = tmp_path / done.files[0]
        rows = csv_rows(path) if format_ == "csv" else xlsx_rows(path, "Dossiers")
        assert rows[1][:3] == [bad.reference, str(bad.tenant), "Imputé"]
        assert rows[1][3:7] == ["advisor", "assessor", "advisor, approver", "payer"]
        assert (str(rows[1][7]), done.rows) == ("1", 1)
        if format_ == "xlsx":
            assert (
                xlsx_rows(path, "Synthèse")[1][0]
                == "Dossiers ayant reçu le visa de leur déposant\u00a0: 1 sur 1 dossier visé."
            )

    def test_it_is_one_of_the_exports(self) -> None:
        assert EXPORTS["four-eyes"] is FOUR_EYES
