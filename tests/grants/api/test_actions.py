"""A file's whole way through the API: every action by its endpoint, each answered by its event."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from grants.enums import LineState, State
from grants.models import Application, Event
from tests import factories
from tests.factories import tenant_with_lease
from tests.grants import walk
from tests.grants.api.caller import Caller, world_of_today

pytestmark = pytest.mark.django_db


def test_a_file_is_filed_decided_and_credited() -> None:
    world = world_of_today()
    lease = tenant_with_lease(world)
    advisor, assessor = Caller(world, world.advisor), Caller(world, world.assessor)
    approver, payer = Caller(world, world.approver), Caller(world, world.payer)

    made = advisor.post("applications/", {"fund": world.fund.code, "tenant": str(lease.tenant.uuid)})
    assert made.status_code == 201, made.content
    file = Application.objects.get(uuid=made.json()["application"])
    assert made.headers["Location"].endswith(f"/api/v1/applications/{file.uuid}/")
    lines = [
        {"lease": str(lease.uuid), "month": f"2020-0{month}-01", "component": "rent", "asked_cents": 500_00}
        for month in (3, 4)
    ]
    done(advisor.act(file, "edit", {"lines": lines, "mandate": {"on": "2020-05-05", "kind": "signed"}}))
    assert done(advisor.act(file, "submit"))["state"] == "submitted"
    favourable = done(assessor.act(file, "assess_favourable", {"no_conflict": True}))
    assert (favourable["state"], favourable["data"]["proposed_cents"]) == ("eligible", 1_000_00)
    march, april = (str(line.uuid) for line in file.lines.all())
    granted = done(
        approver.act(file, "approve", {"amounts": {march: 400_00}, "reason": walk.REASON, "no_conflict": True})
    )
    assert granted["data"]["amounts"] == {march: 400_00, april: 500_00}
    assert granted["data"]["approved_cents"] == 900_00
    voucher = {"form": "credit_note", "ref": "AV-1", "on": "2020-05-05"}
    credited = done(payer.act(file, "credit", {"lines": [march, april], "voucher": voucher}))
    assert (credited["state"], credited["data"]["lines"]) == ("credited", [march, april])
    assert set(file.lines.values_list("state", flat=True)) == {LineState.CREDITED}
    assert Event.objects.get(uuid=credited["event"]).action == "credit"


def done(answer: Any) -> Any:
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert answer.headers["ETag"] == f'"{body["version"]}"'
    return body


def test_a_document_comes_as_a_form() -> None:
    world = world_of_today()
    file = walk.draft(world)
    advisor = Caller(world, world.advisor)
    headers = {"Idempotency-Key": factories.key(), "If-Match": f'"{file.version}"'}
    pdf = SimpleUploadedFile("bail.pdf", factories.PDF[1], content_type="application/pdf")

    answer = advisor.client.post(
        f"/api/v1/applications/{file.uuid}/attach/", {"file": pdf, "kind": "bail"}, headers=headers
    )

    assert done(answer)["data"]["kind"] == "bail"
    assert file.documents.get().name == "bail.pdf"
    assert file.state == State.DRAFT
