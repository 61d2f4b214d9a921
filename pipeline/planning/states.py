"""The lives of an intent and of a bulk job: two tables of transitions; whatever is not in them is an error.

planned ──claim──▶ claimed ──send──▶ sent ──confirm──▶ confirmed
   │                  │  └─confirm/reject/release─┐  └──reject──▶ rejected ──retry──▶ planned (attempt n+1)
   └─supersede─▶ superseded                       ├──release──▶ planned (certainly not executed)
                                                  └──lose──▶ lost (nobody can ask: never sent again)

An intent is *in doubt* while it is claimed or sent and the process that owned it is gone. `release` is taken
only on the vendor's word (refused before execution, or absent after the in-flight horizon).

A bulk job carries many intents, in an order that never changes:

prepared ──upload──▶ uploaded ──begin──▶ submitting ──accept──▶ submitted ──complete──▶ completed ──apply──▶ applied
    └───────abandon──────┴──────abandon──────┘ │                    ├──fail──▶ failed              (rows answered)
              (nothing was submitted)          └──────resolve───────┴─resolve─▶ resolved

Each transition is committed before the next call, so that the state says which call may have been made. In
`prepared` and `uploaded` nothing was submitted and the intents are claimed; afterwards they are sent. After
`failed`, and while `submitting` has no answer, every row is asked about; `resolved`: the rows were settled so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pipeline.errors import LeadflowError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.models import State

Event = Literal["claim", "send", "confirm", "reject", "release", "supersede", "retry", "lose"]

EVENTS: tuple[Event, ...] = ("claim", "send", "confirm", "reject", "release", "supersede", "retry", "lose")
STATES: tuple[State, ...] = ("planned", "claimed", "sent", "confirmed", "rejected", "superseded", "lost")
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
    ("sent", "lose"): "lost",
    ("rejected", "retry"): "planned",
}


JobState = Literal[
    "prepared", "uploaded", "submitting", "submitted", "completed", "applied", "failed", "resolved", "abandoned"
]
JobEvent = Literal["upload", "begin", "accept", "complete", "apply", "fail", "resolve", "abandon"]

JOB_EVENTS: tuple[JobEvent, ...] = ("upload", "begin", "accept", "complete", "apply", "fail", "resolve", "abandon")
JOB_STATES: tuple[JobState, ...] = (
    *("prepared", "uploaded", "submitting", "submitted", "completed"),
    *("applied", "failed", "resolved", "abandoned"),
)
UNSUBMITTED: tuple[JobState, ...] = ("prepared", "uploaded")
UNDER_WAY: tuple[JobState, ...] = ("prepared", "uploaded", "submitting", "submitted", "completed")

JOB_TRANSITIONS: Mapping[tuple[JobState, JobEvent], JobState] = {
    ("prepared", "upload"): "uploaded",
    ("prepared", "abandon"): "abandoned",
    ("uploaded", "upload"): "uploaded",
    ("uploaded", "begin"): "submitting",
    ("uploaded", "abandon"): "abandoned",
    ("submitting", "accept"): "submitted",
    ("submitting", "abandon"): "abandoned",
    ("submitting", "resolve"): "resolved",
    ("submitted", "complete"): "completed",
    ("submitted", "fail"): "failed",
    ("submitted", "resolve"): "resolved",
    ("completed", "apply"): "applied",
}


class IllegalTransition(LeadflowError):
    """An intent or a bulk job was asked to do what its state does not permit; nothing was changed."""


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


def job_after(state: JobState, event: JobEvent) -> JobState:
    """Return the state of a bulk job that follows.

    Raises:
        IllegalTransition: the table has no such transition.
    """
    try:
        return JOB_TRANSITIONS[state, event]
    except KeyError:
        allowed = ", ".join(sorted(name for known, name in JOB_TRANSITIONS if known == state)) or "nothing"
        message = f"a bulk job that is {state} cannot {event}; from there it can: {allowed}"
        raise IllegalTransition(message) from None
