"""What a run's process does once before its first lead, done for all that are forked afterwards.

Nothing here opens a connection or starts a thread: neither would live on in a forked process. Who forks is
`zygote.py`; a test that wants many processes may do the same (`warm_up`, then `fork`).
"""

import atexit
import gc
import importlib
import os
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress

import psutil

from orchestration_project.clock import utc_now
from orchestration_project.connectors.opened import lines_of
from orchestration_project.data.language import detect_language
from orchestration_project.data.normalise import normalise
from orchestration_project.decision.offline import score_by_rules
from orchestration_project.decision.second_opinion import second_opinion
from orchestration_project.decision.validate import validate_submission
from orchestration_project.errors import LeadsError
from orchestration_project.ledger import import_parts
from orchestration_project.links import has_link
from orchestration_project.model import Context, Finding, Ref, ScoreStatus, Scoring, Standing, Submission
from orchestration_project.playbook.model import Playbook

SLOW = (
    "aiohttp",
    "anyio._backends._asyncio",
    "babel.numbers",
    "dagster._core.instance.factory",
    "dagster._core.system_config.composite_descent",
    "dagster._core.utility_ops",
    "filelock",
    "fsspec.implementations.local",
    "google.oauth2.credentials",
    "httpcore",
    "httpx_aiohttp",
    "icalendar",
    "nicknames",
    "orchestration_project.connectors.http_client",
    "orchestration_project.data.budget_period",
    "psycopg2.extras",
    "recurring_ical_events",
    "upath.implementations.local",
)
"""What is imported only when it is used first."""
_OPENAI = "openai"
_OF_OPENAI = (_OPENAI, "openai.resources.chat.completions")
"""20 MB, for those whose AI it is."""


def warm_up(playbook: Playbook) -> None:
    """Imports, the language model, phone numbers' metadata, lists of words and domains: seconds of processor
    time, of which a part is taken by what one lead of its own needs."""
    asks_ai = playbook.connections.ai.connector == _OPENAI
    for module in (*SLOW, *(_OF_OPENAI if asks_ai else ())):
        importlib.import_module(module)
    for line in lines_of(playbook.connections):
        with suppress(LeadsError):  # whoever opens it says what is wrong
            _ = line.connector_class
    import_parts()
    form = {
        "name": "Ann Lee",
        "email": "ann@firm.example",
        "phone": "0117 496 0123",
        "message": "Help, please.",
        "How did you hear of us?": "By a friend.",  # the words for what a question asks for are compiled
    }
    submission = Submission(
        ref=Ref("L-AAAAAAAAAA"), source="inbox", external_id="1", received_at=utc_now(), payload={**form}
    )
    lead = normalise(submission, playbook.business, {}, playbook.limits)
    nothing = Context(
        lead=lead,
        standing=Standing(kind="new"),
        website=Finding(status="not_asked"),
        company=Finding(status="not_asked"),
    )
    validate_submission(lead, playbook)
    score = score_by_rules(nothing, playbook)
    # as a model's: of the scorecard's nobody asks for a second opinion
    scoring = Scoring(ref=lead.ref, status=ScoreStatus.SCORED, score=score, scorer="openai")
    second_opinion(scoring, nothing, playbook)
    detect_language("How does your bookkeeping service work?")
    has_link("firm.example")


def insist_on_quiet(sockets: int = 0) -> None:
    """Raises RuntimeError where a fork would be none: a thread that is lost may have held a lock, and two
    processes would speak on one connection. `sockets` of them are known not to be used by those forked."""
    myself = psutil.Process()
    if (threads := threading.active_count()) != 1 or myself.num_threads() != 1:
        names = ", ".join(thread.name for thread in threading.enumerate())
        raise RuntimeError(f"{threads} threads are running ({names}); this process may not be forked.")
    if len(open_ones := myself.net_connections("all")) > sockets:
        raise RuntimeError(f"{len(open_ones)} sockets are open; this process may not be forked.")


def fork(act: Callable[[], object]) -> int:
    """Does it in a new process, which ends as an interpreter would; answers that process's id."""
    gc.freeze()  # else its first collection copies all memory there is
    if process := os.fork():
        return process
    gc.enable()  # whatever its parent does without
    code: object = 1
    try:
        act()
        code = 0
    except SystemExit as end:
        code = end.code or 0
    except BaseException:  # noqa: BLE001 - what the interpreter would do with it
        traceback.print_exc()
    finally:
        # what the interpreter does at its end, but for taking the imported modules apart
        sys.stdout.flush()
        sys.stderr.flush()
        atexit._run_exitfuncs()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        os._exit(code if isinstance(code, int) else 1)
