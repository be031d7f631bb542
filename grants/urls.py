"""The addresses of a fund's pages, in the reader's language as words of the house."""

from django.urls import include, path

from grants.views import (
    acting,
    comments,
    documents,
    file,
    files,
    guidance,
    home,
    mails,
    portfolio,
    privacy,
    reading,
    team,
    tokens,
)

app_name = "grants"
urlpatterns = [
    path("api/v1/", include("grants.api.urls")),
    path("", home.home, name="home"),
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
    path("dossiers/", files.applications, name="applications"),
    path("dossiers/<uuid:uuid>/", file.application, name="application"),
    path("dossiers/<uuid:uuid>/commenter/", comments.add, name="comment"),
    path("commentaires/<uuid:uuid>/", comments.mend, name="mend_comment"),
    path("portefeuille/<slug:code>/", portfolio.portfolio, name="portfolio"),
    # After every step that has an address of its own.
    path("dossiers/<uuid:uuid>/<slug:action>/", acting.act, name="act"),
    path("documents/<uuid:uuid>/", documents.download, name="document"),
]
