"""The API's addresses."""

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from grants.api.views.actions import ACTION_VIEWS
from grants.api.views.bulk import BULK_VIEWS
from grants.api.views.description import Description, Documentation
from grants.api.views.exports import ExportKinds, Exports
from grants.api.views.files import Applications, Documents, Events, Lines
from grants.api.views.funds import Charters, Funds, Ledger
from grants.api.views.landlords import AllPremises, Landlords, Leases, RentCalls, Tenants
from grants.api.views.nowhere import Nowhere
from grants.api.views.tokens import Tokens

app_name = "api"
router = SimpleRouter(use_regex_path=False)
router.register("landlords", Landlords, "landlord")
router.register("premises", AllPremises, "premises")
router.register("tenants", Tenants, "tenant")
router.register("leases", Leases, "lease")
router.register("rent-calls", RentCalls, "rent-call")
router.register("funds", Funds, "fund")
router.register("funds/<slug:code>/ledger", Ledger, "ledger")
router.register("funds/<slug:code>/exports", Exports, "export")
router.register("charters", Charters, "charter")
router.register("applications", Applications, "application")
router.register("lines", Lines, "line")
router.register("documents", Documents, "document")
router.register("events", Events, "event")
router.register("tokens", Tokens, "token")

urlpatterns = [
    *(
        path(f"applications/<uuid:id>/{action}/", view.as_view(), name=f"application-{action}")
        for action, view in ACTION_VIEWS.items()
    ),
    *(
        path(f"applications/bulk/{action}/", view.as_view(), name=f"bulk-{action}")
        for action, view in BULK_VIEWS.items()
    ),
    path("funds/<slug:code>/export-kinds/", ExportKinds.as_view(), name="export-kinds"),
    path("", include(router.urls)),
    path("schema/", Description.as_view(), name="schema"),
    path("docs/", Documentation.as_view(), name="docs"),
    re_path("", Nowhere.as_view(), name="nowhere"),
]
