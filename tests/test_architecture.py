"""What the design promises of the code, read from the code and from the database."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pgtrigger
import pytest
from django.db import connection

from grants.models import Application, Fund

PROJECT = Path(__file__).resolve().parent.parent
PACKAGES = ("fundadmin", "grants", "landlords")
FILE_LINES, FUNCTION_LINES = 500, 70
# An auditor is given one file, with its sentences in two languages.
LONGER = {"grants/exports/pack/verify_pack.py": 1_650}
TRANSITIONS = {
    name for model in (Application, Fund) for name, member in vars(model).items() if hasattr(member, "_django_fsm")
}
LEDGER_TRIGGERS = {
    ("grants_ledgerentry", "ledger_check_posted"),
    ("grants_ledgerentry", "ledger_append_only"),
    ("grants_position", "position_check"),
    ("grants_position", "position_kept"),
    ("grants_fund", "position_create"),
    ("grants_fund", "fund_code_fixed"),
    ("grants_charter", "position_set_ceiling"),
}


def modules(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """(path, syntax tree) of our own modules, migrations aside: makemigrations writes those."""
    for folder in folders:
        for path in sorted((PROJECT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(PROJECT).as_posix(), ast.parse(path.read_text())


def calls_of_methods(tree: ast.Module) -> Iterator[tuple[str, str, int]]:
    """(object, method, line) of every `object.method(...)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield ast.unparse(node.func.value), node.func.attr, node.lineno


def imports(tree: ast.Module) -> set[str]:
    """Every dotted name that a module imports."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_the_import_order_holds() -> None:
    found = subprocess.run(
        [sys.executable, str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr


def test_files_and_functions_stay_short() -> None:
    written = list(modules(*PACKAGES, "tests", "benchmarks"))
    length = {name: len((PROJECT / name).read_text().splitlines()) for name, _tree in written}
    long_files = [name for name in length if length[name] > LONGER.get(name, FILE_LINES)]
    assert long_files == []
    long_functions = [
        f"{name}:{node.lineno} {node.name}"
        for name, tree in written
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_LINES
    ]
    assert long_functions == []


def test_no_transition_starts_from_anywhere() -> None:
    """`*` and `+` as a source would let a step be taken from states that nobody thought of."""
    wild = [
        f"{name}:{node.value.lineno}"
        for name, tree in modules(*PACKAGES)
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "source"
        if isinstance(node.value, ast.Constant) and node.value.value in ("*", "+")
    ]
    assert wild == []


def test_only_actions_take_a_transition() -> None:
    """Elsewhere it would skip who may, what the rules allow, the event and the ledger."""
    assert {"submit", "assess_favourable", "approve", "credit", "reverse", "open", "close"} <= TRANSITIONS
    elsewhere = []
    for name, tree in modules(*PACKAGES):
        # A function of a module, `filing.submit(...)`, is an action or leads to one.
        functions_of = {imported.rpartition(".")[2] for imported in imports(tree)}
        elsewhere += [
            f"{name}:{line} {target}.{method}()"
            for target, method, line in calls_of_methods(tree)
            if method in TRANSITIONS and target not in functions_of and not name.startswith("grants/actions/")
            # Files and connections are opened and closed too.
            if method not in ("open", "close") or "fund" in target.lower()
        ]
    assert elsewhere == []


def test_only_actions_post_to_the_ledger() -> None:
    posting = {
        name
        for name, tree in modules(*PACKAGES)
        if any(method == "post" and "ledger" in target for target, method, _line in calls_of_methods(tree))
        or imports(tree) & {"grants.ledger.post", "grants.ledger.posting.post"}
    }
    assert posting - {"grants/ledger/__init__.py"} == {"grants/actions/turn.py"}


def test_only_models_and_actions_know_the_state_machine() -> None:
    knowing = {name for name, tree in modules(*PACKAGES) if any(n.startswith("django_fsm") for n in imports(tree))}
    elsewhere = {name for name in knowing if not name.startswith(("grants/models/", "grants/actions/"))}
    assert elsewhere == set()


def test_no_float_in_grants() -> None:
    """A float never touches money, so grants has none: no `float`, no `0.5`, no true division."""
    floats = [
        f"{name}:{node.lineno}"
        for name, tree in modules("grants")
        if "pathlib.Path" not in imports(tree)  # there `/` joins paths
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id == "float")
        or (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div))
    ]
    assert floats == []


def test_what_acts_or_writes_sees_no_request() -> None:
    layers = ("grants/actions/", "grants/exports/", "grants/letters/", "grants/notifications.py")
    seeing = [
        name
        for name, tree in modules("grants")
        if name.startswith(layers)
        if any(imported.startswith(("django.http", "rest_framework")) for imported in imports(tree))
    ]
    assert seeing == []


@pytest.mark.django_db
def test_the_database_has_every_trigger_of_the_models() -> None:
    """A trigger that was declared and not migrated, or switched off, guards nothing."""
    astray = [
        f"{model._meta.label} {trigger.name}: {status}"
        for model, trigger in pgtrigger.registered()
        if (status := trigger.get_installation_status(model)[0]) != "INSTALLED"
    ]
    assert astray == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgenabled = 'O'")
        assert set(cursor.fetchall()) >= LEDGER_TRIGGERS
