"""Signs that nobody means a submission, each in words for a person. All fields are looked at.

None of them decides alone unless it is as strong as two; how they are added up is in `judge.py`.
"""

import math
import re
from collections.abc import Iterator
from itertools import chain

from orchestration_project.decision.genuine.fold import Folded, fold
from orchestration_project.decision.genuine.gibberish import gibberish_share
from orchestration_project.decision.genuine.link_signs import LOOKED_AT, link_signs
from orchestration_project.decision.genuine.pitch_words import families, probes
from orchestration_project.decision.genuine.sender_signs import sender_signs
from orchestration_project.decision.genuine.sign import Sign
from orchestration_project.decision.lists import words
from orchestration_project.decision.words import affirmed, distinct_phrases
from orchestration_project.links import links_in
from orchestration_project.model import Frozen, Lead
from orchestration_project.playbook.model import Junk

_SHORT = 15  # words
_LONG_CODE = 12  # letters and digits; one order number is shorter
_LETTER = 200
_OVER_AND_OVER = 3  # times
BURST = 3
"""So many others who write nearly the same within a day are no coincidence."""
_WAVE, _WAVE_AT_MOST = 2.4, 4.0
_MANY_ALIKE = 5
_TOO_FAST = 3.0  # seconds from the form being shown to its being sent
_TYPED = 40  # characters nobody writes in that time
_SECONDS = re.compile(
    r"(?:seconds|secs|elapsed|time|ms)[ _-]*(?:on|to|in|for|since)?[ _-]*"
    r"(?:page|form|submit|complete|fill\w*|open\w*|load\w*)?(?:[ _-]*(?:ms|s|seconds))?"
)
_LETTERS = re.compile(r"[^\W\d_]+")
_ASKING = words("asking", "words")
_FRAGMENT = 5  # words
_UNFILLED = re.compile(
    r"%(?:first_?name|last_?name|name|domain|site|website|company|city|email|url)\b|\{\{? ?[a-z_]+ ?\}?\}|"
    r"\[(?:first name|last name|name|company|website|domain|city)\]|#(?:file|txt|url)\w*|"
    r"\{[^{}|\n]{2,}(?:\|[^{}|\n]*)+\}",
    re.IGNORECASE,
)
"""What a mass mailing fills in for each who gets it, and here has not."""
_REPEATED = re.compile(r"([^\W\d_]{2,5})\1{2,}|([^\W\d_])\2{3,}", re.IGNORECASE)
_CODE = re.compile(r"(?=\S*\d)(?=\S*[a-z])[a-z0-9]{4,}", re.IGNORECASE)


class Seen(Frozen):
    """What is known beside the submission."""

    alike: int = 0  # others who wrote nearly the same within a day
    refused: bool = False  # the sender was set aside as spam before
    welcome: bool = False  # the sender has come through before, or a person has called them genuine
    own_domain: str = ""  # of the business itself
    services: tuple[str, ...] = ()  # words of what it sells


NOTHING = Seen()


def signs(lead: Lead, junk: Junk, seen: Seen) -> tuple[Sign, ...]:
    message = fold(lead.message)
    found = tuple(
        chain(
            _of_playbook(message, junk),
            _pitch(message),
            _gibberish(lead),
            link_signs(lead, message, seen.own_domain),
            _disguise(lead, message),
            _sender(lead, seen.own_domain),
            _seen(junk, seen),
            _speed(lead),
        )
    )
    if not found and _is_for_us(lead, seen):
        return (Sign(kind="words", says="it asks for what you sell", weight=-0.8),)
    return found


def _sender(lead: Lead, own_domain: str) -> Iterator[Sign]:
    found = tuple(sender_signs(lead, own_domain))
    yield from found
    said = lead.message.split()
    if found and 0 < len(said) <= _FRAGMENT and not _asks(lead.message):
        yield Sign(kind="words", says="the message is a few words that ask nothing", weight=1.4)


def _asks(message: str) -> bool:
    plain = message.casefold()
    said = _LETTERS.findall(plain)
    return not said or bool(re.search(r"[?？؟]|\d", plain)) or not _ASKING.isdisjoint(said)


def _of_playbook(message: Folded, junk: Junk) -> Iterator[Sign]:
    if hits := distinct_phrases(message.text, junk.spam_words):
        listed = ", ".join(f'"{word}"' for word in sorted(hits))
        # in a long text that is of something else, a word is only a word
        short = len(message.text.split()) <= _SHORT
        first = 2.7 if short else 1.5 if len(families(message.text)) >= 3 else 0.4  # noqa: PLR2004 - as in _pitch
        yield Sign(
            kind="playbook",
            says=f"it has spam words of the playbook: {listed}",
            weight=first + 1.5 * min(len(hits) - 1, 2),
        )


def _pitch(message: Folded) -> Iterator[Sign]:
    """Its families are weighed by the text model; here only what they are is told."""
    if probes(message.text):
        says = "it is the sentence with which machines try a form (they wanted to know your price)"
        yield Sign(kind="pitch", says=says, weight=2.6)
    said = families(message.text)
    told = {
        "reach": "offers reach, leads or links",
        "trick": "speaks of money, prizes or pills",
        "offer": "sells a service of its own",
    }
    at_once = len(message.text.split()) <= _LETTER
    if len(said) >= 3 and at_once and said.keys() & {"reach", "trick"}:  # noqa: PLR2004 - two may be chance
        names = [name for name in told if name in said]
        quoted = ", ".join(f'"{said[name][0]}"' for name in names)
        yield Sign(
            kind="pitch",
            says=f"it {' and '.join(told[name] for name in names)} ({quoted})",
            weight=0.4 * (len(said) - 2),
        )


def _gibberish(lead: Lead) -> Iterator[Sign]:
    share = gibberish_share(lead.message)
    if share >= 0.5 or _REPEATED.fullmatch(lead.message.strip()):  # noqa: PLR2004 - more of it than not
        yield Sign(kind="gibberish", says="the message is letters without words", weight=5.5)
    said = lead.message.strip()
    codes = [word for word in said.split() if _CODE.fullmatch(word)]
    if codes and len(codes) * 2 >= len(said.split()) and sum(map(len, codes)) > _LONG_CODE:
        yield Sign(kind="gibberish", says="the message is letters and numbers without words", weight=2.5)
    letters = _LETTERS.findall(said.casefold())
    if len(letters) >= _OVER_AND_OVER and len(set(letters)) == 1:
        yield Sign(kind="gibberish", says="the message is one word over and over", weight=3.5)
    names = (lead.person.full_name or "").casefold().split()
    if names and 0 < len(said.split()) <= len(names) + 1 and said.casefold().split()[0] == names[0]:
        yield Sign(kind="gibberish", says="the message is only a name", weight=2.5)
    if _UNFILLED.search(said):
        yield Sign(kind="unfilled", says="a mass mailing left a field unfilled", weight=2.5)
    if len(said) > 2 and not any(letter.isalpha() for letter in said) and not lead.extra:  # noqa: PLR2004 - "13" answers
        yield Sign(kind="gibberish", says="the message has no word", weight=1.8)


def _disguise(lead: Lead, message: Folded) -> Iterator[Sign]:
    others = fold(" ".join(filter(None, (lead.person.full_name, lead.company.name)))).disguised
    if number := message.disguised + others:
        says = "a word is" if number == 1 else f"{number} words are"
        yield Sign(
            kind="disguise",
            says=f"{says} written so that machines do not read them",
            weight=min(0.6 * number, 2.4),
        )


def _seen(junk: Junk, seen: Seen) -> Iterator[Sign]:
    if seen.refused:
        yield Sign(kind="refused", says="this sender was set aside as spam before", weight=3.0)
    if seen.alike >= (least := junk.burst or BURST):
        yield Sign(kind="burst", says=_alike(seen.alike), weight=_wave(seen.alike / least))
    if seen.welcome:
        yield Sign(kind="refused", says="this sender has come through before", weight=-3.0)


def _is_for_us(lead: Lead, seen: Seen) -> bool:
    """It names what the business sells, and sells nothing itself."""
    if not any(affirmed(lead.message, seen.services)) or links_in(lead.message[:LOOKED_AT]):
        return False
    return "offer" not in families(fold(lead.message).text)


def _wave(times: float) -> float:
    """The more there are, the less a text that reads well excuses. Alone it holds no lead, it only stops it
    for a look: the text may be the words that a form fills in for everybody."""
    return min(_WAVE + 0.6 * math.log2(times), _WAVE_AT_MOST)


def _alike(others: int) -> str:
    told = f"{others} others wrote nearly the same within a day"
    if others < _MANY_ALIKE:
        return told
    return f"{told} (if your form fills in these words, raise `burst` under `junk:` in playbook.yaml)"


def _speed(lead: Lead) -> Iterator[Sign]:
    for name, value in lead.extra.items():
        seconds = _number(value)
        if seconds is None or not _SECONDS.fullmatch(name.casefold().strip()):
            continue
        if "ms" in name.casefold() or "milli" in name.casefold():
            seconds /= 1000
        if 0 <= seconds < _TOO_FAST and len(lead.message) > _TYPED:
            yield Sign(
                kind="speed",
                says=f"{len(lead.message)} characters were written in {seconds:g} s",
                weight=3.0,
            )


def _number(text: str) -> float | None:
    try:
        return float(text.removesuffix("s").strip())
    except ValueError:
        return None
