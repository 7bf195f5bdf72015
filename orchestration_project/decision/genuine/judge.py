"""How likely a submission is unwanted, and why: the text model and the signs together, each part told.

No single word decides: without the one that speaks most for it, the text has to be unwanted still. Nor do
words alone: something of what unwanted mail speaks of has to be in it, or a link, a price, or a sign. And
where no sign stands beside the words, they have to be surer.
"""

import math
from collections.abc import Mapping
from itertools import chain

from orchestration_project.decision.genuine import text_model
from orchestration_project.decision.genuine.fold import fold
from orchestration_project.decision.genuine.pitch_words import families
from orchestration_project.decision.genuine.sign import Sign
from orchestration_project.decision.genuine.signs import Seen, signs
from orchestration_project.links import has_link
from orchestration_project.model import Frozen, Lead
from orchestration_project.playbook.model import Junk

_RARE = -1.2
"""Added to the text model, which was made of as many unwanted texts as others: in a form they are rarer."""
_BEST = -1.5
_TOLD = 1.0
_SURER = 2  # times
_WEIGHS = 1.0  # less than that, as an address that does not recall the name, is no second witness


class Judgement(Frozen):
    """`likely`: from 0 to 1, that nobody means it. `signs`: what speaks for that, the strongest first.
    `only_words`: beside how it reads hardly anything does; `too_little`: nor is that enough to decide."""

    likely: float
    signs: tuple[Sign, ...] = ()
    only_words: bool = False
    too_little: bool = False

    def is_to_be_held(self, hold_from: float) -> bool:
        """By how it reads alone it has to be surer: one more kind of honest letter is always unknown."""
        bar = 1 - (1 - hold_from) / _SURER if self.only_words else hold_from
        return self.likely >= bar and not self.too_little

    def says(self) -> str:
        """`Likely unwanted (0.97): it offers …; it has …`"""
        told = "; ".join(sign.says for sign in self.signs)
        return f"Likely unwanted ({self.likely:.2f}{', mostly by its words' * self.only_words}): {told}."


def judge(lead: Lead, junk: Junk, seen: Seen, own: Mapping[int, float] | None = None) -> Judgement:
    """`own`: what the firm's own labels add to the text model's weights, by bucket."""
    written = texts_of(lead)
    reading = text_model.read(written, own)
    found = signs(lead, junk, seen)
    rest = sum(sign.weight for sign in found) + _RARE
    # a text that reads well excuses only so much
    total = max(reading.logit, _BEST) + rest
    told = [sign for sign in found if sign.weight > 0]
    only_words = sum(sign.weight for sign in told) < _WEIGHS
    if reading.logit >= _TOLD:
        words = ", ".join(f'"{word}"' for word in reading.words)
        quoted = f" ({words})" if words else ""
        told.append(Sign(kind="words", says=f"it reads like unwanted mail{quoted}", weight=reading.logit))
    return Judgement(
        likely=1 / (1 + math.exp(-max(-30.0, min(30.0, total)))),
        signs=tuple(sorted(told, key=lambda sign: -sign.weight)),
        only_words=only_words,
        too_little=not found
        and (
            reading.without_best + rest < 0
            or text_model.words_in(written) < text_model.FEW_WORDS
            or not _pitches(written)
        ),
    )


def _pitches(written: str) -> bool:
    return bool(families(fold(written).text)) or has_link(written) or text_model.names_a_price(written)


def texts_of(lead: Lead) -> str:
    """All that was written, whatever the field: a pitch may stand in the company's name."""
    person, company = lead.person, lead.company
    long = (text for text in (person.full_name, company.name, lead.asked_service) if text and " " in text)
    return "\n".join(chain([lead.message], (text for text in long if len(text.split()) > 4), _extra(lead)))  # noqa: PLR2004 - more words than a name has


def _extra(lead: Lead) -> list[str]:
    return [value for value in lead.extra.values() if len(value.split()) > 3]  # noqa: PLR2004 - a sentence
