"""Settings are judged as a process starts: a bad value stops it with one sentence."""

import os
import subprocess
import sys

import pytest

from fundadmin.embedded_postgres import PROJECT, Server

PRODUCTION = {
    "ENV_FILE": os.devnull,
    "SECRET_KEY": "a key of more than fifty characters, with enough different ones: 0123456789",
    "ALLOWED_HOSTS": "fonds.example.org",
    "DATABASE_URL": "postgres://fundadmin_app:secret@db.example.org/fundadmin",
    "DATABASE_OWNER_URL": "postgres://fundadmin_owner:secret@db.example.org/fundadmin",
}
DEVELOPMENT = {"ENV_FILE": os.devnull, "DEBUG": "true"}


def manage(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    keep = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    command = [sys.executable, "-W", "error", "manage.py", *arguments]
    return subprocess.run(command, cwd=PROJECT, env=keep | environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_production_settings_pass_djangos_deployment_checks() -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", environment=PRODUCTION)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"ENV_FILE": os.devnull}, "SECRET_KEY is required when DEBUG is false"),
        (PRODUCTION | {"ALLOWED_HOSTS": " "}, "ALLOWED_HOSTS is required when DEBUG is false"),
        (PRODUCTION | {"DATABASE_URL": ""}, "DATABASE_URL is required when DEBUG is false"),
        (PRODUCTION | {"DATABASE_URL": "mysql://app@host/name"}, "DATABASE_URL is not readable"),
        (PRODUCTION | {"DATABASE_URL": "postgres://app:s3cret@host:port/name"}, "DATABASE_URL is not readable"),
        (PRODUCTION | {"DATABASE_OWNER_URL": "fundadmin_owner"}, "DATABASE_OWNER_URL is not readable"),
        (PRODUCTION | {"DATABASE_OWNER_URL": PRODUCTION["DATABASE_URL"]}, "must name two different roles"),
        (PRODUCTION | {"DATABASE_OWNER_URL": "postgres://owner@host/other"}, "must name the same database"),
        (PRODUCTION | {"DEBUG": "ture"}, "DEBUG is 'ture': write true or false"),
        (PRODUCTION | {"BEHIND_PROXY": "maybe"}, "BEHIND_PROXY is 'maybe': write true or false"),
        (PRODUCTION | {"EMAIL_URL": "pigeon://post"}, "EMAIL_URL is not readable"),
        (PRODUCTION | {"SESSION_HOURS": "0"}, "SESSION_HOURS is '0': write a whole number above 0"),
        (PRODUCTION | {"OIDC_ISSUER": "https://id.example.org"}, "OIDC_CLIENT_ID and OIDC_CLIENT_SECRET missing"),
        (PRODUCTION | {"SITE_URL": "fonds.example.org"}, "SITE_URL is 'fonds.example.org': write an address"),
        (PRODUCTION | {"RETENTION_DRAFT": "0 days"}, "RETENTION_DRAFT is '0 days': write a duration"),
        (PRODUCTION | {"RETENTION_READ_LOG": "a year"}, "RETENTION_READ_LOG is 'a year': write a duration"),
        (PRODUCTION | {"RETENTION_ERASES": "perhaps"}, "RETENTION_ERASES is 'perhaps': write true or false"),
    ],
)
def test_a_bad_value_stops_with_one_sentence(environment: dict[str, str], sentence: str) -> None:
    done = manage("migrate", environment=environment)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "s3cret" not in done.stderr


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_migrating_needs_the_owner(database_environment: dict[str, str]) -> None:
    """The database is asked for its version before: a constraint of ours needs one."""
    environment = PRODUCTION | {"DATABASE_URL": database_environment["DATABASE_URL"], "DATABASE_OWNER_URL": ""}
    done = manage("migrate", environment=environment)
    assert done.returncode == 1
    assert "DATABASE_OWNER_URL is required to create or empty tables" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
def test_a_database_out_of_reach_is_said_without_a_traceback() -> None:
    url = "postgres://{}@127.0.0.1:1/fundadmin"
    urls = {"DATABASE_URL": url.format("app"), "DATABASE_OWNER_URL": url.format("owner")}
    done = manage("migrate", environment=PRODUCTION | urls)
    assert done.returncode == 1
    assert done.stderr.startswith("The database can't be reached: ")
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_the_environment_wins_over_the_env_file(tmp_path_factory: pytest.TempPathFactory) -> None:
    env_file = tmp_path_factory.mktemp("env") / ".env"
    env_file.write_text("DEBUG=false\nSECRET_KEY=from the file\nDATABASE_URL=embedded://\n")
    code = "from django.conf import settings; print(settings.DEBUG, settings.SECRET_KEY)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env={"DJANGO_SETTINGS_MODULE": "fundadmin.settings", "ENV_FILE": str(env_file), "DEBUG": "true"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "True from the file"


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["help"], ["check"], ["migrate", "--help"], ["database", "status"]])
def test_a_command_that_needs_no_database_starts_none(arguments: list[str]) -> None:
    was_running = Server().answers()
    done = manage(*arguments, environment=DEVELOPMENT)
    assert done.returncode == 0, done.stderr
    assert "PostgreSQL started" not in done.stderr
    assert Server().answers() == was_running


@pytest.mark.slow
def test_the_database_command_leaves_another_server_alone() -> None:
    done = manage("database", "stop", environment=PRODUCTION)
    assert done.returncode == 1
    assert "DATABASE_URL names another server" in done.stderr
