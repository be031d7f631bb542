"""The pictures of /aide, taken from the demo's fund of these weeks: `make help-pictures` runs it; it is no test.

One picture per guide, in French, small enough to be kept with the sources (tests/grants/test_help.py says how small).
"""

from io import BytesIO
from pathlib import Path
from typing import Final

import pytest
from django.utils import timezone
from PIL import Image

from fundadmin.embedded_postgres import PROJECT
from grants.demo import people
from grants.demo.origin import OriginStory
from grants.demo.people import Accounts, Person
from grants.demo.today import DRAFTS, ELIGIBLE, SUBMITTED, TodayStory
from tests.browser.conftest import Visit
from tests.browser.world import BrowserWorld

FOLDER: Final = PROJECT / "fundadmin" / "static" / "fundadmin" / "help"
SEEN: Final = (1200, 760)
KEPT: Final = (960, 608)
QUALITY: Final = 72
FUND: Final = f"/fonds/{TodayStory.code}/"

PICTURES: Final[dict[str, tuple[Person, str, str]]] = {
    # guide: (who, address, of whose file)
    "conseiller": (people.BRUNO, "/dossiers/{}/brouillon/", DRAFTS[0]),
    "instructeur": (people.SOPHIE, "/dossiers/{}/instruire/", SUBMITTED[0]),
    "decideur": (people.HELENE, "/dossiers/{}/accorder/", ELIGIBLE[0]),
    "comptable": (people.NADIA, "/imputer/", ""),
    "gestionnaire": (people.CLAIRE, FUND, ""),
    "controleur": (people.YVES, f"{FUND}journal/", ""),
}
FROM_THE_TABLE: Final = {"controleur"}
"""Whose page begins with other things than what the role looks for."""


@pytest.fixture(scope="module")
def story(world: BrowserWorld, tmp_path_factory: pytest.TempPathFactory) -> TodayStory:
    folder = tmp_path_factory.mktemp("demo")
    with world.database():
        accounts = Accounts()
        OriginStory(lambda _line: None, folder, accounts).rent_roll_comes_in()
        told = TodayStory(lambda _line: None, folder, accounts, timezone.localdate())
        told.play()
    return told


@pytest.mark.parametrize("guide", PICTURES)
def test_take(guide: str, story: TodayStory, world: BrowserWorld, visit: Visit) -> None:
    person, address, tenant = PICTURES[guide]
    with world.database():
        user = story.accounts.of(person)
    visitor = visit(user, size=SEEN)
    assert visitor.go(address.format(story.files[tenant].uuid) if tenant else address).status == 200
    if guide in FROM_THE_TABLE:
        visitor.page.locator("main table").first.evaluate("table => table.scrollIntoView()")
    visitor.settle()
    seen = Image.open(BytesIO(visitor.page.screenshot()))
    FOLDER.mkdir(exist_ok=True)
    seen.convert("RGB").resize(KEPT, Image.Resampling.LANCZOS).save(Path(FOLDER / f"{guide}.webp"), quality=QUALITY)
