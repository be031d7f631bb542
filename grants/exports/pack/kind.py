"""The auditor's pack as a kind of export: writes the parts, recomputes them as the auditor will, and zips them."""

import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from grants import ledger
from grants.exports.kinds import ExportKind, Option, Told, Wanted, Written
from grants.exports.pack import ledger_part, parts, verify_pack
from grants.exports.pack.archive import Part, as_json, counted, pack, write_lines, write_rows, write_whole
from grants.exports.pack.readme import README
from grants.exports.pack.scope import Scope
from grants.models import Fund

FORMAT: Final = "fundadmin-pack/1"
MANIFEST: Final = "manifest.json"
VERIFIER: Final = Path(verify_pack.__file__)


@dataclass(frozen=True, slots=True)
class Summary:
    """What the paper of a pack says. `faults`: what the verifier found, each in one sentence."""

    fund: Fund
    as_at: date | None
    head: tuple[int, str]
    sums_cents: Mapping[str, int]
    rows: Mapping[str, int]
    manifest_sha256: str
    names: bool
    faults: tuple[str, ...]


class Papers:
    """Who writes the paper: letters are a layer beside this one, so `grants.apps` brings the two together."""

    writer: Callable[[Summary], bytes]


def write(wanted: Wanted, folder: Path, told: Told) -> Written:
    """One zip. All parts are read at one instant. What the verifier finds is told on the paper, never a refusal."""
    name = f"{wanted.fund.code}-{wanted.as_at.isoformat() if wanted.as_at else 'complet'}-dossier-de-controle.zip"
    with tempfile.TemporaryDirectory(dir=folder) as scratch, ledger.snapshot():
        inside = Path(scratch)
        scope = Scope.of(wanted)
        written, read = write_parts(scope, inside, told)
        manifest = write_whole(inside, MANIFEST, manifest_of(scope, written, read))
        summary = Summary(
            fund=wanted.fund,
            as_at=wanted.as_at,
            head=read.head,
            sums_cents=sums_of(read),
            rows={part.name: part.rows for part in written if part.rows is not None},
            manifest_sha256=manifest.sha256,
            names=scope.names,
            faults=tuple(map(str, verify_pack.check(verify_pack.Folder(inside), "fr").faults)),
        )
        paper = write_whole(inside, "summary.pdf", Papers.writer(summary))
        pack(inside, folder / name, [*written, manifest, paper])
    number, _digest = read.head
    return Written(
        files=(name,),
        rows=number,
        sums_cents=sums_of(read),
        first_number=1 if number else None,
        last_number=number or None,
        head=read.head,
    )


def write_parts(scope: Scope, inside: Path, told: Told) -> tuple[list[Part], ledger_part.Ledger]:
    """Every part but the manifest and what names it."""
    read = ledger_part.unread(scope)
    lines: Counter[str] = Counter()
    approved: Counter[str] = Counter()

    def note(line: Mapping[str, Any]) -> None:
        lines[line["state"]] += 1
        approved[line["state"]] += line["approved_cents"] or 0

    written = [
        *(write_whole(inside, f"README.{language}.txt", text.encode()) for language, text in README.items()),
        write_whole(inside, VERIFIER.name, VERIFIER.read_bytes()),
        write_lines(inside, "ledger.csv", ledger_part.entries(scope, read, told), headers=1),
        write_rows(inside, "events.jsonl", parts.events(scope)),
        write_rows(inside, "charters.jsonl", parts.charters(scope)),
        write_rows(inside, "members.jsonl", parts.members(scope)),
        write_rows(inside, "proposals.jsonl", parts.proposals(scope)),
        write_rows(inside, "applications.jsonl", parts.applications(scope)),
        write_rows(inside, "lines.jsonl", counted(parts.lines(scope), note)),
        write_rows(inside, "assessments.jsonl", parts.assessments(scope)),
        write_rows(inside, "visas.jsonl", parts.visas(scope)),
        write_rows(inside, "requests.jsonl", parts.requests(scope)),
        write_rows(inside, "documents.jsonl", parts.documents(scope)),
        write_rows(inside, "papers.jsonl", parts.papers(scope)),
        write_rows(inside, "erasures.jsonl", parts.erasures(scope)),
        write_rows(inside, "people.jsonl", parts.people(scope) if scope.names else ()),
        write_rows(inside, "positions.jsonl", read.months.values()),
        write_lines(inside, "totals.csv", ledger_part.totals(read, lines, approved), headers=1),
    ]
    return written, read


def sums_of(read: ledger_part.Ledger) -> dict[str, int]:
    return {"endowed": read.endowed_cents, **dict(zip(ledger_part.ACCOUNTS, read.balances, strict=True))}


def manifest_of(scope: Scope, written: list[Part], read: ledger_part.Ledger) -> bytes:
    """Nothing of who asked, nor when: the same data give the same bytes. The signed paper and the log tell that."""
    number, digest = read.head
    landlord = scope.fund.landlord
    told = {
        "format": FORMAT,
        "fund": {"code": scope.fund.code, "name": scope.fund.name, "landlord": landlord.name, "siren": landlord.siren},
        "as_at": scope.as_at,
        "people": "names" if scope.names else "pseudonyms",
        "head": {"number": number, "digest": digest},
        "sums_cents": sums_of(read),
        "parts": [part.as_json() for part in written],
    }
    return f"{as_json(told)}\n".encode()


PACK: Final = ExportKind(
    code="pack",
    label=_("Auditor's pack"),
    what=_("For auditors: all of the fund in one file, to be verified on their own computer without trusting ours."),
    then=_(
        "Take verify_pack.py out of the file and run: python3 -I verify_pack.py PACK.zip. It recomputes everything"
        " without this server and says what it proves. Without Python: see README.en.txt in the file."
    ),
    write=write,
    dates=frozenset({"as_at"}),
    options=(
        Option(
            name="people",
            label=_("People and businesses"),
            choices=(("pseudonyms", _("under pseudonyms")), ("names", _("with their names, in a part of their own"))),
            default="pseudonyms",
        ),
    ),
)
