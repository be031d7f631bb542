"""The addresses of a fund's pages, in the reader's language as words of the house."""

from django.urls import include, path

from grants.views import (
    acting,
    comments,
    commitments,
    documents,
    file,
    files,
    fund_actions,
    funds,
    guidance,
    home,
    ledger,
    mails,
    portfolio,
    privacy,
    reports,
    team,
    tokens,
)
from grants.views.deciding import approve, assess, bulk, crediting, desk, sittings, undo

app_name = "grants"
urlpatterns = [
    path("api/v1/", include("grants.api.urls")),
    # One's own.
    path("", home.home, name="home"),
    path("mes-jetons/", tokens.tokens, name="tokens"),
    path("mes-jetons/<uuid:uuid>/revoquer/", tokens.revoke, name="revoke-token"),
    path("preferences/courriels/", mails.mail_preference, name="mail_preference"),
    # Files.
    path("dossiers/", files.applications, name="applications"),
    path("dossiers/<uuid:uuid>/", file.application, name="application"),
    path("dossiers/<uuid:uuid>/commenter/", comments.add, name="comment"),
    path("commentaires/<uuid:uuid>/", comments.mend, name="mend_comment"),
    path("portefeuille/<slug:code>/", portfolio.portfolio, name="portfolio"),
    path("dossiers/<uuid:uuid>/instruire/", assess.assess, name="assess"),
    path("dossiers/<uuid:uuid>/accorder/", approve.decide, name="approve"),
    path("dossiers/<uuid:uuid>/imputer/", crediting.credit_one, name="credit"),
    path("dossiers/<uuid:uuid>/annuler/", undo.ask, name="ask_reverse"),
    path("documents/<uuid:uuid>/", documents.download, name="document"),
    # After every step that has an address of its own.
    path("dossiers/<uuid:uuid>/<slug:action>/", acting.act, name="act"),
    # Many files, and requests about what was granted.
    path("demandes/<uuid:uuid>/", undo.settle, name="settle_request"),
    path("decider/", desk.desk, name="decide"),
    path("imputer/", crediting.desk, name="crediting"),
    path("lot/lancer/", bulk.launch, name="bulk_launch"),
    path("lot/suivi/<uuid:uuid>/", bulk.run, name="bulk_run"),
    path("lot/<slug:action>/", bulk.bulk, name="bulk"),
    # A fund.
    path("fonds/", funds.funds, name="funds"),
    path("fonds/<slug:code>/", funds.fund, name="fund"),
    path("fonds/<slug:code>/a-appeler/", funds.to_call, name="to_call"),
    path("fonds/<slug:code>/journal/", ledger.journal, name="ledger"),
    path("fonds/<slug:code>/journal/<int:number>/", ledger.entry, name="ledger_entry"),
    path("fonds/<slug:code>/actes/", fund_actions.fund_actions, name="fund_actions"),
    path("fonds/<slug:code>/actes/proposer/<slug:action>/", fund_actions.propose_action, name="propose_action"),
    path("fonds/<slug:code>/actes/<uuid:uuid>/", fund_actions.proposal, name="fund_proposal"),
    path("fonds/<slug:code>/actes/<uuid:uuid>/confirmer/", fund_actions.confirm_proposal, name="confirm_proposal"),
    path("fonds/<slug:code>/actes/<uuid:uuid>/refuser/", fund_actions.refuse_proposal, name="refuse_proposal"),
    path("fonds/<slug:code>/mesures/", commitments.commitments, name="commitments"),
    path("fonds/<slug:code>/mesures/<int:pk>/tenue/", commitments.keep, name="keep_commitment"),
    path("fonds/<slug:code>/mesures/<int:pk>/non-tenue/", commitments.reopen, name="reopen_commitment"),
    path("fonds/<slug:code>/bilan/", reports.report, name="report"),
    path("fonds/<slug:code>/bilan/pdf/", reports.report_pdf, name="report_pdf"),
    path("fonds/<slug:code>/page-publique/", reports.public_page, name="public_page"),
    path("bilan/", reports.report_all, name="report_all"),
    path("bilan/pdf/", reports.report_all_pdf, name="report_all_pdf"),
    path("fonds/<slug:code>/equipe/", team.team, name="team"),
    path("fonds/<slug:code>/equipe/<int:pk>/confirmer/", team.confirm, name="confirm_member"),
    path("fonds/<slug:code>/equipe/<int:pk>/refuser/", team.refuse, name="refuse_member"),
    path("fonds/<slug:code>/equipe/<int:pk>/terminer/", team.end, name="end_member"),
    path("fonds/<slug:code>/equipe/<int:pk>/renvoyer/", team.send_again, name="send_invitation_again"),
    path("fonds/<slug:code>/courriels/", mails.mails, name="mails"),
    path("fonds/<slug:code>/bordereaux/", sittings.decision_lists, name="decision_lists"),
    # Open to all, and what is kept on whom.
    path("public/<slug:code>/", reports.public, name="public"),
    path("aide/", guidance.contents, name="help"),
    path("aide/glossaire/", guidance.glossary, name="glossary"),
    path("aide/<slug:slug>/", guidance.guide, name="guide"),
    path("accessibilite/", guidance.accessibility, name="accessibility"),
    path("information/", privacy.information, name="information"),
    path("registre-des-traitements/", privacy.register, name="register"),
]
