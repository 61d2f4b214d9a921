"""The life of an intent: one table of transitions; whatever is not in it is an error.

planned ──claim──▶ claimed ──send──▶ sent ──confirm──▶ confirmed
   │                  │  └─confirm/reject/release─┐  └──reject──▶ rejected ──retry──▶ planned (attempt n+1)
   └─supersede─▶ superseded                       └──release──▶ planned (certainly not executed)

An intent is *in doubt* while it is claimed or sent and the process that owned it is gone. `release` is taken
only on the vendor's word (refused before execution, or absent after the in-flight horizon).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pipeline.errors import LeadflowError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.models import State

Event = Literal["claim", "send", "confirm", "reject", "release", "supersede", "retry"]

EVENTS: tuple[Event, ...] = ("claim", "send", "confirm", "reject", "release", "supersede", "retry")
STATES: tuple[State, ...] = ("planned", "claimed", "sent", "confirmed", "rejected", "superseded")
UNSETTLED: tuple[State, ...] = ("claimed", "sent")

TRANSITIONS: Mapping[tuple[State, Event], State] = {
    ("planned", "claim"): "claimed",
    ("planned", "supersede"): "superseded",
    ("claimed", "send"): "sent",
    ("claimed", "confirm"): "confirmed",
    ("claimed", "reject"): "rejected",
    ("claimed", "release"): "planned",
    ("sent", "confirm"): "confirmed",
    ("sent", "reject"): "rejected",
    ("sent", "release"): "planned",
    ("rejected", "retry"): "planned",
}


class IllegalTransition(LeadflowError):
    """An intent was asked to do what its state does not permit; nothing was changed."""


def after(state: State, event: Event) -> State:
    """Return the state that follows.

    Raises:
        IllegalTransition: the table has no such transition.
    """
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        allowed = ", ".join(sorted(name for known, name in TRANSITIONS if known == state)) or "nothing"
        message = f"an intent that is {state} cannot {event}; from there it can: {allowed}"
        raise IllegalTransition(message) from None
