"""The addresses of a fund's pages, in the reader's language as words of the house."""

from django.urls import include, path

from grants.views import documents, guidance, mails, privacy, reading, team, tokens

app_name = "grants"
urlpatterns = [
    path("api/v1/", include("grants.api.urls")),
    path("", reading.home, name="home"),
    path("mes-jetons/", tokens.tokens, name="tokens"),
    path("mes-jetons/<uuid:uuid>/revoquer/", tokens.revoke, name="revoke-token"),
    path("fonds/<slug:code>/", reading.fund, name="fund"),
    path("fonds/<slug:code>/equipe/", team.team, name="team"),
    path("fonds/<slug:code>/equipe/<int:pk>/confirmer/", team.confirm, name="confirm_member"),
    path("fonds/<slug:code>/equipe/<int:pk>/refuser/", team.refuse, name="refuse_member"),
    path("fonds/<slug:code>/equipe/<int:pk>/terminer/", team.end, name="end_member"),
    path("fonds/<slug:code>/equipe/<int:pk>/renvoyer/", team.send_again, name="send_invitation_again"),
    path("fonds/<slug:code>/courriels/", mails.mails, name="mails"),
    path("preferences/courriels/", mails.mail_preference, name="mail_preference"),
    path("aide/", guidance.contents, name="help"),
    path("aide/glossaire/", guidance.glossary, name="glossary"),
    path("aide/<slug:slug>/", guidance.guide, name="guide"),
    path("accessibilite/", guidance.accessibility, name="accessibility"),
    path("information/", privacy.information, name="information"),
    path("registre-des-traitements/", privacy.register, name="register"),
    path("dossiers/<uuid:uuid>/", reading.application, name="application"),
    path("documents/<uuid:uuid>/", documents.download, name="document"),
]
