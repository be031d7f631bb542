"""The addresses of a fund's pages, in the reader's language as words of the house."""

from django.urls import include, path

from grants.views import reading, tokens

app_name = "grants"
urlpatterns = [
    path("api/v1/", include("grants.api.urls")),
    path("", reading.home, name="home"),
    path("mes-jetons/", tokens.tokens, name="tokens"),
    path("mes-jetons/<uuid:uuid>/revoquer/", tokens.revoke, name="revoke-token"),
    path("fonds/<slug:code>/", reading.fund, name="fund"),
    path("dossiers/<uuid:uuid>/", reading.application, name="application"),
]
