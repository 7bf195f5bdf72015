"""What the Dagster UI knows of rules: which candidates and versions there are, as partitions, and how the
live rules came to be what they are, as the events of the asset `playbook`.

Releasing is `releasing/`; this only tells.
"""

from collections.abc import Iterator

import dagster as dg

from orchestration_project.history.names import PLAYBOOK
from orchestration_project.history.rescored import CANDIDATES
from orchestration_project.history.rescoring.rules import LIVE
from orchestration_project.history.resources import History
from orchestration_project.ledger.playbooks import KeptVersion
from orchestration_project.ledger.releases import ReleaseOfThen
from orchestration_project.playbook.candidates import candidate_names

LOOK_SECONDS = 60


@dg.sensor(
    name="rules",
    minimum_interval_seconds=LOOK_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Makes a partition of each candidate and each older version of the playbook, and tells on "
    "the page of `playbook` which rules went live. The cursor is the time of what was told last.",
)
def rules_sensor(context: dg.SensorEvaluationContext, history: dg.ResourceParam[History]) -> dg.SensorResult:
    versions = history.ledger.playbooks.versions()
    there = context.instance.get_dynamic_partitions(_NAME)
    new = [name for name in known_rules(history, versions) if name not in there]
    told = [event for event in events(history, versions) if event[0] > (context.cursor or "")]
    if not new and not told:
        return dg.SensorResult(skip_reason="No new rules.", cursor=context.cursor)
    return dg.SensorResult(
        asset_events=[event for _, event in told],
        dynamic_partitions_requests=[CANDIDATES.build_add_request(new)] if new else [],
        cursor=told[-1][0] if told else context.cursor,
    )


_NAME = str(CANDIDATES.name)


def known_rules(history: History, versions: tuple[KeptVersion, ...]) -> tuple[str, ...]:
    """The live ones, the candidates of today, and every version that ever decided live."""
    decided = (each.version for each in versions if each.decisions)
    return (LIVE, *candidate_names(history.folder), *decided)


def events(
    history: History, versions: tuple[KeptVersion, ...]
) -> Iterator[tuple[str, dg.AssetMaterialization]]:
    """Each with its time, the oldest first."""
    releases = history.ledger.releases.all()
    released = {release.after for release in releases}
    found = [(release.at, _release(release)) for release in releases]
    found += [
        (kept.kept_at, _edited(kept)) for kept in versions if kept.decisions and kept.version not in released
    ]
    for at, event in sorted(found, key=lambda each: each[0]):
        yield at.isoformat(), event


def _release(release: ReleaseOfThen) -> dg.AssetMaterialization:
    told = {
        "what": f"{release.kind}: {release.name}",
        "by": release.who,
        "at": dg.MetadataValue.timestamp(release.at),
        "before": release.before,
        "version": release.after,
        "what it changes": dg.MetadataValue.md(_listed(release.changes) or "Nothing."),
    }
    if release.objections:
        told["against it"] = dg.MetadataValue.md(_listed(release.objections))
        told["all the same, because"] = release.why
    return dg.AssetMaterialization(PLAYBOOK, description=f"{release.kind}: {release.name}", metadata=told)


def _edited(kept: KeptVersion) -> dg.AssetMaterialization:
    told = {
        "what": "decided for the first time, as somebody has edited it",
        "version": kept.version,
        "at": dg.MetadataValue.timestamp(kept.kept_at),
    }
    return dg.AssetMaterialization(PLAYBOOK, description=f"version {kept.version}", metadata=told)


def _listed(sentences: tuple[str, ...]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)
