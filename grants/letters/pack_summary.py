"""The paper of an auditor's pack: what is in it and what it comes to, signed where there is a certificate.

It names the manifest by its digest, and the manifest names every part: one signature seals the whole pack.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fundadmin.days import day_in_words
from grants.exceptions import Breach, RuleRefused
from grants.letters import a4
from grants.letters.fonts import BOLD, PLAIN, printable, unbroken
from grants.money import euros

if TYPE_CHECKING:
    from datetime import date

    from pyhanko.sign import SimpleSigner

    from grants.models import Fund

MARGIN: Final = 51  # points, 18 mm
WIDE: Final = 493
INK, LINE, GROUND, QUIET, BAND, BAD = "#1d2733", "#c5ccd3", "#eef1f3", "#5a6673", "#12343b", "#9b1c1c"
SHOWN_FAULTS: Final = 12
SIGNATURE_BOX: Final = (MARGIN + 6, 62, MARGIN + 256, 112)
ACCOUNTS: Final = {
    "endowed": gettext_lazy("Endowed"),
    "available": gettext_lazy("Available"),
    "reserved": gettext_lazy("Reserved"),
    "committed": gettext_lazy("Committed"),
    "credited": gettext_lazy("Credited"),
}
CONTENTS: Final = {
    "ledger.csv": gettext_lazy("ledger entries"),
    "events.jsonl": gettext_lazy("events"),
    "applications.jsonl": gettext_lazy("applications filed"),
    "lines.jsonl": gettext_lazy("relief lines"),
    "assessments.jsonl": gettext_lazy("opinions"),
    "visas.jsonl": gettext_lazy("visas"),
    "requests.jsonl": gettext_lazy("requests to undo"),
    "charters.jsonl": gettext_lazy("charter versions"),
    "documents.jsonl": gettext_lazy("digests of documents"),
    "papers.jsonl": gettext_lazy("papers issued"),
    "erasures.jsonl": gettext_lazy("details erased, as declared"),
}


class Summary(Protocol):
    """What there is to say (`grants.exports.pack.kind.Summary`, which letters don't know)."""

    @property
    def fund(self) -> "Fund": ...
    @property
    def as_at(self) -> "date | None": ...
    @property
    def head(self) -> tuple[int, str]: ...
    @property
    def sums_cents(self) -> Mapping[str, int]: ...
    @property
    def rows(self) -> Mapping[str, int]: ...
    @property
    def manifest_sha256(self) -> str: ...
    @property
    def names(self) -> bool: ...
    @property
    def faults(self) -> tuple[str, ...]: ...


def written(summary: Summary) -> bytes:
    """The paper, signed if that can be. Always in French: whoever asks, the same data give the same paper."""
    signer = signer_there_is()
    with translation.override("fr"):
        paper = as_pdf(summary, signed_by=str(signer.subject_name) if signer else "")
        return signed(paper, signer) if signer else paper


def as_pdf(summary: Summary, *, signed_by: str = "") -> bytes:
    paper, title = io.BytesIO(), _("Auditor’s pack")
    document = a4.document(
        paper,
        f"{title} - {summary.fund.name}",
        subject=f"sha256:{summary.manifest_sha256}",
        lang="fr-FR",
        invariant=1,
        pageCompression=0,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=SIGNATURE_BOX[3] + 10,
    )

    def foot(canvas: Any, _document: Any) -> None:
        _foot(canvas, signed_by)

    document.build(
        [*_top(summary), *_verdict(summary), *_figures(summary), *_digests(summary)],
        onFirstPage=foot,
    )
    return paper.getvalue()


@dataclass(frozen=True, slots=True)
class Style:
    """How a text is set."""

    size: int = 10
    bold: bool = False
    right: bool = False
    after: int = 0
    colour: str = INK


def _text(text: object, style: Style | None = None) -> Any:
    from reportlab.lib.enums import TA_LEFT, TA_RIGHT
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    style = style or Style()
    return Paragraph(
        unbroken(text),
        ParagraphStyle(
            "text",
            fontName=BOLD if style.bold else PLAIN,
            fontSize=style.size,
            leading=style.size + 4,
            textColor=style.colour,
            alignment=TA_RIGHT if style.right else TA_LEFT,
            spaceAfter=style.after,
        ),
    )


def _top(summary: Summary) -> list[Any]:
    fund = summary.fund
    number, _digest = summary.head
    when = (
        _("as at %(day)s") % {"day": day_in_words(summary.as_at)}
        if summary.as_at
        else _("all of it, up to ledger entry no. %(number)s") % {"number": number}
    )
    whose = (
        _("People and businesses are told with their names.")
        if summary.names
        else _("People and businesses go by pseudonyms; no free text is in the pack.")
    )
    return [
        _text(f"{fund.landlord.name} - {fund.name} ({fund.code})", Style(colour=QUIET, after=8)),
        _text(_("Auditor’s pack"), Style(size=20, bold=True, after=10)),
        _text(f"{when[:1].upper()}{when[1:]}.", Style(size=12, after=4)),
        _text(whose, Style(after=12)),
    ]


def _verdict(summary: Summary) -> list[Any]:
    """What the verifier that is in the pack found before it was handed out."""
    if not summary.faults:
        said = _(
            "Recomputed before it was handed out, with the verifier that is in the pack: chain, balances, ceilings,"
            " four eyes, months relieved once, agreement of every part. No fault."
        )
        return [_text(said, Style(after=12))]
    count = len(summary.faults)
    head = ngettext(
        "Recomputed before it was handed out: %(count)s fault.",
        "Recomputed before it was handed out: %(count)s faults.",
        count,
    ) % {"count": count}
    shown = [_text(f"- {fault}", Style(size=9, after=2)) for fault in summary.faults[:SHOWN_FAULTS]]
    more = [_text("…", Style(after=8))] if count > SHOWN_FAULTS else []
    return [_text(head, Style(size=12, bold=True, colour=BAD, after=6)), *shown, *more]


def _figures(summary: Summary) -> list[Any]:
    from reportlab.platypus import Spacer

    money = [(label, euros(summary.sums_cents[name])) for name, label in ACCOUNTS.items()]
    held = [(label, f"{summary.rows[name]:,}".replace(",", "\u202f")) for name, label in CONTENTS.items()]
    return [
        _text(_("Position of the fund"), Style(size=12, bold=True, after=4)),
        _table(money),
        Spacer(1, 12),
        _text(_("What the pack holds"), Style(size=12, bold=True, after=4)),
        _table(held),
        Spacer(1, 12),
    ]


def _table(pairs: list[tuple[Any, str]]) -> Any:
    """Labels and figures, two pairs to a row."""
    from reportlab.lib.colors import HexColor
    from reportlab.platypus import Table

    half = (len(pairs) + 1) // 2
    blank = ("", "")
    rows = [[*pairs[n], *(pairs[n + half] if n + half < len(pairs) else blank)] for n in range(half)]
    cells = [
        [_text(cell, Style(right=column % 2 == 1, bold=column % 2 == 1)) for column, cell in enumerate(row)]
        for row in rows
    ]
    style = a4.ruled(
        [
            ("LINEBELOW", (0, 0), (1, -1), 0.5, HexColor(LINE)),
            ("LINEBELOW", (3, 0), (4, -1), 0.5, HexColor(LINE)),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ]
    )
    spaced = [[*row[:2], "", *row[2:]] for row in cells]
    return Table(spaced, colWidths=(150, 84, 25, 150, 84), style=style, hAlign="LEFT")


def _digests(summary: Summary) -> list[Any]:
    number, digest = summary.head
    small = Style(size=9, after=8)
    return [
        _text(_("Digests"), Style(size=12, bold=True, after=4)),
        _text(_("Last digest of the ledger (entry no. %(number)s)") % {"number": number}, Style(size=9, colour=QUIET)),
        _text(digest, small),
        _text(_("SHA-256 of manifest.json, which names every part by its own"), Style(size=9, colour=QUIET)),
        _text(summary.manifest_sha256, small),
        _text(
            _("To verify on your own computer: python3 -I verify_pack.py pack.zip (README.en.txt says how)."),
            Style(size=9),
        ),
    ]


def _foot(canvas: Any, signed_by: str) -> None:
    canvas.setFillColor(QUIET)
    canvas.setFont(PLAIN, 8)
    told = (
        _("Signed electronically: %(signer)s. Any change after the signature shows in a PDF reader.")
        % {"signer": signed_by}
        if signed_by
        else _("NOT SIGNED: this site has no certificate. Compare the digests with what was issued earlier.")
    )
    canvas.drawString(MARGIN + 6, 40, printable(told))


def signer_there_is() -> "SimpleSigner | None":
    """By PACK_CERTIFICATE; in development one of our own making. None: nobody signs."""
    from pyhanko.sign import SimpleSigner

    path = Path(settings.PACK_CERTIFICATE) if settings.PACK_CERTIFICATE else None
    if path is None:
        if not settings.DEBUG:
            return None
        path = demo_certificate()
    secret = settings.PACK_CERTIFICATE_PASSPHRASE.encode() or None
    # An unreadable one is None here, and says why in the log.
    signer: SimpleSigner | None = SimpleSigner.load_pkcs12(  # type: ignore[no-untyped-call] # annotated in part
        str(path), passphrase=secret
    )
    if signer is None:
        message = gettext_lazy(
            "The certificate that signs auditors' packs can't be read: the administrator of the site checks"
            " PACK_CERTIFICATE and PACK_CERTIFICATE_PASSPHRASE."
        )
        raise RuleRefused([Breach("certificate", message)])
    return signer


def signed(paper: bytes, signer: "SimpleSigner") -> bytes:
    """The paper with a visible signature at its foot (PAdES, no timestamp server: the hour is this computer's)."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import PdfSignatureMetadata, PdfSigner
    from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
    from pyhanko.stamp import TextStampStyle

    metadata = PdfSignatureMetadata(
        field_name="Signature",
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        reason=_("Auditor’s pack"),
        name=signer.subject_name,
    )
    words = _("Signed by")
    stamp = TextStampStyle(stamp_text=f"{words} %(signer)s\n%(ts)s", border_width=1)
    field = SigFieldSpec("Signature", on_page=0, box=SIGNATURE_BOX)
    sealed = PdfSigner(metadata, signer=signer, stamp_style=stamp, new_field_spec=field).sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(paper))
    )
    return bytes(sealed.getbuffer())


def demo_certificate() -> Path:
    """A certificate that certifies itself, made once: it shows how a signature looks, and proves nothing."""
    path = settings.BASE_DIR / "var" / "pack-demo.p12"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        secret = settings.PACK_CERTIFICATE_PASSPHRASE.encode() or None
        path.write_bytes(self_signed("fundadmin (certificat de démonstration)", secret))
        path.chmod(0o600)
    return path


def self_signed(name: str, passphrase: bytes | None) -> bytes:
    """A PKCS#12 file with a key and its own certificate, for ten years."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, NoEncryption, pkcs12

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    usage = dict.fromkeys(
        (
            *("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"),
            *("encipher_only", "decipher_only"),
        ),
        False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True)
        .sign(key, hashes.SHA256())
    )
    kept = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return bytes(pkcs12.serialize_key_and_certificates(b"pack", key, certificate, None, kept))
