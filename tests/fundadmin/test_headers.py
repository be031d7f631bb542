"""Headers: every page under a strict policy, with nothing inline that it would block."""

import re
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from fundadmin.embedded_postgres import PROJECT
from fundadmin.models import User
from grants.enums import State
from tests.accounts import log_in, prove
from tests.factories import open_fund
from tests.grants import walk

INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)[^>]*>|<style\b|\sstyle=|\son[a-z]+=|\bhref=[\"']?javascript:|"
    r"(?:src|href)=[\"']?(?:https?:)?//",
    re.IGNORECASE,
)
"""Scripts and styles in the page, handlers, and what comes from another host."""


@pytest.fixture
def client() -> Client:
    admin = User.objects.create_superuser("admin@exemple.invalid", "a password of the tests", full_name="A")
    return log_in(Client(), admin)


def addresses() -> Iterator[tuple[str, str]]:
    """(who, address) of pages of the site, of the admin and of refusals."""
    world = open_fund()
    file = walk.walk_to(world, State.CREDITED)
    for name in ("account_login", "account_reset_password", "grants:information", "grants:api:docs"):
        yield "nobody", reverse(name)
    for name in ("grants:home", "grants:tokens", "grants:register", "grants:mail_preference", "mfa_index"):
        yield "auditor", reverse(name)
    for name in ("mfa_deactivate_totp",):
        yield "auditor", reverse(name)
    for name in ("grants:fund", "grants:team", "grants:mails"):
        yield "auditor", reverse(name, args=[world.fund.code])
    yield "auditor", reverse("grants:application", args=[file.uuid])
    yield "auditor", "/nowhere/"
    for name in ("index", "grants_application_changelist", "landlords_lease_add", "fundadmin_user_changelist"):
        try:
            yield "admin", reverse(f"admin:{name}")
        except Exception:  # noqa: BLE001, S112 - users are in the admin or not
            continue
    yield "admin", reverse("admin:grants_application_change", args=[file.pk])
    yield "admin", reverse("admin:landlords_tenantbusiness_change", args=[file.tenant_id])


@pytest.mark.django_db
def test_every_page_has_the_headers_and_nothing_inline(client: Client) -> None:
    from fundadmin.models import User

    for who, address in addresses():
        reader = Client()
        if who == "auditor":
            log_in(reader, User.objects.get(full_name="auditor"))
        answer = (client if who == "admin" else reader).get(address)
        assert answer.status_code in (200, 404), address
        headers = answer.headers
        policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'self'", address
        assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
        assert policy["form-action"] == "'self'"
        assert not {"script-src", "style-src", "script-src-elem"} & set(policy)
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in headers["Permissions-Policy"]
        page = answer.content.decode()
        # Data in <script type="application/json"> isn't run.
        found = [tag for tag in INLINE.findall(page) if "application/json" not in tag]
        assert found == [], address


@pytest.mark.django_db
def test_what_is_asked_for_in_the_clear_is_sent_to_https_and_stays_there(settings: object) -> None:
    settings.SECURE_SSL_REDIRECT = True  # type: ignore[attr-defined]
    assert Client().get(reverse("account_login")).headers["Location"].startswith("https://")
    secure = Client().get(reverse("account_login"), secure=True)
    assert "max-age=31536000" in secure.headers["Strict-Transport-Security"]
    assert "includeSubDomains" in secure.headers["Strict-Transport-Security"]


@pytest.mark.django_db
def test_cookies_are_for_https_and_for_this_site_only() -> None:
    client = Client()
    prove(User.objects.create_user("a@exemple.invalid", "une phrase assez longue", full_name="A"))
    client.get(reverse("account_login"))
    client.post(reverse("account_login"), {"login": "a@exemple.invalid", "password": "une phrase assez longue"})
    assert {"sessionid", "csrftoken"} <= set(client.cookies)
    for cookie in client.cookies.values():
        assert cookie["secure"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"


# The search for known vulnerabilities.

AUDIT: Callable[[list[str]], int] = runpy.run_path(str(PROJECT / ".ci" / "audit.py"))["main"]
CLEAN = '{"name": "a", "version": "1", "vulns": []}'
UNKNOWN = '{"name": "b", "version": "1", "skip_reason": "not found"}'
BAD = '{"name": "c", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}'


def report(folder: Path, *packages: str) -> list[str]:
    """A command that says what pip-audit would, and exits as it does."""
    program = folder / "says.py"
    text = f'{{"dependencies": [{", ".join(packages)}]}}'
    program.write_text(f"import sys\nprint({text!r})\nsys.exit({int(BAD in packages)})\n")
    return [sys.executable, str(program)]


@pytest.mark.parametrize(
    ("packages", "code", "said"),
    [
        ([CLEAN, UNKNOWN], 0, "no known vulnerability in 1 of 2"),
        ([CLEAN, BAD], 1, "c 1: PYSEC-1"),
        ([UNKNOWN], 0, "SKIPPED"),
    ],
)
def test_the_audit_fails_for_a_vulnerability_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], packages: list[str], code: int, said: str
) -> None:
    assert AUDIT(report(tmp_path, *packages)) == code
    assert said in capsys.readouterr().out


def test_without_the_network_the_audit_is_skipped_loudly(capsys: pytest.CaptureFixture[str]) -> None:
    assert AUDIT([sys.executable, "-c", "raise ConnectionError"]) == 0
    assert AUDIT(["/nowhere/pip-audit"]) == 0
    assert capsys.readouterr().out.count("SKIPPED") == 2


def test_ci_runs_the_audit() -> None:
    ci = (PROJECT / ".ci" / "run").read_text()
    assert ".ci/audit.py" in ci
    assert subprocess.run(["bash", "-n", str(PROJECT / ".ci" / "run")], check=False).returncode == 0  # noqa: S607
