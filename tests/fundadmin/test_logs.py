"""Logs: one line per request, and nothing in it that is about a person."""

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path, reverse

from fundadmin.embedded_postgres import PROJECT
from fundadmin.models import User
from fundadmin.urls import urlpatterns as real_urlpatterns
from grants.enums import State
from tests import factories
from tests.accounts import enrol, log_in
from tests.grants import walk
from tests.server import running_server, stop

EMAIL, NAME, SIRET, TEXT = "camille.roussel@exemple.invalid", "Camille Roussel", "73282932000074", "divorce en cours"
PASSWORD = "correct horse battery staple"
PERSONAL = (EMAIL, "camille", "Roussel", SIRET, TEXT, "divorce", PASSWORD, "192.0.2.7")


def breaks(request: HttpRequest) -> HttpResponse:
    secret = request.GET.get("q", "")
    raise ValueError(f"can't read {secret} {EMAIL}")


def breaks_in_the_database(_request: HttpRequest) -> HttpResponse:
    """PostgreSQL's own message tells the whole row."""
    User.objects.bulk_create([User(email=EMAIL.upper(), full_name=NAME)])
    return HttpResponse()


urlpatterns = [*real_urlpatterns, path("breaks/", breaks), path("row/", breaks_in_the_database)]


@pytest.fixture
def logged() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What has been logged since, each line read as JSON."""
    (handler,) = (h for h in logging.getLogger().handlers if type(h) is logging.StreamHandler)
    written = io.StringIO()
    before = handler.setStream(written)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    handler.setStream(before or sys.stderr)


@pytest.fixture
def visitor() -> Iterator[Client]:
    with override_settings(ROOT_URLCONF=__name__):
        yield Client(raise_request_exception=False, REMOTE_ADDR="192.0.2.7")


@pytest.mark.django_db
def test_a_request_is_one_line(visitor: Client, logged: Callable[[], list[dict[str, Any]]]) -> None:
    world = factories.open_fund()
    log_in(visitor, world.approver)
    answer = visitor.get(f"/fonds/{world.fund.code}/?after=x&q={SIRET}")
    (line,) = logged()
    UUID(line["request_id"])
    assert answer["X-Request-ID"] == line["request_id"]
    assert line.pop("duration_ms") > 0
    assert {name: value for name, value in line.items() if name not in ("timestamp", "request_id")} == {
        "event": "request",
        "level": "info",
        "logger": "fundadmin.request",
        "method": "GET",
        "route": "fonds/<slug:code>/",
        "status": 200,
        "user_id": world.approver.pk,
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("4bf92f3577b34da6", True),
        ("short", False),
        ("a" * 65, False),
        ("camille@exemple.invalid", False),
        ("é" * 9, False),
    ],
)
def test_a_sane_request_id_is_kept(
    given: str, kept: bool, visitor: Client, logged: Callable[[], list[dict[str, Any]]]
) -> None:
    answer = visitor.get("/healthz", headers={"X-Request-ID": given})
    (line,) = logged()
    assert (line["request_id"] == given) is kept
    assert answer["X-Request-ID"] == line["request_id"]


@pytest.mark.django_db
def test_an_invented_method_is_refused_and_named_other(
    visitor: Client, logged: Callable[[], list[dict[str, Any]]]
) -> None:
    assert visitor.generic("CAMILLE", "/healthz").status_code == 405
    assert [line["method"] for line in logged()] == ["other"]


@pytest.mark.django_db
@pytest.mark.parametrize(("address", "error"), [(f"/breaks/?q={SIRET}", "ValueError"), ("/row/", "IntegrityError")])
def test_an_unhandled_error_is_told_once_and_says_nothing_of_anybody(
    address: str, error: str, visitor: Client, logged: Callable[[], list[dict[str, Any]]]
) -> None:
    with override_settings(DEBUG_PROPAGATE_EXCEPTIONS=False):
        assert visitor.get(address).status_code == 500
    lines = logged()
    assert [line["event"] for line in lines] == ["unhandled error", "request"]
    assert lines[0]["error"] == error
    assert any("test_logs.py" in place for place in lines[0]["traceback"])
    assert lines[0]["request_id"] == lines[1]["request_id"]
    assert all(word.lower() not in json.dumps(lines, ensure_ascii=False).lower() for word in PERSONAL)
    if error == "IntegrityError":
        assert lines[0]["constraint"] == "user_email_is_lower_case"


def test_other_libraries_errors_lose_their_message_too(logged: Callable[[], list[dict[str, Any]]]) -> None:
    try:
        int(EMAIL)
    except ValueError:
        logging.getLogger("procrastinate.worker").exception("Job failed")
    (line,) = logged()
    assert (line["event"], line["error"]) == ("Job failed", "ValueError")
    assert EMAIL not in json.dumps(line)


@pytest.mark.parametrize("said", ["Invalid request from ip=192.0.2.7: x", "Error handling request /?q=camille"])
def test_gunicorn_does_not_say_who_or_where(said: str, logged: Callable[[], list[dict[str, Any]]]) -> None:
    logging.getLogger("gunicorn.error").warning(said)
    (line,) = logged()
    assert line["event"] in ("Invalid request", "Error handling request")


def test_lines_are_readable_in_development() -> None:
    code = "import django, logging; django.setup(); logging.getLogger('x').warning('seen')"
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, "DEBUG": "true"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env=environment | {"DJANGO_SETTINGS_MODULE": "fundadmin.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "[warning  ] seen" in done.stderr


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_real_servers_log_has_no_personal_data(database_environment: dict[str, str]) -> None:
    """Log in, read, search, submit; ask for what isn't there; send what isn't HTTP."""
    world = factories.open_fund()
    world.approver.email, world.approver.full_name = EMAIL, NAME
    world.approver.password = Argon2PasswordHasher().encode(PASSWORD, "a salt of some length")
    world.approver.save()
    file = walk.walk_to(world, State.SUBMITTED)
    enrol(world.approver)
    with running_server(database_environment, METRICS_TOKEN="x") as site:
        form = site.get(reverse("account_login"))
        cookie = form.headers["set-cookie"].split(";")[0]
        token = form.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        body = f"csrfmiddlewaretoken={token}&login={EMAIL}&password={PASSWORD.replace(' ', '+')}"
        headers = {
            "Cookie": cookie,
            "Content-Type": "application/x-www-form-urlencoded",
            "Referer": "https://127.0.0.1/",
            "Host": "127.0.0.1",
            "Origin": "https://127.0.0.1",
        }
        entered = site.ask("POST", reverse("account_login"), headers, body.encode())
        assert entered.status == 302
        # The second factor comes next; the session it opens is made here.
        session = f"sessionid={log_in(Client(), User.objects.get(pk=world.approver.pk)).session.session_key}"
        wrong = site.ask("POST", reverse("account_login"), headers, body.replace("horse", "cow").encode())
        assert wrong.status == 200
        addresses = (
            "/",
            f"/fonds/{world.fund.code}/?q={SIRET}",
            f"/dossiers/{file.uuid}/",
            f"/{EMAIL}/?nom={NAME[:7]}",
        )
        statuses = [site.get(address, Cookie=session).status for address in addresses]
        assert statuses == [200, 200, 200, 404]
        site.ask("POST", f"/dossiers/{file.uuid}/", {"Cookie": session}, TEXT.encode())
        assert site.ask("GET", "/", {"Host": EMAIL}).status == 400
        stop(site.process)
        lines = [json.loads(line) for line in site.log.read_text().splitlines()]
    assert sum(line["event"] == "request" for line in lines) > len(addresses)
    written = json.dumps(lines, ensure_ascii=False).lower()
    for word in (EMAIL, "camille", "roussel", SIRET, "divorce", "horse", session.partition("=")[2]):
        assert word.lower() not in written
    assert world.approver.pk in {line.get("user_id") for line in lines}
