"""An export names whom it tells of: once a file is erased, none that was made before is handed out."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fundadmin.models import User
from grants.actions.erasing import NOBODY, erase
from grants.actions.exporting import ask, carry_out, hand_out
from grants.enums import Action, State
from grants.exceptions import RuleRefused
from grants.exports.kinds import Told, Wanted, Written
from grants.models import Application, Export
from tests.factories import OPENED_ON, World, key, open_fund
from tests.grants import walk
from tests.grants.exports.kinds import registered
from tests.grants.letters.looks import issued
from tests.grants.parallel import at_once

LATER = OPENED_ON.replace(year=2026)


def wanted(world: World, kind: str, **changes: Any) -> Export:
    return ask(**{"fund": world.fund, "kind": kind, "by": world.chamber_manager, "key": key()} | changes)


def erased(file: Application, on: date = LATER, *, asked: bool = False) -> None:
    erase(application=file, by=User.objects.system(), key=key(), on=on, asked=asked)


def names(wanted: Wanted, folder: Path, told: Told) -> Written:
    tenants = Application.objects.filter(fund=wanted.fund).values_list("tenant__legal_name", flat=True)
    (folder / "noms.txt").write_text("\n".join(tenants))
    return Written(files=("noms.txt",), rows=1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("state", [State.REJECTED, State.DRAFT])
def test_what_was_exported_before_is_no_longer_there(state: State) -> None:
    world, other = open_fund(), open_fund()
    file = walk.walk_to(world, state)
    if state == State.REJECTED:
        issued(world, file, Action.REJECT)
    else:
        issued(world, walk.walk_to(world, State.REJECTED), Action.REJECT)
    letters, grants, elsewhere = (
        wanted(world, "letters"),
        wanted(world, "applications-csv"),
        wanted(other, "applications-csv"),
    )
    for export in (letters, grants):
        carry_out(export.pk)
        export.refresh_from_db()
        assert hand_out(export, world.chamber_manager).is_file()
    erased(file, asked=True)
    for export in (letters, grants):
        export.refresh_from_db()
        with pytest.raises(RuleRefused, match="effacé"):
            hand_out(export, world.chamber_manager)
        assert not export.folder.exists()
        assert export.manifest["files"], "what was handed out can still be proved"
    assert hand_out(elsewhere, other.chamber_manager).is_file()
    again = wanted(world, "applications-csv")
    assert hand_out(again, world.chamber_manager).is_file()


@pytest.mark.django_db(transaction=True)
def test_an_erasure_that_is_refused_leaves_them() -> None:
    world = open_fund()
    file = walk.walk_to(world, State.REJECTED)
    export = wanted(world, "applications-csv")
    with pytest.raises(RuleRefused):
        erased(file, on=OPENED_ON)
    export.refresh_from_db()
    assert hand_out(export, world.chamber_manager).is_file()


@pytest.mark.django_db(transaction=True)
def test_one_that_is_being_made_meanwhile_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    world = open_fund()
    file = walk.walk_to(world, State.REJECTED)
    name, seen = file.tenant.legal_name, list[str]()

    def while_erased(wanted: Wanted, folder: Path, told: Told) -> Written:
        written = names(wanted, folder, told)
        seen.append((folder / "noms.txt").read_text())
        if len(seen) == 1:
            at_once([lambda: erased(file)])
        return written

    registered(monkeypatch, while_erased)
    export = wanted(world, "essai")
    assert seen == [name, NOBODY], "the first was read before"
    assert (export.state, export.path.read_text(), export.attempts) == ("done", NOBODY, 1)
