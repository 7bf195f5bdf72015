"""That something is tried again is said only where somebody does."""

import re

import pytest

from orchestration_project.errors import TRIED_AGAIN, ServiceError, without_promise
from orchestration_project.installation import WORKING_COPY


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (f"Slack: is away. {TRIED_AGAIN}.", "Slack: is away."),
        (f"Slack: is away. {TRIED_AGAIN}, later.", "Slack: is away."),
        (
            f"Slack: is away. {TRIED_AGAIN}; if this lasts, look at the page.",
            "Slack: is away. If this lasts, look at the page.",
        ),
        (f"{TRIED_AGAIN}.", ""),
        ("Renew the token.", "Renew the token."),
        ("", ""),
    ],
)
def test_the_promise_is_left_out(said: str, told: str) -> None:
    assert without_promise(said) == told


def test_every_promise_of_a_connector_is_written_so_that_it_can_be_left_out() -> None:
    written = 0
    for file in (WORKING_COPY / "orchestration_project" / "connectors").rglob("*.py"):
        for line in file.read_text(encoding="utf-8").splitlines():
            if TRIED_AGAIN in line:
                written += 1
                (said,) = re.findall(rf"{TRIED_AGAIN}[^\"]*", line)
                assert TRIED_AGAIN not in without_promise(said), f"{file}: {line}"
    assert written > 10


@pytest.mark.parametrize("said", ["answered 503: scripted 503", "answered 503: scripted 503."])
def test_what_a_service_said_ends_before_what_to_do_begins(said: str) -> None:
    assert str(ServiceError("HubSpot", said, "Wait.")) == "HubSpot: answered 503: scripted 503. Wait."
