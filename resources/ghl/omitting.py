"""A contact that GoHighLevel refuses for one property is sent again without it, so that the rest is not lost.

The message of a 422 is a list of sentences, each about a key of the body: "property gender should not exist",
"country must be ...", "customFields.1.field_value must be ..." (GoHighLevel fact sheet §3).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.errors import RequestRefused
from resources.ghl.contacts import PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from pipeline.models import Json

    Row = dict[str, Json]

UNPROCESSABLE = 422
ALWAYS_SENT = frozenset({"email", "phone", "locationId", "dnd", "dndSettings", "inboundDndSettings"})
"""What finds a contact, and what a person said no to: without it nothing is sent."""

_FIRST = re.compile(r"(?:nested property |property |each value in )?(\w+)(?:\.(\d+))?")
_WORD = re.compile(r"\w+")


def without_refused(
    call: Callable[[Row], Row], body: Row, *, fields: Mapping[str, str], always: Collection[str]
) -> tuple[Row, dict[str, str]]:
    """Make a call, and again without each property that a refusal names; return the answer and what was left out.

    Args:
        call: sends a body and returns the answer.
        body: the contact as the call takes it.
        fields: key → id of the custom fields.
        always: custom fields (by their name in a payload) that are never left out.

    What was left out is told by its name in a payload, and why: in words for people, with the vendor's sentence.

    Raises:
        RequestRefused: the refusal names nothing of the body, or what is always sent, or all that there is.
        LeadflowError: as the call raised it.
    """
    names = {field_id: PREFIX + key for key, field_id in fields.items()}
    left_out: dict[str, str] = {}
    while True:
        try:
            return call(body), left_out
        except RequestRefused as error:
            refused = _refused(body, error, names) if error.status == UNPROCESSABLE else {}
            rest = _without(body, refused, names)
            if not refused or not rest or not refused.keys().isdisjoint({*ALWAYS_SENT, *always}):
                raise
            left_out |= {name: f"{name} not sent, GoHighLevel refused it: {said}" for name, said in refused.items()}
            body = rest


def _refused(body: Row, error: RequestRefused, names: Mapping[str, str]) -> dict[str, str]:
    """Return the properties of a body that a refusal names, each with the sentence."""
    found: dict[str, str] = {}
    for sentence in _sentences(error.answer):
        for name in _named(sentence, body, names):
            found.setdefault(name, sentence)
    return found


def _sentences(answer: Json) -> list[str]:
    said = answer.get("message") if isinstance(answer, dict) else answer
    return [str(each) for each in (said if isinstance(said, list) else [said]) if each]


def _named(sentence: str, body: Row, names: Mapping[str, str]) -> list[str]:
    """Return the property that a sentence begins with, else the only one that it mentions."""
    first = _FIRST.match(sentence)
    key, place = first.groups() if first else (None, None)
    if key not in body:
        mentioned = [word for word in dict.fromkeys(_WORD.findall(sentence)) if word in body]
        key, place = (mentioned[0] if len(mentioned) == 1 else None), None
    if key != "customFields":
        return [key] if key is not None else []
    sent = [names[item["id"]] for item in body["customFields"]]
    # Without a place any of them may be meant.
    return sent if place is None else sent[int(place) : int(place) + 1]


def _without(body: Row, refused: Collection[str], names: Mapping[str, str]) -> Row:
    kept = {name: value for name, value in body.items() if name not in refused}
    if "customFields" in kept:
        kept["customFields"] = [item for item in kept["customFields"] if names[item["id"]] not in refused]
        if not kept["customFields"]:
            del kept["customFields"]
    return kept
