"""The de minimis register: what the State's platform asks, until when, and for which funds."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from grants.actions import reversal
from grants.enums import AidRegime, State
from grants.exceptions import RuleRefused
from grants.exports.deminimis_register import COLUMNS, DEMINIMIS_REGISTER, working_days_after
from grants.exports.every import EXPORTS
from grants.models import Application
from landlords.models import TenantBusiness
from tests.factories import OPENED_ON, World, key, open_fund, prepared_fund
from tests.grants.exports.asking import read_csv, write
from tests.grants.kept import clock, run
from tests.grants.walk import amend, ask_cancel, cancel, line_ids, walk_to

pytestmark = pytest.mark.django_db
IN_2026 = date(2026, 4, 3)
ERASED_ON = date(2047, 6, 1)
NO_OTHER_AID: dict[str, Any] = {"de_minimis_aids": []}
TERMS = {"ends_on": date(2026, 12, 31), "filing_deadline": date(2026, 12, 31)}


def granted(world: World, on: date = IN_2026, state: State = State.APPROVED) -> Application:
    return walk_to(world, state, on=on, facts=NO_OTHER_AID)


def rows(world: World, folder: Path, **asked: Any) -> list[dict[str, str]]:
    return read_csv(folder / write(DEMINIMIS_REGISTER, world, folder, **asked).files[0], ";")


def refused(world: World, folder: Path) -> RuleRefused:
    with pytest.raises(RuleRefused) as refusal:
        write(DEMINIMIS_REGISTER, world, folder)
    assert list(folder.iterdir()) == []
    return refusal.value


def test_an_aid_as_the_platform_asks_for_it(tmp_path: Path) -> None:
    """Granted on Good Friday 2026; Easter Monday and 1 May are no working days."""
    assert EXPORTS["deminimis_register"] is DEMINIMIS_REGISTER
    world = open_fund(aid_regime=AidRegime.DE_MINIMIS_2023, **TERMS)
    file = granted(world)
    TenantBusiness.objects.filter(pk=file.tenant_id).update(naf_rev2="56.10A", naf_2025="56.11G")
    assert rows(world, tmp_path) == [
        {
            "numero_aide": file.reference,
            "siren": file.siren,
            "siret": file.tenant.siret,
            "nom": file.tenant.legal_name,
            "code_naf": "56.10A",
            "code_nace": "56.10",
            "organisme_octroi_siren": world.landlord.siren,
            "organisme_octroi": world.landlord.name,
            "financeur_si_different": "",
            "reglement": "Règlement (UE) 2023/2831",
            "instrument": "Remise de loyer et de charges",
            "montant_esb": "1500,00",
            "date_octroi": "2026-04-03",
            "date_limite_saisie": "2026-05-05",
            "date_saisie": "",
            "statut": "octroyée",
        }
    ]
    content = (tmp_path / f"deminimis_register-{world.fund.code}.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfnumero_aide;siren;siret;nom;")
    assert content.split(b"\r\n")[0][3:].decode() == ";".join(COLUMNS)


def test_what_is_cancelled_or_reversed_stays_to_be_corrected(tmp_path: Path) -> None:
    world = open_fund(aid_regime=AidRegime.DE_MINIMIS_2023, **TERMS)
    whole = granted(world)
    reduced = granted(world)
    request = ask_cancel(world, reduced, IN_2026, lines=line_ids(reduced)[:1])
    reversal.cancel_lines(request=request, by=world.approver2, key=key(), on=IN_2026)
    cancelled = cancel(world, granted(world), on=IN_2026)
    assert [(row["numero_aide"], row["montant_esb"], row["statut"]) for row in rows(world, tmp_path)] == [
        (whole.reference, "1500,00", "octroyée"),
        (reduced.reference, "1000,00", "réduite"),
        (cancelled.reference, "0,00", "annulée"),
    ]


def test_an_erased_application_is_left_out_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = open_fund(aid_regime=AidRegime.DE_MINIMIS_2023, **TERMS)
    granted(world, state=State.CREDITED)
    clock(monkeypatch, ERASED_ON)
    assert run(ERASED_ON).erased
    assert "effacé" in str(refused(world, tmp_path))
    kept = granted(world)
    written = write(DEMINIMIS_REGISTER, world, tmp_path)
    assert [row["numero_aide"] for row in read_csv(tmp_path / written.files[0], ";")] == [kept.reference]
    assert written.sums_cents == {"granted": 1_500_00, "erased": 1_500_00}


def test_an_aid_from_before_the_register_has_no_deadline(tmp_path: Path) -> None:
    world = open_fund(aid_regime=AidRegime.DE_MINIMIS_2013)
    granted(world, on=OPENED_ON)
    (row,) = rows(world, tmp_path)
    assert (row["reglement"], row["date_octroi"], row["date_limite_saisie"]) == (
        "Règlement (UE) 1407/2013",
        "2020-05-05",
        "",
    )


def test_only_what_was_granted_under_the_regulation(tmp_path: Path) -> None:
    """A fund that was no State aid at first: what was granted then isn't entered."""
    world = open_fund(**TERMS)
    walk_to(world, State.APPROVED)
    amend(world, on=IN_2026, aid_regime=AidRegime.DE_MINIMIS_2023, **TERMS)
    assert refused(world, tmp_path).codes == ["nothing_granted"]
    file = granted(world)
    assert [row["numero_aide"] for row in rows(world, tmp_path)] == [file.reference]


@pytest.mark.parametrize("regime", [AidRegime.OUTSIDE_STATE_AID, AidRegime.COVID_FRAMEWORK, AidRegime.OTHER])
def test_a_fund_under_no_such_regulation_says_why_it_has_no_register(regime: AidRegime, tmp_path: Path) -> None:
    refusal = refused(open_fund(aid_regime=regime), tmp_path)
    assert refusal.codes == ["no_de_minimis"]
    assert str(regime.label) in str(refusal)


def test_a_fund_in_preparation_has_none_either(tmp_path: Path) -> None:
    assert refused(prepared_fund(aid_regime=AidRegime.DE_MINIMIS_2023), tmp_path).codes == ["no_de_minimis"]


@pytest.mark.parametrize(
    ("day", "deadline"),
    [
        (date(2026, 1, 1), date(2026, 1, 29)),  # a holiday itself: counting begins the day after
        (date(2026, 2, 2), date(2026, 3, 2)),
        (date(2026, 5, 4), date(2026, 6, 4)),  # 8, 14 and 25 May
        (date(2026, 7, 31), date(2026, 8, 28)),  # 15 August is a Saturday
        (date(2026, 12, 18), date(2027, 1, 19)),  # over New Year
    ],
)
def test_twenty_working_days(day: date, deadline: date) -> None:
    assert working_days_after(day, 20) == deadline
