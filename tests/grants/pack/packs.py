"""Packs for tests: a fund that has seen everything, its pack, and how somebody would change one and cover it up."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from grants.actions import lifecycle, reversal, sittings, waiting
from grants.actions.filing import discard
from grants.enums import FundAction, RequestKind, Role, Side, State
from grants.exports.kinds import Wanted
from grants.exports.pack import archive, verify_pack
from grants.exports.pack.kind import PACK
from grants.visibility import Reader
from tests.factories import OPENED_ON, World, fund_action, key, tenant_with_lease
from tests.grants import walk
from tests.grants.kept import system

LATER = OPENED_ON + timedelta(days=20)
GENESIS = "fundadmin:ledger:v1:"


def live(world: World) -> None:
    """Everything that can happen in a fund but its end: on the first day each state, later whatever goes back."""
    for state in State:
        walk.walk_to(world, state)
    first, second = (tenant_with_lease(world, rent_cents=2_000_00) for _ in range(2))
    walk.walk_to(world, State.CREDITED, lease=first, on=LATER)
    walk.first_visa(world, walk.walk_to(world, State.ELIGIBLE, lease=second, on=LATER), on=LATER)
    go_back(world)
    discard(application=walk.draft(world, on=LATER), by=world.advisor, key=key(), on=LATER)
    pending = walk.walk_to(world, State.SUBMITTED, on=LATER)
    pending = lifecycle.transfer(application=pending, to=world.advisor2, by=world.chamber_manager, key=key(), on=LATER)
    walk.amend(world, on=LATER, ceiling_cents=50_000_00)
    fund_action(world, FundAction.ENDOW, amount_cents=100_00, on=LATER)
    fund_action(world, FundAction.WITHDRAW_ENDOWMENT, amount_cents=100_00, on=LATER)
    fund_action(world, FundAction.SUSPEND, on=LATER)
    fund_action(world, FundAction.RESUME, on=LATER)
    lifecycle.apply_new_version(application=pending, by=world.landlord_manager, key=key(), on=LATER)
    sittings.list_decisions(fund=world.fund, by=world.approver, day=OPENED_ON, key=key(), on=LATER)


def go_back(world: World) -> None:
    """What was refused is reopened, what was credited undone, what was reserved given back."""
    reopened = walk.reopen(world, walk.walk_to(world, State.REJECTED, on=LATER), on=LATER)
    walk.approve(world, walk.favourable(world, reopened, on=LATER), on=LATER)
    undone = walk.walk_to(world, State.CREDITED, on=LATER)
    request = walk.ask_undo(world, undone, LATER, kind=RequestKind.UNCREDIT)
    walk.credit(world, reversal.reverse(request=request, by=world.approver2, key=key(), on=LATER), on=LATER)
    approved = walk.walk_to(world, State.APPROVED, on=LATER)
    asked = walk.ask_cancel(world, approved, LATER)
    reversal.refuse_request(request=asked, reason=walk.REASON, by=world.approver2, key=key(), on=LATER)
    walk.ask_cancel(world, walk.walk_to(world, State.APPROVED, on=LATER), LATER)
    walk.send_back(world, walk.walk_to(world, State.ELIGIBLE, on=LATER), on=LATER)
    walk.reject(world, walk.walk_to(world, State.ELIGIBLE, on=LATER), on=LATER)
    for state in (State.ELIGIBLE, State.APPROVED):
        walk.withdraw(world, walk.walk_to(world, state, on=LATER), on=LATER)


def expire(world: World) -> None:
    """A reservation that nobody took up, long after."""
    file = walk.walk_to(world, State.ELIGIBLE, on=LATER)
    late = LATER + timedelta(days=61)
    file = waiting.warn_expiry(application=file, by=system(), key=key(), on=late - timedelta(days=5))
    waiting.expire(application=file, by=system(), key=key(), on=late)


def wanted(world: World, **asked: Any) -> Wanted:
    reader = Reader(world.auditor.pk, world.fund.pk, frozenset({Side.EXTERNAL}), frozenset({Role.AUDITOR}))
    return Wanted(fund=world.fund, reader=reader, **asked)


def made(world: World, folder: Path, **asked: Any) -> Path:
    """The pack of a fund."""
    folder.mkdir(exist_ok=True)
    [name] = PACK.write(wanted(world, **asked), folder, lambda _done, _of_all: None).files
    return folder / name


def codes_of(path: Path, *arguments: Any, **given: Any) -> set[str]:
    """What the verifier finds, by its codes."""
    return {fault.code for fault in verify_pack.verify(str(path), "en", *arguments, **given).faults}


Rows = list[dict[str, Any]]


@dataclass
class Parts:
    """A pack taken apart: part -> its bytes. Whoever changes one can put together what looks like a pack again."""

    contents: dict[str, bytes]

    @classmethod
    def of(cls, path: Path) -> "Parts":
        pack = verify_pack.Archive(path)
        return cls({name: pack.content(name) for name in pack.places})

    def copy(self) -> "Parts":
        return Parts(dict(self.contents))

    def rows(self, name: str) -> Rows:
        return [json.loads(line) for line in self.contents[name].splitlines()]

    def put(self, name: str, rows: Iterable[dict[str, Any]]) -> None:
        self.contents[name] = "".join(f"{archive.as_json(row)}\n" for row in rows).encode()

    def change(self, name: str, which: Callable[[dict[str, Any]], bool], **changes: Any) -> dict[str, Any]:
        """Change the first row that is meant. Returns it as it was."""
        rows = self.rows(name)
        row = next(row for row in rows if which(row))
        before = dict(row)
        row.update(changes)
        self.put(name, rows)
        return before

    def entries(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.contents["ledger.csv"].decode())))

    def put_entries(self, entries: list[dict[str, str]], *, chained: bool = True) -> None:
        """With a chain made again over whatever they say, unless they keep the digests they have."""
        header, *_rows = self.contents["ledger.csv"].decode().splitlines(keepends=True)
        digest = hashlib.sha256(f"{GENESIS}{self.manifest()['fund']['code']}".encode()).hexdigest()
        lines = [header]
        for entry in entries:
            fields = list(entry.values())[:-1]
            digest = hashlib.sha256(("\n".join(fields) + "\n" + digest).encode()).hexdigest()
            lines.append(",".join([*fields, digest if chained else entry["digest"]]) + "\n")
        self.contents["ledger.csv"] = "".join(lines).encode()

    def manifest(self) -> dict[str, Any]:
        return dict(json.loads(self.contents["manifest.json"]))

    def mend(self) -> None:
        """Make the manifest again over the parts as they are, head and all, and what names the manifest."""
        told, last = self.manifest(), self.entries()[-1:]
        for part in told["parts"]:
            content = self.contents[part["name"]]
            rows = None if part["rows"] is None else content.count(b"\n") - part["name"].endswith(".csv")
            part |= {"size": len(content), "sha256": hashlib.sha256(content).hexdigest(), "rows": rows}
        for entry in last:
            told["head"] = {"number": int(entry["number"]), "digest": entry["digest"]}
            held = {name: int(entry[f"{name}_after"]) for name in verify_pack.ACCOUNTS}
            told["sums_cents"] = {"endowed": sum(held.values()), **held}
        self.put_manifest(told)

    def put_manifest(self, told: dict[str, Any]) -> None:
        self.contents["manifest.json"] = f"{archive.as_json(told)}\n".encode()
        digest = hashlib.sha256(self.contents["manifest.json"]).hexdigest().encode()
        self.contents["summary.pdf"] = re.sub(rb"sha256:\w{64}", b"sha256:" + digest, self.contents["summary.pdf"])

    def zipped(self, target: Path) -> Path:
        """By the writer that real packs have, so that only the content can give it away."""
        with TemporaryDirectory(dir=target.parent) as scratch:
            inside = Path(scratch)
            listed = [name for name in self.contents if name != verify_pack.SUMS]
            parts = [archive.write_whole(inside, name, self.contents[name]) for name in listed]
            archive.pack(inside, target, parts)
        return target
