from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin import site
from django.test import RequestFactory

from landlords.models import Landlord, Lease, Premises, RentCall, RentRollImport, TenantBusiness
from tests.factories_landlords import rent_call

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator_request(rf: RequestFactory, django_user_model: Any) -> Any:
    request = rf.get("/")
    request.user = django_user_model(is_staff=True, is_superuser=True, is_active=True)
    return request


@pytest.mark.parametrize("model", [Landlord, Premises, TenantBusiness, Lease])
def test_landlords_data_can_be_corrected(administrator_request: Any, model: Any) -> None:
    assert site.get_model_admin(model).has_change_permission(administrator_request)


@pytest.mark.parametrize("model", [RentCall, RentRollImport])
def test_what_comes_from_a_file_is_only_read(administrator_request: Any, model: Any) -> None:
    call = rent_call()
    admin = site.get_model_admin(model)
    assert admin.has_view_permission(administrator_request, call)
    assert not admin.has_add_permission(administrator_request)
    assert not admin.has_change_permission(administrator_request, call)
    assert not admin.has_delete_permission(administrator_request, call)


@pytest.mark.parametrize("model", [Landlord, Premises, TenantBusiness, Lease, RentCall])
def test_lists_are_shown_without_a_query_per_row(
    administrator_request: Any, model: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        rent_call()
    changelist = site.get_model_admin(model).get_changelist_instance(administrator_request)
    with django_assert_max_num_queries(4):
        shown = [str(row) for row in changelist.get_queryset(administrator_request)]
    assert len(shown) == 3
