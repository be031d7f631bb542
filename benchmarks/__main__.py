"""Runs every benchmark, one after the other, each in a process and a database of its own: `make bench`.

`python -m benchmarks approve` runs one of them. A goal that is missed is said; only a benchmark that breaks fails.
"""

import subprocess
import sys
from pathlib import Path


def main(wanted: list[str]) -> int:
    found = sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))
    chosen = [name for name in found if not wanted or name.removeprefix("bench_") in wanted]
    broken = [
        name for name in chosen if subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode
    ]
    for name in broken:
        print(f"{name} broke", file=sys.stderr)
    return 1 if broken or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
