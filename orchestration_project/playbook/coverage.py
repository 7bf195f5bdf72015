"""Do the tracks together catch every score, and can each of them be reached?

What a single track may say is in `shapes.py`.
"""

from collections.abc import Iterator, Mapping

from orchestration_project.playbook.mistakes import Mistake
from orchestration_project.playbook.tracks import Condition
from orchestration_project.playbook.yaml_file import YamlFile

_ALL = frozenset(range(11))


def _scores(condition: Condition) -> frozenset[int]:
    if condition.score is None:
        return _ALL
    return frozenset(range(condition.score.lowest, condition.score.highest + 1))


def _spans(scores: frozenset[int]) -> str:
    """{0, 1, 2, 7} as "0 to 2 and 7"."""
    starts = [score for score in sorted(scores) if score - 1 not in scores]
    ends = [score for score in sorted(scores) if score + 1 not in scores]
    spans = [str(a) if a == b else f"{a} to {b}" for a, b in zip(starts, ends, strict=True)]
    return " and ".join(spans)


def coverage_mistakes(conditions: Mapping[str, Condition], playbook: YamlFile) -> Iterator[Mistake]:
    """Only a track that asks for nothing but a score is sure to catch it."""
    caught: frozenset[int] = frozenset()
    for name, condition in conditions.items():
        scores = _scores(condition)
        if scores <= caught:
            yield Mistake(
                playbook.file,
                playbook.line(("tracks", name)),
                f"No lead can reach the track `{name}`: those above it catch the scores {_spans(scores)}.",
                "Move it up, or change its `when`.",
            )
        if condition.by_score_only:
            caught |= scores
    if caught != _ALL:
        yield Mistake(
            playbook.file,
            playbook.line(("tracks",)),
            f"No track catches every lead with the score {_spans(_ALL - caught)}.",
            "Widen the `score:` of a track, or add a last track for these scores with no other condition.",
        )
