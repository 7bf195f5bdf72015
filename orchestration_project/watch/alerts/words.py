"""How a trouble is told: in whole sentences, with refs and counts and never a person.

Whether it is told is decided in `rules.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

from orchestration_project.ledger.alerts import Alert
from orchestration_project.ledger.marks import Mark
from orchestration_project.ledger.watching import SetAside
from orchestration_project.model.alerts import SEVERITIES, Letter, Severity, Trouble, weight
from orchestration_project.watch.alerts.rules import Due

_MARK: dict[Severity, str] = {"note": "", "warning": "", "urgent": "URGENT: "}
_A_MINUTE, _AN_HOUR, _A_DAY = 60, 3600, 86_400
_TELLING = timedelta(seconds=5)
_MOST_LINES = 20


def letter(one: Due, now: datetime, zone: tzinfo) -> Letter:
    """The message of one alert."""
    alert, trouble = one.alert, one.alert.trouble
    match one.news:
        case "over":
            title, lines = f"Over: {trouble.what}", [_in_all(alert)]
        case "past":
            title, lines = f"Was, and is over: {trouble.what}", [_from_to(alert, zone), _in_all(alert)]
        case "first" | "worse" | "again":
            still = "Still: " if one.news == "again" else ""
            title = f"{_MARK[alert.severity]}{still}{trouble.what}"
            lines = [*details(alert, now, zone), _swallowed(one)]
    body = "\n".join(line for line in lines if line)
    return Letter(key=one.key, severity=alert.severity, title=title, body=body, link=trouble.link)


def details(alert: Alert, now: datetime, zone: tzinfo) -> Iterator[str]:
    """Since when, how many leads, what was answered, what to do now."""
    trouble = alert.trouble
    yield f"Since {when(alert.since, now, zone)}."
    yield leads_of(trouble)
    if trouble.said:
        # an error of a connector begins with its service's name
        named = trouble.said.casefold().startswith(trouble.service.casefold())
        yield f"{'It' if named else trouble.service} says: {trouble.said}"
    if trouble.mend:
        yield f"Now: {trouble.mend}"
    if trouble.command:
        yield f"  {trouble.command}"


def many(news: Sequence[Due], now: datetime, zone: tzinfo) -> Letter:
    """One message of what would be too many."""
    alerts = sorted((one.alert for one in news), key=lambda alert: -weight(alert.severity))
    lines = [f"- {_line(alert, now, zone)}" for alert in alerts[:_MOST_LINES]]
    if len(alerts) > _MOST_LINES:
        lines.append(f"and {len(alerts) - _MOST_LINES} more.")
    lines.append("  leads alerts")
    key = "alerts-" + "-".join(one.key.removeprefix("alert-") for one in news)[:80]
    title = f"{_MARK[alerts[0].severity]}{len(alerts)} more things have news"
    return Letter(key=key, severity=alerts[0].severity, title=title, body="\n".join(lines))


def digest(
    alerts: Sequence[Alert],
    marks: Mapping[str, Mark],
    counts: Mapping[str, int],
    held: Sequence[SetAside],
    now: datetime,
    zone: tzinfo,
) -> Letter:
    """The daily inventory: what is broken now, what was since yesterday, what was set aside in that time, and
    that the watch is there."""
    broken = [alert for alert in alerts if alert.ended_at is None]
    over = [alert for alert in alerts if alert.ended_at is not None]
    lines = [f"- {_line(alert, now, zone)}" for alert in broken[:_MOST_LINES]]
    if len(broken) > _MOST_LINES:
        lines.append(f"and {len(broken) - _MOST_LINES} more: leads alerts")
    if over:
        lines.append(f"Over since yesterday: {len(over)}.")
        lines += [f"- {alert.trouble.what} {_in_all(alert)}" for alert in over[:_MOST_LINES]]
    stand = ", ".join(f"{number} {state.replace('_', ' ')}" for state, number in sorted(counts.items()))
    lines.append(f"Leads: {stand or 'none yet'}.")
    if held:
        aside = "; ".join(f"{one.leads} as {one.reason.replace('_', ' ')} ({_named(one)})" for one in held)
        lines.append(f"Set aside since yesterday: {aside}. Was one meant: leads replay REF --genuine")
    lines += [mark.words for mark in marks.values() if mark.words]
    number, day = len(broken), f"{now.astimezone(zone):%a %d %b}"
    title = (
        f"{day}: {number} thing{'s are' if number > 1 else ' is'} broken" if number else f"{day}: all is well"
    )
    heaviest = max((weight(alert.severity) for alert in broken), default=0)
    return Letter(
        key=f"digest-{now.astimezone(zone):%Y-%m-%d}",
        severity=SEVERITIES[heaviest],
        title=title,
        body="\n".join(lines),
    )


def _line(alert: Alert, now: datetime, zone: tzinfo) -> str:
    mark = "" if alert.ended_at is None else "Over: "
    return " ".join(
        filter(
            None,
            (mark + alert.trouble.what, f"Since {when(alert.since, now, zone)}.", leads_of(alert.trouble)),
        )
    )


def leads_of(trouble: Trouble) -> str:
    """`3 leads: L-…, L-… and 1 more.` Empty: it concerns none."""
    if not trouble.leads:
        return ""
    counted = f"{trouble.leads} lead{'s' if trouble.leads > 1 else ''}"
    if not trouble.refs:
        return f"{counted}."
    more = trouble.leads - len(trouble.refs)
    return f"{counted}: {', '.join(trouble.refs)}{f' and {more} more' if more > 0 else ''}."


def _named(held: SetAside) -> str:
    more = held.leads - len(held.refs)
    return ", ".join(held.refs) + (f" and {more} more" if more else "")


def _swallowed(one: Due) -> str:
    """What has happened since the last message and was not told."""
    before, alert = one.before, one.alert
    if before is None or before.told_at is None:
        return f"It has happened {alert.times} times so far." if alert.times > 1 else ""
    parts: list[str] = []
    if (times := alert.times - before.times) > 0:
        parts.append(f"it happened {times} more time{'s' if times > 1 else ''}")
    if (leads := alert.leads - before.leads) > 0:
        parts.append(f"{leads} more lead{'s' if leads > 1 else ''} met it")
    if (openings := alert.openings - before.openings) > 0:
        parts.append(f"it went and came back {openings} time{'s' if openings > 1 else ''}")
    return f"Since the last message {', '.join(parts)}." if parts else ""


def _in_all(alert: Alert) -> str:
    ended = alert.ended_at or alert.seen_at
    parts = [f"It lasted {span(ended - alert.opened_at)}"]
    if alert.leads:
        parts.append(f"{alert.leads} lead{'s' if alert.leads > 1 else ''} met it")
    if alert.times > 1:
        parts.append(f"it happened {alert.times} times")
    if alert.openings > 1:
        parts.append(f"it came {alert.openings} times")
    return f"{'; '.join(parts)}."


def _from_to(alert: Alert, zone: tzinfo) -> str:
    ended = alert.ended_at or alert.seen_at
    return f"From {alert.opened_at.astimezone(zone):%a %d %b %H:%M} to {ended.astimezone(zone):%H:%M}."


def when(moment: datetime, now: datetime, zone: tzinfo) -> str:
    """`Tue 24 Nov 09:30, for 42 min`: by the owner's clocks; without a length where it has just begun."""
    began, length = f"{moment.astimezone(zone):%a %d %b %H:%M}", now - moment
    return f"{began}, for {span(length)}" if length >= _TELLING else began


def span(length: timedelta) -> str:
    seconds = max(0, round(length.total_seconds()))
    if seconds < 2 * _A_MINUTE:
        return f"{seconds} s"
    if seconds < 2 * _AN_HOUR:
        return f"{seconds // _A_MINUTE} min"
    if seconds < 2 * _A_DAY:
        return f"{seconds // _AN_HOUR} h"
    return f"{seconds // _A_DAY} days"
