"""Accounts in the admin site: read, disabled and enabled. Passwords and second factors are each person's own."""

import logging
from typing import TYPE_CHECKING, Any

import allauth.account.admin
import allauth.mfa.admin
import allauth.socialaccount.admin  # noqa: F401 - these register what is taken away below
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from fundadmin.models import SignIn, User
from landlords.admin import ModelAdmin, ReadOnlyAdmin

if TYPE_CHECKING:
    from django.db.models import QuerySet

# An administrator who could add an address to somebody's account could enter by it.
for model in (EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken):
    admin.site.unregister(model)

log = logging.getLogger(__name__)


@admin.register(SignIn)
class SignInAdmin(ReadOnlyAdmin):
    """The log of sign-ins. Reading it is logged too."""

    list_display = ("at", "outcome", "user", "address", "method", "network")
    list_filter = ("outcome",)
    list_select_related = ("user",)
    search_fields = ("user__email", "address")
    date_hierarchy = "at"
    ordering = ("-pk",)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        log.info("The log of sign-ins was read by account %s.", request.user.pk)
        return super().changelist_view(request, extra_context)


@admin.register(User)
class UserAdmin(ModelAdmin):
    """`is_active` is what an administrator changes: disabling an account ends its sessions."""

    list_display = ("email", "full_name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "full_name")
    fields = ("email", "full_name", "is_active", "is_staff", "last_login", "created_at")
    readonly_fields = ("email", "full_name", "is_staff", "last_login", "created_at")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[User]":
        return super().get_queryset(request).filter(is_system=False)

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False


@admin.register(Authenticator)
class AuthenticatorAdmin(ModelAdmin):
    """A second factor that was lost is deleted here; its person sets up another at the next log-in."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)
    search_fields = ("user__email",)
    fields = readonly_fields = ("user", "type", "created_at", "last_used_at")

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False
