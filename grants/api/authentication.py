"""Who asks: a program by `Authorization: Bearer <token>`, or a person who is logged in on the site."""

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from fundadmin.models import Scope, User
from grants.actions.tokens import note_use
from grants.models import ApiToken
from grants.models.token import digest_of

SCHEME = "Bearer"


class TokenAuthentication(BaseAuthentication):
    """The token's person, narrowed to the token's fund and roles (`User.scope`). One indexed look-up."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _space, secret = get_authorization_header(request).partition(b" ")
        if scheme.lower() != SCHEME.lower().encode():
            return None
        digest = digest_of(secret.strip().decode("ascii", errors="replace"))
        open_ones = ApiToken.objects.filter(user__is_active=True, sessions_key=F("user__sessions_key"))
        token = open_ones.select_related("user").filter(digest=digest).first()
        now = timezone.now()
        if token is None or not token.is_valid_at(now):
            # One sentence for all: a stranger doesn't learn which tokens there were.
            raise AuthenticationFailed(_("This token is unknown, expired or revoked: make a new one on the site."))
        note_use(token, now)
        user = token.user
        user.scope = Scope(token.fund_id, frozenset(token.roles))
        return user, token

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - the same for everybody
        return f'{SCHEME} realm="fundadmin"'


class LoggedIn(BasePermission):
    """Anybody who said who they are; what they may see and do is the queries' and the actions' business."""

    message = _("Log in, or send a token.")

    def has_permission(self, request: Request, _view: object) -> bool:
        return bool(request.user and request.user.is_authenticated)


class BySession(BasePermission):
    """A person at the site, not a program: for making tokens."""

    message = _("A token makes no other token: log in on the site.")

    def has_permission(self, request: Request, _view: object) -> bool:
        return request.auth is None
