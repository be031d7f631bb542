"""What becomes of an error that a view meets. What callers see of each is in tests/grants/api/test_problems.py."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFieldsSent
from django.db import DataError, IntegrityError, InternalError, OperationalError
from django.http import Http404
from rest_framework import exceptions

from fundadmin.errors import KINDS, MEDIA_TYPE, OTHERS, handle
from grants.exceptions import ActionRefused, BadInput, Breach, NotAllowed, StillRunning

BREACHES = [Breach("one", "First %(n)s.", {"n": 1}, "lines/0"), Breach("two", "Second.")]


def told(error: Exception) -> Any:
    answer = handle(error, {})
    assert answer is not None
    assert answer.content_type == MEDIA_TYPE
    assert answer.data["status"] == answer.status_code
    return answer


@pytest.mark.parametrize("kind", KINDS)
def test_every_refusal_says_all_its_reasons(kind: type[ActionRefused]) -> None:
    answer = told(kind(BREACHES))
    assert answer.data["errors"] == [
        {"code": "one", "detail": "First 1.", "pointer": "/lines/0"},
        {"code": "two", "detail": "Second."},
    ]
    assert answer.data["detail"] == "First 1. Second."
    assert ("Retry-After" in answer.headers) == (kind is StillRunning)


def test_a_refusal_of_a_new_kind_is_told_as_what_it_is_a_kind_of() -> None:
    class OutOfOffice(NotAllowed):
        pass

    assert told(OutOfOffice(BREACHES)).data["type"] == "urn:fundadmin:problem:not-allowed"


def test_every_refusal_there_is_has_its_own_type() -> None:
    assert set(ActionRefused.__subclasses__()) == set(KINDS)
    assert len({kind.name for kind in KINDS.values()}) == len(KINDS)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Http404(), 404),
        (PermissionDenied(), 403),
        (RequestDataTooBig(), 413),
        (TooManyFieldsSent(), 400),
        (exceptions.NotAuthenticated(), 401),
        (exceptions.MethodNotAllowed("PUT"), 405),
        (exceptions.Throttled(wait=12.3), 429),
        (exceptions.Throttled(), 429),
        (exceptions.ParseError("x"), 400),
        (exceptions.APIException("x"), 400),
        (exceptions.ValidationError({"a": ["x"]}), 422),
        (IntegrityError("x"), 409),
        (DataError("x"), 409),
        (InternalError("x"), 409),
    ],
)
def test_what_a_caller_could_mend_is_no_server_error(error: Exception, status: int) -> None:
    answer = told(error)
    assert answer.status_code == status
    assert answer.data["detail"]
    if status != 409:
        assert (
            answer.data["type"]
            == f"urn:fundadmin:problem:{(KINDS[BadInput] if status == 422 else OTHERS[status]).name}"
        )


def test_a_wait_is_told_in_whole_seconds() -> None:
    assert told(exceptions.Throttled(wait=12.3)).headers["Retry-After"] == "13"
    assert told(exceptions.Throttled()).headers["Retry-After"] == "1"


@pytest.mark.parametrize("error", [RuntimeError("x"), OperationalError("x"), KeyError("x")])
def test_our_own_mistakes_stay_errors(error: Exception) -> None:
    assert handle(error, {}) is None


def test_nested_messages_become_pointers() -> None:
    details = {
        "lines": [{}, {"month": ["Wrong."], "lease": ["Gone.", "Really."]}],
        "non_field_errors": ["All of it."],
        "amounts": {"a/b~c": ["No."]},
        "code": ["A field may be called code."],
    }
    errors = told(exceptions.ValidationError(details)).data["errors"]
    assert [(error.get("pointer", ""), error["detail"]) for error in errors] == [
        ("/lines/1/month", "Wrong."),
        ("/lines/1/lease", "Gone."),
        ("/lines/1/lease", "Really."),
        ("", "All of it."),
        ("/amounts/a~1b~0c", "No."),
        ("/code", "A field may be called code."),
    ]
