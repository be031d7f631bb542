"""The API's description: committed, valid, complete, with examples that fit, and shown by a page that works offline."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from django.utils import translation
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.renderers import OpenApiYamlRenderer
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from grants.api.examples import EXAMPLES, PROBLEM_EXAMPLES
from grants.api.schema import PROBLEMS, Generator

COMMITTED = Path(__file__).resolve().parents[3] / "docs" / "openapi.yaml"
WITHOUT_BODY = {"tokens_destroy", "documents_content_retrieve", "funds_exports_content_retrieve"}
COUNTS = {
    "version",
    "charter_version",
    "number",
    "reverses",
    "last_number",
    "rank",
    "status",
    "size",
    "days",
    "passing",
    "done",
    "done_rows",
    "all_rows",
}
"""Whole numbers that are neither amounts nor keys of a table."""


@cache
def described() -> Any:
    return generated()


def generated() -> Any:
    generator: Any = Generator  # its constructor is not typed
    with GENERATOR_STATS.silence():
        return generator().get_schema(public=True)


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described()["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def bodies() -> Iterator[tuple[str, dict[str, Any]]]:
    """(where, its content) of everything that is sent or answered, a document's own content aside."""
    for _path, _method, operation in operations():
        asked = operation.get("requestBody", {}).get("content", {}).values()
        told = [
            content
            for answer in operation["responses"].values()
            for content in answer.get("content", {}).values()
            if content["schema"].get("format") != "binary"
        ]
        for content in [*asked, *told]:
            yield operation["operationId"], content
    for name, answer in described()["components"]["responses"].items():
        for content in answer["content"].values():
            yield name, content


def fields() -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """(component, field, its schema, the component's fields)."""
    for component, schema in described()["components"]["schemas"].items():
        for name, field in schema.get("properties", {}).items():
            yield component, name, field, schema["properties"]


def test_the_committed_description_is_that_of_the_code() -> None:
    renderer: Any = OpenApiYamlRenderer()
    text = renderer.render(described(), renderer_context={}).decode()
    assert COMMITTED.read_text() == text, "docs/openapi.yaml is stale: run `make openapi` and commit what it writes."


def test_it_is_valid_openapi_3_1() -> None:
    assert described()["openapi"] == "3.1.1"
    assert list(OpenAPIV31SpecValidator(described()).iter_errors()) == []


def test_nothing_had_to_be_guessed() -> None:
    GENERATOR_STATS.reset()
    generated()
    assert not GENERATOR_STATS, "drf-spectacular warns: run `make openapi` to read it."


def test_it_says_the_same_in_every_language() -> None:
    with translation.override("en"):
        english = generated()
    assert english == described()


def test_every_operation_is_explained_with_examples() -> None:
    silent = [o["operationId"] for _path, _method, o in operations() if not o.get("description")]
    assert silent == []
    without = {where for where, content in bodies() if "example" not in content}
    assert without == set(), "give grants/api/examples one for each component that these send or answer"
    assert {o["operationId"] for _p, _m, o in operations()} - {where for where, _content in bodies()} == WITHOUT_BODY


def test_every_example_fits_its_own_schema() -> None:
    checked = 0
    for where, content in bodies():
        schema = content["schema"] | {"components": described()["components"]}
        validator = OAS31Validator(schema, format_checker=OAS31Validator.FORMAT_CHECKER)
        errors = [error.message for error in validator.iter_errors(content["example"])]
        assert errors == [], f"grants/api/examples: that of {where} does not fit"
        checked += 1
    assert checked > len(EXAMPLES)


def test_no_example_is_left_over() -> None:
    used = re.findall(r"#/components/schemas/(?:Paginated)?(\w+?)(?:List)?'", str(described()["paths"]))
    assert set(EXAMPLES) <= set(used)
    assert set(PROBLEM_EXAMPLES) == set(PROBLEMS)


def test_every_answer_shows_every_field() -> None:
    """A reader needn't ask whether a field is missing or null; only where it is said may it be left out."""
    answered = {n: s for n, s in described()["components"]["schemas"].items() if not n.endswith("Request")}
    optional = {
        f"{name}.{field}"
        for name, schema in answered.items()
        for field in schema.get("properties", {})
        if field not in schema.get("required", [])
    }
    assert optional == {"ReasonRead.pointer", "UndoneRead.rows"}


def test_what_is_sent_has_no_other_names() -> None:
    asked = {n: s for n, s in described()["components"]["schemas"].items() if n.endswith("Request")}
    assert len(asked) > 20
    assert [name for name, schema in asked.items() if schema.get("additionalProperties") is not False] == []


def test_no_key_of_a_table_is_shown() -> None:
    numbers = {
        f"{component}.{name}"
        for component, name, field, _others in fields()
        if "integer" in field.get("type", ()) and name not in COUNTS and not is_amount(name)
        if not re.search(r"_(bp|days|months)$|^headcount$", name)
    }
    assert numbers == set()
    ids = [field for _component, name, field, _others in fields() if name == "id"]
    assert ids
    assert all(field["format"] == "uuid" for field in ids)
    addresses = {
        parameter["name"]: parameter["schema"]
        for _path, _method, operation in operations()
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "path"
    }
    assert addresses["id"] == {"type": "string", "format": "uuid"}
    assert set(addresses) == {"id", "code"}


def is_amount(name: str) -> bool:
    return name.endswith(("_cents", "_after"))


def test_amounts_are_whole_cents_beside_their_currency() -> None:
    amounts = [field for field in fields() if is_amount(field[1])]
    assert len(amounts) > 20
    for component, name, field, others in amounts:
        kinds = [field["type"]] if isinstance(field["type"], str) else field["type"]
        assert set(kinds) <= {"integer", "null"}, f"{component}.{name}"
        # What is asked for is in the fund's currency; what is answered says it.
        assert component.endswith("Request") or "currency" in others, f"{component}.{name}"


def test_every_action_asks_for_its_key_and_version() -> None:
    for path, method, operation in operations():
        headers = {p["name"] for p in operation.get("parameters", []) if p["in"] == "header"}
        if "/bulk/" in path:
            assert headers == {"Idempotency-Key"}
        elif method == "post" and "/tokens/" not in path:
            assert headers == ({"Idempotency-Key", "If-Match"} if "{id}" in path else {"Idempotency-Key"})
        else:
            assert headers == set()


def test_filters_are_described() -> None:
    (asked,) = [o for _p, _m, o in operations() if o["operationId"] == "applications_list"]
    names = {p["name"] for p in asked["parameters"]}
    assert names >= {"fund", "state", "tenant", "siren", "acted_since", "limit", "after"}


@pytest.mark.parametrize(
    ("query", "kind"),
    [("", "application/vnd.oai.openapi"), ("?format=json", "application/vnd.oai.openapi+json")],
)
def test_anybody_may_read_the_description(query: str, kind: str) -> None:
    answer: Any = Client().get(reverse("grants:api:schema") + query)
    assert answer.headers["Content-Type"].startswith(kind)
    assert answer.data == described()


def test_the_page_needs_nobody_elses_server_and_no_inline_script() -> None:
    page = Client().get(reverse("grants:api:docs")).content.decode()
    addresses = re.findall(r'(?:src|href|data-address)="([^"]+)"', page)
    assert [address for address in addresses if not address.startswith(("/", "data:,"))] == []
    static = [address.removeprefix("/static/") for address in addresses if address.startswith("/static/")]
    assert len(static) == 3
    assert all(finders.find(name) for name in static)
    assert re.findall(r"<script[^>]*>[^<]", page) == []
    assert "style=" not in page
    assert "<style" not in page
