"""docs/operations.md says what the code does: its settings, its commands' options, its files."""

import ast
import re
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands, load_command_class

from fundadmin.embedded_postgres import PROJECT

GUIDE = PROJECT / "docs" / "operations.md"
EXAMPLES = PROJECT / "docs" / "operations"
READING = [PROJECT / "fundadmin" / name for name in ("settings.py", "environment.py", "gunicorn.py")]
READERS = {
    "env.str",
    "env.list",
    "env.email_url",
    "flag",
    "number",
    "period",
    "required",
    "switch_or_time",
    "os.environ.get",
}


def variables_read(*paths: Path) -> set[str]:
    """The environment variables that modules read by name."""
    return {
        str(node.args[0].value)
        for path in paths
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in READERS
        if node.args and isinstance(node.args[0], ast.Constant)
    }


def variables_documented() -> set[str]:
    """The first cell of each row whose first cell is one name in capitals."""
    return set(re.findall(r"^\| `([A-Z_]+)` \|", GUIDE.read_text(), re.MULTILINE))


def test_every_setting_is_in_the_guide_and_no_other() -> None:
    read = variables_read(*READING)
    assert len(read) > 10
    # gunicorn's own name for the folder of the counters.
    assert variables_documented() == read | {"PROMETHEUS_MULTIPROC_DIR"}


def test_every_setting_is_at_the_top_of_the_settings() -> None:
    settings, environment, _gunicorn = READING
    said = ast.get_docstring(ast.parse(settings.read_text())) or ""
    assert {name for name in variables_read(settings, environment) if name not in said} == set()


def test_every_file_the_guide_names_is_there() -> None:
    named = set(re.findall(r"`((?:docs/operations|fundadmin|grants)/[\w./-]+\.\w+)`", GUIDE.read_text()))
    assert named
    assert {name for name in named if not (PROJECT / name).is_file()} == set()
    beside = {path.name for path in EXAMPLES.iterdir()}
    assert {name for name in beside if f"docs/operations/{name}" not in GUIDE.read_text()} == set()


def test_every_command_the_guide_gives_exists() -> None:
    ours = set(re.findall(r"manage\.py (\w+)", GUIDE.read_text()))
    assert {"backup", "restore_check", "migrate", "verify_ledger"} <= ours
    assert ours - set(get_commands()) == set()
    for name, option in re.findall(r"manage\.py (\w+)[^\n`]*? (--[\w-]+)", GUIDE.read_text()):
        if name != "procrastinate":
            parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
            assert option in parser.format_help(), (name, option)


def test_the_compose_file_is_one() -> None:
    """Docker isn't here to try it; its structure at least is what compose reads."""
    compose = yaml.safe_load((EXAMPLES / "compose.yaml").read_text())
    services = compose["services"]
    assert set(services) == {"database", "migrate", "web", "worker", "proxy"}
    for service in services.values():
        assert ("image" in service) or ("build" in service)
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert source in compose["volumes"] or (EXAMPLES / source).exists()
        assert set(service.get("depends_on", {})) <= set(services)
    # Only what migrates knows the owner's password.
    knowing = {
        name for name, service in services.items() if "DATABASE_OWNER_URL" in str(service.get("environment", ""))
    }
    assert knowing == {"migrate"}


@pytest.mark.parametrize("unit", sorted(path.name for path in EXAMPLES.glob("*.service")))
def test_a_unit_runs_what_exists(unit: str) -> None:
    text = (EXAMPLES / unit).read_text()
    for module in re.findall(r"python:([\w.]+)", text):
        assert (PROJECT / (module.replace(".", "/") + ".py")).is_file()
    for command in re.findall(r"manage\.py (\w+)", text):
        assert command in get_commands()
