"""The addresses of a fund's pages, in the reader's language as words of the house."""

from django.urls import include, path

from grants.views import documents, mails, privacy, reading, team, tokens
from grants.views.deciding import approve, assess, bulk, crediting, desk, sittings, undo

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
    path("information/", privacy.information, name="information"),
    path("registre-des-traitements/", privacy.register, name="register"),
    path("dossiers/<uuid:uuid>/", reading.application, name="application"),
    path("dossiers/<uuid:uuid>/instruire/", assess.assess, name="assess"),
    path("dossiers/<uuid:uuid>/accorder/", approve.decide, name="approve"),
    path("dossiers/<uuid:uuid>/imputer/", crediting.credit_one, name="credit"),
    path("dossiers/<uuid:uuid>/annuler/", undo.ask, name="ask_reverse"),
    path("demandes/<uuid:uuid>/", undo.settle, name="settle_request"),
    path("decider/", desk.desk, name="decide"),
    path("imputer/", crediting.desk, name="crediting"),
    path("lot/lancer/", bulk.launch, name="bulk_launch"),
    path("lot/suivi/<uuid:uuid>/", bulk.run, name="bulk_run"),
    path("lot/<slug:action>/", bulk.bulk, name="bulk"),
    path("fonds/<slug:code>/bordereaux/", sittings.decision_lists, name="decision_lists"),
    path("documents/<uuid:uuid>/", documents.download, name="document"),
]
