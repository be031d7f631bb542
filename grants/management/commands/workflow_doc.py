"""Write docs/workflow.md from the workflow table, so that the document is never older than the code."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from grants.enums import FINAL_STATES, Action, State
from grants.workflow import FUND_MOVES, LINE_MOVES, WORKFLOW, Actor

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "workflow.md"

HEAD = """# The workflow of an application

Made from `grants/workflow.py` by `manage.py workflow_doc`; a test fails when it is stale.
What must hold for each step is in `grants/actions/`; a database trigger lets through no other change of state.
"""


def actor(who: Actor) -> str:
    return f"{who.role} ({who.side})" if who.side else str(who.role)


def diagram(moves: list[tuple[str, str, str]], start: str) -> str:
    lines = [f"    [*] --> {start}"]
    lines += [f"    {source} --> {target}" + (f": {label}" if label else "") for source, target, label in moves]
    return "```mermaid\nstateDiagram-v2\n" + "\n".join(lines) + "\n```"


def application_moves() -> list[tuple[str, str, str]]:
    """(from, to, actions) of every change of state, in the order of the states."""
    labels: dict[tuple[State, State], list[Action]] = {}
    for action, step in WORKFLOW.items():
        for move in step.moves():
            labels.setdefault(move, []).append(action)
    order = list(State)
    moves = sorted(labels.items(), key=lambda item: (order.index(item[0][0]), order.index(item[0][1])))
    return [(source, target, ", ".join(actions)) for (source, target), actions in moves]


def table() -> str:
    rows = ["| Action | From | To | Who |", "| --- | --- | --- | --- |"]
    order = [str(state) for state in State]
    for action, step in WORKFLOW.items():
        sources = ", ".join(sorted(map(str, step.sources), key=order.index)) or "(new)"
        targets = ", ".join(sorted(map(str, step.targets), key=order.index)) or "same"
        who = ", ".join(actor(actor_) for actor_ in step.actors) or "the system, when due"
        rows.append(f"| {action} | {sources} | {targets} | {who} |")
    return "\n".join(rows)


def document() -> str:
    """The whole text of docs/workflow.md."""
    with translation.override("en"):
        final = ", ".join(state for state in State if state in FINAL_STATES)
        line_moves = [(source, target, "") for source, target in LINE_MOVES]
        fund_moves = [(source, target, "") for source, target in FUND_MOVES]
        return "\n".join(
            [
                HEAD,
                diagram(application_moves(), State.DRAFT),
                f"\nFinal states: {final}.\n",
                table(),
                "\n## Relief lines\n",
                diagram(line_moves, "draft"),
                "\n## Funds\n",
                diagram(fund_moves, "draft"),
                "",
            ]
        )


class Command(BaseCommand):
    help = "Write docs/workflow.md from the workflow table; with --check, only say whether it is up to date."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="exit 1 when the document is stale")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["check"]:
            if not DOCUMENT.exists() or DOCUMENT.read_text() != document():
                raise CommandError("docs/workflow.md is stale: run `manage.py workflow_doc`.")
            return
        DOCUMENT.parent.mkdir(exist_ok=True)
        DOCUMENT.write_text(document())
        self.stdout.write(f"{DOCUMENT} written")
