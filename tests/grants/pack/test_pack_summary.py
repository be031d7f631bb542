"""The paper of a pack: what is read on it, and who signed it."""

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import translation
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pypdf import PdfReader

from grants.exceptions import RuleRefused
from grants.letters import pack_summary
from grants.letters.pack_summary import CONTENTS, self_signed, written
from tests.grants.letters.looks import told_of

DIGEST = "0123456789abcdef" * 4


@pytest.fixture(autouse=True)
def _asked_in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def summary(**changes: Any) -> Any:
    landlord = SimpleNamespace(name="SA d’HLM inventée")
    told = {
        "fund": SimpleNamespace(code="essai", name="Fonds d’essai", landlord=landlord),
        "as_at": None,
        "head": (1234, DIGEST),
        "sums_cents": {"endowed": 1, "available": 2, "reserved": 3, "committed": 4, "credited": 48_540_15},
        "rows": dict.fromkeys(CONTENTS, 1234),
        "manifest_sha256": DIGEST[::-1],
        "names": False,
        "faults": (),
    }
    return SimpleNamespace(**told | changes)


def text_of(paper: bytes) -> str:
    return " ".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages).split())


def test_it_says_in_french_what_the_pack_comes_to() -> None:
    paper = written(summary())
    text = text_of(paper)
    assert "Dossier de contrôle" in text
    assert "mouvement n° 1234" in text.replace("\u00a0", " ")
    assert "48 540,15 €" in text.replace("\u202f", " ").replace("\u00a0", " ")
    assert DIGEST in text
    assert DIGEST[::-1] in text
    assert "Aucune anomalie" in text
    assert "pseudonymes" in text
    assert "NON SIGNÉ" in text
    assert f"sha256:{DIGEST[::-1]}".encode() in paper
    assert len(PdfReader(io.BytesIO(paper)).pages) == 1
    assert told_of(paper) == ("fr-FR", True, set())


def test_unsigned_it_is_the_same_bytes_each_time() -> None:
    assert written(summary()) == written(summary())


def test_as_at_a_day_and_with_names() -> None:
    text = text_of(written(summary(as_at=date(2020, 6, 30), names=True)))
    assert "30 juin 2020" in text
    assert "leurs noms" in text


def test_what_the_verifier_found_is_said_first_and_not_hidden() -> None:
    text = text_of(written(summary(faults=("ledger.csv: 3 : l’empreinte ne correspond pas",))))
    assert "1 anomalie" in text
    assert "l’empreinte ne correspond pas" in text
    many = tuple(f"ledger.csv: {n} : <faute> & suite" for n in range(400))
    text = text_of(written(summary(faults=many)))
    assert "400 anomalies" in text
    assert "…" in text
    assert "ledger.csv: 11" in text
    assert "ledger.csv: 12" not in text


def test_signed_by_the_certificate_of_the_settings(settings: LazySettings, tmp_path: Path) -> None:
    settings.PACK_CERTIFICATE, settings.PACK_CERTIFICATE_PASSPHRASE = str(tmp_path / "c.p12"), "secret"
    (tmp_path / "c.p12").write_bytes(self_signed("Bailleur d'essai", b"secret"))

    paper = written(summary())

    assert "Bailleur d'essai" in text_of(paper)
    assert "NON SIGNÉ" not in text_of(paper)
    assert is_intact(paper)
    # The signature covers what the paper says of the manifest.
    forged = paper.replace(f"sha256:{DIGEST[::-1]}".encode(), f"sha256:{DIGEST}".encode())
    assert forged != paper
    assert not is_intact(forged)


def is_intact(paper: bytes) -> bool:
    [signature] = PdfFileReader(io.BytesIO(paper)).embedded_signatures
    status = validate_pdf_signature(signature, ValidationContext(trust_roots=[], allow_fetching=False))
    return bool(status.intact and status.valid and status.coverage == SignatureCoverageLevel.ENTIRE_FILE)


def test_a_certificate_that_cant_be_read_is_said(settings: LazySettings, tmp_path: Path) -> None:
    settings.PACK_CERTIFICATE, settings.PACK_CERTIFICATE_PASSPHRASE = str(tmp_path / "c.p12"), "wrong"
    with pytest.raises(RuleRefused, match="PACK_CERTIFICATE"):
        written(summary())
    (tmp_path / "c.p12").write_bytes(self_signed("Bailleur d'essai", b"secret"))
    with pytest.raises(RuleRefused, match="PACK_CERTIFICATE"):
        written(summary())


def test_in_development_by_one_of_our_own_making(settings: LazySettings, tmp_path: Path) -> None:
    settings.DEBUG, settings.BASE_DIR = True, tmp_path
    first, again = pack_summary.demo_certificate().read_bytes(), pack_summary.demo_certificate().read_bytes()
    assert first == again
    assert "certificat de démonstration" in text_of(written(summary()))
    assert (tmp_path / "var" / "pack-demo.p12").stat().st_mode & 0o777 == 0o600
    assert is_intact(written(summary()))
