"""Static files in production: under names that carry a digest of their content, kept by browsers for ever."""

import re

import pytest

from tests.server import running_server, static_files


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_page_names_its_stylesheet_by_content_and_browsers_keep_it(database_environment: dict[str, str]) -> None:
    with running_server(database_environment, workers=1) as site:
        page = site.get("/connexion/")
        found = re.search(r'href="(/static/fundadmin/fundadmin\.[0-9a-f]{12}\.css)"', page.text)
        assert found, page.text
        sheet = site.get(found[1], **{"Accept-Encoding": "gzip"})
        assert sheet.status == 200
        assert sheet.headers["content-encoding"] == "gzip"
        assert "immutable" in sheet.headers["cache-control"]
        assert int(re.findall(r"max-age=(\d+)", sheet.headers["cache-control"])[0]) >= 365 * 24 * 3600
        assert sheet.headers["x-content-type-options"] == "nosniff"
        plain = site.get("/static/fundadmin/fundadmin.css")
        assert plain.headers["cache-control"] == "max-age=60, public"
        # Nothing but what was collected: neither documents nor the manifest's neighbours.
        assert site.get("/static/../settings.py").status == 404
        assert site.get("/media/").status == 404
    assert (static_files() / "staticfiles.json").is_file()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_monitor_may_ask_without_tls_and_nobody_else(database_environment: dict[str, str]) -> None:
    with running_server(database_environment, workers=1, METRICS_TOKEN="t") as site:
        plain = {"X-Forwarded-Proto": "http"}
        assert site.get("/healthz", **plain).status == 200
        assert site.get("/metrics", **plain, Authorization="Bearer t").status == 200
        redirect = site.get("/connexion/", **plain)
        assert (redirect.status, redirect.headers["location"]) == (
            301,
            site.url.replace("http:", "https:") + "/connexion/",
        )
