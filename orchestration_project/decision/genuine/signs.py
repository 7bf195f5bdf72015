"""Signs that nobody means a submission, each in words for a person. All fields are looked at.

None of them decides alone unless it is as strong as two; how they are added up is in `judge.py`.
"""

import math
import re
from collections.abc import Iterator
from typing import Literal

from disposable_email_domains import blocklist

from orchestration_project.decision.genuine.fold import Folded, fold
from orchestration_project.decision.genuine.gibberish import gibberish_share
from orchestration_project.decision.genuine.pitch_words import CONTACTS, families
from orchestration_project.decision.words import distinct_phrases
from orchestration_project.domains import registrable_domain
from orchestration_project.links import has_link, links_in
from orchestration_project.model import Frozen, Lead
from orchestration_project.playbook.model import Junk

Kind = Literal[
    "words", "pitch", "playbook", "gibberish", "links", "disguise", "disposable", "burst", "speed", "refused"
]
_SHORT = 15  # words
_LETTER = 200
_LOOKED_AT = 5_000  # characters; finding links in a text made to slow us down is not linear
MANY_LINKS = 5
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
_MACHINE_NAME = re.compile(
    r"(?:David|Robert|James|William|Michael|Thomas|Joseph|Charles|Richard|Anthony|Kenneth|Steven|Edward|Brian|Ronald|"
    r"Kevin|Jason|Jeffrey|Frank|Scott|Eric|Stephen|Andrew|Raymond|Gregory|Joshua|Jerry|Dennis|Walter|Patrick|Peter|"
    r"Harold|Douglas|Henry|Carl|Arthur|Ryan|Roger|Joe|Juan|Jack|Albert|Jonathan|Justin|Terry|Gerald|Keith|Samuel|Willie|"
    r"Ralph|Lawrence|Nicholas|Roy|Benjamin|Bruce|Brandon|Adam|Harry|Fred|Wayne|Billy|Steve|Louis|Jeremy|Aaron|Randy|"
    r"Eugene|Carlos|Russell|Bobby|Victor|Ernest|Phillip|Todd|Jesse|Craig|Alan|Shawn|Clarence|Sean|Philip|Chris|Johnny|"
    r"Earl|Jimmy|Antonio|Danny|Bryan|Tony|Luis|Mike|Leroy|Eldon|Mary|Linda|Barbara|Susan|Anna|Amanda|Lisa|Nancy|Karen|"
    r"Betty|Helen|Sandra|Donna|Carol|Ruth|Sharon|Michelle|Laura|Sarah|Kimberly|Jessica)[a-z]{3,6}"
)
"""A given name with letters behind it, in one word."""
_LINK_WORD = re.compile(r"\[url|<a\s|href=|\[link", re.IGNORECASE)


class Sign(Frozen):
    kind: Kind
    says: str
    weight: float  # added to the log odds


class Seen(Frozen):
    """What the ledger knows beside the submission."""

    alike: int = 0  # others who wrote nearly the same within a day
    refused: bool = False  # the sender was set aside as spam before
    welcome: bool = False  # the sender has come through before, or a person has called them genuine


NOTHING = Seen()


def signs(lead: Lead, junk: Junk, seen: Seen) -> tuple[Sign, ...]:
    message = fold(lead.message)
    return tuple(
        sign
        for found in (
            _of_playbook(message, junk),
            _pitch(message),
            _gibberish(lead),
            _links(lead, message),
            _disguise(lead, message),
            _sender(lead, junk, seen),
            _speed(lead),
        )
        for sign in found
    )


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
    name = gibberish_share(lead.person.full_name or "")
    company = gibberish_share(lead.company.name or "")
    if share >= 0.5:  # noqa: PLR2004 - more of it than not
        yield Sign(kind="gibberish", says="the message is letters without words", weight=5.5)
    full_name = (lead.person.full_name or "").strip()
    if _MACHINE_NAME.fullmatch(full_name) and not full_name.endswith(("son", "sen", "ton")):
        yield Sign(kind="gibberish", says="the name is one as machines make them up", weight=1.5)
    if name == 1:
        alone = len(lead.message.split()) < 3  # noqa: PLR2004 - a word or two say nothing
        yield Sign(kind="gibberish", says="the name is letters without words", weight=3.0 if alone else 1.5)
    if company == 1:
        yield Sign(kind="gibberish", says="the company is letters without words", weight=0.8)
    said = lead.message.strip()
    if len(said) > 2 and not any(letter.isalpha() for letter in said) and not lead.extra:  # noqa: PLR2004 - "13" answers
        yield Sign(kind="gibberish", says="the message has no word", weight=1.8)


def _links(lead: Lead, message: Folded) -> Iterator[Sign]:
    text = lead.message[:_LOOKED_AT]
    links = links_in(text)
    letters = len("".join(text.split()))
    if len(links) >= MANY_LINKS:
        yield Sign(kind="links", says=f"it has {MANY_LINKS} links or more", weight=5.5)
    elif links and sum(map(len, links)) * 2 >= letters:
        yield Sign(kind="links", says="the message is mostly links", weight=5.5)
    elif links and len(re.findall(r"[^\W\d_]+", lead.message)) - 4 * len(links) < 8:  # noqa: PLR2004 - a few words
        yield Sign(kind="links", says="a link, and hardly a word beside it", weight=1.8)
    elif len(links) > 1:
        yield Sign(kind="links", says=f"it has {len(links)} links", weight=0.4 * (len(links) - 1))
    if _LINK_WORD.search(text):
        yield Sign(kind="links", says="it has the markup of a link", weight=3.5)
    if CONTACTS.search(message.text):
        yield Sign(kind="links", says="it leads to a messenger or through a link shortener", weight=1.0)
    for field, value in (("name", lead.person.full_name), ("company", lead.company.name)):
        if value and re.search(r"https?://|www\.", value, re.IGNORECASE):
            yield Sign(kind="links", says=f"the {field} is a link", weight=5.5 if field == "name" else 1.5)
        elif field == "name" and value and has_link(value):
            yield Sign(kind="links", says=f"the {field} has a link in it", weight=1.5)


def _disguise(lead: Lead, message: Folded) -> Iterator[Sign]:
    others = fold(" ".join(filter(None, (lead.person.full_name, lead.company.name)))).disguised
    if number := message.disguised + others:
        says = "a word is" if number == 1 else f"{number} words are"
        yield Sign(
            kind="disguise",
            says=f"{says} written so that machines do not read them",
            weight=min(0.6 * number, 2.4),
        )


def _sender(lead: Lead, junk: Junk, seen: Seen) -> Iterator[Sign]:
    host = (lead.person.email or "").rpartition("@")[2].casefold()
    if host and (host in blocklist or registrable_domain(host) in blocklist):
        yield Sign(kind="disposable", says=f"the address is thrown away after use ({host})", weight=1.6)
    if seen.refused:
        yield Sign(kind="refused", says="this sender was set aside as spam before", weight=3.0)
    if seen.alike >= (least := junk.burst or BURST):
        yield Sign(kind="burst", says=_alike(seen.alike), weight=_wave(seen.alike / least))
    if seen.welcome:
        yield Sign(kind="refused", says="this sender has come through before", weight=-3.0)


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
