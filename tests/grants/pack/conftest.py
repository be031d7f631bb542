"""One pack for all the tests that tamper with one: the fund behind it takes seconds to live through."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.factories import open_fund
from tests.grants.pack.packs import Parts, live, made

_kept: list[Parts] = []


@pytest.fixture
def parts(request: pytest.FixtureRequest) -> Parts:
    """The parts of the pack of a fund that has seen everything, to be changed at will."""
    if not _kept:
        request.getfixturevalue("db")
        request.getfixturevalue("settings").MEDIA_ROOT = request.getfixturevalue("tmp_path") / "media"
        world = open_fund()
        live(world)
        with TemporaryDirectory() as folder:
            _kept.append(Parts.of(made(world, Path(folder))))
    return _kept[0].copy()
