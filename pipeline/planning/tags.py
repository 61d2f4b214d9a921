"""Our tags on a record: added and removed by calls of their own, those of people left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.planning.optouts import our_tags
from pipeline.planning.settle import tags_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.mapping import ObjectMapping
    from pipeline.models import Json
    from pipeline.planning.desired import Desired
    from pipeline.planning.rows import Rows


def add_tags(rows: Rows, wanted: Desired, theirs: Mapping[str, Json], target: ObjectMapping) -> None:
    """Add the tags that the record lacks, as many as it has room for."""
    if target.tags is None or wanted.opted_out_channels:
        return
    there = tags_in(theirs) if wanted.theirs_tags is None else wanted.theirs_tags
    there = frozenset(tag.strip().casefold() for tag in there)
    kept = there - (our_tags(wanted, theirs, target.tags) - wanted.tags)
    missing = [tag for tag in sorted(wanted.tags) if tag.casefold() not in there]
    fitting = [tag for tag in missing if len(tag) <= target.tags.max_length]
    room = len(fitting) if target.tags.per_record is None else max(target.tags.per_record - len(kept), 0)
    if fitting[:room]:
        rows.add("add_tags", target.tags.field, sorted(there) or None, fitting[:room], "segment", policy="union")
    for tag in [tag for tag in missing if tag not in fitting[:room]]:
        rows.add("skip", target.tags.field, sorted(there), [tag], "the record has no room for another tag")


def remove_tags(
    rows: Rows, wanted: Desired, theirs: Mapping[str, Json], target: ObjectMapping, *, lane: str = "normal"
) -> None:
    """Remove our tags that the person no longer should have."""
    if target.tags is None or rows.has("remove_tags"):
        return
    stale = our_tags(wanted, theirs, target.tags) - {tag.casefold() for tag in wanted.tags}
    if stale:
        reason = "no longer to be contacted" if lane == "optout" else "left the segment"
        there = sorted(tags_in(theirs) if wanted.theirs_tags is None else wanted.theirs_tags)
        rows.add("remove_tags", target.tags.field, there, sorted(stale), reason, lane=lane)
