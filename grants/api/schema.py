"""The OpenAPI description: what drf-spectacular can't see by itself — headers, problems, who authenticates how."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils import translation
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from grants.api.authentication import SCHEME, BySession
from grants.api.examples import EXAMPLES, PROBLEM_EXAMPLES
from grants.api.preconditions import KEY_HEADER
from grants.api.serializers.bulk import UndoneRead
from grants.api.serializers.fields import Asked
from grants.api.serializers.files import ProblemRead
from grants.api.serializers.filters import NoFilters

PROBLEM = "application/problem+json"
PROBLEMS = {
    400: "A header or the body can't be read.",
    401: "No or no valid token, and nobody logged in.",
    403: "Your roles do not allow this, or your hands in the file forbid it (four eyes).",
    404: "It doesn't exist, or it isn't yours to read.",
    406: "Only JSON is sent.",
    409: "The rules refuse it, each reason with its sentence; or the same request is still running (Retry-After).",
    412: "The application has changed since the version in If-Match.",
    413: "The body is too large.",
    415: "The body is of another type.",
    422: "Something in the request can't be used: each input with its pointer.",
    428: "If-Match is missing.",
    429: "Too many requests (Retry-After).",
}
CONFLICT = 409


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # its registry is not typed
    target_class = "grants.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, _auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": SCHEME.lower(), "description": "A token made on the site."}


# drf-spectacular's own methods are mostly not typed: hence the ignores.
class Described(AutoSchema):
    """Each operation with its filters, its headers and every problem it may answer."""

    def get_override_parameters(self) -> list[Any]:
        asked = 2 if self.is_action else 1 if self.is_filing or self.is_asking else 0
        parameters: list[Any] = [BULK_KEY] if self.is_bulk else [*REQUEST_HEADERS[:asked]]
        filters = getattr(self.view, "filters", NoFilters)
        if self.is_list and filters is not NoFilters:
            parameters.append(filters)
        return parameters + [header for header, concerned in ANSWER_HEADERS if concerned(self)]

    @property
    def is_action(self) -> bool:
        return hasattr(self.view, "step")

    @property
    def is_filing(self) -> bool:
        return self.method == "POST" and getattr(self.view, "basename", "") == "application"

    @property
    def is_asking(self) -> bool:
        """An export: made once for its key, as what is filed."""
        return self.method == "POST" and getattr(self.view, "basename", "") == "export"

    @property
    def is_list(self) -> bool:
        return getattr(self.view, "action", "") == "list"

    @property
    def is_one_application(self) -> bool:
        return self.method == "GET" and self.path.endswith("/applications/{id}/")

    @property
    def is_by_session(self) -> bool:
        return BySession in self.view.permission_classes

    def get_auth(self) -> list[Any]:
        return [{"cookieAuth": []}] if self.is_by_session else super().get_auth()

    @property
    def is_bulk(self) -> bool:
        return hasattr(self.view, "many")

    def problems(self) -> set[int]:
        found = {401, 406, 429}
        if "{" in self.path:
            found |= {404}
        if self.is_by_session or self.method != "GET":
            found |= {403}
        if self.is_list or self.path.endswith("/position/"):
            found |= {422}
        if self.method == "POST":
            found |= {400, 413, 415, 422}
        if self.is_action or self.is_filing or self.is_bulk or self.path.endswith("/exports/{id}/content/"):
            found |= {409}
        return found | ({412, 428} if self.is_action else set())

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        """What a view declares, and the problems: decorated views override `get_response_serializers`."""
        bodies = super()._get_response_bodies(direction)
        for status in sorted(self.problems()):
            problem = UndoneRead if self.is_bulk and status == CONFLICT else ProblemRead
            answer = OpenApiResponse(problem, description=PROBLEMS[status])
            bodies[str(status)] = self._get_response_for_code(answer, str(status), [PROBLEM], direction)  # type: ignore[no-untyped-call]
        for body in bodies.values():
            body["description"] = body["description"] or "Done."
        return bodies

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        mapped = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        return mapped | {"additionalProperties": False} if isinstance(serializer, Asked) else mapped


def answer_header(name: str, statuses: list[int], description: str, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, str, "header", response=statuses, description=description, **more)


REQUEST_HEADERS = (
    OpenApiParameter(
        KEY_HEADER,
        str,
        OpenApiParameter.HEADER,
        required=True,
        description="A new value for each request, the same for each repetition of it: 1 to 200 visible"
        " ASCII characters. Repeating a request that was done answers its first outcome again.",
        pattern=r"^[\x21-\x7e]{1,200}$",
    ),
    OpenApiParameter(
        "If-Match",
        str,
        OpenApiParameter.HEADER,
        required=True,
        description="The ETag of the application as you read it, or `*` for any version.",
        pattern=r'^(\*|"[0-9]{1,9}")$',
    ),
)
BULK_KEY = OpenApiParameter(
    KEY_HEADER,
    str,
    OpenApiParameter.HEADER,
    description="Needed for the run; see there. The dry run changes nothing and needs none.",
    pattern=r"^[\x21-\x7e]{1,180}$",
)
ANSWER_HEADERS: Sequence[tuple[OpenApiParameter, Callable[[Described], bool]]] = (
    (
        answer_header("ETag", [200, 201, 304], "The application's version: for If-Match."),
        lambda view: view.is_action or view.is_filing or view.is_one_application,
    ),
    (answer_header("Location", [201], "Where what was made is."), lambda view: view.is_filing or view.is_asking),
    (answer_header("Link", [200], 'The next page, as `<…>; rel="next"`; not on the last.'), lambda view: view.is_list),
    (answer_header("WWW-Authenticate", [401], "How to say who you are."), lambda _view: True),
    (answer_header("Retry-After", [409, 429], "Ask again after so many seconds."), lambda _view: True),
)


class Generator(SchemaGenerator):
    """In English whatever the reader's language: the committed description is the one that is served."""

    def get_schema(self, request: Any = None, public: bool = False) -> Any:  # noqa: FBT001, FBT002 - its name and shape
        with translation.override("en"):
            # What is lazy in it would be read later, in the reader's language.
            return json.loads(OpenApiJsonRenderer().render(super().get_schema(request, public)))  # type: ignore[no-untyped-call]


def with_examples(result: dict[str, Any], **_others: Any) -> dict[str, Any]:
    """Hook of drf-spectacular: an example in every body that is sent and answered, and each problem written once."""
    for address in result["paths"].values():
        for operation in address.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                put_example(content, example_of(content["schema"]))
            for status, answer in operation["responses"].items():
                if int(status) in PROBLEMS:
                    content = answer["content"][PROBLEM]
                    name = content["schema"]["$ref"].rpartition("/")[2].removesuffix("Read") + status
                    operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}
                    content["example"] = PROBLEM_EXAMPLES[int(status)]
                    result["components"].setdefault("responses", {})[name] = answer
                    continue
                for content in answer.get("content", {}).values():
                    put_example(content, example_of(content["schema"]))
    return result


def put_example(content: dict[str, Any], example: Any) -> None:
    if example is not None:
        content["example"] = example


def example_of(schema: Mapping[str, Any]) -> Any:
    """The example of a component, of a list or of a page of it; None where there is none."""
    if schema.get("type") == "array":
        item = example_of(schema["items"])
        return None if item is None else [item]
    name = schema.get("$ref", "").rpartition("/")[2]
    if name.startswith("Paginated"):
        item = EXAMPLES.get(name.removeprefix("Paginated").removesuffix("List"))
        return None if item is None else {"items": [item], "next": None}
    return EXAMPLES.get(name)
