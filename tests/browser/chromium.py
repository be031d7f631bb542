"""Where a Chromium is. `python -m tests.browser.chromium` gets Debian's when there is none and apt-get may be run.

That asks nothing, takes five minutes at most, and never fails: the tests say what is missing (conftest.py).
"""

import os
import shutil
import subprocess
from typing import Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LIMIT_SECONDS: Final = 300
MISSING: Final = (
    "NO BROWSER: install Debian's package `chromium`, or name another Chromium in the environment variable CHROMIUM."
)


def find() -> str | None:
    """The program, or None. CHROMIUM names it; otherwise it is looked for in PATH."""
    named = os.environ.get("CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)


def get() -> None:
    apt_get = shutil.which("apt-get")
    if apt_get is None or os.geteuid() != 0:
        return
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = [apt_get, "install", "--yes", "--quiet=2", "--no-install-recommends", "chromium", "fonts-liberation"]
    for command in ([apt_get, "update", "--quiet=2"], install):
        subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=LIMIT_SECONDS,
            check=False,
        )


def main() -> None:
    if find() is None:
        print("Looking for a browser: apt-get install chromium")  # noqa: T201 - a command
        try:
            get()
        except (OSError, subprocess.TimeoutExpired) as error:
            print(error)  # noqa: T201
    if find() is None:
        print(MISSING)  # noqa: T201


if __name__ == "__main__":
    main()
