"""What the tests of filing share: a fund in which files can be filed today, an advisor at its page, photos."""

import io
import re
from collections.abc import Sequence
from datetime import date
from html import unescape
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from grants.actions import filing
from grants.eligibility import CriterionSpec
from grants.enums import DocumentTiming
from grants.models import Application
from landlords.models import Lease
from tests.accounts import log_in
from tests.factories import World, key, tenant_with_lease
from tests.grants.api.caller import world_of_today

ORDER = "arrêté du 14 mars 2020"
CLOSED = CriterionSpec("closed_by_order", {"text": ORDER, "starts_on": "2020-03-15", "ends_on": "2020-06-02"}, "art. 2")
LOSS = CriterionSpec(
    "turnover_loss",
    {
        "months": ["2020-03", "2020-04"],
        "reference": "same_month_last_year",
        "op": ">",
        "threshold_bp": 3000,
        "young_if_started_after": "2019-03-01",
    },
    "art. 3",
)
PROOF = "justificatif_chiffre_affaires"
PROOF_LATER = [{"kind": PROOF, "timing": DocumentTiming.BEFORE_DECISION}]
PLAIN = str.maketrans({"\u2019": "'", "\u2013": "-"})
MARCH, APRIL, MAY = (date(2020, month, 1) for month in (3, 4, 5))


def open_desk(criteria: Sequence[CriterionSpec] = (CLOSED, LOSS), **terms: Any) -> World:
    """A fund under the origin charter's criteria, for what is filed today."""
    return world_of_today(**{"criteria": criteria, "required_documents": PROOF_LATER} | terms)


def new_draft(world: World, lease: Lease | None = None) -> Application:
    """An empty draft of a tenant with a lease."""
    lease = lease or tenant_with_lease(world)
    return filing.create(fund=world.fund, tenant=lease.tenant, by=world.advisor, key=key())


class Desk:
    """An advisor at the page of a draft: `save` sends the form as the page shows it, but for what is changed."""

    def __init__(self, world: World, draft: Application, client: Client | None = None) -> None:
        self.world, self.draft = world, draft
        self.client = client or log_in(Client(), world.advisor)
        self.address = reverse("grants:edit_draft", args=[draft.uuid])
        self.shown: dict[str, Any] = {}
        self.read()

    def read(self) -> str:
        """The page as a browser has it, whose fields are then what `save` sends."""
        answer = self.client.get(self.address)
        assert answer.status_code == 200, answer
        self.shown = fields_of(answer.context["form"])
        return str(answer.content.decode())

    def save(self, *, live: bool = False, **changes: Any) -> Any:
        headers = {"HX-Request": "true"} if live else {}
        sent = {name: value for name, value in (self.shown | changes).items() if value is not None}
        return self.client.post(self.address, sent, headers=headers)

    def stored(self) -> Application:
        return Application.objects.get(pk=self.draft.pk)


def fields_of(form: Any) -> dict[str, Any]:
    """What a browser would send of a form as it is shown."""
    sent: dict[str, Any] = {}
    for field in form:
        value = field.value()
        if field.widget_type == "checkbox":
            if value:
                sent[field.name] = "on"
        else:
            sent[field.name] = "" if value is None else field.field.widget.format_value(value) or value
    return {name: value[0] if isinstance(value, list) else value for name, value in sent.items()}


def cell(lease: Lease, month: date, component: str = "rent") -> str:
    return f"{lease.pk}_{month:%Y-%m}_{component}"


def jpeg(
    *, size: tuple[int, int] = (400, 200), turned: bool = True, colours: tuple[str, str] = ("red", "blue")
) -> bytes:
    """A photo as a phone takes it: lying, with a note that it stands, and with the phone's name in it."""
    picture = Image.new("RGB", size, colours[0])
    picture.paste(colours[1], (0, 0, size[0] // 2, size[1]))
    exif = picture.getexif()
    exif[0x0112] = 6 if turned else 1
    exif[0x010F] = "Telephone invente"
    written = io.BytesIO()
    picture.save(written, "JPEG", exif=exif, comment=b"49.4295 N 2.0807 E")
    return written.getvalue()


def heic() -> bytes:
    from pillow_heif import register_heif_opener

    register_heif_opener()
    written = io.BytesIO()
    Image.new("RGB", (300, 200), "green").save(written, "HEIF")
    return written.getvalue()


def png(mode: str = "RGBA") -> bytes:
    written = io.BytesIO()
    Image.new(mode, (300, 200)).save(written, "PNG")
    return written.getvalue()


def photo(name: str = "IMG_2034.jpg", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, jpeg() if content is None else content)


def text_of(page: str) -> str:
    """What the person reads of a page, in the characters of a keyboard."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).translate(PLAIN).split())
