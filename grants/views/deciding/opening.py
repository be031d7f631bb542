"""Open a file for whoever may see it; an auditor's reading is logged. A stranger's file, or a draft, is not there."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.shortcuts import get_object_or_404

from grants import queries
from grants.actions.reading import log_audit
from grants.enums import Reading, State
from grants.models import Application
from grants.visibility import Reader, reader_of

if TYPE_CHECKING:
    from fundadmin.models import User


def open_file(user: "User", uuid: UUID) -> tuple[Application, Reader]:
    """The filed application and the person as its reader."""
    files = queries.files_open_to(user).exclude(state=State.DRAFT).select_related("fund__landlord", "advisor")
    application = get_object_or_404(files, uuid=uuid)
    reader = reader_of(user, application.fund_id)
    log_audit([reader], by=user, what=Reading.APPLICATION, uuid=application.uuid)
    return application, reader
