#!/usr/bin/env python3
"""Vérifie un dossier de contrôle de fundadmin, sans le serveur. / Verifies an auditor's pack without the server.

    python3 -I verify_pack.py dossier.zip                        tout recalculer / recompute everything
    python3 -I verify_pack.py nouveau.zip --extends ancien.zip   l'histoire n'a pas été réécrite / not rewritten
    python3 -I verify_pack.py dossier.zip --head 312:9f86d0...   une empreinte notée auparavant / a head noted earlier

Un seul fichier, Python 3.9 ou plus, rien à installer, rien d'écrit. Code de sortie : 0 aucune anomalie, 1 anomalies,
2 illisible. It reads from top to bottom: what is known beforehand, how a pack is read, the whole file and its
digests, the ledger and the events side by side, what must agree in the end, and what is said to whoever runs it.
"""

from __future__ import annotations

import argparse
import csv
import gc
import hashlib
import json
import locale
import os
import re
import struct
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from io import BytesIO
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

# 1. What is known beforehand: the rules of the ledger and of the workflow, written here once more on purpose.

FORMAT = "fundadmin-pack/1"
GENESIS = "fundadmin:ledger:v1:"
ACCOUNTS = ("available", "reserved", "committed", "credited")
ROUTES = {
    "endow": ("endowment", "available"),
    "withdraw_endowment": ("available", "endowment"),
    "reserve": ("available", "reserved"),
    "release": ("reserved", "available"),
    "commit": ("reserved", "committed"),
    "decommit": ("committed", "available"),
    "credit": ("committed", "credited"),
    "uncredit": ("credited", "committed"),
    "reverse": ("credited", "available"),
}
# kind -> the places in ACCOUNTS that its cents leave and come to; the endowment, which is none, stands behind them.
OUTSIDE = len(ACCOUNTS)
PLACE = {name: place for place, name in enumerate(ACCOUNTS)}
PLACES = {kind: (PLACE.get(source, OUTSIDE), PLACE.get(target, OUTSIDE)) for kind, (source, target) in ROUTES.items()}
OF_LINE = RESERVED, COMMITTED, CREDITED_CENTS = PLACE["reserved"], PLACE["committed"], PLACE["credited"]
GRANTED = (COMMITTED, CREDITED_CENTS)
# kind -> what it adds, times its cents, to what its undertaking and its lease have been granted.
GRANTS = {kind: (came in GRANTED) - (left in GRANTED) for kind, (left, came) in PLACES.items()}
WITHOUT_LINE = ("endow", "withdraw_endowment")
UNDOING = ("uncredit", "reverse")
# The four hands of a file, of which a person may have one only.
FILED, ASSESSED, DECIDED, CREDITED = "filed", "assessed", "decided", "credited"
HANDS = {
    "create": FILED,
    "edit": FILED,
    "attach": FILED,
    "submit": FILED,
    "answer": FILED,
    "assess_favourable": ASSESSED,
    "assess_unfavourable": ASSESSED,
    "approve": DECIDED,
    "reject": DECIDED,
    "credit": CREDITED,
}
ROLES = {
    "submit": "advisor",
    "assess_favourable": "assessor",
    "assess_unfavourable": "assessor",
    "approve": "approver",
    "credit": "payer",
}
UNDONE_BY = {"cancel": "cancel_lines", "uncredit": "reverse", "reverse": "reverse"}
AFTER = {"cancel": "cancelled", "uncredit": "approved", "reverse": "reversed"}
SENSES = ("unfavourable", "favourable")
TWO_VISAS = 2
ERASING = ("erase", "discard")
ALIVE = ("claimed", "approved", "credited")
BEFORE_FILING = ("create", "edit", "attach", "discard", "transfer", "hold", "lift_hold")
DATA_PARTS = (
    *("ledger.csv", "events.jsonl", "charters.jsonl", "members.jsonl", "proposals.jsonl", "applications.jsonl"),
    *("lines.jsonl", "assessments.jsonl", "visas.jsonl", "requests.jsonl", "documents.jsonl", "papers.jsonl"),
    *("erasures.jsonl", "people.jsonl", "positions.jsonl", "totals.csv"),
)
LISTED = ("README.fr.txt", "README.en.txt", "verify_pack.py", *DATA_PARTS)
MANIFEST, PAPER, SUMS = "manifest.json", "summary.pdf", "SHA256SUMS"
EVERY_PART = (*LISTED, MANIFEST, PAPER, SUMS)
LEDGER_HEADER = (
    b"number,kind,source,target,amount_cents,event,application,line,charter,value_date,posted_at,reverses,"
    b"available_after,reserved_after,committed_after,credited_after,digest\n"
)
LEDGER_ROW = re.compile(
    rb"([1-9]\d{0,17}),([a-z_]{1,20}),([a-z]{1,10}),([a-z]{1,10}),([1-9]\d{0,17}),([1-9]\d{0,17}),(\d{0,18}),(\d{0,18}),"
    rb"(\d{1,9}),(\d{4}-\d\d-\d\d),(\d{1,12}\.\d{6}),(\d{0,18}),(-?\d{1,18}),(-?\d{1,18}),(-?\d{1,18}),(-?\d{1,18}),"
    rb"([0-9a-f]{64})\n"
)
# How the canonical text of a row is written, of the kinds that name a line and undo nothing.
USUAL = {
    kind: "\n".join(("%d", kind, *route, "%d\n%d\n%d\n%d\n%d\n%b\n%b\n\n%d\n%d\n%d\n%d\n")).encode()
    for kind, route in ROUTES.items()
    if kind not in WITHOUT_LINE + UNDOING
}
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
TOTALS_COLUMNS = ("code", "libellé", "label", "nombre/count", "centimes/cents", "euros")
# No number that the ledger holds is larger.
LARGEST = 10**18
LONGEST_LINE = 1 << 20
# Small enough to be read into the same memory each time.
BLOCK = 1 << 16
LARGEST_READ_AT_ONCE = 16 << 20
MOST_FAULTS = 1_000
# Counted, but told under another name: each visa that is kept is compared with the event that gave it.
SAID_ELSEWHERE = ("visas.jsonl",)

# 2. How a pack is read: a zip whose every byte is accounted for, or a folder it was unpacked into.

LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s6H3L5H2L")
END = struct.Struct("<4s4H2LH")
NAME = re.compile(rb"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*")
ZIP_VERSION, DAY_1980, MADE_ON_UNIX, READABLE = 20, 33, 3 << 8, 0o100644 << 16


class Unreadable(Exception):
    """There is nothing to go on with: no such file, no zip, no manifest."""


class Damaged(Exception):
    """It is a zip, but not as fundadmin writes them."""


class Pack:
    """What a zip and a folder have in common. `places`: part -> the file it is in, where it begins, how long it is."""

    places: dict[str, tuple[Path, int, int]]

    def size(self, name: str) -> int:
        return self.places[name][2]

    def open(self, name: str) -> BinaryIO:
        """The file a part is in, at the part's beginning."""
        path, start, _size = self.places[name]
        file = path.open("rb")
        file.seek(start)
        return file

    def lines(self, name: str) -> Iterator[bytes]:
        """A part line by line, whatever its length, without holding it."""
        left, rest = self.size(name), b""
        with self.open(name) as file:
            while left > 0:
                block = file.read(min(left, BLOCK))
                # Should the file be cut short meanwhile, that is the end.
                left -= len(block) or left
                lines = BytesIO(rest + block).readlines()
                # What has no end yet goes on in the next block, unless it is endless.
                goes_on = left and lines and not lines[-1].endswith(b"\n") and len(lines[-1]) < LONGEST_LINE
                rest = lines.pop() if goes_on else b""
                yield from lines

    def content(self, name: str) -> bytes:
        """The whole of a small part."""
        with self.open(name) as file:
            return file.read(min(self.size(name), LARGEST_READ_AT_ONCE))

    def digests(self, name: str) -> tuple[str, int, int]:
        """SHA-256 and CRC-32 of a part, and how many lines it has, in one reading."""
        sha256, crc, count = hashlib.sha256(), 0, 0
        left = self.size(name)
        with self.open(name) as file:
            while left > 0:
                block = file.read(min(left, BLOCK))
                left -= len(block) or left
                sha256.update(block)
                crc = zlib.crc32(block, crc)
                count += block.count(b"\n")
        return sha256.hexdigest(), crc, count


class Folder(Pack):
    def __init__(self, path: str | Path) -> None:
        self.places = {child.name: (child, 0, child.stat().st_size) for child in sorted(Path(path).iterdir())}


class Archive(Pack):
    """A zip of stored parts. Every header is compared with the one that fundadmin would have written.

    So nothing can lie between the parts, two parts can't share a name, no name leads elsewhere, and nothing unfolds to
    more than it is. Raises Unreadable and Damaged.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.places = {}
        self.crcs: dict[str, int] = {}
        with self.path.open("rb") as file:
            if file.read(4) != b"PK\x03\x04":
                raise Unreadable("no_zip")
            total = os.fstat(file.fileno()).st_size
            central, position = b"", 0
            while len(self.places) < len(EVERY_PART):
                file.seek(position)
                head = file.read(LOCAL.size)
                if head[:4] != b"PK\x03\x04" or len(head) < LOCAL.size:
                    break
                described, position = self._part(file, head, position, total)
                central += described
            file.seek(position)
            count = len(self.places)
            end = END.pack(b"PK\x05\x06", 0, 0, count, count, len(central), position, 0)
            if file.read(len(central) + len(end) + 1) != central + end:
                raise Damaged(f"{position}")

    def _part(self, file: BinaryIO, head: bytes, position: int, total: int) -> tuple[bytes, int]:
        """Note one part. Returns its entry in the list at the zip's end, and where the next part begins."""
        crc, _packed, size, length = LOCAL.unpack(head)[6:10]
        raw = file.read(length)
        name = raw.decode("ascii", "replace")
        expected = LOCAL.pack(b"PK\x03\x04", ZIP_VERSION, 0, 0, 0, DAY_1980, crc, size, size, length, 0)
        start = position + LOCAL.size + length
        if head != expected or not NAME.fullmatch(raw) or name in self.places or start + size > total:
            raise Damaged(f"{position} ({name[:60]!r})")
        self.places[name], self.crcs[name] = (self.path, start, size), crc
        made = (ZIP_VERSION | MADE_ON_UNIX, ZIP_VERSION, 0, 0, 0, DAY_1980)
        entry = CENTRAL.pack(b"PK\x01\x02", *made, crc, size, size, length, 0, 0, 0, 0, READABLE, position)
        return entry + raw, start + size


class Fault(NamedTuple):
    """One thing that is wrong: where, a stable code, and a sentence."""

    where: str
    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.where} : {self.text}"


class Report:
    """What was found and what was looked at. After the first thousand faults they are only counted."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.faults: list[Fault] = []
        self.more = 0
        self.checked: Counter[str] = Counter()
        self.notes: list[str] = []
        self.head: tuple[object, object] = ("?", "?")

    def fault(self, code: str, where: str, **told: object) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(where, code, say(code, self.language, **told)))
        else:
            self.more += 1

    def note(self, code: str, **told: object) -> None:
        self.notes.append(say(code, self.language, **told))


def _no_fraction(text: str) -> None:
    raise ValueError(f"no whole number: {text}")


DECODE = json.JSONDecoder(parse_float=_no_fraction, parse_constant=_no_fraction).raw_decode
NO_ROW = (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError)
Row = dict[str, Any]


def rows(pack: Pack, name: str, report: Report) -> Iterator[Row]:
    """The objects of a part, one per line. A line that is none is a fault, and is left out."""
    for number, line in enumerate(pack.lines(name), 1):
        text = line.decode("utf-8", "replace")
        try:
            row, end = DECODE(text)
        except NO_ROW:
            row, end = None, 0
        if type(row) is dict and text[end:] == "\n":
            yield row
        else:
            report.fault("malformed", f"{name}:{number}")


# 3. The file as a whole: every part is there, none besides, and each has the digest that is listed.


def check_integrity(pack: Pack, report: Report) -> None:
    for name in sorted(set(EVERY_PART) - set(pack.places)):
        report.fault("part_missing", name)
    for name in sorted(set(pack.places) - set(EVERY_PART)):
        report.fault("part_unknown", name)
    digests, counts = {}, {}
    for name in pack.places:
        digests[name], crc, counts[name] = pack.digests(name)
        if isinstance(pack, Archive) and crc != pack.crcs[name]:
            report.fault("crc", name)
    report.checked["parts"] += len(digests)
    listed = [f"{digests[name]}  {name}" for name in EVERY_PART if name in digests and name != SUMS]
    if SUMS in digests and pack.content(SUMS) != ("\n".join(listed) + "\n").encode():
        said = pack.content(SUMS).decode("utf-8", "replace").split("\n")
        differing = [line.partition("  ")[2] for line in listed if line not in said]
        report.fault("sums", SUMS, names=", ".join(differing) or SUMS)
    check_manifest(pack, report, digests, counts)
    if PAPER in digests:
        check_paper(pack, report, digests[MANIFEST])


def check_manifest(pack: Pack, report: Report, digests: dict[str, str], counts: dict[str, int]) -> None:
    parts = manifest_of(pack)["parts"]
    told = {part["name"]: (part["size"], part["sha256"]) for part in parts}
    if [part["name"] for part in parts] != list(LISTED):
        report.fault("manifest_parts", MANIFEST)
    for name in LISTED:
        if name in told and name in digests and told[name] != (pack.size(name), digests[name]):
            report.fault("manifest_digest", name)
    for part in parts:
        if part["name"] in DATA_PARTS and part["name"] in digests:
            found = counts[part["name"]] - part["name"].endswith(".csv")
            if part["rows"] != found:
                report.fault("rows", part["name"], said=part["rows"], found=found)


def check_paper(pack: Pack, report: Report, digest: str) -> None:
    """The paper names the manifest. Its signature is for a PDF reader to check: that takes certificates."""
    content = pack.content(PAPER)
    if f"sha256:{digest}".encode() not in content:
        report.fault("paper", PAPER)
    report.note("signed" if b"/ByteRange" in content else "not_signed")


def manifest_of(pack: Pack) -> Row:
    """Raises Unreadable where it isn't one of ours."""
    try:
        manifest, _end = DECODE(pack.content(MANIFEST).decode())
        parts = [(part["name"], part["size"], part["sha256"], part["rows"]) for part in manifest["parts"]]
        told = (manifest["fund"]["code"], manifest["head"]["digest"], manifest["format"])
        whole = isinstance(manifest["head"]["number"], int) and isinstance(manifest["sums_cents"], dict)
        whole = whole and all(isinstance(text, str) for text in (*told, *(name for name, *_rest in parts)))
    except (OSError, *NO_ROW) as error:
        raise Unreadable("no_manifest") from error
    if not whole or manifest["format"] != FORMAT:
        raise Unreadable("no_manifest")
    return dict(manifest)


# 4. The ledger and the events, side by side: both are in the order in which things were done.


class Entry(NamedTuple):
    """One row of the ledger, as far as it is compared with its event. 0 where there is none."""

    number: int
    kind: str
    cents: int
    event: int
    application: int
    line: int
    charter: int
    day: bytes
    at: bytes
    reverses: int


# What an event should move: (kind, line) -> cents.
Moves = dict[tuple[str, int], int]


class Granted:
    """What an undertaking or a lease has been granted so far, by the ledger, in cents."""

    __slots__ = ("cents",)

    def __init__(self) -> None:
        self.cents = 0


class Line:
    """One month of one component asked for. `now`: its state by the events; `held`: by the ledger, in cents."""

    __slots__ = (
        *("application", "approved", "credit", "group", "held", "key", "lease", "now", "number", "proposed"),
        "state",
    )

    def __init__(self, row: Row, group: Granted, lease: Granted) -> None:
        self.number: int = row["line"]
        self.application: int = row["application"]
        self.group, self.lease = group, lease
        self.key = (row["lease"], sys.intern(row["month"]), sys.intern(row["component"]))
        self.proposed: int | None = row["proposed_cents"]
        self.approved: int | None = row["approved_cents"]
        self.state: str = sys.intern(row["state"])
        self.now = "draft"
        # By the places of the accounts.
        self.held = [0] * (OUTSIDE + 1)
        self.credit = (0, 0)


class File:
    """One application. What ends in `now`, and below it, is by the events alone."""

    __slots__ = (
        *("charter", "charter_now", "erased", "filed_under", "group", "hands", "lines", "now", "opinion"),
        *("rank", "rank_now", "reference", "state", "visas"),
    )

    def __init__(self, row: Row, groups: defaultdict[str, Granted]) -> None:
        self.reference: str = row["reference"]
        self.state: str = row["state"]
        self.rank: int | None = row["rank"]
        self.charter: int = row["charter"]
        self.erased: bool = row["erased_on"] is not None
        # Whose caps and thresholds it counts for; once erased, nobody knows any more.
        group = f"file {row['application']}" if self.erased else row["undertaking"] or row["tenant"]
        self.group = groups[group]
        self.lines: list[Line] = []
        self.now = ""
        self.rank_now: int | None = None
        self.charter_now = self.filed_under = 0
        self.hands: dict[str, str] = {}
        self.opinion: Row = {}
        self.visas: list[tuple[str, Row]] = []


class Book:
    """Follows a fund from its first event to its last, and compares everything on the way."""

    def __init__(self, pack: Pack, report: Report, heads: Sequence[tuple[int, str]] = ()) -> None:
        self.pack, self.report, self.checked = pack, report, report.checked
        manifest = manifest_of(pack)
        self.code, self.head, self.sums = manifest["fund"]["code"], manifest["head"], manifest["sums_cents"]
        self.as_at: str | None = manifest["as_at"] if isinstance(manifest.get("as_at"), str) else None
        self.charters = self.indexed("charters.jsonl", "version")
        self.members: dict[str, list[Row]] = {}
        self.each("members.jsonl", "member", lambda row: self.members.setdefault(row["person"], []).append(row))
        self.files: dict[int, File] = {}
        self.groups: defaultdict[str, Granted] = defaultdict(Granted)
        self.each("applications.jsonl", "application", self.read_file)
        self.leases: defaultdict[str, Granted] = defaultdict(Granted)
        self.lines: dict[int, Line] = {}
        self.each("lines.jsonl", "line", self.read_line)
        self.opinions = Queue(self, "assessments.jsonl", "assessment")
        self.visas = Queue(self, "visas.jsonl", "visa")
        self.erasures = Queue(self, "erasures.jsonl", "event")
        self.requests = self.indexed("requests.jsonl", "request")
        self.proposals = self.indexed("proposals.jsonl", "proposal")
        self.heads: dict[int, list[str]] = {}
        for number, digest in heads:
            self.heads.setdefault(number, []).append(digest)
        self.papers: dict[int, list[int | None]] = {}
        self.each("papers.jsonl", "kind number", self.read_paper)
        self.each("documents.jsonl", "document", lambda row: bytes.fromhex(row["sha256"]))
        self.each("people.jsonl", "pseudonym", lambda row: str(row["name"]))
        self.ledger = pack.lines("ledger.csv")
        # The row that comes next; nothing behind the last one.
        self.row = b""
        self.number, self.digest = 0, hashlib.sha256((GENESIS + self.code).encode()).hexdigest().encode()
        self.day = b""
        self.balances = [0] * OUTSIDE
        self.months: dict[str, tuple[str, int, list[int], str]] = {}
        self.kinds: dict[str, list[int]] = {kind: [0, 0] for kind in ROUTES}
        self.fund_now, self.version, self.event, self.last_event = "", 0, 0, 0
        self.declared: dict[int, int] = {}
        self.held: dict[tuple[str, str, str], list[int | None]] = {}

    # Reading the parts that are held while the others are followed.

    def each(self, name: str, key: str, handle: Any) -> None:
        """Hand every row of a part on. One that isn't as it should be, or comes again, is a fault, never the end."""
        number, key_of, seen = 0, itemgetter(*key.split()), set()
        for number, row in enumerate(rows(self.pack, name, self.report), 1):
            try:
                if key_of(row) in seen:
                    self.report.fault("again", f"{name}:{number}")
                    continue
                seen.add(key_of(row))
                handle(row)
            except NO_ROW:
                self.report.fault("malformed", f"{name}:{number}")
        self.checked[name] += number

    def indexed(self, name: str, key: str) -> dict[int, Row]:
        found: dict[int, Row] = {}
        self.each(name, key, lambda row: found.update({int(row[key]): row}))
        return found

    def read_file(self, row: Row) -> None:
        self.files[row["application"]] = File(row, self.groups)

    def read_line(self, row: Row) -> None:
        file = self.files.get(row["application"])
        line = Line(row, Granted() if file is None else file.group, self.leases[row["lease"]])
        self.lines[line.number] = line
        if file is not None:
            file.lines.append(line)
        else:
            self.report.fault("line_of_nobody", f"lines.jsonl: line {line.number}")

    def read_paper(self, row: Row) -> None:
        if row["event"] is not None:
            self.papers.setdefault(row["event"], []).append(row["application"])
        if row["head_number"] is not None:
            self.heads.setdefault(row["head_number"], []).append(row["head_digest"])

    # The chain.

    def as_foretold(self, event: Row, expected: Moves, charter: int, day: bytes, at: bytes) -> int:
        """Take the rows that are, byte by byte, what must come next, as most are. How many.

        Any other is for `taken_apart`: also one of a new day, without a line, or that undoes a credit.
        """
        before, number_of_event, application = self.number, event["id"], event["application"]
        for (kind, name), cents in expected.items():
            line = self.lines.get(name)
            if kind not in USUAL or line is None or line.application != application or day != self.day:
                break
            left, came = PLACES[kind]
            after = self.balances.copy()
            after[left] -= cents
            after[came] += cents
            # Nothing, less than nothing and more than there is can be written as they must be, too.
            if cents <= 0 or after[left] < 0:
                break
            number = self.number + 1
            text = USUAL[kind] % (number, cents, number_of_event, application, name, charter, day, at, *after)
            digest = chained(text, self.digest)
            if self.row != text.replace(b"\n", b",") + digest + b"\n":
                break
            self.number, self.digest, self.balances = number, digest, after
            self.row = next(self.ledger, b"")
            if number in self.heads:
                self.check_heads()
            self.count(kind, cents)
            self.move_line(line, kind, cents, number, 0)
        return self.number - before

    def entries(self, last: int) -> Iterator[Entry]:
        """The rows that follow, of the events up to this one, with all that is wrong with each."""
        while self.row:
            match, entry = LEDGER_ROW.fullmatch(self.row), None
            if match is None:
                self.report.fault("malformed", f"ledger.csv:{self.number + 2}")
            elif int(match[6]) > last:
                return
            else:
                entry = self.taken_apart(match.groups())
            self.row = next(self.ledger, b"")
            if entry is not None:
                yield entry

    def taken_apart(self, fields: Sequence[bytes]) -> Entry:
        """A row, once its number, digest, route, balances, ceiling and date are checked."""
        number, kind, cents, day = int(fields[0]), fields[1].decode(), int(fields[4]), fields[9]
        if number != self.number + 1:
            self.report.fault("number", f"ledger.csv: {number}", previous=self.number)
        if day != self.day:
            self.note_position()
            if day < self.day:
                told = {"day": day.decode(), "before": self.day.decode()}
                self.report.fault("value_date", f"ledger.csv: {number}", **told)
            self.day = day
        if chained(self.row[:-65].replace(b",", b"\n"), self.digest) != fields[16]:
            self.report.fault("digest", f"ledger.csv: {number}")
        self.number, self.digest = number, fields[16]
        self.check_balances(fields, kind, cents)
        if number in self.heads:
            self.check_heads()
        return Entry(
            *(number, kind, cents, int(fields[5]), int(fields[6] or 0), int(fields[7] or 0)),
            *(int(fields[8]), day, fields[10], int(fields[11] or 0)),
        )

    def count(self, kind: str, cents: int) -> None:
        counted = self.kinds[kind]
        counted[0] += 1
        counted[1] += cents

    def check_balances(self, fields: Sequence[bytes], kind: str, cents: int) -> None:
        """What the row leaves in each account follows from the row before; nothing goes below zero."""
        expected = [*self.balances, 0]
        if ROUTES.get(kind) == (fields[2].decode(), fields[3].decode()):
            left, came = PLACES[kind]
            expected[left] -= cents
            expected[came] += cents
            self.count(kind, cents)
        else:
            self.wrong_entry("route", kind=kind)
        after = [int(cents) for cents in fields[12:16]]
        if after != expected[:OUTSIDE]:
            self.wrong_entry("balance", says=after, expected=expected[:OUTSIDE])
        self.balances = after
        if min(after) < 0:
            self.wrong_entry("below_zero", says=after)
        lineless = kind in WITHOUT_LINE
        if lineless == (fields[6] != b"") or lineless == (fields[7] != b""):
            self.wrong_entry("line_named")
        if (kind in UNDOING) != (fields[11] != b""):
            self.wrong_entry("reverses")
        if kind == "endow":
            ceiling = self.charters.get(int(fields[8]), {}).get("ceiling_cents", 0)
            self.checked["ceilings"] += 1
            if sum(after) > ceiling:
                self.wrong_entry("ceiling", endowed=euros(sum(after)), ceiling=euros(ceiling))

    def wrong_entry(self, code: str, **told: object) -> None:
        """A fault of the entry that was just read."""
        self.report.fault(code, f"ledger.csv: {self.number}", **told)

    def note_position(self) -> None:
        """What positions.jsonl says of the end of each month, from the ledger."""
        if self.number:
            day = self.day.decode()
            self.months[day[:7]] = (day, self.number, self.balances, self.digest.decode())

    def check_heads(self) -> None:
        """The heads that were issued earlier: on papers, or noted by whoever runs this."""
        for digest in self.heads.pop(self.number, ()):
            self.checked["heads"] += 1
            if digest != self.digest.decode():
                self.report.fault("head", f"ledger.csv: {self.number}")

    # The events.

    def follow(self) -> None:
        """Each event with the ledger rows that name it."""
        if next(self.ledger, b"") != LEDGER_HEADER:
            self.report.fault("malformed", "ledger.csv:1")
        self.check_heads()
        self.row = next(self.ledger, b"")
        for event in rows(self.pack, "events.jsonl", self.report):
            try:
                self.happen(event)
            except NO_ROW:
                self.report.fault("malformed", f"events.jsonl: {event.get('id')}")
        for entry in self.entries(last=LARGEST):
            self.eventless(entry)
        self.note_position()

    def eventless(self, entry: Entry) -> None:
        self.report.fault("no_event", f"ledger.csv: {entry.number}", event=entry.event)

    def happen(self, event: Row) -> None:
        number, action = event["id"], event["action"]
        self.event = number
        self.check_order(event)
        self.checked["events.jsonl"] += 1
        if action in ERASING or self.erasures.row is not None:
            self.check_erasure(event)
        if number in self.papers:
            self.check_papers(event)
        if event["application"] is None:
            expected = self.of_fund(event)
        elif event["application"] in self.files:
            expected = self.of_file(event, self.files[event["application"]])
        else:
            expected = {}
            if action not in BEFORE_FILING:
                self.wrong("unfiled", action=action)
        if 0 in expected.values():
            expected = {move: cents for move, cents in expected.items() if cents}
        if expected:
            self.check_moves(event, expected)

    def check_order(self, event: Row) -> None:
        """After the event before it, and of no day after it was recorded, or after the pack's."""
        number, day = event["id"], event["on"]
        if number <= self.last_event:
            self.wrong("event_order")
        self.last_event = number
        if day > event["at"][:10] and day > day_in_paris(event["at"]):
            self.wrong("future", day=day)
        if self.as_at is not None and day > self.as_at:
            self.wrong("after_as_at", day=day)

    def check_papers(self, event: Row) -> None:
        """The papers printed of an event are of the file that it is about."""
        if any(application != event["application"] for application in self.papers.pop(event["id"])):
            self.wrong("paper_event")

    def wrong(self, code: str, **told: object) -> None:
        """A fault of the event that is being followed."""
        self.report.fault(code, f"events.jsonl: {self.event}", **told)

    def check_moves(self, event: Row, expected: Moves) -> None:
        """The rows that come next move what an event says, of the file it is about, on its day, at its instant."""
        file = self.files.get(event["application"])
        charter = self.version if file is None else file.charter_now
        day, at = event["on"].encode(), epoch(event["at"])
        foretold = self.as_foretold(event, expected, charter, day, at)
        self.checked["moves"] += foretold
        if foretold < len(expected):
            found = dict(islice(expected.items(), foretold))
            self.check_entries(event, found, charter, day, at)
            if found != expected:
                self.wrong("moves", found=in_words(found), expected=in_words(expected))

    def check_entries(self, event: Row, found: Moves, charter: int, day: bytes, at: bytes) -> None:
        """Add what the other rows of an event move, and tell what of theirs isn't as it says."""
        for entry in self.entries(last=event["id"]):
            if entry.event != event["id"]:
                self.eventless(entry)
                continue
            self.checked["moves"] += 1
            where, move = f"ledger.csv: {entry.number}", (entry.kind, entry.line)
            found[move] = found.get(move, 0) + entry.cents
            application = event["application"] if entry.line else 0
            if (entry.at, entry.day, entry.application) != (at, day, application):
                self.report.fault("entry_disagrees", where, event=entry.event)
            if entry.charter != charter:
                self.report.fault("entry_charter", where, said=entry.charter, version=charter)
            line = self.lines.get(entry.line)
            if line is not None and line.application == entry.application:
                self.move_line(line, entry.kind, entry.cents, entry.number, entry.reverses)
            elif entry.line:
                self.report.fault("unknown_line", where, line=entry.line)

    def move_line(self, line: Line, kind: str, cents: int, number: int, reverses: int) -> None:
        """What the ledger holds for a line, and which credit an undoing names."""
        left, came = PLACES[kind]
        line.held[left] -= cents
        line.held[came] += cents
        if left in OF_LINE and line.held[left] < 0:
            self.report.fault("line_below_zero", f"ledger.csv: {number}", line=line.number)
        if GRANTS[kind]:
            line.group.cents += GRANTS[kind] * cents
            line.lease.cents += GRANTS[kind] * cents
        if kind == "credit":
            line.credit = (number, cents)
        elif reverses:
            if line.credit != (reverses, cents):
                self.report.fault("reverses", f"ledger.csv: {number}")
            line.credit = (0, 0)

    def check_erasure(self, event: Row) -> None:
        """Details that are no longer there were erased by an event that says so, and comes later."""
        number = event["id"]
        if event["action"] in ERASING:
            self.declared.pop(number, None)
        erasure = self.erasures.take_if(number)
        if erasure is None:
            return
        self.checked["erased"] += 1
        by, day = erasure["by_event"], erasure["on"]
        if not event["detail"] or by is None or erasure["application"] != event["application"]:
            self.wrong("erasure")
        elif by > number and (self.as_at is None or day <= self.as_at):
            self.declared[by] = number

    # What an event of the fund itself does. Each returns the money it should move: (kind, line) -> cents.

    def of_fund(self, event: Row) -> Moves:
        action, data = event["action"], event["data"]
        if event["to"]:
            if event["from"] != self.fund_now:
                self.wrong("state", was=self.fund_now, said=event["from"])
            self.fund_now = event["to"]
        if action in ("open", "amend"):
            self.version = data["version"]
        if action == "propose":
            return {}
        if "proposal" in data:
            self.settle(event, self.proposals.get(data["proposal"]), "proposed_by")
        if action in ("open", "endow"):
            return {("endow", 0): data["amount_cents"] or 0}
        if action == "withdraw_endowment":
            return {("withdraw_endowment", 0): data["amount_cents"]}
        if action == "close":
            return {("withdraw_endowment", 0): data["returned_cents"]}
        return {}

    def settle(self, event: Row, asked: Row | None, asked_by: str) -> None:
        """What one person asked, another settles."""
        self.checked["two_people"] += 1
        refused = event["action"] in ("refuse", "refuse_request")
        state = "refused" if refused else "confirmed"
        said = (event["by"], event["on"], state)
        if asked is None or (asked["settled_by"], asked["settled_on"], asked["state"]) != said:
            self.wrong("unasked")
            return
        asked["seen"] = True
        if asked[asked_by] == event["by"]:
            self.wrong("same_person", person=event["by"])

    # What an event of an application does.

    def of_file(self, event: Row, file: File) -> Moves:
        action, by = event["action"], event["by"]
        hand = HANDS.get(action)
        if hand is not None:
            other = file.hands.setdefault(by, hand)
            self.checked["hands"] += 1
            if other != hand:
                self.wrong("four_eyes", file=file.reference, person=by, hand=hand, other=other)
        role = ROLES.get(action)
        if role is not None:
            self.check_role(event, role)
        was = file.now
        if event["to"]:
            if event["from"] != was:
                self.wrong("state", was=was, said=event["from"])
            file.now = event["to"]
        effect = EFFECTS.get(action)
        expected = effect(self, event, file) if effect else {}
        if was == "eligible" and file.now != "eligible":
            # Back among those that wait it needs another opinion.
            file.opinion, file.visas = {}, []
        if self.fund_now == "closed":
            freed = sum(cents for (kind, _line), cents in expected.items() if kind in FREEING)
            expected["withdraw_endowment", 0] = freed
        return expected

    def check_role(self, event: Row, role: str) -> None:
        """Whoever acts holds the role that day; an approver within their delegation."""
        self.checked["roles"] += 1
        asked = (event["by"], role, event["on"])
        if asked not in self.held:
            rows_ = self.members.get(event["by"], ())
            self.held[asked] = [row["limit_cents"] for row in rows_ if row["role"] == role and counts_on(row, asked[2])]
        limits = self.held[asked]
        if not limits:
            self.wrong("role", person=event["by"], role=role, day=event["on"])
        if role == "approver" and any(limits):
            limit = min(cents for cents in limits if cents)
            if event["data"]["approved_cents"] > limit:
                self.wrong("delegation", person=event["by"], limit=euros(limit))

    def submit(self, event: Row, file: File) -> Moves:
        file.charter_now = file.filed_under = event["data"]["charter"]
        file.rank_now = event["data"]["rank"]
        if file.charter_now not in self.charters:
            self.wrong("no_charter", version=file.charter_now)
        for line in file.lines:
            line.now = "claimed"
        return {}

    def reopen(self, event: Row, file: File) -> Moves:
        file.charter_now, file.rank_now = file.filed_under, event["data"]["rank"]
        for line in file.lines:
            if line.now in ("declined", "cancelled"):
                line.now = "claimed"
        return {}

    def apply_version(self, event: Row, file: File) -> Moves:
        file.charter_now = event["data"]["to"]
        return {}

    def new_rank(self, event: Row, file: File) -> Moves:
        file.rank_now = event["data"]["rank"]
        return {}

    def assess(self, event: Row, file: File) -> Moves:
        """The opinion is the one that is kept; a favourable one reserves what it proposes, unless the fund is short."""
        opinion = self.opinions.take(event["data"]["assessment"])
        said = (opinion.get("application"), opinion.get("by"), opinion.get("on"))
        favourable = event["action"] == "assess_favourable"
        sense = (opinion.get("opinion"), opinion.get("charter"))
        if said != (event["application"], event["by"], event["on"]) or sense != (SENSES[favourable], file.charter_now):
            self.wrong("opinion")
        file.opinion, file.visas = opinion, []
        if not favourable or event["data"]["shortfall_cents"]:
            return {}
        return {("reserve", int(line)): cents for line, cents in opinion["amounts"].items()}

    def approve(self, event: Row, file: File) -> Moves:
        data, amounts = event["data"], event["data"]["amounts"]
        visa = self.visas.take_next()
        said = (visa.get("application"), visa.get("assessment"), visa.get("by"), visa.get("on"), visa.get("amounts"))
        if said != (event["application"], data["assessment"], event["by"], event["on"], amounts):
            self.wrong("visa")
        if data["assessment"] != file.opinion.get("assessment") or not within(amounts, file.opinion.get("amounts", {})):
            self.wrong("visa_opinion")
        givers = [by for by, _amounts in file.visas]
        if event["by"] in givers:
            self.wrong("same_person", person=event["by"])
        if any(before != amounts for _by, before in file.visas) or data["visas"] != len(givers) + 1:
            self.wrong("visa")
        file.visas.append((event["by"], amounts))
        self.checked["visas"] += 1
        if file.now != "approved":
            return {}
        total = sum(amounts.values())
        self.check_grant(file, total)
        if total != data["approved_cents"]:
            self.wrong("visa")
        moves: Moves = {}
        for name, cents in amounts.items():
            line = self.lines[int(name)]
            line.now = "approved" if cents else "declined"
            moves["commit", line.number] = cents
            moves["release", line.number] = line.held[RESERVED] - cents
        return moves

    def check_grant(self, file: File, cents: int) -> None:
        """The second visa above the threshold, and the charter's caps, on all that the undertaking has in the fund."""
        terms = self.charters.get(file.charter_now, {})
        total = file.group.cents + cents
        threshold, cap = terms.get("second_visa_threshold_cents"), terms.get("cap_per_siren_cents")
        self.checked["grants"] += 1
        if threshold is not None and total > threshold and len(file.visas) < TWO_VISAS:
            self.wrong("one_visa", file=file.reference, total=euros(total), threshold=euros(threshold))
        if cap is not None and total > cap:
            self.wrong("cap", file=file.reference, total=euros(total), cap=euros(cap))
        cap = terms.get("cap_per_lease_cents")
        if cap is not None:
            self.check_leases(file, cap)

    def check_leases(self, file: File, cap: int) -> None:
        """What each lease has in the fund, with what is granted now, stays within the charter's cap."""
        of_leases: dict[Granted, int] = {}
        for name, cents in file.visas[-1][1].items():
            lease = self.lines[int(name)].lease
            of_leases[lease] = of_leases.get(lease, lease.cents) + cents
        for total in of_leases.values():
            if total > cap:
                self.wrong("cap", file=file.reference, total=euros(total), cap=euros(cap))

    def release(self, _event: Row, file: File) -> Moves:
        """Sent back, expired: what is reserved is available again."""
        return {("release", line.number): line.held[RESERVED] for line in file.lines}

    def end(self, event: Row, file: File) -> Moves:
        """Rejected, withdrawn, lapsed: nothing is held any more, and no month is claimed."""
        moves = self.release(event, file)
        for line in file.lines:
            if line.now in ("claimed", "approved"):
                line.now = "declined" if event["action"] == "reject" else "cancelled"
            if event["action"] == "withdraw":
                moves["decommit", line.number] = line.held[COMMITTED]
        return moves

    def credit(self, event: Row, file: File) -> Moves:
        moves: Moves = {}
        for number in event["data"]["lines"]:
            line = self.lines[number]
            if line.now != "approved" or line not in file.lines:
                self.wrong("line_state", line=number, now=line.now, said="approved")
            line.now = "credited"
            moves["credit", number] = line.held[COMMITTED]
        return moves

    def ask(self, event: Row, _file: File) -> Moves:
        asked = self.requests.get(event["data"]["request"], {})
        said = (asked.get("application"), asked.get("asked_by"), asked.get("asked_on"), asked.get("lines"))
        if said != (event["application"], event["by"], event["on"], sorted(event["data"]["lines"])):
            self.wrong("request")
        else:
            asked["asked"] = True
        return {}

    def refuse(self, event: Row, _file: File) -> Moves:
        self.settle(event, self.requests.get(event["data"]["request"]), "asked_by")
        return {}

    def undo(self, event: Row, file: File) -> Moves:
        """A confirmed request: cancelled, uncredited or reversed lines."""
        data = event["data"]
        asked = self.requests.get(data["request"])
        self.settle(event, asked, "asked_by")
        kind = data["kind"]
        if asked is None or (asked["kind"], asked["lines"]) != (kind, sorted(data["lines"])):
            self.wrong("request")
        if UNDONE_BY[kind] != event["action"]:
            self.wrong("request")
        moves: Moves = {}
        for number in data["lines"]:
            line = self.lines[number]
            needed = "approved" if kind == "cancel" else "credited"
            if line.now != needed or line not in file.lines:
                self.wrong("line_state", line=number, now=line.now, said=needed)
            line.now = AFTER[kind]
            account = COMMITTED if kind == "cancel" else CREDITED_CENTS
            moves["decommit" if kind == "cancel" else kind, number] = line.held[account]
        return moves


FREEING = ("release", "decommit", "reverse")
EFFECTS = {
    "submit": Book.submit,
    "reopen": Book.reopen,
    "apply_new_version": Book.apply_version,
    "lapse_offer": Book.new_rank,
    "assess_favourable": Book.assess,
    "assess_unfavourable": Book.assess,
    "approve": Book.approve,
    "send_back": Book.release,
    "expire": Book.release,
    "reject": Book.end,
    "withdraw": Book.end,
    "lapse": Book.end,
    "credit": Book.credit,
    "ask_cancel_lines": Book.ask,
    "ask_reverse": Book.ask,
    "cancel_lines": Book.undo,
    "reverse": Book.undo,
    "refuse_request": Book.refuse,
}


class Queue:
    """A part whose rows are in the order of the events that made them: read along, never held."""

    def __init__(self, book: Book, name: str, key: str) -> None:
        self.book, self.name, self.key = book, name, key
        self.rows = rows(book.pack, name, book.report)
        self.row = next(self.rows, None)

    def take_next(self) -> Row:
        """The next row; an empty one where there is none."""
        taken = self.row
        if taken is None:
            return {}
        self.row = next(self.rows, None)
        self.book.report.checked[self.name] += 1
        return taken

    def take(self, number: int) -> Row:
        """The row of this number; those before it were made by no event."""
        while self.row is not None and self.row[self.key] < number:
            self.orphan()
        return self.take_if(number) or {}

    def take_if(self, number: int) -> Row | None:
        return self.take_next() if self.row is not None and self.row[self.key] == number else None

    def orphan(self) -> None:
        row = self.take_next()
        self.book.report.fault("orphan", f"{self.name}: {row.get(self.key)}")

    def end(self) -> None:
        while self.row is not None:
            self.orphan()


def chained(text: bytes, digest: bytes) -> bytes:
    """The digest of a row: of its canonical text, its fields with a line break behind each, and of the row before."""
    return hashlib.sha256(text + digest).hexdigest().encode()


def within(amounts: Row, most: Row) -> bool:
    return amounts.keys() == most.keys() and all(0 <= cents <= most[line] for line, cents in amounts.items())


def counts_on(member: Row, day: str) -> bool:
    """Whether a membership gives its role on a day."""
    begun = member["confirmed_on"] <= day and member["starts_on"] <= day
    return bool(begun and (member["ends_on"] is None or day <= member["ends_on"]))


def epoch(at: str) -> bytes:
    """An instant as the ledger hashes it: whole seconds since 1970 and six decimals, without a float."""
    since = datetime.fromisoformat(at) - EPOCH
    return b"%d.%06d" % (since.days * 86_400 + since.seconds, since.microseconds)


def day_in_paris(at: str) -> str:
    """The latest day that it is in Paris at an instant told in UTC: two hours on, in summer."""
    return (datetime.fromisoformat(at) + timedelta(hours=2)).date().isoformat()


def euros(cents: int) -> str:
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole:,}".replace(",", " ") + f",{rest:02d} EUR"


def in_words(moves: Moves) -> str:
    """Some movements, for a sentence."""
    shown = 6
    told = [f"{kind} {euros(cents)}" + (f" (line {line})" if line else "") for (kind, line), cents in moves.items()]
    return ", ".join(sorted(told)[:shown]) + (", ..." if len(told) > shown else "") or "-"


# 5. What must agree in the end: how things stand, with how they came to be so.


def check_end(book: Book) -> None:
    for queue in (book.opinions, book.visas, book.erasures):
        queue.end()
    for number in book.declared.values():
        book.report.fault("erasure", f"events.jsonl: {number}")
    for number in book.charters:
        if number > book.version:
            book.report.fault("no_charter", f"charters.jsonl: {number}", version=number)
    for number in book.papers:
        book.report.fault("paper_event", f"events.jsonl: {number}")
    for number, digests in book.heads.items():
        for _digest in digests:
            book.report.fault("head", f"ledger.csv: {number}")
    check_settled(book)
    check_head(book)
    check_files(book)
    check_lines(book)
    check_positions(book)
    check_totals(book)


def check_settled(book: Book) -> None:
    """Every request was made by an event, and whatever isn't open any more was settled by one."""
    for number, row in book.requests.items():
        if "asked" not in row or ("seen" in row) != (row["state"] != "open"):
            book.report.fault("request", f"requests.jsonl: {number}")
    for number, row in book.proposals.items():
        if ("seen" in row) != (row["state"] != "open"):
            book.report.fault("unasked", f"proposals.jsonl: {number}")


def check_head(book: Book) -> None:
    if (book.head["number"], book.head["digest"]) != (book.number, book.digest.decode()):
        book.report.fault("last_entry", MANIFEST, said=book.head["number"], number=book.number)
    sums = {"endowed": sum(book.balances), **dict(zip(ACCOUNTS, book.balances))}
    if book.sums != sums:
        book.report.fault("sums_cents", MANIFEST)


def check_files(book: Book) -> None:
    ranks: dict[int, str] = {}
    for number, file in book.files.items():
        where = f"applications.jsonl: {number}"
        if file.state != file.now:
            book.report.fault("state_disagrees", where, file=file.reference, said=file.state, now=file.now)
        if (file.rank, file.charter) != (file.rank_now, file.charter_now):
            book.report.fault("rank", where, file=file.reference)
        if file.rank is not None and ranks.setdefault(file.rank, file.reference) != file.reference:
            book.report.fault("rank", where, file=file.reference)


def check_lines(book: Book) -> None:
    """A line holds what its state says, and no month of a component of a lease is relieved twice."""
    months: dict[tuple[str, str, str], int] = {}
    for number, line in book.lines.items():
        file = book.files.get(line.application)
        if file is None:
            continue
        if line.state != line.now:
            book.report.fault("line_state", f"lines.jsonl: {number}", line=number, now=line.now, said=line.state)
        expected = [
            line.proposed or 0 if line.state == "claimed" and file.state == "eligible" else 0,
            line.approved or 0 if line.state == "approved" else 0,
            line.approved or 0 if line.state == "credited" else 0,
        ]
        held = line.held[RESERVED:OUTSIDE]
        if held != expected:
            book.report.fault("line_disagrees", f"lines.jsonl: {number}", ledger=held, line=expected)
        if line.state in ALIVE:
            book.report.checked["months"] += 1
            if months.setdefault(line.key, number) != number:
                told = {"month": line.key[1], "other": months[line.key]}
                book.report.fault("month_twice", f"lines.jsonl: {number}", **told)


def check_positions(book: Book) -> None:
    said = {}
    for row in rows(book.pack, "positions.jsonl", book.report):
        balances = [row.get(f"{account}_cents") for account in ACCOUNTS]
        month = str(row.get("day"))[:7]
        if month in said:
            book.report.fault("again", f"positions.jsonl: {row.get('day')}")
        said[month] = (row.get("day"), row.get("number"), balances, row.get("digest"))
        if row.get("endowed_cents") != sum(cents for cents in balances if isinstance(cents, int)):
            book.report.fault("position", f"positions.jsonl: {row.get('day')}")
    for month in sorted(said.keys() | book.months.keys()):
        book.report.checked["positions.jsonl"] += 1
        if said.get(month) != book.months.get(month):
            book.report.fault("position", f"positions.jsonl: {month}")


def check_totals(book: Book) -> None:
    """The sheet says what the ledger and the lines come to."""
    expected: dict[str, tuple[str, str]] = {"account:endowed": ("", str(sum(book.balances)))}
    expected.update({f"account:{name}": ("", str(cents)) for name, cents in zip(ACCOUNTS, book.balances)})
    expected.update({f"kind:{kind}": (str(count), str(cents)) for kind, (count, cents) in book.kinds.items()})
    counted: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for line in book.lines.values():
        of_state = counted[line.state]
        of_state[0] += 1
        of_state[1] += line.approved or 0
    expected.update({f"lines:{state}": (str(count), str(cents)) for state, (count, cents) in counted.items()})
    text = (line.decode("utf-8", "replace") for line in book.pack.lines("totals.csv"))
    sheet = list(csv.reader(text, delimiter=";"))[1:]
    said = {row[0]: (row[3], row[4]) for row in sheet if len(row) == len(TOTALS_COLUMNS)}
    book.report.checked["totals.csv"] += len(sheet)
    if said != expected or len(sheet) != len(expected):
        wrong = sorted(name for name in said.keys() | expected.keys() if said.get(name) != expected.get(name))
        book.report.fault("totals", "totals.csv", names=", ".join(wrong))


# 6. A later pack continues an earlier one.


def check_extends(new: Pack, old: Pack, report: Report) -> None:
    """The earlier ledger is the beginning of the later one, and every earlier event is there unchanged."""
    before, after = manifest_of(old), manifest_of(new)
    if before["fund"]["code"] != after["fund"]["code"]:
        report.fault("other_fund", MANIFEST, fund=before["fund"]["code"])
        return
    lines = new.lines("ledger.csv")
    for number, line in enumerate(old.lines("ledger.csv")):
        report.checked["extends_ledger"] += 1
        if next(lines, b"") != line:
            report.fault("rewritten", f"ledger.csv: {number}")
            return
    check_old_events(new, old, report, before.get("as_at"))
    list_erasures(new, old, report)


def check_old_events(new: Pack, old: Pack, report: Report, as_at: str | None) -> None:
    """Between them there is nothing new, but what came after the day as at which the earlier pack tells."""
    events = rows(new, "events.jsonl", report)
    for event in rows(old, "events.jsonl", report):
        report.checked["extends_events"] += 1
        for later in events:
            if later == event:
                break
            inserted = as_at is None or str(later.get("on")) <= as_at
            if inserted or later.get("id") == event.get("id"):
                report.fault("rewritten", f"events.jsonl: {later.get('id')}")
                return
        else:
            report.fault("rewritten", f"events.jsonl: {event.get('id')}")
            return


def list_erasures(new: Pack, old: Pack, report: Report) -> None:
    """What was erased since: accepted, because it is declared, and said."""
    known = {row.get("event") for row in rows(old, "erasures.jsonl", report)}
    since: dict[Any, list[Any]] = {}
    for row in rows(new, "erasures.jsonl", report):
        if row.get("event") not in known:
            since.setdefault((row.get("application"), row.get("on")), []).append(row.get("event"))
    for (application, day), events in since.items():
        report.note("erased_since", application=application, day=day, count=len(events))


# 7. What is said.


def check(pack: Pack, language: str, heads: Sequence[tuple[int, str]] = ()) -> Report:
    """All that a pack's parts must say of each other. The file as a whole is `check_integrity`'s."""
    report = Report(language)
    missing = [name for name in DATA_PARTS if name not in pack.places]
    for name in missing:
        report.fault("part_missing", name)
    if not missing:
        book = Book(pack, report, heads)
        book.follow()
        check_end(book)
        report.head = (book.number, book.digest.decode())
    return report


def verify(path: str, language: str, extends: str = "", heads: Sequence[tuple[int, str]] = ()) -> Report:
    """Raises Unreadable and OSError where there is nothing to verify."""
    # Hundreds of thousands of rows and no cycles: looking for some would only take time.
    gc.disable()
    try:
        return verify_both(path, language, extends, heads)
    except Damaged as damage:
        report = Report(language)
        report.fault("zip", path, at=damage)
        return report
    finally:
        gc.enable()


def verify_both(path: str, language: str, extends: str, heads: Sequence[tuple[int, str]]) -> Report:
    """A pack, and whether it extends another one."""
    pack, whole = opened(path), Report(language)
    check_integrity(pack, whole)
    report = check(pack, language, heads)
    report.faults = whole.faults + report.faults
    report.checked = whole.checked + report.checked
    report.notes = whole.notes + report.notes
    if extends:
        old = opened(extends)
        check_integrity(old, report)
        check_extends(pack, old, report)
    return report


def opened(path: str) -> Pack:
    pack = Folder(path) if Path(path).is_dir() else Archive(path)
    if MANIFEST not in pack.places:
        raise Unreadable("no_manifest")
    return pack


def head(text: str) -> tuple[int, str]:
    found = re.fullmatch(r"(\d{1,18}):([0-9a-f]{64})", text)
    if found is None:
        raise argparse.ArgumentTypeError("312:9f86d081884c7d65...")
    return int(found[1]), found[2]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pack", metavar="dossier.zip")
    parser.add_argument("--extends", metavar="ancien.zip", default="")
    parser.add_argument("--head", metavar="N:EMPREINTE", type=head, action="append", default=[])
    parser.add_argument("--lang", choices=("fr", "en"), default=spoken())
    asked = parser.parse_args(arguments)
    try:
        report = verify(asked.pack, asked.lang, asked.extends, asked.head)
    except Unreadable as error:
        print(say(str(error), asked.lang), file=sys.stderr)
        return 2
    except OSError as error:
        print(error, file=sys.stderr)
        return 2
    show(report)
    return 1 if report.faults else 0


def spoken() -> str:
    """French, unless the computer says English."""
    told = os.environ.get("LC_ALL") or os.environ.get("LANG") or locale.getlocale()[0] or ""
    return "en" if told.lower().startswith("en") else "fr"


def show(report: Report) -> None:
    """What is wrong comes first; what was gone through is only called checked where nothing is."""
    language = report.language
    if report.faults:
        show_faults(report)
    print(say("gone_through" if report.faults else "checked", language))
    for what, number in report.checked.items():
        if what not in SAID_ELSEWHERE:
            print(f"  {number:>9,}  ".replace(",", " ") + say(f"count {what}", language))
    for note in report.notes:
        print(f"- {note}")
    if not report.faults:
        print(say("no_fault", language))
    print(say("not_whole" if report.faults else "limits", language, number=report.head[0], digest=report.head[1]))


def show_faults(report: Report) -> None:
    print(say("faults", report.language, count=len(report.faults) + report.more))
    for fault in report.faults:
        print(f"  {fault} [{fault.code}]")
    if report.more:
        print(say("more", report.language, count=report.more))


def say(code: str, language: str, **told: object) -> str:
    return TEXTS[code][language == "en"].format(**told)


TEXTS = {
    # Unreadable.
    "no_zip": ("Ce fichier n’est pas un zip.", "This file is no zip."),
    "no_manifest": (
        "Ce n’est pas un dossier de contrôle de fundadmin : manifest.json manque ou ne se lit pas.",
        "This is no auditor's pack of fundadmin: manifest.json is missing or can't be read.",
    ),
    # The file as a whole.
    "zip": (
        "le zip n’est pas tel que fundadmin l’a écrit, à partir de l’octet {at} : modifié, tronqué ou recomprimé.",
        "the zip isn't as fundadmin wrote it, from byte {at} on: changed, cut short or packed again.",
    ),
    "crc": ("la somme CRC-32 du zip ne correspond pas au contenu.", "the zip's CRC-32 doesn't match the content."),
    "part_missing": ("cette partie manque.", "this part is missing."),
    "part_unknown": ("cette partie n’est pas de celles d’un dossier.", "this part is none of a pack's."),
    "sums": (
        "la liste des empreintes ne correspond pas aux parties : {names}.",
        "the list of digests doesn't match the parts: {names}.",
    ),
    "manifest_parts": (
        "le manifeste ne cite pas exactement les parties d’un dossier, dans leur ordre.",
        "the manifest doesn't name exactly a pack's parts, in their order.",
    ),
    "manifest_digest": (
        "la taille ou l’empreinte n’est pas celle du manifeste.",
        "its size or digest isn't the manifest's.",
    ),
    "rows": ("{found} lignes, le manifeste en annonce {said}.", "{found} rows where the manifest says {said}."),
    "paper": (
        "le résumé PDF ne porte pas l’empreinte de ce manifeste.",
        "the PDF summary doesn't bear this manifest's digest.",
    ),
    "signed": (
        (
            "Le résumé PDF porte une signature : ouvrez-le dans un lecteur qui les vérifie (Acrobat Reader), ou lancez"
            " « pyhanko sign validate --pretty-print --trust-replace --trust CERTIFICAT summary.pdf » (paquet"
            " pyhanko-cli ; sans le certificat de l’émetteur, son verdict reste « INVALID »). Elle scelle l’empreinte"
            " du manifeste, donc tout."
        ),
        (
            "The PDF summary bears a signature: open it in a reader that verifies them (Acrobat Reader), or run"
            " “pyhanko sign validate --pretty-print --trust-replace --trust CERTIFICATE summary.pdf” (package"
            " pyhanko-cli; without the issuer's certificate its verdict stays “INVALID”). It seals the manifest's"
            " digest, and so everything."
        ),
    ),
    "not_signed": ("Le résumé PDF n’est pas signé.", "The PDF summary isn't signed."),
    "again": (
        "une ligne plus haut porte déjà ce numéro : l’une des deux est de trop.",
        "a row above has this number already: one of the two is too many.",
    ),
    "malformed": ("cette ligne ne se lit pas.", "this line can't be read."),
    # The chain.
    "number": ("des mouvements manquent : le précédent est le n° {previous}.", "entries are missing after {previous}."),
    "digest": (
        "l’empreinte ne correspond pas : mouvement modifié, déplacé ou ajouté.",
        "the digest doesn't match: this entry was changed, moved or inserted.",
    ),
    "value_date": ("date d’effet {day} avant la précédente, {before}.", "value date {day} before the last, {before}."),
    "route": ("« {kind} » ne va pas d’un compte à l’autre ainsi.", "“{kind}” doesn't go this way between accounts."),
    "balance": (
        "soldes {says}, alors que {expected} s’ensuivent (disponible, réservé, engagé, imputé, en centimes).",
        "balances {says} where {expected} follow (available, reserved, committed, credited, in cents).",
    ),
    "below_zero": ("un compte passe sous zéro : {says}.", "an account is below zero: {says}."),
    "line_named": (
        "une ligne d’allègement est citée à tort, ou manque.",
        "a relief line is named where none should be, or none is.",
    ),
    "reverses": (
        "n’annule pas une imputation encore ouverte, de la même ligne et du même montant.",
        "doesn't undo an open credit of the same line and amount.",
    ),
    "ceiling": (
        "dotation au-delà du plafond de la charte : {endowed} pour {ceiling}.",
        "endowed beyond the charter's ceiling: {endowed} of {ceiling}.",
    ),
    "head": (
        "l’empreinte émise ou notée auparavant pour ce mouvement n’y est plus : le journal a été réécrit.",
        "a digest issued or noted earlier for this entry is no longer there: the ledger was rewritten.",
    ),
    "last_entry": (
        "le manifeste annonce le mouvement n° {said} pour dernier ; le journal finit au n° {number} ou autrement.",
        "the manifest says that entry {said} is the last; the ledger ends at {number}, or otherwise.",
    ),
    "sums_cents": ("les soldes annoncés ne sont pas ceux du journal.", "the balances told aren't the ledger's."),
    # Events.
    "event_order": ("cet événement n’est pas à sa place.", "this event is out of order."),
    "no_event": (
        "aucun événement {event} ne demande ce mouvement.",
        "no event {event} asks for this movement.",
    ),
    "future": ("date d’effet {day} postérieure à l’enregistrement.", "its day, {day}, is after it was recorded."),
    "after_as_at": ("{day} est après la date du dossier.", "{day} is after the pack's day."),
    "unfiled": (
        "« {action} » porte sur un dossier qui n’a jamais été déposé, ou qui manque.",
        "“{action}” is about an application that was never filed, or is missing.",
    ),
    "state": ("part de « {said} » alors que l’état était « {was} ».", "starts from “{said}” where it was “{was}”."),
    "role": ("{person} n’a pas le rôle « {role} » le {day}.", "{person} isn't “{role}” on {day}."),
    "delegation": ("{person} : au-delà de sa délégation, {limit}.", "{person}: beyond their delegation, {limit}."),
    "four_eyes": (
        "{file} : {person} intervient en « {hand} » après « {other} » ; chacun n’a qu’une main par dossier.",
        "{file}: {person} acts as “{hand}” after “{other}”; each person has one hand in a file.",
    ),
    "same_person": (
        "{person} intervient deux fois là où il faut deux personnes.",
        "{person} acts twice where it takes two people.",
    ),
    "one_visa": (
        "{file} : un seul visa pour {total}, au-delà du seuil de double visa, {threshold}.",
        "{file}: a single visa for {total}, above the second-visa threshold of {threshold}.",
    ),
    "cap": ("{file} : {total} pour un plafond de {cap}.", "{file}: {total} where the cap is {cap}."),
    "visa": (
        "le visa ne correspond pas à ce qui est conservé : dossier, avis, personne, date ou montants.",
        "the visa isn't the one that is kept: application, opinion, person, day or amounts.",
    ),
    "visa_opinion": (
        "le visa ne porte pas sur le dernier avis, ou accorde plus que proposé.",
        "the visa isn't on the last opinion, or grants more than proposed.",
    ),
    "opinion": (
        "l’avis ne correspond pas à ce qui est conservé : dossier, sens, charte, personne ou date.",
        "the opinion isn't the one that is kept: application, sense, charter, person or day.",
    ),
    "orphan": ("aucun événement ne l’a produit.", "no event made it."),
    "request": (
        "la demande d’annulation ne correspond pas à ses événements.",
        "the request to undo doesn't match its events.",
    ),
    "unasked": (
        "ce qui est confirmé ou refusé n’est pas ce qui avait été demandé.",
        "what is confirmed or refused isn't what was asked for.",
    ),
    "erasure": (
        "un détail a disparu sans effacement déclaré.",
        "a detail is gone and no erasure was declared.",
    ),
    "paper_event": (
        "un papier émis cite cet événement, qui n’existe pas ou porte sur un autre dossier.",
        "an issued paper names this event, which doesn't exist or is about another application.",
    ),
    "no_charter": ("version de charte {version} inconnue.", "unknown charter version {version}."),
    # Events and ledger.
    "entry_disagrees": (
        "dossier, date d’effet ou instant autres que ceux de l’événement {event}.",
        "application, value date or instant other than event {event}'s.",
    ),
    "entry_charter": (
        "citée sous la charte v{said} ; v{version} s’applique.",
        "under charter v{said} where v{version} governs.",
    ),
    "moves": (
        "le journal porte {found} ; l’événement veut {expected}.",
        "the ledger has {found}; the event says {expected}.",
    ),
    "unknown_line": ("la ligne {line} n’est pas de ce dossier.", "line {line} isn't this application's."),
    "line_below_zero": (
        "la ligne {line} rend plus qu’elle n’a reçu.",
        "line {line} gives back more than it was given.",
    ),
    # In the end.
    "line_of_nobody": ("son dossier manque.", "its application is missing."),
    "state_disagrees": (
        "{file} : « {said} », mais ses événements donnent « {now} ».",
        "{file}: “{said}”, but its events say “{now}”.",
    ),
    "rank": (
        "{file} : rang ou version de charte autres que ceux de ses événements, ou rang pris deux fois.",
        "{file}: rank or charter version other than its events', or a rank taken twice.",
    ),
    "line_state": (
        "ligne {line} : « {said} », mais les événements donnent « {now} ».",
        "line {line}: “{said}”, but the events say “{now}”.",
    ),
    "line_disagrees": (
        "réservé, engagé, imputé : {ledger} au journal, {line} selon la ligne (centimes).",
        "reserved, committed, credited: {ledger} in the ledger, {line} by the line (cents).",
    ),
    "month_twice": (
        "le mois {month} de ce bail est déjà allégé par la ligne {other}.",
        "month {month} of this lease is already relieved by line {other}.",
    ),
    "position": ("cette situation n’est pas celle du journal.", "this position isn't the ledger's."),
    "totals": ("totaux autres que ceux du journal et des lignes : {names}.", "totals differ: {names}."),
    # --extends.
    "other_fund": ("l’ancien dossier est celui du fonds {fund}.", "the earlier pack is of fund {fund}."),
    "rewritten": (
        "l’histoire a été réécrite depuis l’ancien dossier.",
        "history was rewritten since the earlier pack.",
    ),
    "erased_since": (
        "Effacement déclaré le {day} : {count} détails du dossier {application} ; les événements restent.",
        "Erasure declared on {day}: {count} details of application {application}; its events remain.",
    ),
    # What was looked at.
    "checked": ("Contrôlé :", "Checked:"),
    "gone_through": ("Parcouru :", "Gone through:"),
    "count parts": ("parties, chaque octet du zip compris", "parts, every byte of the zip included"),
    "count ledger.csv": ("mouvements rechaînés, soldes refaits", "entries chained again, balances recomputed"),
    "count moves": ("mouvements conformes à leur événement", "entries compared with their event"),
    "count events.jsonl": ("événements suivis", "events followed"),
    "count ceilings": ("dotations sous le plafond de leur charte", "endowments under their charter's ceiling"),
    "count hands": ("gestes, quatre mains distinctes par dossier", "acts, four separate hands per file"),
    "count roles": ("rôles et délégations vérifiés au jour dit", "roles and delegations on the day"),
    "count visas": ("visas conservés, conformes à leur événement", "visas kept, compared with their event"),
    "count grants": ("accords : seuil de double visa et plafonds", "grants: second-visa threshold and caps"),
    "count two_people": ("demandes réglées par une autre personne", "requests settled by another person"),
    "count months": ("mois allégés, chacun une fois", "months relieved, each once"),
    "count heads": ("empreintes émises ou notées, retrouvées", "digests issued or noted, found again"),
    "count erased": ("détails effacés, déclarés", "details erased, as declared"),
    "count applications.jsonl": ("dossiers", "applications"),
    "count lines.jsonl": ("lignes d’allègement", "relief lines"),
    "count charters.jsonl": ("versions de la charte", "charter versions"),
    "count members.jsonl": ("rôles de personnes", "people's roles"),
    "count proposals.jsonl": ("actions de fonds", "fund actions"),
    "count assessments.jsonl": ("avis", "opinions"),
    "count requests.jsonl": ("demandes d’annulation", "requests to undo"),
    "count documents.jsonl": ("empreintes de pièces", "digests of documents"),
    "count people.jsonl": ("noms", "names"),
    "count papers.jsonl": ("papiers émis", "papers issued"),
    "count erasures.jsonl": ("effacements", "erasures"),
    "count positions.jsonl": ("situations de fin de mois", "positions at the end of months"),
    "count totals.csv": ("totaux", "totals"),
    "count extends_ledger": ("lignes du journal de l’ancien dossier, inchangées", "earlier ledger lines, unchanged"),
    "count extends_events": ("événements de l’ancien dossier, inchangés", "earlier events, unchanged"),
    "faults": ("ANOMALIES : {count}", "FAULTS: {count}"),
    "more": ("  … et {count} autres.", "  … and {count} more."),
    "no_fault": ("AUCUNE ANOMALIE.", "NO FAULT."),
    "not_whole": (
        (
            "Ne vous fiez pas à ce dossier tant que chaque anomalie n’est pas expliquée : gardez-le tel quel,"
            " demandez-en un autre arrêté au même jour et comparez-les."
        ),
        (
            "Don't rely on this pack until every fault is explained: keep it as it is, ask for another one as at the"
            " same day and compare the two."
        ),
    ),
    "limits": (
        (
            "Ce que cela prouve : le dossier est entier et d’accord avec lui-même ; rien n’y a été changé après coup"
            " sans refaire toute la chaîne.\n"
            "Ce que cela ne prouve pas : qu’un administrateur du serveur n’a pas tout refait avant de l’émettre, ni que"
            " les pièces disent vrai. Comparez donc la dernière empreinte avec une autre émise plus tôt (lettre,"
            " bordereau, ancien dossier : --head, --extends), et vérifiez la signature du résumé PDF.\n"
            "Dernière empreinte : {number}:{digest}"
        ),
        (
            "What this proves: the pack is whole and agrees with itself; nothing in it was changed afterwards without"
            " making the whole chain again.\n"
            "What it doesn't: that no administrator of the server made it all again before issuing it, nor that the"
            " evidence is true. So compare the last digest with one issued earlier (a letter, a decision list, an"
            " earlier pack: --head, --extends), and check the signature of the PDF summary.\n"
            "Last digest: {number}:{digest}"
        ),
    ),
}

if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        # A console that can't show a character is no reason to stop.
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    sys.exit(main())
