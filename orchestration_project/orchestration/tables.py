"""What a person sees of a step in the Dagster UI: tables and Markdown, with refs but no people."""

from collections.abc import Iterable, Mapping, Sequence

import dagster as dg

from orchestration_project.action.through import HowFar
from orchestration_project.decision.redact import redact
from orchestration_project.ledger.checks import ToCheck
from orchestration_project.model import Context, Decided, HasRef, Receipt, Ref, Scoring, Verdict


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> dg.TableMetadataValue:
    return dg.MetadataValue.table(
        records=[
            dg.TableRecord({column: _cell(value) for column, value in zip(columns, row, strict=True)})
            for row in rows
        ],
        schema=dg.TableSchema(columns=[dg.TableColumn(column) for column in columns]),
    )


def _cell(value: object) -> str | int | float | bool | None:
    # str() also makes a plain string of an enum, which Dagster would not store
    return value if isinstance(value, int | float | bool) or value is None else str(value)


def leads_table(leads: Sequence[HasRef]) -> dict[str, dg.MetadataValue]:
    return {
        "leads": table(["ref"], ([item.ref] for item in leads)),
        "count": dg.MetadataValue.int(len(leads)),
    }


def context_table(contexts: Sequence[Context]) -> dict[str, dg.MetadataValue]:
    columns = ["ref", "who", "website", "company", "problems"]
    rows = (
        [
            context.ref,
            context.standing.kind.replace("_", " "),
            _finding(context.website.status, context.website.note),
            _finding(context.company.status, context.company.note),
            "; ".join(f"{problem.field}: {problem.code}" for problem in context.lead.problems),
        ]
        for context in contexts
    )
    return {"context": table(columns, rows)}


def _finding(status: str, note: str) -> str:
    return status.replace("_", " ") + (f" ({note})" if note else "")


def verdict_table(verdicts: Sequence[Verdict]) -> dict[str, dg.MetadataValue]:
    rows = ([verdict.ref, verdict.reason, verdict.explanation] for verdict in verdicts)
    return {"in quarantine": table(["ref", "reason", "why"], rows)}


def check_table(leads: Sequence[ToCheck]) -> dict[str, dg.MetadataValue]:
    rows = ([lead.ref, lead.reason.replace("_", " "), lead.explanation] for lead in leads)
    return {"to check": table(["ref", "doubt", "what was seen"], rows)}


def scoring_metadata(contexts: Sequence[Context], scorings: Sequence[Scoring]) -> dict[str, dg.MetadataValue]:
    """A table of all, and the rationales in words, without the people they speak of."""
    leads = {context.ref: context.lead for context in contexts}
    columns = ["ref", "score", "status", "service", "confidence", "scorer", "tokens", "cost in USD"]
    rows = (
        [
            scoring.ref,
            scoring.score.value if scoring.score else None,
            scoring.status.value,
            scoring.score.service if scoring.score else None,
            scoring.score.confidence if scoring.score else None,
            scoring.model or scoring.scorer,
            scoring.usage.input_tokens + scoring.usage.output_tokens,
            float(scoring.usage.cost_usd) if scoring.usage.cost_usd is not None else None,
        ]
        for scoring in scorings
    )
    words = "\n\n".join(
        f"**{scoring.ref}** – {redact(_words(scoring), leads[scoring.ref])}" for scoring in scorings
    )
    return {"scores": table(columns, rows), "rationale": dg.MetadataValue.md(words)}


def _words(scoring: Scoring) -> str:
    return scoring.score.rationale if scoring.score else f"no score: {scoring.explanation}"


def decision_table(decided: Sequence[Decided]) -> dict[str, dg.MetadataValue]:
    columns = ["ref", "score", "track", "why", "playbook"]
    rows = (
        [
            item.ref,
            item.decision.scoring.score.value if item.decision.scoring.score else None,
            item.decision.track,
            item.decision.why_track,
            item.decision.playbook_version,
        ]
        for item in decided
    )
    return {"decisions": table(columns, rows)}


def standing_table(standings: Mapping[Ref, HowFar]) -> dict[str, dg.MetadataValue]:
    columns = ["ref", "is", "why", "goes on"]
    rows = (
        [ref, standing.state.replace("_", " "), standing.says, _goes_on(standing)]
        for ref, standing in standings.items()
    )
    return {"leads": table(columns, rows)}


def _goes_on(standing: HowFar) -> str | None:
    if standing.state != "waiting":
        return None
    if standing.waiting_for is not None:
        return f"when {standing.waiting_for} is well again"
    return f"{standing.try_at:%H:%M:%S} UTC" if standing.try_at else "in a moment"


def receipt_table(receipts: Sequence[Receipt]) -> dict[str, dg.MetadataValue]:
    columns = ["ref", "action", "status", "note"]
    rows = (
        [
            receipt.ref,
            receipt.action,
            receipt.status.value,
            "; ".join(filter(None, [receipt.note, *(f"left alone: {name}" for name in receipt.conflicts)])),
        ]
        for receipt in receipts
    )
    return {"receipts": table(columns, rows)}
