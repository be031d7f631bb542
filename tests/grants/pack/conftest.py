"""One fund for all the tests that tamper with its pack: it takes seconds to live through."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.factories import OPENED_ON, open_fund
from tests.grants.pack.packs import LATER, Parts, live, made

_kept: dict[str, Parts] = {}


@pytest.fixture
def packs(request: pytest.FixtureRequest) -> dict[str, Parts]:
    """The packs of a fund that has seen everything: `now`, and as at two of its days."""
    if not _kept:
        request.getfixturevalue("db")
        request.getfixturevalue("settings").MEDIA_ROOT = request.getfixturevalue("tmp_path") / "media"
        world = open_fund()
        live(world)
        with TemporaryDirectory() as folder:
            _kept["now"] = Parts.of(made(world, Path(folder)))
            _kept["first day"] = Parts.of(made(world, Path(folder), as_at=OPENED_ON))
            _kept["last day"] = Parts.of(made(world, Path(folder), as_at=LATER))
    return _kept


@pytest.fixture
def parts(packs: dict[str, Parts]) -> Parts:
    """The parts of its pack, to be changed at will."""
    return packs["now"].copy()
