"""The addresses of accounts. allauth knows its pages by these names; what isn't here can't be reached: no sign-up."""

from allauth.account import views as account
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.socialaccount import views as provider
from django.urls import path, re_path

from fundadmin.accounts import views

SECOND_FACTOR = "compte/double-authentification/"

urlpatterns = [
    path("connexion/", account.login, name="account_login"),
    path("connexion/code/", views.CodeView.as_view(), name="mfa_authenticate"),
    path("connexion/annulee/", provider.login_cancelled, name="socialaccount_login_cancelled"),
    path("connexion/erreur/", provider.login_error, name="socialaccount_login_error"),
    path("connexion/<slug:provider_id>/", views.provider_log_in, name="openid_connect_login"),
    path("connexion/<slug:provider_id>/retour/", views.provider_come_back, name="openid_connect_callback"),
    path("deconnexion/", account.logout, name="account_logout"),
    path("compte/formulaire-en-attente/", views.kept_form, name="kept_form"),
    path("compte/desactive/", account.account_inactive, name="account_inactive"),
    path("compte/confirmer/", account.reauthenticate, name="account_reauthenticate"),
    path("compte/confirmer/code/", views.ConfirmCodeView.as_view(), name="mfa_reauthenticate"),
    path("compte/confirmer/cle/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("adresse/confirmer/", account.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^adresse/confirmer/(?P<key>[-:\w]+)/$", account.confirm_email, name="account_confirm_email"),
    path("mot-de-passe/changer/", account.password_change, name="account_change_password"),
    path("mot-de-passe/creer/", account.password_set, name="account_set_password"),
    path("mot-de-passe/oublie/", account.password_reset, name="account_reset_password"),
    path("mot-de-passe/oublie/envoye/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^mot-de-passe/choisir/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("mot-de-passe/choisi/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path(SECOND_FACTOR, second_factor.index, name="mfa_index"),
    path(f"{SECOND_FACTOR}application/", totp.activate_totp, name="mfa_activate_totp"),
    path(f"{SECOND_FACTOR}application/retirer/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path(f"{SECOND_FACTOR}codes-de-secours/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        f"{SECOND_FACTOR}codes-de-secours/nouveaux/",
        recovery_codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        f"{SECOND_FACTOR}codes-de-secours/fichier/",
        recovery_codes.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    path(f"{SECOND_FACTOR}cles/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path(f"{SECOND_FACTOR}cles/ajouter/", webauthn.add_webauthn, name="mfa_add_webauthn"),
    path(f"{SECOND_FACTOR}cles/<int:pk>/retirer/", webauthn.remove_webauthn, name="mfa_remove_webauthn"),
    path(f"{SECOND_FACTOR}cles/<int:pk>/nom/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
]
