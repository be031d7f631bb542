"""Ask PyPI for known vulnerabilities of what is installed: exit 1 if there are any, 0 (loudly) if nobody could tell.

The network's absence fails nothing; a known vulnerability does, until it is mended or stands in IGNORED with its
reason. Arguments, if any, are run instead of pip-audit (the tests' way in).
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

IGNORED: Mapping[str, str] = {}
"""Vulnerability id -> why it doesn't concern us, and when to look again."""

PIP_AUDIT = [sys.executable, "-m", "pip_audit", "--local", "--skip-editable", "--format", "json"]
TIMEOUT_SECONDS = 300


def main(command: list[str]) -> int:
    try:
        done = subprocess.run(
            [*command, "--progress-spinner", "off"],
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_SECONDS,
        )
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (OSError, ValueError, KeyError, subprocess.TimeoutExpired) as error:
        return skipped(f"pip-audit gave no report ({type(error).__name__}); is its index reachable?")
    audited = [package for package in packages if "vulns" in package]
    found = [
        f"{package['name']} {package['version']}: {vulnerability['id']}, mended in {vulnerability['fix_versions']}"
        for package in audited
        for vulnerability in package["vulns"]
        if vulnerability["id"] not in IGNORED
    ]
    if found:
        sys.stdout.write("== known vulnerabilities:\n" + "\n".join(found) + "\n")
        return 1
    if not audited:
        # An index without the vulnerability service answers so, and pip-audit calls that clean.
        return skipped(f"the index knows none of the {len(packages)} packages installed.")
    sys.stdout.write(f"== no known vulnerability in {len(audited)} of {len(packages)} packages\n")
    return 0


def skipped(why: str) -> int:
    sys.stdout.write(f"== SKIPPED: the search for known vulnerabilities was NOT done: {why}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or PIP_AUDIT))
