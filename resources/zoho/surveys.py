"""Looking at many written records by one bulk read, which costs as much as some thousand questions by id.

Zoho's documents promise no tags in a bulk read, and its CSV may spell a value differently than the list does. So
what is seen here counts only where it is as intended (`pipeline.models.Surveyor`).
"""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING

from pipeline.errors import CredentialsRejected, RateLimited, RequestRefused, UnexpectedAnswer, VendorUnavailable
from pipeline.models import Sighting
from resources.zoho import coql
from resources.zoho.bulkmirror import MOST_FIELDS, TAG
from resources.zoho.bulksizes import BULK_CREDITS, BULK_PAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from resources.zoho.bulkreader import BulkPage, ZohoBulkReader
    from resources.zoho.client import ZohoClient
    from resources.zoho.rows import Row

LOG = logging.getLogger("leadflow.zoho")
_UNSUITED = (CredentialsRejected, RateLimited, RequestRefused, UnexpectedAnswer, VendorUnavailable)


class ZohoSurveyor:
    """Looks at the records of one organisation; see `pipeline.models.Surveyor`."""

    def __init__(self, *, client: ZohoClient, reader: ZohoBulkReader) -> None:
        self._client, self._reader = client, reader

    def pays(self, records: int) -> bool:
        """Return whether a bulk read costs fewer credits than questions for these records by id."""
        return BULK_CREDITS * math.ceil(records / BULK_PAGE) < math.ceil(records / coql.VALUES)

    def survey(self, object_name: str, fields: Sequence[str], *, since: datetime) -> Iterator[Sighting]:
        """Yield the records of a module that were modified since then.

        Raises:
            QuotaExhausted: the day's credits are used up.
        """
        try:
            pages, names = self._pages(object_name, fields, since)
            for page in pages:
                for row in page.rows():
                    yield _sighting(object_name, row, names)
        except _UNSUITED as error:
            LOG.info("Zoho's %s are read back one by one: %s", object_name, error)

    def _pages(self, module: str, fields: Sequence[str], since: datetime) -> tuple[list[BulkPage], list[str]]:
        known = {str(entry["api_name"]): entry for entry in self._client.fields(module)}
        wanted = [known[name] for name in fields if name in known and name not in {"id", "Tag"}][:MOST_FIELDS]
        names = [str(entry["api_name"]) for entry in wanted]
        try:
            return list(self._reader.read(module, [*wanted, TAG], modified_since=since)), names
        except RequestRefused as error:
            # Without the tags it still shows the fields; the tags are then asked for by id.
            LOG.info("Zoho's bulk read of %s gives no tags: %s", module, error)
            return list(self._reader.read(module, wanted, modified_since=since)), names


def _sighting(module: str, row: Row, names: Sequence[str]) -> Sighting:
    values = {name: row.get(name) for name in names}
    if isinstance(row.get("Tag"), list):
        values["tags"] = values["Tag"] = [str(tag["name"]) for tag in row["Tag"]]
    return Sighting(found=True, object=module, record_id=str(row["id"]), values=values)
