"""What allauth's OpenID Connect lacks: facts about a person that come signed (ProConnect sends them so)."""

from collections.abc import Mapping
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest, HttpResponse

SIGNED = "application/jwt"


class SignedFacts(OpenIDConnectOAuth2Adapter):
    """Reads the facts as JSON, or as a JWT whose signature, issuer and audience are checked."""

    def _fetch_user_info(self, access_token: str) -> dict[str, Any]:
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.profile_url, headers={"Authorization": f"Bearer {access_token}"})
            answer.raise_for_status()
        if answer.headers.get("Content-Type", "").partition(";")[0].strip() != SIGNED:
            return dict(answer.json())
        try:
            return jwtkit.verify_and_decode(
                credential=answer.text,
                keys_url=self.openid_config["jwks_uri"],
                issuer=self.openid_config["issuer"],
                audience=self.get_provider().app.client_id,  # type: ignore[no-untyped-call] # not annotated there
                lookup_kid=jwtkit.lookup_kid_jwk,
            )
        except KeyError as error:
            raise OAuth2Error("The signed facts name no key.") from error


def come_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Where the provider sends people back to."""
    answer: HttpResponse = OAuth2CallbackView.adapter_view(SignedFacts(request, provider_id))(request)
    return answer


def says_verified(facts: Mapping[str, Any]) -> bool:
    """Whether the provider says of the address that it is verified, or that it isn't."""
    return any("email_verified" in part for part in facts.values() if isinstance(part, dict))
