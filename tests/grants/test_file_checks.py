"""What a file is, by its content, and what attackers hide in one or in its name."""

import time
import zlib
from zipfile import ZIP_DEFLATED

import pytest

from grants.file_checks import ACCEPTED, clean_name, examine
from grants.file_checks.names import NAME_LIMIT
from grants.file_checks.office import ENTRY_LIMIT
from tests.grants import made_files as made

KEPT = {
    "releve.pdf": (made.PDF, "application/pdf"),
    "RELEVE.PDF": (made.PDF, "application/pdf"),
    "photo.jpg": (made.JPEG, "image/jpeg"),
    "photo.jpeg": (made.JPEG, "image/jpeg"),
    "capture.png": (made.PNG, "image/png"),
    "telephone.heic": (made.HEIC, "image/heic"),
    "scan.tif": (made.TIFF, "image/tiff"),
    "attestation.docx": (made.docx(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "caisse.xlsx": (made.xlsx(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "attestation.odt": (made.odf("text"), "application/vnd.oasis.opendocument.text"),
    "caisse.ods": (made.odf("spreadsheet"), "application/vnd.oasis.opendocument.spreadsheet"),
    "caisse.csv": (b"date;montant\r\n2020-03-01;-12,50\r\n2020-03-02;+33,00\r\n", "text/plain"),
    "note.txt": ("- Loyer de mars (été)\n- Échéance\n".encode("cp1252"), "text/plain"),
}


@pytest.mark.parametrize("name", KEPT)
def test_what_people_really_send_is_kept(name: str) -> None:
    content, media_type = KEPT[name]
    examined = examine(name, content)
    assert (examined.name, examined.media_type, examined.breaches) == (name, media_type, ())


def test_every_type_that_is_kept_is_tried() -> None:
    assert {media_type for _content, media_type in KEPT.values()} == {kind.media_type for kind in ACCEPTED}


@pytest.mark.parametrize(
    ("name", "content", "codes"),
    [
        # None of them.
        ("facture.pdf", b"MZ\x90\x00" + bytes(100), ["document_type"]),
        ("facture.pdf", b"", ["document_type"]),
        ("facture.pdf", b"\x7fELF" + bytes(20), ["document_type"]),
        ("anim.gif", b"GIF89a" + bytes(20), ["document_type"]),
        ("vieux.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(20), ["document_type"]),
        ("archive.zip", made.archive(("a.txt", "b")), ["document_type"]),
        ("presentation.odp", made.odf("presentation"), ["document_type"]),
        ("faux.odt", made.odf("text", packed=ZIP_DEFLATED), ["document_type"]),
        ("faux.docx", b"PK\x03\x04" + bytes(100), ["document_type"]),
        ("vide.docx", made.archive(("[Content_Types].xml", made.TYPES)), ["document_type"]),
        ("nul.txt", b"a\0b", ["document_type"]),
        ("octets.txt", b"\x81\x8d\x8f", ["document_type"]),
        # Another one than the name says.
        ("facture.pdf", made.JPEG, ["document_extension"]),
        ("facture.pdf.exe", made.PDF, ["document_extension"]),
        ("facture.docm", made.docx(), ["document_extension"]),
        ("page.html", b"bonjour", ["document_extension"]),
        # Two at once.
        ("facture.pdf", made.PDF + made.archive(("a.class", "b")), ["document_two_kinds"]),
        ("photo.jpg", made.JPEG + made.archive(("a.class", "b")), ["document_two_kinds"]),
        ("photo.jpg", made.JPEG[:20] + b"%PDF-1.4" + made.JPEG, ["document_two_kinds"]),
        ("photo.png", made.PNG + b"<script>alert(1)</script>", ["document_two_kinds"]),
        ("note.txt", b"<!DOCTYPE html><p>", ["document_two_kinds"]),
        ("a.docx", made.docx() + b"<?php", ["document_damaged"]),
        # Bombs.
        ("bombe.docx", made.bomb(), ["document_bomb"]),
        ("bombe.docx", made.overlapping(), ["document_bomb"]),
        ("bombe.docx", made.docx(*((f"word/{n}", "") for n in range(ENTRY_LIMIT))), ["document_bomb"]),
        ("bombe.pdf", made.packed_pdf(bytes(65 * 1024**2)), ["document_locked"]),
        # Programs inside.
        ("a.docx", made.docx(("word/vbaProject.bin", "x")), ["document_macros"]),
        ("a.docx", made.docx(types=made.TYPES + "macroEnabled.main+xml"), ["document_macros"]),
        ("a.xlsx", made.xlsx(("xl/macrosheets/sheet1.xml", "x")), ["document_macros"]),
        ("a.docx", made.docx(("word/embeddings/oleObject1.bin", "x")), ["document_macros"]),
        ("a.odt", made.odf("text", ("Basic/Standard/Module1.xml", "x")), ["document_macros"]),
        ("a.docx", made.docx(("../../etc/passwd", "x")), ["document_damaged"]),
        ("a.docx", made.encrypted_docx(), ["document_locked"]),
        ("a.pdf", made.pdf(b"1 0 obj<</S/JavaScript/JS(app.alert(1))>>"), ["document_active"]),
        ("a.pdf", made.pdf(b"1 0 obj<</S/J#61v#61Scr#69pt/JS(x)>>"), ["document_active"]),
        ("a.pdf", made.pdf(b"1 0 obj<</S/#4CaunCh /S/#4caunch/F(cmd.exe)>>"), ["document_active"]),
        ("a.pdf", made.packed_pdf(b"<</S/JavaScript/JS(x)>>"), ["document_active"]),
        ("a.pdf", made.packed_pdf(b"<</S/JavaScript/JS(x)>>", name=b"/Obj#53tm"), ["document_active"]),
        ("a.pdf", made.pdf(b"trailer<</Encrypt 5 0 R>>"), ["document_locked"]),
        ("a.pdf", made.pdf(b"1 0 obj<</Type/ObjStm/Filter/LZWDecode>>stream\nxx\nendstream"), ["document_locked"]),
        ("a.pdf", made.pdf(b"1 0 obj<</Type/ObjStm>>"), ["document_locked"]),
        ("a.pdf", made.PDF[:-10], ["document_damaged"]),
        # Formulas.
        ("a.csv", b"nom;montant\n=cmd|' /C calc'!A0;1\n", ["document_formula"]),
        ("a.csv", b'"=HYPERLINK(""http://x"")",1', ["document_formula"]),
        ("a.csv", b"x\t@SUM(1)", ["document_formula"]),
        ("a.csv", b"x;-2+3+cmd|' /C calc'!A0", ["document_formula"]),
        ("a.csv", b"\xef\xbb\xbf= 1+1", ["document_formula"]),
        # All that is wrong, at once.
        ("a.exe", made.pdf(b"/Launch")[:-6], ["document_active", "document_damaged", "document_extension"]),
    ],
    # The content has the time in it, and tests go by the same names everywhere.
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_attackers_send_is_refused(name: str, content: bytes, codes: list[str]) -> None:
    breaches = examine(name, content).breaches
    assert sorted(breach.code for breach in breaches) == codes
    for breach in breaches:
        assert str(breach)
        assert "%(" not in str(breach)


def test_a_name_of_another_case_is_another_name_in_a_pdf() -> None:
    assert examine("a.pdf", made.pdf(b"1 0 obj<</X/javascript/Y/JavaScripts/Z/LaunchDate>>")).breaches == ()
    assert examine("a.pdf", made.packed_pdf(b"<</Type/Page>>")).breaches == ()


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\moi\\bail.pdf", "bail.pdf"),
        ("/tmp/..", "document"),  # noqa: S108 - a name that somebody sends
        ("", "document"),
        ("fac\0ture.pdf", "facture.pdf"),
        ("facture\u202efdp.exe", "facturefdp.exe"),  # read as “factureexe.pdf”
        ("a\u200bb\u2066c.pdf", "abc.pdf"),
        ("demi\ud800.pdf", "demi.pdf"),
        ("ligne\r\nSet-Cookie: x.pdf", "ligne Set-Cookie_ x.pdf"),
        ("e\u0301te\u0301.pdf", "été.pdf"),
        ('a<b>:"c|?*.pdf', "a_b___c___.pdf"),
        (" .cache. ", "cache"),
    ],
)
def test_a_name_leads_nowhere_and_misleads_nobody(name: str, cleaned: str) -> None:
    assert clean_name(name) == cleaned


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Bail 12.05.2020", "Bail 12.05.2020.pdf"),
        ("bail", "bail.pdf"),
        ("", "document.pdf"),
        ("x" * 300 + ".pdf", "x" * (NAME_LIMIT - 4) + ".pdf"),
        ("x" * 300, "x" * (NAME_LIMIT - 4) + ".pdf"),
    ],
)
def test_a_name_says_what_the_file_is(name: str, kept: str) -> None:
    assert examine(name, made.PDF).name == kept


SIZE = 2 * 1024**2  # a tenth of what may be sent


@pytest.mark.parametrize(
    "content",
    [
        made.pdf((b"1 0 obj<</Type/ObjStm>>stream\n" + zlib.compress(b"<</A 1>>")) * 30_000),
        made.pdf(b"/ObjStm" * (SIZE // 7)),
        made.pdf(b"obj stream\n" * (SIZE // 11)),
        made.pdf(b"/JavaScrip" * (SIZE // 10)),
        made.pdf(b"#4A" * (SIZE // 3)),
        b" " * SIZE,
        b",+" * (SIZE // 2),
        b"=" * SIZE,
        b"PK\x03\x04" * (SIZE // 4),
    ],
    ids=lambda _content: "file",
)
def test_no_file_takes_long(content: bytes) -> None:
    """Each takes under 0.2 s on an idle machine; what is quadratic takes minutes."""
    began = time.process_time()
    examine("a.pdf", content)
    assert time.process_time() - began < 5
