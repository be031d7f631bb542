"""verify_pack: the auditor's verifier on a pack of 200,000 ledger entries, against a bare SHA-256 loop.

The pack is a fund's whole life: applications of three months each, filed, assessed, granted and credited, so that
there are nine entries, five events, an opinion and a visa for each. The reference hashes the same bytes, row by row,
the ledger's as they are chained, and does nothing else. verify_pack_ledger_alone is against the ledger's bytes only,
which are less than half of what is verified; it has no goal.
"""

import hashlib
import json
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from time import process_time
from typing import Any

from benchmarks.scratch import report, set_up_database

FILES = 22_222
MONTHS = ("2020-03-01", "2020-04-01", "2020-05-01")
CENTS = 500_00
AT = "2020-06-02T10:00:00.123456+00:00"
POSTED_AT = "1591092000.123456"
DAY = "2020-06-02"
CODE = "mesure"
ROLES = {"A": "advisor", "I": "assessor", "D": "approver", "C": "payer"}
ROUNDS = 7


def main() -> None:
    set_up_database()
    from grants.exports.pack import verify_pack

    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "pack.zip"
        Made().write(Path(scratch), target)
        pack = verify_pack.Archive(target)
        texts = [line[:-65].replace(b",", b"\n") for line in pack.lines("ledger.csv")][1:]
        others = [line for name in pack.places if name != "ledger.csv" for line in pack.lines(name)]
        ours = min(seconds_to_verify(target) for _ in range(ROUNDS))
        ledger = min(seconds_to_chain(texts) for _ in range(ROUNDS))
        everything = ledger + min(seconds_to_hash(others) for _ in range(ROUNDS))
    rates = [f"{len(texts) / seconds:,.0f} entries/s" for seconds in (ours, everything, ledger)]
    report("verify_pack", everything / ours, rates[0], rates[1], at_least=0.08)
    print(f"verify_pack_ledger_alone: {ledger / ours:.2f} (reference {rates[2]})")


def seconds_to_verify(target: Path) -> float:
    from grants.exports.pack import verify_pack

    start = process_time()
    found = verify_pack.verify(str(target), "en")
    seconds = process_time() - start
    assert found.faults == [], found.faults[:3]
    return seconds


def seconds_to_chain(texts: list[bytes]) -> float:
    digest = hashlib.sha256(f"fundadmin:ledger:v1:{CODE}".encode()).hexdigest()
    start = process_time()
    for text in texts:
        digest = hashlib.sha256(text + digest.encode()).hexdigest()
    return process_time() - start


def seconds_to_hash(rows: list[bytes]) -> float:
    start = process_time()
    for row in rows:
        hashlib.sha256(row).hexdigest()
    return process_time() - start


class Made:
    """A consistent pack made from nothing, by the zip writer that real ones have."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256(f"fundadmin:ledger:v1:{CODE}".encode()).hexdigest()
        self.numbers, self.events_of = count(1), count(1)
        self.ledger: list[str] = []
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.balances = dict.fromkeys(("endowment", "available", "reserved", "committed", "credited"), 0)
        self.sums: dict[str, list[int]] = {}

    def add(self, name: str, row: dict[str, Any]) -> None:
        self.rows.setdefault(name, []).append(row)

    def post(self, event: int, move: tuple[str, str, str], cents: int, file: Any = "", line: Any = "") -> None:
        kind, source, target = move
        self.balances[source] -= cents
        self.balances[target] += cents
        held = [self.balances[name] for name in ("available", "reserved", "committed", "credited")]
        fields = [next(self.numbers), kind, source, target, cents, event, file, line, 1, DAY, POSTED_AT, "", *held]
        text = ",".join(map(str, fields)) + ","
        self.digest = hashlib.sha256((text.replace(",", "\n") + self.digest).encode()).hexdigest()
        self.ledger.append(f"{text}{self.digest}\n")
        told = self.sums.setdefault(kind, [0, 0])
        told[0] += 1
        told[1] += cents

    def event(self, application: int | None, by: str, action: str, before: str, after: str, **data: Any) -> int:
        number = next(self.events_of)
        row = {"id": number, "application": application, "by": by, "action": action, "on": DAY, "at": AT}
        self.add("events.jsonl", row | {"from": before, "to": after, "reason": "", "data": data, "detail": ""})
        return number

    def open(self, cents: int) -> None:
        people = {"person": "", "starts_on": DAY, "ends_on": None, "limit_cents": None, "confirmed_on": DAY}
        for member, (person, role) in enumerate(ROLES.items(), 1):
            self.add("members.jsonl", people | {"member": member, "person": person, "role": role})
        terms = {"ceiling_cents": cents, "second_visa_threshold_cents": 2 * cents}
        self.add("charters.jsonl", {"version": 1} | terms)
        asked = {"proposal": 1, "proposed_by": "M", "settled_by": "D", "settled_on": DAY, "state": "confirmed"}
        self.add("proposals.jsonl", asked)
        opened = self.event(None, "D", "open", "", "open", proposal=1, version=1, amount_cents=cents)
        self.post(opened, ("endow", "endowment", "available"), cents)

    def live(self, file: int) -> None:
        lines = [3 * file + month for month in range(3)]
        amounts = {str(line): CENTS for line in lines}
        self.event(file, "A", "create", "", "draft")
        self.event(file, "A", "submit", "draft", "submitted", charter=1, rank=file)
        told = {"assessment": file, "shortfall_cents": 0}
        assessed = self.event(file, "I", "assess_favourable", "submitted", "eligible", **told)
        grant = {"visas": 1, "assessment": file, "amounts": amounts, "approved_cents": 3 * CENTS}
        approved = self.event(file, "D", "approve", "eligible", "approved", **grant)
        credited = self.event(file, "C", "credit", "approved", "credited", lines=lines)
        for event, move in (
            (assessed, ("reserve", "available", "reserved")),
            (approved, ("commit", "reserved", "committed")),
            (credited, ("credit", "committed", "credited")),
        ):
            for line in lines:
                self.post(event, move, CENTS, file, line)
        made = {"application": file, "on": DAY, "amounts": amounts, "assessment": file}
        self.add("assessments.jsonl", made | {"by": "I", "opinion": "favourable", "charter": 1})
        self.add("visas.jsonl", made | {"visa": file, "by": "D"})
        filed = {"application": file, "reference": f"{CODE}/{file}", "tenant": "", "undertaking": f"u{file}"}
        self.add("applications.jsonl", filed | {"state": "credited", "rank": file, "charter": 1, "erased_on": None})
        of: dict[str, Any] = {"application": file, "lease": f"l{file}", "component": "rent", "state": "credited"}
        for line, month in zip(lines, MONTHS, strict=True):
            self.add("lines.jsonl", of | {"line": line, "month": month} | dict.fromkeys(AMOUNTS, CENTS))

    def totals(self) -> Iterator[str]:
        held = {name: cents for name, cents in self.balances.items() if name != "endowment"}
        yield "code;libellé;label;nombre/count;centimes/cents;euros\r\n"
        for name, cents in {"endowed": sum(held.values()), **held}.items():
            yield f"account:{name};;;;{cents};\r\n"
        for kind in ("withdraw_endowment", "release", "decommit", "uncredit", "reverse"):
            yield f"kind:{kind};;;0;0;\r\n"
        for kind, (number, cents) in self.sums.items():
            yield f"kind:{kind};;;{number};{cents};\r\n"
        yield f"lines:credited;;;{3 * FILES};{3 * FILES * CENTS};\r\n"

    def write(self, folder: Path, target: Path) -> None:
        from grants.exports.pack import verify_pack
        from grants.exports.pack.archive import pack, write_lines, write_rows, write_whole

        self.open(4 * FILES * CENTS)
        for file in range(1, FILES + 1):
            self.live(file)
        held = {name: cents for name, cents in self.balances.items() if name != "endowment"}
        head = {"number": len(self.ledger), "digest": self.digest}
        cents = {f"{name}_cents": cents for name, cents in held.items()}
        self.add("positions.jsonl", {"day": DAY, "endowed_cents": sum(held.values())} | cents | head)
        header = verify_pack.LEDGER_HEADER.decode()
        inside = folder / "parts"
        inside.mkdir()
        parts = [write_whole(inside, name, b"-\n") for name in verify_pack.LISTED[:3]]
        for name in verify_pack.DATA_PARTS:
            if name == "ledger.csv":
                parts.append(write_lines(inside, name, [header, *self.ledger], headers=1))
            elif name == "totals.csv":
                parts.append(write_lines(inside, name, self.totals(), headers=1))
            else:
                parts.append(write_rows(inside, name, self.rows.pop(name, [])))
        told = {"format": verify_pack.FORMAT, "fund": {"code": CODE}, "as_at": None, "head": head}
        sums = {"endowed": sum(held.values()), **held}
        manifest = json.dumps(told | {"sums_cents": sums, "parts": [part.as_json() for part in parts]}).encode()
        parts.append(write_whole(inside, verify_pack.MANIFEST, manifest))
        parts.append(write_whole(inside, verify_pack.PAPER, f"sha256:{parts[-1].sha256}".encode()))
        pack(inside, target, parts)


AMOUNTS = ("asked_cents", "proposed_cents", "approved_cents")

if __name__ == "__main__":
    main()
