"""The OpenAPI description: what drf-spectacular can't see by itself — headers, problems, who authenticates how."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from grants.api.authentication import SCHEME
from grants.api.preconditions import KEY_HEADER
from grants.api.serializers.files import ProblemRead

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


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # its registry is not typed
    target_class = "grants.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, _auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": SCHEME.lower(), "description": "A token made on the site."}


class Described(AutoSchema):
    """Each operation with its headers and every problem it may answer."""

    def get_override_parameters(self) -> list[Any]:
        parameters: list[Any] = []
        if self.is_bulk:
            parameters.append(
                OpenApiParameter(
                    KEY_HEADER,
                    str,
                    OpenApiParameter.HEADER,
                    description="Needed for the run; see there. The dry run changes nothing and needs none.",
                    pattern=r"^[\x21-\x7e]{1,180}$",
                )
            )
        if self.is_action or self.is_filing:
            parameters.append(
                OpenApiParameter(
                    KEY_HEADER,
                    str,
                    OpenApiParameter.HEADER,
                    required=True,
                    description="A new value for each request, the same for each repetition of it: 1 to 200 visible"
                    " ASCII characters. Repeating a request that was done answers its first outcome again.",
                    pattern=r"^[\x21-\x7e]{1,200}$",
                )
            )
        if self.is_action:
            parameters.append(
                OpenApiParameter(
                    "If-Match",
                    str,
                    OpenApiParameter.HEADER,
                    required=True,
                    description="The ETag of the application as you read it, or `*` for any version.",
                    pattern=r'^(\*|"\d{1,9}")$',
                )
            )
        return parameters

    @property
    def is_action(self) -> bool:
        return hasattr(self.view, "step")

    @property
    def is_filing(self) -> bool:
        return self.method == "POST" and getattr(self.view, "basename", "") == "application"

    @property
    def is_bulk(self) -> bool:
        return hasattr(self.view, "many")

    def problems(self) -> set[int]:
        found = {401, 406, 429}
        if "{" in self.path:
            found |= {404}
        if self.method == "GET":
            return found | {422}
        found |= {403, 400, 415, 422, 413} if self.method == "POST" else {403}
        if self.is_action or self.is_filing or self.is_bulk:
            found |= {409}
        return found | ({412, 428} if self.is_action else set())

    def get_response_serializers(self) -> Any:
        given = super().get_response_serializers()
        answers: dict[Any, Any] = dict(given) if isinstance(given, dict) else {200: given}
        for status in sorted(self.problems()):
            answers[(str(status), PROBLEM)] = OpenApiResponse(ProblemRead, description=PROBLEMS[status])
        return answers
