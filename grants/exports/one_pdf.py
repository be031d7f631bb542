"""Many PDFs as one, written as it goes: what several hold alike, typefaces and a logo, stands in it once.

pypdf reads; its own writer, like others, holds every object until the end: 100 kB a letter. Here nothing of a letter
stays but where its objects begin and the digests by which the next one finds them.
"""

import hashlib
import io
from array import array
from typing import IO, Final

from pypdf import PdfReader
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NullObject,
    NumberObject,
    PdfObject,
    TextStringObject,
)

HEAD: Final = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
DIGEST: Final = 16  # bytes


class OnePdf:
    """Begin, `add` each PDF, `close`. The same PDFs give the same bytes."""

    def __init__(self, out: IO[bytes], title: str, language: str = "") -> None:
        """`language`: of all of it, where it is in one."""
        self.out, self.title, self.language = out, title, language
        self.places = array("Q", [0])
        """Object number -> where it begins; 0 is no object."""
        self.known: dict[bytes, int] = {}
        self.pages = array("L")
        self.marks: list[tuple[str, int]] = []
        self.at = 0
        self._say(HEAD)
        self.root, self.outline = self._number(), self._number()

    def add(self, content: bytes, name: str, *, whole_sheets: bool = False) -> None:
        """Its pages under a bookmark. `whole_sheets`: an empty page where it would end on the front of a sheet."""
        reader = PdfReader(io.BytesIO(content))
        done: dict[int, IndirectObject] = {}
        start = len(self.pages)
        for page in reader.pages:
            # Its node of the old tree, through which the whole of the old file would come along.
            page.pop(NameObject("/Parent"), None)
            self._page(DictionaryObject({key: self._kept(value, done) for key, value in page.items()}))
        if whole_sheets and len(reader.pages) % 2:
            size = self._kept(reader.pages[-1].mediabox, done)
            self._page(DictionaryObject({NameObject("/MediaBox"): size, NameObject("/Resources"): DictionaryObject()}))
        self.marks.append((name, self.pages[start]))

    def close(self) -> None:
        kids = ArrayObject(ref(number) for number in self.pages)
        self._write(self.root, named("Pages", Kids=kids, Count=NumberObject(len(kids))))
        self._bookmarks()
        view = named("", DisplayDocTitle=BooleanObject(value=True))
        shown = {"ViewerPreferences": view, "PageMode": NameObject("/UseOutlines")}
        catalog = named("Catalog", Pages=ref(self.root), Outlines=ref(self.outline), **shown)
        if self.language:
            catalog[NameObject("/Lang")] = TextStringObject(self.language)
        top, info = self._number(), self._number()
        self._write(top, catalog)
        self._write(info, named("", Title=TextStringObject(self.title)))
        self._table(named("", Size=NumberObject(len(self.places)), Root=ref(top), Info=ref(info)))

    def _page(self, page: DictionaryObject) -> None:
        page[NameObject("/Type")], page[NameObject("/Parent")] = NameObject("/Page"), ref(self.root)
        number = self._number()
        self._write(number, page)
        self.pages.append(number)

    def _kept(self, value: PdfObject, done: dict[int, IndirectObject]) -> PdfObject:
        """A value with what it leads to written before it, so that equal things are equal bytes."""
        if isinstance(value, IndirectObject):
            if value.idnum not in done:
                found = value.get_object()
                done[value.idnum] = self._once(NullObject() if found is None else self._kept(found, done))
            return done[value.idnum]
        if isinstance(value, DictionaryObject):
            for key, part in value.items():
                value[key] = self._kept(part, done)
        elif isinstance(value, ArrayObject):
            value[:] = [self._kept(part, done) for part in value]
        return value

    def _once(self, value: PdfObject) -> IndirectObject:
        body = written(value)
        digest = hashlib.blake2b(body, digest_size=DIGEST).digest()
        if digest not in self.known:
            self.known[digest] = self._number()
            self._body(self.known[digest], body)
        return ref(self.known[digest])

    def _bookmarks(self) -> None:
        """A line per PDF, in their order."""
        numbers = [self._number() for _mark in self.marks]
        for n, (name, page) in enumerate(self.marks):
            to = ArrayObject([ref(page), NameObject("/Fit")])
            item = named("", Title=TextStringObject(name), Parent=ref(self.outline), Dest=to)
            if n:
                item[NameObject("/Prev")] = ref(numbers[n - 1])
            if n + 1 < len(numbers):
                item[NameObject("/Next")] = ref(numbers[n + 1])
            self._write(numbers[n], item)
        count = NumberObject(len(numbers))
        self._write(self.outline, named("Outlines", First=ref(numbers[0]), Last=ref(numbers[-1]), Count=count))

    def _table(self, trailer: DictionaryObject) -> None:
        """Where each object begins, which is what a reader looks up first."""
        start = self.at
        self._say(b"xref\n0 %d\n0000000000 65535 f \n" % len(self.places))
        for place in self.places[1:]:
            self._say(b"%010d 00000 n \n" % place)
        self._say(b"trailer\n%b\nstartxref\n%d\n%%%%EOF\n" % (written(trailer), start))

    def _number(self) -> int:
        self.places.append(0)
        return len(self.places) - 1

    def _write(self, number: int, value: PdfObject) -> None:
        self._body(number, written(value))

    def _body(self, number: int, body: bytes) -> None:
        self.places[number] = self.at
        self._say(b"%d 0 obj\n%b\nendobj\n" % (number, body))

    def _say(self, text: bytes) -> None:
        self.at += self.out.write(text)


def ref(number: int) -> IndirectObject:
    return IndirectObject(number, 0, None)


def named(kind: str, **parts: PdfObject) -> DictionaryObject:
    """A dictionary of a type, if it has one."""
    given = {"Type": NameObject(f"/{kind}")} if kind else {}
    return DictionaryObject({NameObject(f"/{name}"): part for name, part in (given | parts).items()})


def written(value: PdfObject) -> bytes:
    into = io.BytesIO()
    value.write_to_stream(into)
    return into.getvalue()
