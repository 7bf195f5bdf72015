"""The offline scorer: reads the same playbook and counts. It says so in every rationale.

Asking a model belongs to `ai_scorer.py`.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from orchestration_project.decision.signals import Reading, holds
from orchestration_project.decision.words import affirmed, affirmed_places, word_count
from orchestration_project.links import has_link
from orchestration_project.model import Context, Lead, Score, ScoreStatus, Scoring, Usage
from orchestration_project.playbook.model import Playbook, Topic
from orchestration_project.playbook.scorecard import Signal

MAX_QUOTES = 5
_AROUND = 40  # characters of a quote on each side of the word that was found
_SHORT_MESSAGE = 10  # words
_BETWEEN_CHOICES = re.compile(r"[,;|\n]")
_GAP = re.compile(r"[\s_-]+")
_PLAIN_NAME = re.compile(r"[\w&.,'\u2019() +-]{1,60}")


class OfflineScorer:
    """Scores by the playbook's scorecard alone: plain arithmetic, the same lead the same score."""

    async def score(self, context: Context, playbook: Playbook) -> Scoring:
        return Scoring(
            ref=context.ref,
            status=ScoreStatus.SCORED,
            score=score_by_rules(context, playbook),
            scorer="offline",
            usage=Usage(cost_usd=Decimal(0)),
        )


def score_by_rules(context: Context, playbook: Playbook) -> Score:
    lead, reading = context.lead, read_lead(context, playbook)
    service, category = reading.service, reading.category
    counted = [signal for signal in playbook.scorecard.signals if holds(signal, reading)]
    start = playbook.scorecard.start
    points = start + sum(signal.points for signal in counted)
    value = min(max(points, 0), 10)
    return Score(
        value=value,
        service=service.name if service else None,
        category=category.name,
        rationale=_rationale(start, counted, points, value),
        evidence=_quotes(context.words, service, category, counted),
        confidence=_confidence(context, playbook, service),
        opening=_opening(lead, playbook, service, category),
    )


def read_lead(context: Context, playbook: Playbook) -> Reading:
    """What the lines of the scorecard are held against."""
    category = _most_hits(context.words, playbook.categories) or playbook.categories[0]
    return Reading(context, find_service(context, playbook.services), category)


def find_service(context: Context, services: tuple[Topic, ...]) -> Topic | None:
    """The services that were chosen in the form's field come first, and of several of them the one that the
    message speaks of most; with none chosen, the one that it speaks of most of all. Where it speaks alike of
    some, the one that is named first."""
    chosen = _chosen(context.lead.asked_service or "", services)
    if len(chosen) > 1:
        return _most_hits(context.words, chosen) or chosen[0]
    return next(iter(chosen), None) or _most_hits(context.words, services) or _titled(context.words, services)


def _chosen(asked: str, services: tuple[Topic, ...]) -> tuple[Topic, ...]:
    """In the order in which they are named: each choice by name or title, else by a word of theirs."""
    if whole := _called(asked, services):
        return (whole,)
    found: dict[str, Topic] = {}
    for choice in _BETWEEN_CHOICES.split(asked):
        called = _called(choice, services)
        for topic in (called,) if called else _spoken_of(choice, services):
            found.setdefault(topic.name, topic)
    return tuple(found.values())


def _called(choice: str, topics: tuple[Topic, ...]) -> Topic | None:
    name = _spaced(choice)
    return next((topic for topic in topics if name in {_spaced(topic.name), _spaced(topic.title)}), None)


def _spoken_of(text: str, topics: tuple[Topic, ...]) -> tuple[Topic, ...]:
    places = {topic.name: affirmed_places(text, (*topic.words, topic.title)) for topic in topics}
    found = (topic for topic in topics if places[topic.name])
    return tuple(sorted(found, key=lambda topic: min(places[topic.name].values())))


def _titled(text: str, services: tuple[Topic, ...]) -> Topic | None:
    """A title is made for people, and says less than the words that were chosen for this."""
    titled = tuple(service.model_copy(update={"words": (service.title,)}) for service in services)
    found = _most_hits(text, titled)
    return next((service for service in services if found and service.name == found.name), None)


def _most_hits(text: str, topics: tuple[Topic, ...]) -> Topic | None:
    """Of as many hits, the one that is named first."""
    places = {topic.name: affirmed_places(text, topic.words) for topic in topics}
    spoken = [topic for topic in topics if places[topic.name]]
    return min(
        spoken,
        key=lambda topic: (-_hits(places[topic.name], topic), min(places[topic.name].values())),
        default=None,
    )


def _hits(found: Iterable[str], topic: Topic) -> int:
    """Distinct words: saying one word twenty times does not make it the subject. Those of one title are one
    thing: in "year-end accounts" there are two."""
    title = _spaced(topic.title)
    return len({title if f" {said} " in f" {title} " else said for said in map(_spaced, found)})


@lru_cache(maxsize=256)  # nearly always of a title, or of a word of the playbook
def _spaced(text: str) -> str:
    """Compared without case, and as a form's `year_end` is written, too."""
    return " ".join(_GAP.split(text.casefold())).strip()


def _rationale(start: int, counted: list[Signal], points: int, value: int) -> str:
    """The reasons first: in a chat line the end is cut."""
    reasons = ", ".join(f"{signal.why} ({signal.points:+d})" for signal in counted)
    said = f"{reasons[:1].upper()}{reasons[1:]}." if reasons else "No line of the scorecard applies."
    total = f"{value}" if points == value else f"{points}, kept within the scale as {value}"
    return f"{said} Scored offline, no AI: the scorecard starts at {start} and makes {total}."


def _quotes(message: str, service: Topic | None, category: Topic, counted: list[Signal]) -> tuple[str, ...]:
    phrases = ((*service.words, service.title) if service else ()) + category.words
    phrases += tuple(word for signal in counted for word in signal.any_of)
    quotes: list[str] = []
    end = 0
    for match in affirmed(message, phrases):
        if match.start() >= end and len(quotes) < MAX_QUOTES:
            quote, end = _quote(message, match.start(), match.end(), since=end)
            quotes.append(quote)
    return tuple(quotes)


def _quote(text: str, start: int, end: int, *, since: int) -> tuple[str, int]:
    """The place with a few whole words around it, as it stands in its line and after the quote before,
    and where it ends."""
    first = max(since, start - _AROUND)
    before = text[first:start]
    if first > since:
        before = before.partition(" ")[2]
    after = text[end : end + _AROUND]
    if end + _AROUND < len(text):
        after = after.rpartition(" ")[0]
    before = before.rpartition("\n")[2]
    after = after.partition("\n")[0]
    return f"{before}{text[start:end]}{after}".strip(), end + len(after)


def _confidence(context: Context, playbook: Playbook, service: Topic | None) -> float:
    """Words are counted, not understood: never more than 0.7, and less where there is little to count."""
    doubts = (
        word_count(context.words) < _SHORT_MESSAGE,
        context.lead.language not in {None, playbook.business.language},
        service is None,
    )
    return round(0.7 - 0.2 * sum(doubts), 1)


def _opening(lead: Lead, playbook: Playbook, service: Topic | None, category: Topic) -> str:
    """Made of our words; of the form's only a company name that looks like nothing but a name."""
    is_inquiry = category == playbook.categories[0]
    # our words are English, and would stand in a draft of another language
    if service is None or not is_inquiry or playbook.business.language != "en":
        return ""
    name = lead.company.name or ""
    company = f" for {name}" if _PLAIN_NAME.fullmatch(name) and not has_link(name) else ""
    prose = (playbook.ideal_customer, *(topic.description for topic in playbook.services))
    title = _in_a_sentence(service.title, prose)
    kind = "" if title.casefold().endswith((" service", " services")) else " service"
    return f"Thank you for asking about our {title}{kind}{company}."


@lru_cache(maxsize=64)
def _in_a_sentence(title: str, prose: tuple[str, ...]) -> str:
    """With a small letter if the owner writes it so within a sentence: names, such as Xero, keep theirs."""
    small = f"{title[:1].lower()}{title[1:]}"
    written = re.compile(rf"(?<!\w){re.escape(small)}(?!\w)")
    return small if any(map(written.search, prose)) else title
