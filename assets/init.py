"""`leadflow init`: eight questions, then `.env` and rule files. Nothing is written to a vendor, nothing is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from assets.dialogue import NOTHING, Dialogue, EndOfAnswers
from assets.initvendors import apollo, ghl, zoho
from pipeline import rules
from pipeline.errors import ConfigurationError
from pipeline.planning.workflows import starts_of
from pipeline.segments import Segments
from pipeline.setup import files
from pipeline.setup.answers import from_text
from pipeline.setup.workflows import pairs
from resources.envfile import write_aside
from resources.rules import rule_texts
from resources.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from resources.probing import GhlFacts, ZohoFacts
    from resources.settings import Settings

SENIORITIES = (
    *("owner", "founder", "c_suite", "partner", "vp", "head", "director", "manager", "senior", "entry", "intern"),
)
"""Apollo fact sheet §4."""
SCORES = {"Account_Fit": "account_fit", "Persona_Influence": "persona_influence", "Engagement": "engagement"}
WORKSPACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
MANY_PEOPLE = 50_000


@dataclass(slots=True)
class Chosen:
    """What the answers came to: lines of `.env`, and rule files by name."""

    environment: dict[str, str] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)


def init(*, answers: Path | None, folder: Path, rules_folder: Path | None) -> int:
    """Ask, try each answer at its vendor, write `.env` and the rules in `folder`; return the exit code.

    Raises:
        ConfigurationError: an answer of the file is wrong, or the input ended; nothing was written.
    """
    given = None
    if answers is not None:
        if not answers.is_file():
            raise ConfigurationError(f"--answers is {answers}: no such file")
        given = from_text(answers.read_text(encoding="utf-8"))
    talk = Dialogue(given=given)
    known = load_settings(env_file=folder / ".env")
    talk.say("Eight questions; every answer is tried at once. Nothing is written anywhere before the last one.")
    chosen = _asked(talk, known)
    target = (rules_folder or folder / "rules" / chosen.environment["LEADFLOW_WORKSPACE"]).absolute()
    chosen.environment["LEADFLOW_RULES"] = str(target)
    _write(talk, folder / ".env", target, chosen)
    return 0


def auth_zoho(*, folder: Path) -> int:
    """Ask for Zoho's client and a grant code alone, try them, and write their lines of `.env`.

    Raises:
        ConfigurationError: the input ended; nothing was written.
    """
    talk = Dialogue(given=None)
    env_file = folder / ".env"
    known = load_settings(env_file=env_file)
    credentials, _ = zoho(talk, known)
    before = env_file.read_text(encoding="utf-8") if env_file.exists() else _example()
    write_aside(env_file, files.environment(before, credentials), mode=0o600)
    talk.say(f"  written to {env_file}")
    return 0


def _asked(talk: Dialogue, known: Settings) -> Chosen:
    chosen = Chosen()
    talk.say("\n1/8  The workspace: one CRM organisation and one GoHighLevel location. Another client is another one.")
    name = talk.ask("workspace", "name", check=_workspace, default=known.workspace)
    chosen.environment |= {"LEADFLOW_ENV": "live", "LEADFLOW_WORKSPACE": name, "LEADFLOW_APPLY": "review"}
    credentials, facts = zoho(talk, known)
    location, outreach = ghl(talk, known)
    chosen.environment |= credentials | location | apollo(talk, known)
    _fields(talk, known, facts, chosen)
    _owners(talk, facts, chosen)
    _workflows(talk, known, outreach, chosen)
    _search(talk, chosen)
    return chosen


def _fields(talk: Dialogue, known: Settings, facts: ZohoFacts, chosen: Chosen) -> None:
    talk.say("\n5/8  Which unique text field of Leads and Contacts holds our key?")
    if not facts.keys:
        raise ConfigurationError(
            f"Zoho {facts.name} has no unique text field on both Leads and Contacts: create a single-line field "
            f"{known.external_key} on both, marked 'do not allow duplicate values', then run `leadflow init` again"
        )
    default = known.external_key if known.external_key in facts.keys else facts.keys[0]
    keys = [(key, "") for key in facts.keys]
    talk.offer(keys)
    picked = talk.choose("fields.key", "key field", keys, default=default, most=1)
    chosen.environment["LEADFLOW_EXTERNAL_KEY"] = (picked or [default])[0]
    numbers = [(name, "") for name in facts.numbers]
    names: dict[str, str | None] = {}
    talk.say(f"\n6/8  Which whole-number fields of Leads take the scores (`{NOTHING}`: this score is not sent)?")
    talk.offer(numbers)
    for shipped, question in SCORES.items():
        default = shipped if shipped in facts.numbers else NOTHING
        found = talk.choose(f"fields.{question}", shipped, numbers, default=default, most=1)
        names[shipped] = found[0] if found else None
    if any(name != shipped for shipped, name in names.items()):
        chosen.rules["mappings/zoho"] = files.mapping(rules.packaged()["mappings/zoho"], names)


def _owners(talk: Dialogue, facts: ZohoFacts, chosen: Chosen) -> None:
    talk.say(
        "\n7/8  Who gets whom. Who owns new records? Several take turns; `none`: the user whose credentials these are."
    )
    users = facts.users
    talk.offer(users)
    chosen.rules["owners"] = files.owners(
        talk.choose("owners", "owners, by number or e-mail", users, default=NOTHING, most=max(1, len(users)))
    )


def _workflows(talk: Dialogue, known: Settings, facts: GhlFacts, chosen: Chosen) -> None:
    texts = rule_texts(known.rules_dir if known.rules_dir and known.rules_dir.is_dir() else None)
    segments = [segment.name for segment in rules.parse(Segments, "segments", texts).segments]
    before = {start.segment: start.workflow for start in starts_of(texts)}
    talk.say(f"     Which GoHighLevel workflow does a segment start ({', '.join(segments)})? Each person once.")
    talk.offer([(name, "") for _, name in facts.workflows])
    starts = talk.ask(
        "workflows",
        f"segment=workflow, by number or name, or {NOTHING}",
        check=lambda text: pairs(text, segments, facts.workflows),
        default=", ".join(f"{segment}={workflow}" for segment, workflow in before.items()) or NOTHING,
    )
    if starts or before:
        chosen.rules["enrolments"] = files.enrolments(starts)


def _search(talk: Dialogue, chosen: Chosen) -> None:
    talk.say("\n8/8  Whom may leadflow buy at Apollo (one credit a person)? More searches: searches.yaml.")
    talk.say(f"  seniorities at Apollo: {', '.join(SENIORITIES)}")
    offered = [(word, "") for word in SENIORITIES]
    seniorities = talk.choose(
        "search.seniorities", "seniorities", offered, default="c_suite, vp, head, director", most=len(SENIORITIES)
    )
    countries = talk.ask("search.countries", "countries, or any", check=_countries, default="any")
    most = talk.ask("search.max_people", "people one run may buy", check=_amount, default="100")
    chosen.rules["searches"] = files.searches(seniorities=seniorities, countries=countries, max_people=most)


def _write(talk: Dialogue, env_file: Path, folder: Path, chosen: Chosen) -> None:
    existing = [path for name in chosen.rules if (path := folder / f"{name}.yaml").exists()]
    talk.say()
    for name in (str(env_file), *(str(folder / f"{name}.yaml") for name in chosen.rules)):
        talk.say(f"  {name}")
    if talk.is_patient:
        told = f" ({len(existing)} exist: kept beside as .before)" if existing or env_file.exists() else ""
        talk.ask("write", f"write these files{told}? yes or no", check=_yes, default="yes")
    for name, text in chosen.rules.items():
        write_aside(folder / f"{name}.yaml", text, mode=0o644)
    before = env_file.read_text(encoding="utf-8") if env_file.exists() else _example()
    write_aside(env_file, files.environment(before, chosen.environment), mode=0o600)
    talk.say("\nWritten. leadflow plans now and sends nothing that you did not approve (LEADFLOW_APPLY=review):")
    talk.say("  leadflow doctor      checks all of it")
    talk.say("  leadflow audit       what is wrong in the CRM today; writes nothing, costs nothing")
    talk.say("  leadflow run         ends waiting for approval, with a plan (buys at Apollo what 8/8 allows)")
    talk.say("  leadflow plan zoho   shows it; `leadflow apply HASH` sends it")


def _example() -> str:
    path = Path(__file__).resolve().parent.parent / ".env.example"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _workspace(text: str) -> str:
    if not WORKSPACE.fullmatch(text):
        raise ConfigurationError(f"{text!r}: letters, digits, - and _, at most 63, beginning with a letter or digit")
    return text


def _countries(text: str) -> Sequence[str]:
    return [] if text.casefold() in {"any", ""} else [word.strip() for word in text.split(",") if word.strip()]


def _amount(text: str) -> int:
    if not text.isdecimal() or int(text) > MANY_PEOPLE:
        raise ConfigurationError(f"{text!r}: a whole number from 0 to {MANY_PEOPLE}")
    return int(text)


def _yes(text: str) -> bool:
    if text.casefold() not in {"y", "yes"}:
        raise EndOfAnswers("nothing was written")
    return True
