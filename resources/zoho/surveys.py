"""Looking at many written records at once: by the list of what was modified lately, or by one bulk read.

The list costs a credit per 200 records, where questions by id cost one per 50; nothing depends on its order, so that
it is not sorted, which would cost three (Zoho fact sheet §8). A bulk read costs as much as some 11,600 records of the
list. Zoho's documents promise no tags in it, and its CSV may spell a value differently: so what is seen here counts
only where it is as intended (`pipeline.models.Surveyor`).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from pipeline.errors import CredentialsRejected, RateLimited, RequestRefused, UnexpectedAnswer, VendorUnavailable
from pipeline.models import Sighting
from resources.zoho.bulkmirror import MOST_FIELDS, TAG
from resources.zoho.bulksizes import BULK_CREDITS
from resources.zoho.lists import READ_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from resources.zoho.bulkreader import ZohoBulkReader
    from resources.zoho.client import ZohoClient
    from resources.zoho.rows import Row

LOG = logging.getLogger("leadflow.zoho")
LEAST = 1_000
_UNSUITED = (CredentialsRejected, RateLimited, RequestRefused, UnexpectedAnswer, VendorUnavailable)


class ZohoSurveyor:
    """Looks at the records of one organisation; see `pipeline.models.Surveyor`."""

    def __init__(self, *, client: ZohoClient, reader: ZohoBulkReader) -> None:
        self._client, self._reader = client, reader

    def pays(self, records: int) -> bool:
        """Return whether there are so many records that other people's changes in the list hardly matter."""
        return records >= LEAST

    def survey(
        self, object_name: str, fields: Sequence[str], *, since: datetime, records: int, has_tags: bool
    ) -> Iterator[Sighting]:
        """Yield the records of a module that were modified since then.

        Raises:
            QuotaExhausted: the day's credits are used up.
        """
        try:
            known = {str(entry["api_name"]): entry for entry in self._client.fields(object_name)}
            wanted = [known[name] for name in fields if name in known and name not in {"id", "Tag"}][:MOST_FIELDS]
            names = [str(entry["api_name"]) for entry in wanted]
            for row in self._rows(object_name, wanted, since, records=records, has_tags=has_tags):
                yield sighting(object_name, {name: row[name] for name in ("id", "Tag", *names) if name in row})
        except _UNSUITED as error:
            LOG.info("Zoho's %s are read back one by one: %s", object_name, error)

    def _rows(
        self, module: str, fields: Sequence[Row], since: datetime, *, records: int, has_tags: bool
    ) -> Iterator[Row]:
        if records > READ_SIZE * BULK_CREDITS:
            try:
                found = list(self._reader.read(module, [*fields, *([TAG] if has_tags else [])], modified_since=since))
            except RequestRefused as error:
                LOG.info("Zoho's bulk read of %s is refused: %s", module, error)
            else:
                for page in found:
                    yield from page.rows()
                return
        names = [str(entry["api_name"]) for entry in fields]
        for rows, _ in self._client.modified(module, ["Tag", *names] if has_tags else names, since=since):
            yield from rows


def sighting(module: str, row: Row) -> Sighting:
    """Return a record of a list, or of a bulk read, as what was seen of it: its fields as they are, tags by name."""
    values = {name: value for name, value in row.items() if name != "Tag"}
    if isinstance(row.get("Tag"), list):
        values["tags"] = values["Tag"] = [str(tag["name"] if isinstance(tag, dict) else tag) for tag in row["Tag"]]
    return Sighting(found=True, object=module, record_id=str(row["id"]), values=values)
