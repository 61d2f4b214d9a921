"""What differs on the wire between Zoho API versions (Zoho fact sheet §9)."""

from __future__ import annotations

from dataclasses import dataclass

SERVED = ("v2", "v2.1", "v3", "v4", "v5", "v6", "v7", "v8")


@dataclass(frozen=True, slots=True)
class Dialect:
    """One API version, asked by what it can do."""

    version: str

    @property
    def number(self) -> float:
        """The version as a number: 2, 2.1, 3 … 8."""
        return float(self.version[1:])

    @property
    def query_rows(self) -> int:
        """Largest LIMIT of one COQL call."""
        return 200 if self.number < 4 else 2000

    @property
    def query_reach(self) -> int:
        """Largest LIMIT plus OFFSET of COQL."""
        return 10_000 if self.number < 7 else 100_000

    @property
    def in_values(self) -> int:
        """Most values of one COQL IN list."""
        return 50 if self.number < 7 else 100

    @property
    def has_groups(self) -> bool:
        """Whether COQL knows GROUP BY."""
        return self.number >= 3

    @property
    def has_aggregates(self) -> bool:
        """Whether COQL knows COUNT, SUM and the like."""
        return self.number >= 4

    @property
    def has_paths(self) -> bool:
        """Whether errors carry `json_path`."""
        return self.number > 2

    @property
    def has_many_errors(self) -> bool:
        """Whether several faults of one record are reported together."""
        return self.number >= 3

    @property
    def needs_fields(self) -> bool:
        """Whether reading lists requires `fields`; page tokens came with it."""
        return self.number >= 3

    @property
    def has_duplicate_record(self) -> bool:
        """Whether DUPLICATE_DATA describes the record it met."""
        return self.number >= 4

    @property
    def takes_tags_in_query(self) -> bool:
        """Whether tag calls take query parameters."""
        return self.number < 4

    @property
    def takes_tags_in_body(self) -> bool:
        """Whether tag calls take a JSON body (v2.1 and v3: both forms)."""
        return self.number > 2

    @property
    def tag_ids(self) -> int:
        """Most records of one tag call."""
        return 100 if self.number < 4 else 500

    @property
    def has_objects(self) -> bool:
        """Whether convert speaks in objects with code and status."""
        return self.number >= 4

    @property
    def lists_id(self) -> bool:
        """Whether fields metadata lists `id`: the client library of v2 could not update a record if it did."""
        return self.number >= 3

    @property
    def checks_unmodified(self) -> bool:
        """Whether If-Unmodified-Since is obeyed."""
        return self.number >= 7

    @property
    def has_conversion_fields(self) -> bool:
        """Whether Leads show Converted__s and its kin."""
        return self.number >= 3

    def batch_status(self, passed: int, failed: int, *, all_passed: int) -> int:
        """HTTP status of a batch: all, some, or none of its records done (Zoho fact sheet §0.4)."""
        if not failed:
            return all_passed
        if passed:
            return 207
        return 202 if self.number < 3 else 400
