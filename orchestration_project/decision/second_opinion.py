"""Before a score acts: should a person look first? Code decides, no model.

Leads that nothing speaks against go on; what a submission alone tells is `validate.py`'s.
"""

import re
from collections.abc import Iterator

from orchestration_project.decision.evidence import quotable
from orchestration_project.decision.offline import score_by_rules
from orchestration_project.decision.orders import order_in, orders
from orchestration_project.decision.words import affirmed
from orchestration_project.links import mask_emails
from orchestration_project.model import Context, Doubt, DoubtKind, Score, Scoring
from orchestration_project.playbook.model import SPAM, Playbook

FAR = 4
"""Points between model and scorecard that a person should see."""
HIGH = 8
"""From here on a score opens doors; below, a lead that is let through by mistake costs little."""
CLEARLY = 2
"""So many points above the scorecard, the model's evidence has to carry them."""
LEAST_TRUST = 1
LEAST_AGREEMENT = 0.6
LEAST_AGREED_WITH = 0.5
"""Of the answers, so many must be near to the middle one."""
_TELLING = re.compile(r"[^\W\d_]{4,}|[\u3040-\u30ff\u3400-\u9fff]{2}|\d{3,}")
_LEAST_TELLING = 2  # words of some length
_SOME_WORDS = 12


def second_opinion(scoring: Scoring, context: Context, playbook: Playbook) -> tuple[Doubt, ...]:
    """What a person should know before the score acts; where no model has scored, only what the lead is."""
    score = scoring.score
    if score is None:
        return ()
    if not scoring.by_model:
        return tuple(_category(score, context, playbook))
    by_rules = score_by_rules(context, playbook)
    return tuple(
        doubt
        for found in (
            _orders(context),
            _far_apart(score, by_rules),
            _evidence(score, by_rules, context, playbook),
            _trust(score, context),
            _spam(score),
            _category(score, context, playbook),
            _agreement(scoring, score, playbook),
            _agreed_with(score),
        )
        for doubt in found
    )


def _category(score: Score, context: Context, playbook: Playbook) -> Iterator[Doubt]:
    """What the playbook wants a person to look at, whoever found it."""
    found = next((each for each in playbook.categories if each.name == score.category and each.look), None)
    if found is not None:
        telling = [match.group() for match in affirmed(context.words, found.words)]
        quotes = ", ".join(f"“{mask_emails(quote, '…')}”" for quote in telling or score.evidence)
        yield Doubt(kind=DoubtKind.NO_INQUIRY, says=f"{found.title}{f': {quotes}' if quotes else ''}.")


def _orders(context: Context) -> Iterator[Doubt]:
    told = [f"{order.where} {order.says} (“{mask_emails(order.quote, '…')}”)" for order in orders(context)]
    if told:
        yield Doubt(
            kind=DoubtKind.ORDERS,
            says=f"Somebody gives orders to the AI: {'; '.join(told)}. Its score may be theirs.",
        )


def _far_apart(score: Score, by_rules: Score) -> Iterator[Doubt]:
    if abs(score.value - by_rules.value) >= FAR:
        yield Doubt(
            kind=DoubtKind.DISAGREEMENT,
            says=f"The AI gives {score.value}/10, the scorecard {by_rules.value}/10. {by_rules.rationale}",
        )


def _evidence(score: Score, by_rules: Score, context: Context, playbook: Playbook) -> Iterator[Doubt]:
    """Only where the model says clearly more than the scorecard: then something must carry it."""
    if score.value < HIGH or score.value - by_rules.value < CLEARLY:
        return
    said = f"The AI gives {score.value}/10"
    if not score.evidence:
        yield Doubt(kind=DoubtKind.EVIDENCE, says=f"{said} and quotes nothing for it.")
    elif any(order_in(quote) for quote in score.evidence):
        yield Doubt(kind=DoubtKind.EVIDENCE, says=f"{said}, and what it quotes is an order to it.")
    elif sum(len(_TELLING.findall(quote)) for quote in score.evidence) < _LEAST_TELLING:
        quotes = ", ".join(f"“{quote}”" for quote in score.evidence)
        yield Doubt(kind=DoubtKind.EVIDENCE, says=f"{said} and quotes only {quotes}, which says nothing.")
    elif score_by_rules(_without(context, score.evidence), playbook).value == by_rules.value and (
        score.value - by_rules.value > CLEARLY
    ):
        yield Doubt(
            kind=DoubtKind.EVIDENCE,
            says=f"{said}; with what it quotes taken out, the scorecard's {by_rules.value} stays as it is.",
        )


def _without(context: Context, quotes: tuple[str, ...]) -> Context:
    message = context.lead.message
    for quote in quotes:
        message = message.replace(quote, " ")
    return context.model_copy(update={"lead": context.lead.model_copy(update={"message": message})})


def _trust(score: Score, context: Context) -> Iterator[Doubt]:
    if score.value < HIGH:
        return
    lead = context.lead
    speaks = {
        "a company's own address": lead.company.domain is not None and not lead.free_mail,
        "a phone number": lead.person.phone is not None,
        "a website that could be read": context.website.status == "found",
        "a company that a directory knows": context.company.status == "found",
        "being known to us": context.standing.kind == "known_contact",
        "a message of some words": sum(len(text.split()) for text in quotable(lead)) >= _SOME_WORDS,
    }
    if sum(speaks.values()) < LEAST_TRUST:
        yield Doubt(
            kind=DoubtKind.TRUST,
            says=f"The AI gives {score.value}/10, and nothing speaks for the sender: "
            f"not {', nor '.join(speaks)}.",
        )


def _agreement(scoring: Scoring, score: Score, playbook: Playbook) -> Iterator[Doubt]:
    """Of a model that was asked several times: its confidence is then how far the answers agree."""
    if playbook.ai.samples > 1 and score.confidence < LEAST_AGREEMENT:
        yield Doubt(kind=DoubtKind.UNSTABLE, says=f"The AI does not agree with itself. {scoring.explanation}")


def _agreed_with(score: Score) -> Iterator[Doubt]:
    """Where people have said often enough what they think of decisions of such a confidence."""
    if score.agreed_with is not None and score.agreed_with < LEAST_AGREED_WITH:
        yield Doubt(
            kind=DoubtKind.UNSTABLE,
            says=f"The AI gives its score a confidence of {score.confidence:.0%}; people have agreed with "
            f"only {score.agreed_with:.0%} of such decisions ({score.labels} were spoken of).",
        )


def _spam(score: Score) -> Iterator[Doubt]:
    if score.category == SPAM:
        yield Doubt(kind=DoubtKind.MAYBE_SPAM, says=f"The AI takes it for spam: “{score.rationale[:300]}”")
