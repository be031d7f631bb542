"""docs/workflow.md is made from the workflow table, and never older than it."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from grants.enums import Action, State
from grants.management.commands import workflow_doc
from grants.workflow import APPLICATION_MOVES, WORKFLOW


def test_the_document_is_up_to_date() -> None:
    call_command("workflow_doc", "--check")


def test_the_document_names_every_step_and_every_move() -> None:
    text = workflow_doc.document()
    for action in Action:
        assert f"| {action} |" in text
    for source, target in APPLICATION_MOVES:
        assert f"    {source} --> {target}: " in text
    assert "| expire | eligible | submitted | the system, when due |" in text
    assert "| create | (new) | draft | advisor (chamber) |" in text


def test_the_command_writes_it_and_notices_a_stale_or_missing_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written = tmp_path / "docs" / "workflow.md"
    monkeypatch.setattr(workflow_doc, "DOCUMENT", written)
    with pytest.raises(CommandError, match="stale"):
        call_command("workflow_doc", "--check")
    call_command("workflow_doc")
    assert written.read_text() == workflow_doc.document()
    assert str(written) in capsys.readouterr().out
    call_command("workflow_doc", "--check")
    written.write_text(workflow_doc.document() + "\n")
    with pytest.raises(CommandError, match="stale"):
        call_command("workflow_doc", "--check")


def test_every_state_is_reached_and_every_action_is_in_the_table() -> None:
    assert set(WORKFLOW) == set(Action)
    assert {target for step in WORKFLOW.values() for target in step.targets} == set(State)
