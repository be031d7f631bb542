"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from fundadmin import error_pages, health, metrics
from fundadmin.accounts.views import admin_log_in, too_many_requests

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    # The site's own doors, before the admin's.
    path("admin/login/", admin_log_in),
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/", admin.site.urls),
    path("", include("fundadmin.accounts.urls")),
    path("", include("grants.urls")),
]
handler400 = error_pages.bad_request
handler500 = error_pages.server_error
handler429 = too_many_requests
