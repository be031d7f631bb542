"""Runs schemathesis as a program and reads what it reports."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fundadmin.embedded_postgres import PROJECT
from tests.grants.api.caller import ROOT
from tests.server import PROXY_HEADERS

SEED = 20_200_505
LIMIT_SECONDS = 3600
"""Much longer than it takes: a hang becomes a failure."""


@dataclass(frozen=True, slots=True)
class Person:
    """What somebody's requests carry. Without any, nobody asks."""

    headers: Mapping[str, str]
    cookies: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ids:
    """Identifiers of what is really there, by kind, and where they are tried."""

    values: Mapping[str, Sequence[str]]
    paths: Mapping[str, str]
    """A path (a regular expression) -> whose identifiers its parameter takes."""
    bodies: Mapping[str, str]
    """A body's field -> whose identifiers it takes."""


@dataclass(frozen=True, slots=True)
class Report:
    passed: bool
    text: str
    operations: int
    cases: int
    asked: Mapping[tuple[str, str], int]
    """(operation, person) -> how many requests, without those of schemathesis' own checks."""
    acted: Mapping[str, int]
    """Operation that writes -> how many requests did."""

    def by_person(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for (_operation, name), times in self.asked.items():
            counts[name] += times
        return counts


def fuzz(site: str, people: Mapping[str, Person], ids: Ids, *, folder: Path, phases: str, examples: int) -> Report:
    """Every operation of the description as everybody, with data that fits it and data that doesn't."""
    told, written = folder / "people.json", folder / "report.json"
    told.write_text(json.dumps({name: {"headers": p.headers, "cookies": p.cookies} for name, p in people.items()}))
    (folder / "schemathesis.toml").write_text(configuration(ids))
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        *("--config-file", str(folder / "schemathesis.toml")),
        *("run", f"{site}{ROOT}schema/?format=json"),
        *(word for name, value in PROXY_HEADERS.items() for word in ("--header", f"{name}: {value}")),
        *("--phases", phases, "--max-examples", str(examples), "--seed", str(SEED), "--generation-deterministic"),
        *("--checks", "all", "--continue-on-failure", "--no-shrink", "--no-color", "--workers", "1"),
        *("--warnings", "off"),
        *("--report", "json", "--report-json-path", str(written)),
    ]
    environment = {
        "COLUMNS": "120",
        "PYTHONPATH": str(PROJECT),
        "FUZZ_PEOPLE": str(told),
        "SCHEMATHESIS_HOOKS": "tests.grants.api.fuzzing.people",
    }
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    text = done.stdout + done.stderr
    if not written.is_file():
        raise AssertionError(text)
    report: dict[str, Any] = json.loads(written.read_text())
    if report["operations"] is None:
        raise AssertionError(text)
    counts: dict[str, Any] = json.loads(told.with_suffix(".asked").read_text())
    return Report(
        passed=done.returncode == 0,
        text=text,
        operations=report["operations"]["tested"],
        cases=report["test_cases"]["generated"],
        asked={(label, name): times for label, name, times in counts["asked"]},
        acted=counts["acted"],
    )


def configuration(ids: Ids) -> str:
    """Schemathesis' own: where real identifiers go, and which statuses answer what."""
    lines = ["[dictionaries]"]
    lines += [f"{name} = {{ values = {json.dumps(values)} }}" for name, values in ids.values.items()]
    lines += [
        # The description can't say that a month is free, or that a version is the last: 409, 412 and 422 tell.
        "[checks.positive_data_acceptance]",
        'expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "412", "422", "429"]',
        "[checks.negative_data_rejection]",
        'expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "412", "413", "415", "422", "428"]',
        "[checks.missing_required_header]",
        'expected-statuses = ["400", "401", "403", "404", "406", "415", "422", "428"]',
        "[parameters]",
        *(f'"body.{name}" = {{ dictionary = "{kind}", probability = 0.7 }}' for name, kind in ids.bodies.items()),
        '"header.If-Match" = { dictionary = "any_version", probability = 0.7 }',
    ]
    for path, kind in ids.paths.items():
        name = "code" if kind == "fund" else "id"
        lines += [
            "[[operations]]",
            f"include-path-regex = {json.dumps(path)}",
            "[operations.parameters]",
            f'"path.{name}" = {{ dictionary = "{kind}", probability = 0.8 }}',
        ]
    return "\n".join(lines) + "\n"
