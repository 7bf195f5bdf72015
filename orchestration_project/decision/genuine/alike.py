"""Who writes nearly the same: by the runs of three words that two texts share, without numbers and case.

What others wrote is handed in by whoever asks the ledger.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain

from orchestration_project.decision.genuine.fold import fold

_WORD = re.compile(r"[^\W\d_]+")
_RUN = 3
_LEAST_WORDS = 7
"""Shorter texts are the same by chance: "Please call me back."."""
_ALIKE = 0.55
"""So much of the runs of both."""


def alike(
    texts: Mapping[str, str], senders: Mapping[str, str | None], asked: Sequence[str]
) -> dict[str, int]:
    """Of each text that is asked for, by its key, how many others of other senders are nearly the same."""
    runs = {key: found for key, text in texts.items() if (found := _runs(text))}
    by_run: dict[tuple[str, ...], set[str]] = {}
    for key, found in runs.items():
        for run in found:
            by_run.setdefault(run, set()).add(key)
    return {key: len(_others(key, runs, by_run, senders)) for key in asked}


def _others(
    key: str,
    runs: Mapping[str, frozenset[tuple[str, ...]]],
    by_run: Mapping[tuple[str, ...], set[str]],
    senders: Mapping[str, str | None],
) -> set[str]:
    mine = runs.get(key, frozenset())
    # counted in C, since in a flood of one kind of text everybody shares something with everybody
    shared = Counter(chain.from_iterable(by_run[run] for run in mine))
    near = {other for other, both in shared.items() if both / (len(mine) + len(runs[other]) - both) >= _ALIKE}
    # one who sends the same five times is one
    me = senders.get(key)
    return {
        sender or other
        for other in near
        if other != key and ((sender := senders.get(other)) is None or sender != me)
    }


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    words = _WORD.findall(fold(text).text)[:200]
    if len(words) < _LEAST_WORDS:
        return frozenset()
    return frozenset(tuple(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1))
