"""Time zones come from the tzdata package, whatever the system has."""

import copy
import pickle
import zoneinfo
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from orchestration_project.errors import LeadsError
from orchestration_project.timezones import is_zone, zone


def test_a_zone_knows_when_clocks_change() -> None:
    summer = datetime(2026, 7, 1, 12, tzinfo=zone("Europe/London"))
    winter = datetime(2026, 12, 1, 12, tzinfo=zone("Europe/London"))
    assert (summer.utcoffset(), winter.utcoffset()) == (timedelta(hours=1), timedelta(0))


def test_tables_of_the_system_do_not_count(tmp_path: Path) -> None:
    tokyo = files("tzdata").joinpath("zoneinfo", "Asia", "Tokyo").read_bytes()
    (tmp_path / "Europe").mkdir()
    (tmp_path / "Europe" / "Lisbon").write_bytes(tokyo)
    zoneinfo.reset_tzpath(to=[str(tmp_path)])
    zone.cache_clear()
    try:
        wrong = datetime(2026, 12, 1, tzinfo=zoneinfo.ZoneInfo.no_cache("Europe/Lisbon"))
        right = datetime(2026, 12, 1, tzinfo=zone("Europe/Lisbon"))
    finally:
        zoneinfo.reset_tzpath()
    assert (wrong.utcoffset(), right.utcoffset()) == (timedelta(hours=9), timedelta(0))


def test_a_zone_can_be_copied_and_sent_to_another_process() -> None:
    moment = datetime(2026, 7, 1, 12, tzinfo=zone("America/New_York"))
    assert pickle.loads(pickle.dumps(moment)).utcoffset() == timedelta(hours=-4)
    assert copy.deepcopy(moment).tzinfo is moment.tzinfo


@pytest.mark.parametrize("name", ["", "Europe", "../../etc/passwd", "Europe/London ", "Etc/Unknown", "GMT+1"])
def test_anything_else_is_no_zone(name: str) -> None:
    assert not is_zone(name)
    with pytest.raises(LeadsError, match="There is no time zone called"):
        zone(name)


def test_a_misspelt_zone_is_answered_with_the_right_one() -> None:
    with pytest.raises(LeadsError, match="Did you mean Europe/London"):
        zone("Europe/Londn")
