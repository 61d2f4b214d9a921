"""Questions and answers in a terminal, from a pipe, or from a file of answers."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING, TypeVar

from pipeline.errors import ConfigurationError, LeadflowError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")
NOTHING = "none"


class Dialogue:
    """Asks one question after the other. `given`: answers by question; then nobody is asked."""

    def __init__(self, *, given: Mapping[str, str] | None) -> None:
        self._given = given

    @property
    def is_patient(self) -> bool:
        """Tell whether a person answers, who may be asked again."""
        return self._given is None

    def say(self, text: str = "") -> None:
        """Print a line."""
        sys.stdout.write(f"{text}\n")

    def offer(self, offered: Sequence[tuple[str, str]]) -> None:
        """Print a list to choose from, numbered."""
        for number, (value, meaning) in enumerate(offered, 1):
            self.say(f"  {number:>3}  {value}{f'  ({meaning})' if meaning else ''}")

    def ask(
        self,
        question: str,
        prompt: str,
        *,
        check: Callable[[str], T],
        default: str | None = None,
        is_secret: bool = False,
    ) -> T:
        """Return what `check` makes of the answer; a person is asked again for as long as it raises.

        Raises:
            ConfigurationError: an answer of the file is wrong or missing, or the input ended.
        """
        while True:
            text = self._answer(question, prompt, default, is_secret)
            try:
                return check(text)
            except EndOfAnswers:
                raise
            except LeadflowError as error:
                if not self.is_patient:
                    raise ConfigurationError(f"{question}: {error}") from error
                self.say(f"  {error}")

    def again(self, step: Callable[[], T]) -> T:
        """Return what a group of questions gives; a person answers it again for as long as it raises."""
        while True:
            try:
                return step()
            except EndOfAnswers:
                raise
            except LeadflowError as error:
                if not self.is_patient:
                    raise
                self.say(f"  {error}")
                self.say("  Once more (Ctrl-C leaves everything as it was):")

    def choose(
        self, question: str, prompt: str, offered: Sequence[tuple[str, str]], *, default: str | None, most: int
    ) -> list[str]:
        """Return up to `most` of the offered values (value, what it is): by number or by value, `none` for none."""
        return self.ask(question, prompt, check=lambda text: chosen(text, offered, most=most), default=default)

    def _answer(self, question: str, prompt: str, default: str | None, is_secret: bool) -> str:
        if self._given is not None:
            text = self._given.get(question, default)
            if text is None:
                raise EndOfAnswers(f"the answers lack {question} ({prompt})")
            return text.strip()
        shown = f" [{'kept' if is_secret else default}]" if default else ""
        line = f"  {prompt}{shown}: "
        try:
            # Without a terminal there is nothing to hide from, and getpass would warn.
            text = getpass.getpass(line) if is_secret and sys.stdin.isatty() else input(line)
        except EOFError:
            raise EndOfAnswers(f"the input ended at {prompt!r}; nothing was written") from None
        return text.strip() or default or ""


class EndOfAnswers(ConfigurationError):
    """There is nobody to ask again."""


def chosen(text: str, offered: Sequence[tuple[str, str]], *, most: int) -> list[str]:
    """Return the values that words (numbers from 1, or values in any case) stand for, each once, in order.

    Raises:
        ConfigurationError: a word is neither, or there are more than `most`.
    """
    if text.casefold() in {"", NOTHING}:
        return []
    by_word = {value.casefold(): value for value, _ in offered}
    by_word |= {str(number): value for number, (value, _) in enumerate(offered, 1)}
    found: list[str] = []
    for word in (part.strip() for part in text.split(",")):
        if word.casefold() not in by_word:
            allowed = ", ".join(value for value, _ in offered) or "(there is nothing to choose from)"
            raise ConfigurationError(f"{word!r} is none of the choices: {allowed}")
        value = by_word[word.casefold()]
        found += [value] if value not in found else []
    if len(found) > most:
        raise ConfigurationError(f"{len(found)} were chosen; at most {most} can be")
    return found
