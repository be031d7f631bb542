"""manage.py check_fec: what it says, and its exit code."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from tests.grants.fec.files import NAME, checked, content, good_lines


def said(*arguments: str | Path) -> str:
    out = StringIO()
    call_command("check_fec", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_a_file_in_order_is_said_to_be(tmp_path: Path) -> None:
    checked(tmp_path, content(good_lines()))
    told = said(tmp_path / NAME)
    assert "Lignes\xa0: 7, écritures\xa0: 3, débit 2941,00, crédit 2941,00" in told
    assert "En règle." in told


def test_every_fault_is_told_in_the_language_asked_for(tmp_path: Path) -> None:
    checked(tmp_path, content(good_lines()).replace(b"450,00", b"450.00"), notice=b"")
    out = StringIO()
    with translation.override("en"), pytest.raises(CommandError, match="24 faults found"):
        call_command("check_fec", str(tmp_path / NAME), "--limit", "2", stdout=out)
    assert out.getvalue().startswith("line 2, Debit, “450.00”: The amount isn't written like 1450,00")
    assert out.getvalue().count("\n") == 3


def test_the_notice_may_lie_elsewhere(tmp_path: Path) -> None:
    checked(tmp_path, content(good_lines()))
    notice = (tmp_path / NAME.replace(".txt", "_description.txt")).rename(tmp_path / "notice.txt")
    with pytest.raises(CommandError, match="1 anomalie"):
        said(tmp_path / NAME)
    with pytest.raises(CommandError, match="1 anomalie"):
        said(tmp_path / NAME, "--description", notice)


@pytest.mark.parametrize("path", ["", "/"])
def test_a_path_without_a_name_is_a_sentence(path: str) -> None:
    with pytest.raises(CommandError, match="3 anomalies"):
        call_command("check_fec", path)


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="2 anomalies"):
        said(tmp_path / NAME)
