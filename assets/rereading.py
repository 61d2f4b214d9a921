"""The look after writing, kept for the mirror: what shows that writes landed also shows what else was modified.

Without it the next run lists every record that this one wrote, because all of them were modified since the mirror was
read. The look begins where the mirror ends, it is landed like any fetch, and its rows and the mirror's cursor are
written together. So an edit that a person made after our write is in the mirror, and one that was made while the look
lasted is read by the next: the cursor stays behind by as long as it took, and the next fetch overlaps as always.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assets.raw.cursors import read_cursor
from assets.raw.feeds import Page, keep, take_in
from assets.raw.zoho import zoho_page
from pipeline.errors import CredentialsRejected, RateLimited, RequestRefused, UnexpectedAnswer, VendorUnavailable
from pipeline.feeds import FEEDS
from resources.reading import CLOCKS_APART
from resources.zoho.surveys import sighting

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from assets.boundary import Stage
    from pipeline.feeds import Feed
    from pipeline.models import Sighting, Surveyor

UNSUITED = (CredentialsRejected, RateLimited, RequestRefused, UnexpectedAnswer, VendorUnavailable)
CONVERTED = ("$converted", "Converted__s")
"""Marks of a lead that is one no longer."""


class MirroringSurveyor:
    """Surveys one organisation of Zoho by reading its mirror on; see `pipeline.models.Surveyor`.

    Where the mirror was never read, or cannot be now, `plain` is asked instead.
    """

    def __init__(self, *, stage: Stage, plain: Surveyor) -> None:
        self._stage, self._plain = stage, plain

    def pays(self, records: int) -> bool:
        """Return whether looking at so many records this way costs fewer units."""
        return self._plain.pays(records)

    def survey(
        self, object_name: str, fields: Sequence[str], *, since: datetime, records: int, has_tags: bool
    ) -> Iterator[Sighting]:
        """Yield the records of a module that were modified since then, or since the mirror was read.

        Raises:
            QuotaExhausted: the day's credits are used up; the mirror stays where it was.
        """
        feed = FEEDS.get(f"raw.zoho__{object_name.lower()}")
        read_to = read_cursor(self._stage, feed, is_prompt=True) if feed is not None else None
        if feed is not None and read_to is not None and not self._stage.is_watch:
            try:
                begin = read_to if self._was_read_before(feed, since + CLOCKS_APART) else min(since, read_to)
                yield from self._mirrored(feed, object_name, begin, records=records)
            except UNSUITED as error:
                self._stage.log.info("what was written to %s is looked at without the mirror: %s", object_name, error)
            else:
                return
        yield from self._plain.survey(object_name, fields, since=since, records=records, has_tags=has_tags)

    def _was_read_before(self, feed: Feed, sent_at: datetime) -> bool:
        """Tell whether the mirror was read last before the first of the writes was sent: then it begins before them.

        By the vendor's own time: whatever was written since bears a later moment than all that was read.
        """
        with self._stage.warehouse.open() as session:
            moved_at = session.value("SELECT moved_at FROM raw.cursors WHERE feed = ?", [feed.table])
        return moved_at is not None and bool(moved_at <= sent_at)

    def _mirrored(self, feed: Feed, module: str, since: datetime, *, records: int) -> Iterator[Sighting]:
        stage = self._stage
        told = {"module": module, "since": since.isoformat(), "began_at": stage.now().isoformat()}
        kept: list[str] = []
        for number, page in enumerate(stage.vendors.zoho_mirror.pages(module, since=since, expected=records)):
            ref = keep(stage, feed, Page(page.content, {**page.context, **told}), name=f"written-{number:05d}")
            kept.append(ref)
            for record in zoho_page(stage.landing.get(ref)):
                # What was written to a lead that became a contact since is looked for there.
                if not any(record.payload.get(mark) is True for mark in CONVERTED):
                    yield sighting(module, dict(record.payload))
        pages = (stage.landing.get(ref) for ref in kept)
        with stage.warehouse.open() as session, session.transaction():
            take_in(stage, feed, session, pages, moved_by="Modified_Time", records=zoho_page)
