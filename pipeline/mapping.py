"""Mappings: which of our columns goes to which field of a vendor, and who wins. One YAML file per vendor.

A vendor's words live in `rules/mappings/<vendor>.yaml` and nowhere else in planning.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from pipeline import catalogue
from pipeline.errors import ConfigurationError
from pipeline.models import Json
from pipeline.planning.equivalence import FieldType, is_blank
from pipeline.planning.forms import formed
from pipeline.planning.merge import NullPolicy, Policy
from pipeline.rules import Rule, parse

_SOURCES = ("identity.people", "identity.companies", "qualify.scores")
_DERIVED = frozenset({"owner_id", "account_id"})
"""Columns that the caller adds to a row: the vendor's ids of the owner and of a contact's account."""


def columns() -> frozenset[str]:
    """Return the columns that a mapping may take values from."""
    return _DERIVED.union(*({column.name for column in catalogue.table(name).columns} for name in _SOURCES))


def _known(name: str) -> str:
    if name not in columns():
        raise ValueError(f"unknown column; known are {', '.join(sorted(columns()))}")
    return name


ColumnName = Annotated[str, AfterValidator(_known)]


class FieldRule(Rule):
    """One vendor field.

    `fallback`: columns tried in order when the first is blank, then `otherwise`; `values`: our word → the
    vendor's, a word that is not listed is left out; `is_insert_only`: the vendor takes it at creation only;
    `rides_along`: never the only reason to write an existing record.
    """

    column: ColumnName = Field(alias="from")
    type: FieldType = "text"
    policy: Policy = "merge"
    null: NullPolicy = "keep"
    max_length: int | None = Field(None, ge=1)
    fallback: tuple[ColumnName, ...] = ()
    otherwise: str | None = None
    values: Mapping[str, str] | None = None
    required: bool = False
    is_insert_only: bool = False
    rides_along: bool = False

    @cached_property
    def words(self) -> Mapping[str, str] | None:
        """Return `values` with our words as they are compared."""
        return None if self.values is None else {word.casefold(): said for word, said in self.values.items()}


class OptOut(Rule):
    """How a vendor is told that a person must not be contacted on a channel, and how it shows that it knows.

    `set`: the field values to send; `shown_by`: dotted path → values that mean "opted out".
    """

    set: Mapping[str, Json]
    shown_by: Mapping[str, tuple[Json, ...]]


class TagRule(Rule):
    """The vendor's tag field, the prefix of the tags that are ours, and the vendor's limits."""

    field: str
    prefix: str = "lf-"
    per_record: int | None = None
    max_length: int = 25


class ObjectMapping(Rule):
    """One object (module) of a vendor. `identified_by`: without any of these fields nobody is created."""

    fields: Mapping[str, FieldRule]
    identified_by: tuple[str, ...] = ()
    tags: TagRule | None = None
    optout: Mapping[str, OptOut] = {}
    converts: bool = False

    @model_validator(mode="after")
    def _identified_by_mapped(self) -> ObjectMapping:
        unknown = [name for name in self.identified_by if name not in self.fields]
        if unknown:
            raise ValueError(f"identified_by names fields that are not mapped: {', '.join(unknown)}")
        return self


class ActivityMapping(Rule):
    """The fields of a task or note. The title is searched for the event's reference after a lost answer."""

    title: str
    text: str
    due: str | None = None
    owner: str | None = None


class VendorMapping(Rule):
    """Everything planned toward one vendor.

    `automations`: what a write may trigger there; `activities`: how it calls the fields of tasks and notes.
    `create_companies`: whether a company that the vendor lacks is created (`qualified`: as soon as a qualified person
    works there), or left to the vendor's own conversion.
    """

    vendor: Literal["zoho", "ghl"]
    key_field: str
    people: str
    companies: str | None = None
    create_companies: Literal["never", "qualified"] = "never"
    automations: tuple[str, ...] = ()
    objects: Mapping[str, ObjectMapping]
    activities: Mapping[Literal["task", "note"], ActivityMapping] = {}

    def kind(self, name: str, field: str) -> str:
        """Return the type of a field of an object, `text` when it is not mapped."""
        known = self.objects.get(name)
        if known is not None and known.tags is not None and known.tags.field == field:
            return "tags"
        rule = known.fields.get(field) if known is not None else None
        return rule.type if rule is not None else "text"

    def policy(self, name: str, field: str) -> str | None:
        """Return the policy of a field of an object, None when it is not mapped."""
        known = self.objects.get(name)
        rule = known.fields.get(field) if known is not None else None
        return rule.policy if rule is not None else None

    def keyed_by(self, key_field: str) -> VendorMapping:
        """Return the mapping with another API name of the key field (`LEADFLOW_EXTERNAL_KEY`)."""
        if key_field == self.key_field:
            return self
        swapped = {
            name: item.model_copy(
                update={
                    "fields": {_swap(field, self.key_field, key_field): rule for field, rule in item.fields.items()}
                }
            )
            for name, item in self.objects.items()
        }
        return self.model_copy(update={"objects": swapped, "key_field": key_field})


def load(vendor: str, texts: Mapping[str, str], *, key_field: str | None = None) -> VendorMapping:
    """Return the mapping of a vendor from the rule texts.

    Raises:
        ConfigurationError: the file is missing or wrong; the message names file, key and value.
    """
    mapping = parse(VendorMapping, f"mappings/{vendor}", texts)
    if mapping.vendor != vendor:
        raise ConfigurationError(f"rules/mappings/{vendor}.yaml: vendor = {mapping.vendor!r}; allowed: {vendor}")
    for name in (mapping.people, mapping.companies):
        if name is not None and name not in mapping.objects:
            raise ConfigurationError(
                f"rules/mappings/{vendor}.yaml: people or companies = {name!r}: there is no such object; "
                f"allowed: {', '.join(mapping.objects)}"
            )
    return mapping.keyed_by(key_field) if key_field else mapping


def desired_values(row: Mapping[str, Any], mapping: VendorMapping, *, kind: str | None = None) -> dict[str, Json]:
    """Return the vendor's fields → the values we want, for one row of our columns.

    Args:
        row: columns of identity and qualify, with `owner_id` and `account_id` where known.
        mapping: the vendor's mapping.
        kind: object the row goes to; the mapping's object for people when None.

    A value that we do not have is None, except where nothing is mapped at all.
    """
    return {name: _value(row, rule) for name, rule in mapping.objects[kind or mapping.people].fields.items()}


def _value(row: Mapping[str, Any], rule: FieldRule) -> Json:
    value = row.get(rule.column)
    if is_blank(value):
        tried = (row.get(name) for name in rule.fallback)
        value = next((item for item in tried if not is_blank(item)), rule.otherwise)
        if is_blank(value):
            return None
    if rule.words is not None:
        value = rule.words.get(str(value).strip().casefold())
    return None if value is None else formed(value, rule.type, rule.max_length)


def _swap(name: str, old: str, new: str) -> str:
    return new if name == old else name
