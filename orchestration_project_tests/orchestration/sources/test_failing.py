"""A source that cannot be read is left alone until its time; a crash loses nothing, reads nothing twice.

How a sensor tells of it is `test_sensors.py`.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from orchestration_project.errors import (
    CredentialError,
    LeadsError,
    PermanentServiceError,
    TransientServiceError,
)
from orchestration_project.ledger.connections import ConnectionState
from orchestration_project.ledger.sources import Reading
from orchestration_project.model import Page
from orchestration_project.orchestration.sources import Reader
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.orchestration.sources.conftest import DOWN, Form, delivery, ids, page


def state(reader: Reader) -> ConnectionState | None:
    return reader.ledger.connections.read().get(reader.connection)


def test_a_source_that_fails_is_left_alone_until_it_is_time(
    reader: Reader, form: Form, clock: HandClock
) -> None:
    form.pages = [page(1, cursor="1"), DOWN, DOWN, page(2, cursor="2")]
    with pytest.raises(TransientServiceError):
        reader.read()
    opened = state(reader)
    assert opened is not None and opened.next_probe is not None
    assert (opened.state, opened.said) == ("open", "Typeform: it is down. Wait.")
    said = reader.read()
    assert (
        said == f"typeform is left alone until {opened.next_probe:%H:%M:%S} UTC. Typeform: it is down. Wait."
    )
    assert form.cursors == [None, "1"]
    clock.now = opened.next_probe
    reader = replace(reader, every_seconds=1.0)
    with pytest.raises(TransientServiceError):
        reader.read()
    assert form.cursors == [None, "1", "1"]
    clock.forward(minutes=2)
    assert reader.read().startswith("Took in 1 from typeform: L-")
    closed = state(reader)
    assert closed is not None and closed.state == "closed"


@pytest.mark.parametrize("error", [DOWN, PermanentServiceError("Typeform", "no such form."), ValueError("?")])
def test_a_source_that_stays_away_is_asked_once_a_minute(
    reader: Reader, form: Form, clock: HandClock, error: Exception
) -> None:
    form.pages = [error] * 10
    reader = replace(reader, every_seconds=1.0)
    gaps: list[float] = []
    for asked in range(1, 6):
        with pytest.raises(type(error)):
            reader.read()
        opened = state(reader)
        assert opened is not None and opened.next_probe is not None
        gaps.append((opened.next_probe - clock.now).total_seconds())
        clock.now = opened.next_probe - timedelta(seconds=1)
        assert "is left alone" in reader.read()
        assert len(form.cursors) == asked
        clock.forward(seconds=1)
    assert gaps == [10, 20, 40, 60, 60]


def test_our_own_database_s_failure_is_not_put_on_the_source(reader: Reader) -> None:
    def fetch(_cursor: str | None) -> Page:
        raise OperationalError("SELECT", {}, Exception("the server is restarted"))

    with pytest.raises(OperationalError):
        replace(reader, fetch=fetch).read()
    assert state(reader) is None


def test_the_source_s_own_word_is_waited_for_however_long(
    reader: Reader, form: Form, clock: HandClock
) -> None:
    form.pages = [TransientServiceError("Typeform", "too much.", retry_after=1800)]
    with pytest.raises(TransientServiceError):
        reader.read()
    clock.forward(seconds=1790)
    assert "is left alone" in reader.read()
    clock.forward(seconds=11)
    assert reader.read() == "Nothing new from typeform."


def test_a_refused_credential_goes_on_by_itself_once_it_is_mended(
    reader: Reader, form: Form, clock: HandClock
) -> None:
    form.pages = [CredentialError("Typeform", "it does not accept the token."), page(1)]
    with pytest.raises(CredentialError):
        reader.read()
    refused = state(reader)
    assert refused is not None and (refused.state, refused.why) == ("open", "refused")
    clock.forward(minutes=2)
    assert reader.read().startswith("Took in 1 from typeform: L-")


def test_each_source_has_a_connection_of_its_own(reader: Reader, form: Form) -> None:
    form.pages = [DOWN]
    with pytest.raises(TransientServiceError):
        reader.read()
    assert replace(reader, source="tally", connection="form_source tally").read().startswith("Nothing new")


def test_what_another_process_has_read_meanwhile_is_its_business(reader: Reader, form: Form) -> None:
    def fetch(cursor: str | None) -> Page:
        theirs = Reading(source="typeform", before=cursor, after="theirs")
        reader.ledger.submissions.store("typeform", [delivery(1)], theirs)
        return page(1, 2, cursor="ours")

    assert replace(reader, fetch=fetch).read() == "typeform is read by another process at the moment."
    assert ids(reader) == ["s1"]
    assert reader.ledger.sources.cursor("typeform") == "theirs"
    assert form.stored_pages == [], "the source may not tidy up for us"
    assert state(reader) is None, "nothing is wrong with the source"


def test_a_page_is_safe_in_the_ledger_before_the_source_may_tidy_up(reader: Reader, form: Form) -> None:
    form.pages, form.wrong = [page(1, 2)], [LeadsError("the folder is shut")]
    with pytest.raises(LeadsError, match="the folder is shut"):
        reader.read()
    assert len(form.stored_pages) == 1
    assert ids(reader) == ["s1", "s2"]
    assert reader.ledger.sources.cursor("typeform") == "after"


class ProcessDied(BaseException):
    """Nothing of the tick goes on."""


def test_a_crash_after_a_page_was_kept_reads_nothing_twice(
    reader: Reader, form: Form, clock: HandClock
) -> None:
    form.pages, form.wrong = [page(1, 2, cursor="1"), page(3, cursor="2")], [ProcessDied()]
    with pytest.raises(ProcessDied):
        reader.read()
    clock.forward(seconds=31)
    reader.read()
    leads = reader.ledger.stories.list_leads()
    assert [(lead.external_id, lead.deliveries) for lead in leads] == [("s1", 1), ("s2", 1), ("s3", 1)]
    assert form.cursors[:2] == [None, "1"]


def test_where_an_older_version_stopped_reading_goes_on(reader: Reader, form: Form, clock: HandClock) -> None:
    """It kept the cursor in Dagster, which still tells it with each tick."""
    form.pages = [page(1, cursor="1")]
    reader.read("of Dagster")
    clock.forward(seconds=31)
    reader.read("of Dagster")
    assert form.cursors == ["of Dagster", "1", "1"]
