"""The addresses of a fund's pages, in the reader's language as words of the house."""

from django.urls import path

from grants.views import mails, privacy, reading

app_name = "grants"
urlpatterns = [
    path("", reading.home, name="home"),
    path("fonds/<slug:code>/", reading.fund, name="fund"),
    path("fonds/<slug:code>/courriels/", mails.mails, name="mails"),
    path("preferences/courriels/", mails.mail_preference, name="mail_preference"),
    path("information/", privacy.information, name="information"),
    path("registre-des-traitements/", privacy.register, name="register"),
    path("dossiers/<uuid:uuid>/", reading.application, name="application"),
]
