"""What one playbook says otherwise than another, in words for the owner. Pure.

Which leads it would move is worked out in `history/`.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from pydantic import BaseModel

from orchestration_project.playbook.model import Playbook, Topic
from orchestration_project.playbook.scorecard import Signal
from orchestration_project.playbook.tracks import Condition, ScoreRange, Track, TrackAction

_LINES = 6
"""Of a changed text, as many new and as many old lines are shown."""


def changes(before: Playbook, after: Playbook) -> tuple[str, ...]:
    """A sentence for each difference, the tracks first; none where the two decide the same."""
    return (
        *_tracks(before.tracks, after.tracks),
        *_signals(before, after),
        *_topics("Service", before.services, after.services),
        *_topics("Category", before.categories, after.categories),
        *_values("", _rest(before), _rest(after)),
        *_texts(before, after),
    )


def _tracks(before: Sequence[Track], after: Sequence[Track]) -> Iterator[str]:
    old, new = ({track.name: track for track in tracks} for tracks in (before, after))
    for name in old.keys() - new.keys():
        yield f"Track {name} is gone."
    for name, track in new.items():
        if name not in old:
            yield f"Track {name} is new: it takes {condition_words(track.when)}, and does {_actions(track)}."
            continue
        yield from _of_track(old[name], track)
    order = [name for name in old if name in new]
    if order != [name for name in new if name in old]:
        yield f"The tracks are asked in another order: {', '.join(new)}."


def _of_track(old: Track, new: Track) -> Iterator[str]:
    if old.when != new.when:
        yield (f"Track {new.name} takes {condition_words(new.when)} instead of {condition_words(old.when)}.")
    if old.actions != new.actions:
        yield f"Track {new.name} does {_actions(new)} instead of {_actions(old)}."
    for name in ("title", "draft", "sequence", "due_in_days"):
        was, now = getattr(old, name), getattr(new, name)
        if was != now:
            yield f"Track {new.name}: {name.replace('_', ' ')} is {_said(now)} instead of {_said(was)}."


def condition_words(when: Condition) -> str:
    """`score 8 to 10 and service payroll`, or `every lead`."""
    parts = [f"score {_range(when.score)}"] if when.score else []
    parts += [
        f"{name} {' or '.join(values)}"
        for name in ("service", "category", "region", "language")
        if (values := getattr(when, name))
    ]
    if when.known_contact is not None:
        parts.append("known contacts" if when.known_contact else "people who are new")
    return " and ".join(parts) or "every lead"


def _range(score: ScoreRange) -> str:
    return f"{score.lowest}" if score.lowest == score.highest else f"{score.lowest} to {score.highest}"


def _actions(track: Track) -> str:
    return ", ".join(map(_action, track.actions)) or "nothing"


def _action(action: TrackAction) -> str:
    return action.action + (f" ({action.only.replace('_', ' ')})" if action.only else "")


def _signals(before: Playbook, after: Playbook) -> Iterator[str]:
    old, new = before.scorecard, after.scorecard
    if old.start != new.start:
        yield f"The scorecard begins at {new.start} instead of {old.start}."
    was = {signal.why: signal for signal in old.signals}
    now = {signal.why: signal for signal in new.signals}
    for why in was.keys() - now.keys():
        yield f"The scorecard no longer counts “{why}” ({was[why].points:+d})."
    for why, signal in now.items():
        if why not in was:
            yield f"The scorecard counts “{why}” ({signal.points:+d}): {_holds(signal)}."
        elif was[why] != signal:
            points = (
                f"{signal.points:+d} instead of {was[why].points:+d}"
                if was[why].points != signal.points
                else f"{_holds(signal)} instead of {_holds(was[why])}"
            )
            yield f"The scorecard counts “{why}” otherwise: {points}."


def _holds(signal: Signal) -> str:
    given = {name: value for name, value in _plain(signal).items() if name not in ("points", "why")}
    return ", ".join(
        f"{name.replace('_', ' ')} {_said(value)}" for name, value in given.items() if value not in (None, [])
    )


def _topics(what: str, before: Sequence[Topic], after: Sequence[Topic]) -> Iterator[str]:
    old, new = ({topic.name: topic for topic in topics} for topics in (before, after))
    yield from (f"{what} {name} is gone." for name in old.keys() - new.keys())
    for name, topic in new.items():
        if name not in old:
            yield f"{what} {name} is new: {topic.description or topic.title}."
        else:
            yield from _values(f"{what} {name}: ", _plain(old[name]), _plain(topic))


def _rest(playbook: Playbook) -> dict[str, Any]:
    """What is compared value by value."""
    limits = {
        name: f"{value / timedelta(hours=1):g} hours" if isinstance(value, timedelta) else value
        for name, value in playbook.limits.model_dump().items()
    }
    levels = {name: level.name.lower() for name, level in playbook.action_autonomy.items()}
    return _plain(
        playbook, "business", "junk", "required", "fallback_track", "ai", "gate", "retention", "records"
    ) | {
        "autonomy": playbook.autonomy.name.lower(),
        "action_autonomy": levels,
        "limits": limits,
    }


def _values(place: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys((*before, *after)):
        was, now = before.get(name), after.get(name)
        where = f"{place}{name.replace('_', ' ')}"
        if was == now:
            continue
        if isinstance(was, dict) and isinstance(now, dict):
            yield from _values(f"{where} ", was, now)
        elif isinstance(was, list) and isinstance(now, list):
            more = [_said(each) for each in now if each not in was]
            less = [_said(each) for each in was if each not in now]
            told = [f"with {', '.join(more)}"] * bool(more) + [f"without {', '.join(less)}"] * bool(less)
            yield f"{_capital(where)} {' and '.join(told) or 'in another order'}."
        else:
            yield f"{_capital(where)} is {_said(now)} instead of {_said(was)}."


def _texts(before: Playbook, after: Playbook) -> Iterator[str]:
    for name in dict.fromkeys((*before.files, *after.files)):
        if name == "playbook.yaml":
            continue
        was, now = (
            playbook.files.get(name, b"").decode(errors="replace").splitlines()
            for playbook in (before, after)
        )
        lines = [line for line in difflib.ndiff(was, now) if line[:2] in ("+ ", "- ") and line[2:].strip()]
        if not lines:
            continue
        more, less = ([line for line in lines if line.startswith(sign)] for sign in "+-")
        counts = " and ".join(
            f"{len(some)} line{'s' * (len(some) != 1)} {word}"
            for some, word in ((more, "new"), (less, "gone"))
            if some
        )
        shown = "".join(f"\n    {line}" for line in (*less[:_LINES], *more[:_LINES]))
        yield f"{name}: {counts}.{shown}"


def _plain(model: BaseModel, *names: str) -> dict[str, Any]:
    return model.model_dump(mode="json", include=set(names) or None)


def _said(value: object) -> str:
    match value:
        case None | "":
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(_said, value))
        case _:
            return str(value)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
