"""Accounts in the admin site: read, disabled and enabled. Passwords and second factors are each person's own."""

import logging
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from fundadmin.models import SignIn, User
from landlords.admin import ModelAdmin, ReadOnlyAdmin

if TYPE_CHECKING:
    from django.db.models import QuerySet

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
