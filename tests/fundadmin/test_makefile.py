"""`make demo` on another port: letters, QR codes and mails name the address that is served."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from fundadmin.embedded_postgres import PROJECT


@pytest.mark.parametrize(
    ("env_file", "environment", "address"),
    [
        ("DEBUG=true\n", {}, "http://127.0.0.1:8123\n"),
        ("DEBUG=true\n", {"SITE_URL": "https://fonds.exemple.fr"}, "https://fonds.exemple.fr\n"),
        ("SITE_URL=https://autre.exemple.fr\n", {}, ""),
    ],
    ids=["by default", "the environment's", "left to .env"],
)
def test_the_address_follows_the_port(env_file: str, environment: dict[str, str], address: str, tmp_path: Path) -> None:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for name in (".venv/bin/python", "requirements.txt", ".venv/runtime-installed"):
        (tmp_path / name).touch()
    (tmp_path / ".env").write_text(env_file)
    outside = {name: value for name, value in os.environ.items() if name not in {"SITE_URL", "PORT", "MAKEFLAGS"}}
    asked = ["SERVE=0", "PORT=8123", "MANAGE=printenv SITE_URL || true #"]
    shown = subprocess.run(
        [shutil.which("make") or "make", "-s", "-f", PROJECT / "Makefile", "demo", *asked],
        cwd=tmp_path,
        env=outside | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == address
