"""A landlord's letterhead: who manages one of its funds sets it. Letters issued before keep the one they had."""

import io
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from grants.actions.fund_rules import landlord_breaches
from grants.actions.turn import action, begin
from grants.enums import FundStep
from grants.exceptions import BadInput, Breach, NotAllowed
from grants.models import Fund
from grants.workflow import LANDLORD_MANAGER
from landlords.models import Letterhead

if TYPE_CHECKING:
    from fundadmin.models import User

FIELDS: Final = (
    *("language", "place", "contact_name", "contact_phone", "contact_email", "contact_hours"),
    *("signatory_name", "signatory_title", "reexamination", "legal"),
)
LOGO_SIZE: Final = (720, 240)
"""Pixels: 300 an inch at 6 cm by 2 cm."""
MOST_PIXELS: Final = 40_000_000
FORMATS: Final = ("PNG", "JPEG")
SIXTEEN_BITS: Final = [level // 256 for level in range(65536)]
NOT_A_LOGO: Final = Breach(
    "logo", _("This file is no PNG or JPEG picture that can be read: choose another."), {}, "logo"
)
PALEST: Final = 240
"""Of 255: what is paler can't be told from the paper."""
UNSEEN: Final = Breach(
    "logo", _("Nothing of this picture can be seen on white paper: choose the logo meant for white ground."), {}, "logo"
)
LOGO_TOO_LARGE: Final = Breach("logo", _("This picture has too many pixels: make it smaller."), {}, "logo")


@action
def set_letterhead(
    *,
    fund: Fund,
    texts: Mapping[str, str],
    logo: bytes | None = None,
    no_logo: bool = False,
    by: "User",
    key: str,
    on: date | None = None,
) -> Letterhead:
    """Set what the letters of a fund's landlord bear. `logo`: a new one; without, the present one stays."""
    picture = None if logo is None else as_logo(logo)
    asked = {"texts": dict(texts), "logo": None if logo is None else len(logo), "no_logo": no_logo}
    turn = begin(FundStep.SET_LETTERHEAD, fund_id=fund.pk, by=by, key=key, on=on, request=asked)
    held = letterhead_of(turn.fund)
    if turn.replay:
        return held
    if found := landlord_breaches(turn, LANDLORD_MANAGER):
        raise NotAllowed(found)
    changed = [name for name in FIELDS if getattr(held, name) != texts.get(name, "")]
    for name in changed:
        setattr(held, name, texts.get(name, ""))
    if no_logo or picture is not None:
        held.logo = picture or b""
        changed.append("logo")
    held.save()
    turn.record(data={"changed": changed})
    return held


def letterhead_of(fund: Fund) -> Letterhead:
    """The landlord's; a plain one, not kept yet, where none was set."""
    found = Letterhead.objects.filter(landlord=fund.landlord_id).select_related("landlord").first()
    return found or Letterhead(landlord=fund.landlord)


def as_logo(content: bytes) -> bytes:
    """A picture as letters bear it: on white, no larger than is seen. Raises BadInput for what is none."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS:
                raise BadInput([LOGO_TOO_LARGE])
            # As it is shown elsewhere: turned as its camera says; of 16 bits, the 8 that are seen.
            upright = ImageOps.exif_transpose(picture)
            eight = upright.convert("I").point(SIXTEEN_BITS, "L") if upright.mode.startswith("I") else upright
            seen = eight.convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as trouble:
        raise BadInput([NOT_A_LOGO]) from trouble
    seen.thumbnail(LOGO_SIZE)
    flat = Image.new("RGB", seen.size, "white")
    flat.paste(seen, mask=seen.getchannel("A"))
    if min(flat.convert("L").tobytes()) > PALEST:
        raise BadInput([UNSEEN])
    written = io.BytesIO()
    # A letter takes a JPEG as it is; anything else would be packed anew for each.
    flat.save(written, "JPEG", quality=95, subsampling=0)
    return written.getvalue()
