"""What is too large is refused by what it says of itself, unread, in words; everywhere alike."""

import re
from io import BytesIO

import pytest
from django.conf import settings
from django.test import Client

from fundadmin.body_limit import FILES_LIMIT

MULTIPART = "multipart/form-data; boundary=x"
FORM = "application/x-www-form-urlencoded"


class Unread(BytesIO):
    """A body that nobody may touch."""

    def read(self, *_args: object) -> bytes:
        raise AssertionError("the body was read")

    readline = read


def sent(path: str, content_type: str, length: object, body: BytesIO | None = None, **headers: str) -> tuple[int, str]:
    """What a server would hand on: it trusts the length that was said."""
    said = {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(length), "wsgi.input": body or Unread()}
    answer = Client().generic("POST", path, headers=headers, **said)
    return answer.status_code, answer.content.decode()


@pytest.mark.parametrize("path", ["/", "/connexion/", "/transmettre/inconnu/", "/dossiers/", "/nowhere/"])
def test_files_that_are_too_large_are_refused_unread(path: str) -> None:
    """The database would be asked where the session is looked up, and this test has none."""
    status, page = sent(path, MULTIPART, FILES_LIMIT + 1)
    assert status == 413
    assert "Cette demande est trop volumineuse" in page
    assert "Ensemble, les fichiers dépassent 64 Mo" in page
    assert "Rien n’a été modifié." in page


def test_a_form_without_files_is_smaller() -> None:
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    status, page = sent("/connexion/", FORM, most + 1, **{"Accept-Language": "en"})
    assert (status, f"A request has at most {most} bytes." in page) == (413, True)


def test_a_program_gets_a_problem() -> None:
    status, told = sent("/api/v1/applications/", MULTIPART, FILES_LIMIT + 1)
    assert status == 413
    assert "urn:fundadmin:problem:too-large" in told


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content_type", "length"),
    [(MULTIPART, FILES_LIMIT), (FORM, settings.DATA_UPLOAD_MAX_MEMORY_SIZE), (FORM, "-1"), (FORM, "")],
)
def test_what_is_not_too_large_goes_on(content_type: str, length: object) -> None:
    assert sent("/nowhere/", content_type, length, BytesIO(b""))[0] == 404


@pytest.mark.django_db
def test_a_page_without_a_body_is_as_ever() -> None:
    assert Client().get("/healthz").status_code == 200


def test_the_proxy_lets_as_much_through() -> None:
    proxy = (settings.BASE_DIR / "docs/operations/nginx.conf").read_text()
    assert re.findall(r"client_max_body_size (\d+)m;", proxy) == [str(FILES_LIMIT // 1024**2)]
