"""Files of every kind, made by hand, and those that attackers make of them."""

import zlib
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
PDF = b"%PDF-1.4\n1 0 obj\n<</Type /Catalog>>\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(50) + b"\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40)
TIFF = b"II*\0" + bytes(40)
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""What every scanner calls a virus and is none; in two parts, so that no scanner takes this file."""


def archive(*entries: tuple[str, bytes | str], packed: int = ZIP_DEFLATED) -> bytes:
    made = BytesIO()
    with ZipFile(made, "w", packed) as zipped:
        for name, content in entries:
            zipped.writestr(name, content)
    return made.getvalue()


def docx(*more: tuple[str, bytes | str], types: str = TYPES) -> bytes:
    return archive(("[Content_Types].xml", types), ("word/document.xml", "<w:document/>"), *more)


def xlsx(*more: tuple[str, bytes | str], types: str = TYPES) -> bytes:
    return archive(("[Content_Types].xml", types), ("xl/workbook.xml", "<workbook/>"), *more)


def odf(kind: str, *more: tuple[str, bytes | str], packed: int = ZIP_STORED) -> bytes:
    mimetype = f"application/vnd.oasis.opendocument.{kind}"
    return archive(("mimetype", mimetype), ("content.xml", "<office/>"), *more, packed=packed)


def bomb(size: int = 50_000_000) -> bytes:
    """A DOCX with one entry of zeros, a thousand times smaller."""
    return docx(("word/media/image1.bmp", bytes(size)))


def encrypted_docx() -> bytes:
    """A DOCX whose table of contents says that an entry is encrypted."""
    made = bytearray(docx())
    place = made.rfind(b"PK\x01\x02")
    made[place + 8] |= 1
    return bytes(made)


def overlapping() -> bytes:
    """A DOCX whose table names the same bytes many times, as bombs without a large entry do."""
    made = BytesIO()
    with ZipFile(made, "w", ZIP_STORED) as zipped:
        zipped.writestr("[Content_Types].xml", TYPES)
        zipped.writestr("word/document.xml", bytes(10_000))
        kernel = zipped.getinfo("word/document.xml")
        for n in range(300):
            twin = ZipInfo(f"word/media/{n}.bmp")
            for name in ("header_offset", "compress_size", "file_size", "CRC", "compress_type", "create_version"):
                setattr(twin, name, getattr(kernel, name))
            zipped.filelist.append(twin)
            zipped.NameToInfo[twin.filename] = twin
    return made.getvalue()


def pdf(body: bytes) -> bytes:
    return b"%PDF-1.5\n" + body + b"\n%%EOF\n"


def packed_pdf(objects: bytes, *, name: bytes = b"/ObjStm") -> bytes:
    """A PDF whose objects are packed into a stream."""
    return pdf(
        b"1 0 obj\n<</Type " + name + b" /Filter /FlateDecode>>\nstream\n" + zlib.compress(objects) + b"\nendstream"
    )
