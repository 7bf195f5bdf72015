"""The asset `own_words`: what people called spam and genuine teaches the text model, through a gate.

How it is learned is `evaluation/own_words.py`; `leads learn` does the same by hand.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from orchestration_project.errors import LeadsError
from orchestration_project.history.resources import History
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.own_words import Label, Version
from orchestration_project.model import Lead
from orchestration_project.playbook.model import Playbook

if TYPE_CHECKING:
    from orchestration_project.history.evaluation.own_words import Labelled, Learned

OWN_WORDS = "own_words"
DAILY = "30 4 * * *"
READ_AT_ONCE = 500


def build_own_words(time_zone: str, owner: str) -> dg.AssetsDefinition:
    """Looked at daily; learned anew when people have said something since."""
    daily = dg.AutomationCondition.cron_tick_passed(DAILY, time_zone) & ~dg.AutomationCondition.in_progress()

    @dg.asset(
        name=OWN_WORDS,
        description="What this firm's own words for genuine and spam add to the text model that comes with "
        "the package. Used only if it judges no fewer of the labelled leads right than before, each by what "
        "was learned from the others, and stops at most one in two hundred more of the genuine ones, of "
        "which five are needed.",
        group_name="evaluation",
        owners=[owner],
        kinds={"scipy"},
        automation_condition=daily.with_label("in the night, if people have said something since"),
        op_tags={"layer": "history"},
    )
    def own_words(
        context: dg.AssetExecutionContext, history: dg.ResourceParam[History]
    ) -> dg.MaterializeResult[Any]:
        ledger = history.ledger
        if not ledger.own_words.news():
            return dg.MaterializeResult(metadata=_told(ledger, "Nobody has said anything new."))
        try:
            version = keep_own_words(ledger, learn_own_words(ledger, history.playbook))
        except LeadsError as too_little:
            return dg.MaterializeResult(metadata=_told(ledger, str(too_little)))
        context.log.info(version.words)
        return dg.MaterializeResult(metadata=_told(ledger, version.words))

    return own_words


def learn_own_words(ledger: Ledger, playbook: Playbook) -> "Learned":
    """From all labels of this installation. Raises LeadsError where people have said too little."""
    from orchestration_project.history.evaluation.own_words import learn  # noqa: PLC0415 - scipy

    return learn(_with_leads(ledger, ledger.own_words.labels()), playbook.junk)


def keep_own_words(ledger: Ledger, learned: "Learned") -> Version:
    """A new version, live only where nothing speaks against it; else the one that was stays."""
    return ledger.own_words.keep(
        learned.weights,
        spam=learned.spam,
        genuine=learned.genuine,
        words=learned.words,
        live=not learned.objections,
    )


def tell_learned(instance: dg.DagsterInstance, ledger: Ledger, version: Version) -> None:
    """Of what was learned outside of a run of Dagster's: the asset counts as made, as it would else."""
    instance.report_runless_asset_event(
        dg.AssetMaterialization(asset_key=OWN_WORDS, metadata=_told(ledger, version.words))
    )


def _with_leads(ledger: Ledger, labels: Sequence[Label]) -> "list[Labelled]":
    from orchestration_project.history.evaluation.own_words import Labelled  # noqa: PLC0415 - scipy

    found: list[Labelled] = []
    for first in range(0, len(labels), READ_AT_ONCE):
        some = labels[first : first + READ_AT_ONCE]
        leads = ledger.facts.read(Lead, [label.ref for label in some])
        found += [
            Labelled(lead=leads[label.ref], spam=label.spam, by_person=label.by_person)
            for label in some
            if label.ref in leads
        ]
    return found


def _told(ledger: Ledger, headline: str) -> dict[str, Any]:
    newest = ledger.own_words.newest()
    told: dict[str, Any] = {"headline": headline}
    if newest is not None:
        told |= {
            "version": newest.version,
            "in use": "this version" if newest.live else "not this version",
            "called spam": newest.spam,
            "genuine": newest.genuine,
        }
    return told
