"""One server, one browser and one database for all tests of this folder, which run in one worker, one after another.

`visit(user)` opens a browser's context as that person (None: nobody) and gives a `Visitor`.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from fundadmin.models import User
from tests.browser import chromium
from tests.browser.visitor import WIDE, Visitor
from tests.browser.world import BrowserWorld, certificate, fingerprint
from tests.conftest import DATABASE_PREFIX, child_environment, make_database, superuser_connection
from tests.server import running_server
from tests.settings import SUPERUSER_URL

FOLDER = Path(__file__).parent
MOST_FREE = 4
"""So many windows are kept for the next visitor; each holds connections of the server's."""
Visit = Callable[..., Visitor]
Launch = Callable[..., Browser]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.sweep)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="package")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's certificate. Chromium keeps no page of a server it does not trust, so Back would find none."""
    return certificate(tmp_path_factory.mktemp("certificate") / "certificate.pem")


@pytest.fixture(scope="package")
def launch(trusted: Path) -> Iterator[Launch]:
    """Start a Chromium; each one started ends with the tests."""
    program = chromium.find()
    if program is None and os.environ.get("CI") == "true":
        pytest.fail(chromium.MISSING)
    if program is None:
        pytest.skip(chromium.MISSING)
    # Nothing outside this machine has a name here.
    arguments = [
        "--disable-gpu",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        f"--ignore-certificate-errors-spki-list={fingerprint(trusted)}",
    ]
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's loop runs in this thread; the database is asked between its steps, never by it.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        start = partial(playwright.chromium.launch, executable_path=program, args=arguments)
        with ExitStack() as stack:
            yield lambda **options: stack.enter_context(start(**options))


@pytest.fixture(scope="package")
def browser(launch: Launch) -> Browser:
    return launch()


@pytest.fixture(scope="package")
def world(
    browser: Browser,
    trusted: Path,
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[BrowserWorld]:
    """The database, with its server; `browser` first, so that nothing is made where there is none."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = f"{DATABASE_PREFIX}{os.environ['FUNDADMIN_TEST_RUN']}_browser_{worker}"
    folder = tmp_path_factory.mktemp("browser")
    made = BrowserWorld(name=name, media=folder / "media", unblock=django_db_blocker.unblock)
    before = connection.settings_dict["NAME"]
    connection.close()
    with psycopg.connect(SUPERUSER_URL, autocommit=True) as session, django_db_blocker.unblock():
        make_database(session, name)
    connection.close()
    connection.settings_dict["NAME"] = before
    with made.database():
        environment = child_environment()
    with running_server(
        environment,
        workers=1,
        certificate=trusted,
        # Chromium opens connections in advance, some for each window, and without a proxy each of them holds a thread.
        WEB_THREADS="48",
        MEDIA_ROOT=str(made.media),
        QUARANTINE_ROOT=str(folder / "quarantine"),
    ) as site:
        made.site = site
        yield made
    with superuser_connection("postgres") as session:
        session.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@dataclass(frozen=True)
class Manner:
    """How somebody comes to the site."""

    javascript: bool = True
    size: tuple[int, int] = WIDE
    language: str = "fr"
    dark: bool = False


def window(browser: Browser, manner: Manner) -> BrowserContext:
    return browser.new_context(
        java_script_enabled=manner.javascript,
        viewport={"width": manner.size[0], "height": manner.size[1]},
        locale={"fr": "fr-FR", "en": "en-GB"}[manner.language],
        color_scheme="dark" if manner.dark else "light",
        reduced_motion="reduce",
    )


def opened(context: BrowserContext, world: BrowserWorld, user: User | None = None) -> Visitor:
    """Somebody (None: nobody) logged in there."""
    assert world.site is not None
    if user is not None:
        context.add_cookies([world.cookie(user)])
    return Visitor(context, world.site.url, context.new_page())


@pytest.fixture(scope="package")
def free() -> dict[Manner, list[BrowserContext]]:
    """Windows that nobody is at, with the static files in their cache: to open one takes longer than to read a page."""
    return {}


@pytest.fixture
def visit(browser: Browser, world: BrowserWorld, free: dict[Manner, list[BrowserContext]]) -> Iterator[Visit]:
    """Open the site as somebody: `visit(user, javascript=False, size=PHONE, language="en", dark=True)`."""
    visitors: list[tuple[Manner, Visitor]] = []

    def come(user: User | None = None, **how: Any) -> Visitor:
        manner = Manner(**how)
        context = free[manner].pop() if free.get(manner) else window(browser, manner)
        visitors.append((manner, opened(context, world, user)))
        return visitors[-1][1]

    yield come
    for manner, visitor in visitors:
        visitor.leave()
        if sum(map(len, free.values())) < MOST_FREE:
            free.setdefault(manner, []).append(visitor.context)
        else:
            visitor.context.close()
    faults = [fault for _manner, visitor in visitors for fault in visitor.faults]
    assert not faults, "\n".join(faults)
