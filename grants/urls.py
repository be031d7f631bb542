"""The addresses of a fund's pages, in the reader's language as words of the house."""

from django.urls import path

from grants.views import documents, reading

app_name = "grants"
urlpatterns = [
    path("", reading.home, name="home"),
    path("fonds/<slug:code>/", reading.fund, name="fund"),
    path("dossiers/<uuid:uuid>/", reading.application, name="application"),
    path("documents/<uuid:uuid>/", documents.download, name="document"),
]
