"""Options that several commands share, and how values are written. Which leads are meant: `chosen.py`."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Annotated

import typer

from orchestration_project.cli.session import Session
from orchestration_project.errors import LeadsError
from orchestration_project.model import Ref

Json = Annotated[bool, typer.Option("--json", help="Machine-readable; the keys stay as they are.")]
Since = Annotated[
    str | None,
    typer.Option(
        "--since", help="Received since: today, yesterday, 7d, 24h, 2026-11-24 or 2026-11-24T14:30."
    ),
]
Until = Annotated[str | None, typer.Option("--until", help="Received until then; a day belongs to it whole.")]

_AGO = re.compile(r"(\d{1,5})([dh])")
_SCORE = re.compile(r"(\d{1,2})?(\.\.)?(\d{1,2})?")
_HIGHEST = 10


def span(
    since: str | None, until: str | None, now: datetime, days: tzinfo
) -> tuple[datetime | None, datetime | None]:
    """From the first moment on, and before the last. Raises LeadsError, also where the two are the wrong way
    round."""
    first = moment(since, now, days) if since else None
    last = moment(until, now, days, end=True) if until else None
    if first is not None and last is not None and first >= last:
        raise LeadsError(f"--since {since} is not before --until {until}.")
    return first, last


def scores(written: str) -> tuple[int, int]:
    """The lowest and the highest score of `8`, `8..10`, `8..` or `..3`. Raises LeadsError."""
    parts = _SCORE.fullmatch(written.strip())
    lowest, dots, highest = parts.groups() if parts else (None, None, None)
    if lowest or highest:
        low = int(lowest or 0)
        high = int(highest) if highest else (_HIGHEST if dots else low)
        if 0 <= low <= high <= _HIGHEST and (dots or not highest):
            return low, high
    raise LeadsError(f"--score {written}: write 8, 8..10, 8.. or ..3; scores go from 0 to {_HIGHEST}.")


def moment(written: str, now: datetime, days: tzinfo, *, end: bool = False) -> datetime:
    """The moment that was written, on the clocks of that zone; of a whole day its end where `end` is asked.
    Raises LeadsError."""
    try:
        return _moment(written, now, days, end=end)
    except OverflowError as error:
        raise LeadsError(f"{written!r} is further away than a calendar goes.") from error


def _moment(written: str, now: datetime, days: tzinfo, *, end: bool) -> datetime:
    word = written.strip().casefold()
    midnight = now.astimezone(days).replace(hour=0, minute=0, second=0, microsecond=0)
    if ago := _AGO.fullmatch(word):
        number, unit = int(ago[1]), ago[2]
        return now - (timedelta(days=number) if unit == "d" else timedelta(hours=number))
    if word in ("today", "yesterday"):
        day = midnight - timedelta(days=word == "yesterday")
        return day + timedelta(days=end)
    try:
        read = datetime.fromisoformat(written.strip())
    except ValueError as error:
        raise LeadsError(
            f"{written!r} is no time. Write today, yesterday, 7d, 24h, 2026-11-24 or 2026-11-24T14:30."
        ) from error
    whole_day = len(word) <= len("2026-11-24")
    read = read if read.tzinfo else read.replace(tzinfo=days)
    return read + timedelta(days=1) if end and whole_day else read


def resolved(desk: Session, typed: Sequence[str]) -> tuple[Ref, ...]:
    """The leads a person has named, each once. Raises LeadsError."""
    return tuple(dict.fromkeys(desk.ledger.stories.resolve(one) for one in typed))
