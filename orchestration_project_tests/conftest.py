"""How the tests run: what of the surroundings they do not see, in which order, and on how many processes.

What they ask for is in `fixtures.py`.
"""

import gc
import os
import re
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from orchestration_project_tests import servers

_CONNECTORS = Path(__file__).resolve().parents[1] / "orchestration_project" / "connectors"
_READ = {
    name
    for path in _CONNECTORS.rglob("*.py")
    for name in re.findall(r"""["']([A-Z][A-Z0-9]*_[A-Z0-9_]+)["']""", path.read_text(encoding="utf-8"))
}
"""Every variable that stands by its name in a connector, and some words that look like one."""
# the connectors' libraries read some of their own, and CALDAV_, WEBDAV_ and FORMS_ names are put together
_OURS = ("LEADS_", "DAGSTER_", "OPENAI_", "GOOGLE_", "CALDAV_", "WEBDAV_", "FORMS_")

for name in [*os.environ]:
    # the developer's own installation and credentials must never leak into a test
    if name in _READ or name.startswith(_OURS):
        del os.environ[name]

if "TMPDIR" not in os.environ and (memory := servers.in_memory()):
    # thousands of small files: to find each a place on a disk took 2 to 6 % of the processor time
    os.environ["TMPDIR"] = tempfile.tempdir = str(memory)
os.environ["PYTHON_DOTENV_DISABLED"] = "1"  # nor may what stands in a `.env`
# what is compiled is kept, whatever the developer's shell says: it is a quarter of the collection, and a
# second of each process that has the program imported
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """One more than there are processors: a third of a worker's time is waiting, for other processes, for
    the database, for time limits, for what it polls. (On two: 3 workers 265 s, 4 283 s, 5 286 s, 6 301 s.)"""
    return (yield) + 1


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        servers.begin_session()
        if config.getoption("dist", "no") != "no" and not config.getoption("collectonly"):
            return  # others run the tests, and wait meanwhile for those seconds of imports
    config.pluginmanager.import_plugin("orchestration_project_tests.fixtures")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        servers.end_session()


_FIRST = (
    "cli/test_listing.py",
    "cli/test_supervised.py",
    "connectors/mail/test_imap.py",
    "connectors/mail/test_persons_hands.py",
    "orchestration/test_dagster_commands.py",
    "serving/test_services.py",
    "test_embedded_server.py",
    "test_embedded_users.py",
)
"""They wait, some for half a minute: as the last ones they would keep all others waiting. One worker
gets all of them, and the others have the processors."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.path.as_posix().endswith(_FIRST))


gc.disable()  # until all is imported


def pytest_collection_finish() -> None:
    """What has been imported stays, so no look for garbage has to go through it: they took a sixth of all
    time where Dagster runs."""
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """pytest looks for garbage five times as it ends: seconds, were all that was imported looked at."""
    gc.freeze()
