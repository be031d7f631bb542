"""The user account. Who may do what in a fund is `grants.models.FundMember`'s business, not the account's."""

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import uuid4

import pgtrigger
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

SYSTEM_EMAIL = "system@fundadmin.invalid"


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Without a password the account can't log in until one is set."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Log in however the address was capitalised."""
        return self.get(email=(username or "").strip().lower())

    def system(self) -> "User":
        """The account that expires reservations and makes offers; `migrate` creates it."""
        return self.get(is_system=True)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a token gives of its holder's roles: some roles (their codes) in one fund."""

    fund_id: int
    roles: frozenset[str]


class User(AbstractBaseUser, PermissionsMixin):
    """A person, named by e-mail address, or the one system account."""

    uuid = models.UUIDField(_("public identifier"), default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True)
    full_name = models.CharField(_("full name"), max_length=150)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may enter the administration site"), default=False)
    is_system = models.BooleanField(_("system account"), default=False, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    language = models.CharField(
        _("language"),
        max_length=2,
        choices=settings.LANGUAGES,
        blank=True,
        default="",
        db_default="",
        help_text=_("Of the pages and mails; empty: as the browser says, and mails in French."),
    )
    sessions_key = models.UUIDField(default=uuid4, editable=False, help_text=_("A new one ends every session."))

    objects: ClassVar[UserManager] = UserManager()

    scope: Scope | None = None
    """Not stored: set where somebody acts by a token, which gives no more than this of their roles."""

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                # Kept in lower case, so that unique means unique however it is written.
                condition=models.Q(email=Lower("email")),
                name="user_email_is_lower_case",
                violation_error_message=_("Write the e-mail address in lower case."),
            ),
            models.UniqueConstraint(
                fields=["is_system"],
                condition=models.Q(is_system=True),
                name="user_one_system_account",
                violation_error_message=_("There is only one system account."),
            ),
        ]
        triggers: ClassVar = [
            # However it is disabled and enabled again, it doesn't find its old sessions open.
            pgtrigger.Trigger(
                name="user_switched_ends_sessions",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__is_active__df=pgtrigger.F("new__is_active")),
                func="NEW.sessions_key = gen_random_uuid(); RETURN NEW;",
            )
        ]

    def __str__(self) -> str:
        return self.full_name or self.email

    def clean(self) -> None:
        super().clean()
        self.email = self.email.strip().lower()

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session keeps and must match: it ends with the password, and with `sessions_key`."""
        by_password: str = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc] # not in the stubs
        return salted_hmac("fundadmin sessions", f"{by_password}{self.sessions_key}", secret=secret).hexdigest()

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name


class SignIn(models.Model):
    """Who came in, or tried to, when and from which network. Never changed; retention deletes it.

    For security only. `address` is what was tried where it is nobody's; a person's own rows name the account instead.
    """

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "DELETE")

    class Outcome(models.TextChoices):
        SUCCESS = "success", _("logged in")
        FAILURE = "failure", _("refused")
        SECOND_FACTOR_FAILED = "mfa_failure", _("second factor refused")
        TOO_OFTEN = "too_often", _("refused: too many attempts")
        LOGGED_OUT = "logout", _("logged out")

    at = models.DateTimeField(_("at"), auto_now_add=True)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices)
    user = models.ForeignKey(
        User, verbose_name=_("user"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    address = models.CharField(_("address tried"), max_length=254, blank=True)
    method = models.CharField(_("method"), max_length=100, blank=True)
    network = models.GenericIPAddressField(
        _("network"), null=True, blank=True, help_text=_("The first 24 bits of an IPv4 address, 48 of an IPv6 address.")
    )

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")
        indexes: ClassVar = [models.Index(fields=["at"], name="sign_in_at")]
        triggers: ClassVar = [pgtrigger.Protect(name="sign_in_kept", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} {self.user_id or ''}"
