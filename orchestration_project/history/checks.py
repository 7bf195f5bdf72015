"""The asset checks of history: which asset each belongs to, how grave it is, and what it is handed.

What they look at is `findings.py`. They run with the assets, once a run, over the five weeks to today;
nothing here imports pandas.
"""

import warnings
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, NamedTuple

import dagster as dg

from orchestration_project.history.days import bounds, day_of, days_between
from orchestration_project.history.resources import History
from orchestration_project.model.alerts import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from orchestration_project.history.findings import Finding

WARN, ERROR = dg.AssetCheckSeverity.WARN, dg.AssetCheckSeverity.ERROR
WEEKS = timedelta(days=34)
SCANNED = timedelta(hours=2)
"""So much of Dagster's event log is looked at each time; history is made anew every hour."""


class Check(NamedTuple):
    asset: str
    severity: dg.AssetCheckSeverity
    about: str


CHECKS: Mapping[str, Check] = {
    "all_leads_are_here": Check("submissions", ERROR, "Every lead of the ledger is in history."),
    "nobody_in_the_event_log": Check("submissions", ERROR, "Dagster's event log holds nobody's data."),
    "duplicates_share": Check("submissions", WARN, "As many duplicates as usual."),
    "spam_share": Check("submissions", WARN, "As much spam as usual."),
    "fields_filled_in": Check("leads", WARN, "Each field is filled in as often as usual."),
    "fields_drift": Check("leads", WARN, "Last week's leads are like the four weeks' before (PSI)."),
    "new_questions": Check("leads", WARN, "No form asks something new that no lead field takes."),
    "scores_drift": Check("lead_scores", WARN, "Last week's scores are like the four weeks' before (PSI)."),
    "evidence_given": Check("lead_scores", WARN, "The AI's answers quote the submission."),
    "track_mix": Check("decisions", WARN, "Leads go down the tracks as usual (PSI)."),
    "done_was_decided": Check("decisions", ERROR, "Every lead that is done was decided."),
    "actions_have_an_end": Check("receipts", WARN, "Of every lead that is done each action has an end."),
    "calibration": Check("outcomes", WARN, "Of each band of scores as many are won as before."),
    "draft_speed": Check("speed_to_lead", WARN, "Drafts are there as fast as usual."),
    "ai_cost": Check("ai_costs", WARN, "The AI costs what it usually does, or what its limit allows."),
}


@cache
def build_checks() -> tuple[dg.AssetChecksDefinition, ...]:
    """Kept, as the assets are."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)
        return tuple(_checks_of(asset) for asset in dict.fromkeys(check.asset for check in CHECKS.values()))


def _checks_of(asset: str) -> dg.AssetChecksDefinition:
    """One step an asset; each runs once that asset is made."""
    mine = {name: check for name, check in CHECKS.items() if check.asset == asset}

    @dg.multi_asset_check(
        name=f"{asset}_checks",
        specs=[dg.AssetCheckSpec(name, asset=asset, description=each.about) for name, each in mine.items()],
        can_subset=True,
        op_tags={"layer": "history"},
    )
    def checks(
        context: dg.AssetCheckExecutionContext, history: dg.ResourceParam[History]
    ) -> Iterator[dg.AssetCheckResult]:
        look = Looks(history, context.instance)
        for key in sorted(context.selected_asset_check_keys):
            found = look.at(key.name)
            history.ledger.alerts.observe(f"check {key.name}", _troubles(asset, key.name, found))
            yield _result(asset, key.name, found)

    return checks


def _troubles(asset: str, name: str, found: "Finding") -> tuple[Trouble, ...]:
    """What the watch is to tell a person; nothing: it ends what it has told."""
    if found.well:
        return ()
    return (
        Trouble(
            cause=f"check {name}",
            subject=asset,
            severity="warning" if CHECKS[name].severity is ERROR else "note",
            what=f"The check {name} of {asset} fails: {found.says}",
            mend=f"The Dagster UI tells more: Catalog, {asset}, Checks.",
        ),
    )


def _result(asset: str, name: str, found: "Finding") -> dg.AssetCheckResult:
    metadata: dict[str, dg.MetadataValue] = {}
    if found.rows:
        lines = [found.columns, ["---"] * len(found.columns), *found.rows]
        table = "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
        metadata["found"] = dg.MetadataValue.md(table)
    return dg.AssetCheckResult(
        passed=found.well,
        asset_key=asset,
        check_name=name,
        severity=CHECKS[name].severity,
        description=found.says,
        metadata=metadata,
    )


class Looks:
    """Hands each finding what it looks at. Frames are read once, when the first asks for them."""

    def __init__(self, history: History, instance: dg.DagsterInstance) -> None:
        self._history = history
        self._instance = instance
        self._frames = Frames(history)
        self._today = self._frames.today

    def at(self, name: str) -> "Finding":
        from orchestration_project.history import findings  # noqa: PLC0415 - pandas

        frames, today = self._frames, self._today
        looks: Mapping[str, Callable[[], Finding]] = {
            "all_leads_are_here": lambda: findings.all_leads_are_here(frames, self._counts(), today),
            "nobody_in_the_event_log": self._nobody_is_named,
            "duplicates_share": lambda: findings.share_is_usual(frames, today, "duplicate"),
            "spam_share": lambda: findings.share_is_usual(frames, today, "spam"),
            "fields_filled_in": lambda: findings.fields_are_filled_in(frames, today),
            "fields_drift": partial(self._stable, "leads", findings.DRIFT_OF),
            "new_questions": self._new_questions,
            "scores_drift": partial(self._stable, "lead_scores", ("score", "category")),
            "evidence_given": lambda: findings.evidence_is_given(frames, today),
            "track_mix": partial(self._stable, "decisions", ("track",)),
            "done_was_decided": lambda: findings.done_was_decided(frames),
            "actions_have_an_end": lambda: findings.actions_have_an_end(frames),
            "calibration": self._calibrated,
            "draft_speed": lambda: findings.waits_are_usual(frames, today),
            "ai_cost": lambda: findings.ai_cost_is_usual(
                frames, today, self._history.playbook.ai.daily_limit_usd
            ),
        }
        return looks[name]()

    def _stable(self, table: str, columns: tuple[str, ...]) -> "Finding":
        from orchestration_project.history.compare import windows  # noqa: PLC0415 - pandas
        from orchestration_project.history.findings import columns_are_stable  # noqa: PLC0415 - pandas

        return columns_are_stable(windows(self._frames[table], self._today), columns)

    def _calibrated(self) -> "Finding":
        from orchestration_project.history.comparing import labelled_scores  # noqa: PLC0415 - pandas
        from orchestration_project.history.findings import calibration_holds  # noqa: PLC0415 - pandas

        return calibration_holds(labelled_scores(self._history.ledger.sides, self._history.clock()))

    def _counts(self) -> Mapping[date, int]:
        start, _ = bounds(self._frames.since, self._history.reader.zone)
        _, end = bounds(self._today, self._history.reader.zone)
        made = set(self._history.store.days("submissions"))
        counts = self._history.reader.counts(start, end)
        return {day: count for day, count in counts.items() if day.isoformat() in made}

    def _new_questions(self) -> "Finding":
        from orchestration_project.history.compare import RECENT  # noqa: PLC0415 - pandas
        from orchestration_project.history.findings import questions_are_known  # noqa: PLC0415 - pandas

        now, zone = self._history.clock(), self._history.reader.zone
        begins, _ = bounds(self._frames.since, zone)
        asked = self._history.reader.questions
        return questions_are_known(asked(now - RECENT, now), asked(begins, now - RECENT))

    def _nobody_is_named(self) -> "Finding":
        from orchestration_project.history.event_log import scan  # noqa: PLC0415 - of one check
        from orchestration_project.history.findings import nobody_is_named  # noqa: PLC0415 - pandas

        now = self._history.clock()
        found, events = scan(
            self._instance, self._history.reader.people(now - timedelta(days=2), now), now - SCANNED
        )
        return nobody_is_named(found, events)


class Frames(Mapping[str, "pd.DataFrame"]):
    """The tables of the last five weeks, read when they are asked for."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._read: dict[str, pd.DataFrame] = {}
        self.today = day_of(history.clock(), history.reader.zone)
        self.since = self.today - WEEKS

    def __getitem__(self, table: str) -> "pd.DataFrame":
        if table not in self._read:
            days = (day.isoformat() for day in days_between(self.since, self.today))
            self._read[table] = self._history.store.read(table, days)
        return self._read[table]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read)

    def __len__(self) -> int:
        return len(self._read)
