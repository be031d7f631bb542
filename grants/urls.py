"""The addresses of a fund's pages, in the reader's language as words of the house."""

from django.urls import path

from grants.views import reading, team

app_name = "grants"
urlpatterns = [
    path("", reading.home, name="home"),
    path("fonds/<slug:code>/", reading.fund, name="fund"),
    path("fonds/<slug:code>/equipe/", team.team, name="team"),
    path("fonds/<slug:code>/equipe/<int:pk>/confirmer/", team.confirm, name="confirm_member"),
    path("fonds/<slug:code>/equipe/<int:pk>/refuser/", team.refuse, name="refuse_member"),
    path("fonds/<slug:code>/equipe/<int:pk>/terminer/", team.end, name="end_member"),
    path("fonds/<slug:code>/equipe/<int:pk>/renvoyer/", team.send_again, name="send_invitation_again"),
    path("dossiers/<uuid:uuid>/", reading.application, name="application"),
]
