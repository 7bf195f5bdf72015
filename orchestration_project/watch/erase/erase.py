"""The order in which a person is forgotten, so that a crash at any place leaves an erasure that goes on.

Stop, wait for what was begun, outside, files, Dagster, the ledger last: it knows where all the rest is.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import anyio

from orchestration_project.crash import crash_point
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.erasing import Erasure
from orchestration_project.ledger.search import find_everywhere
from orchestration_project.model import Ref
from orchestration_project.watch.erase.certificates import keep_certificates
from orchestration_project.watch.erase.files import erase_in_files
from orchestration_project.watch.erase.outside import Gone, Outside
from orchestration_project.watch.erase.who import Someone

PATIENCE = timedelta(minutes=5)
"""So long it is waited for what a run had begun when it lost its lead; a service is done in two minutes."""

EraseRecords = Callable[[Mapping[str, bool], tuple[str, ...]], tuple[int, tuple[str, ...]]]
"""Given run ids (and whether each carried nobody else) and words: how many went, which are under way."""


@dataclass(frozen=True)
class Eraser:
    ledger: Ledger
    outside: Outside
    home: Path
    records: EraseRecords
    sleep: Callable[[float], None]
    say: Callable[[str], None]

    def erase(self, person: Someone, *, without: bool = False) -> Erasure:
        """What could not be asked keeps the erasure open, unless it is to go on `without` that. An open one
        goes on where it was when it is asked for again."""
        keep_certificates(self.home, self.ledger)
        erasure = self.ledger.erasing.begin(person.refs, person.forgotten_as)
        crash_point("erasing")
        self._wait_until_clear(erasure.refs)
        outside = anyio.run(self._outside, person, erasure)
        later = [key for key, answer in outside.items() if answer.startswith("later")]
        if later and not without:
            return self.ledger.erasing.read(erasure.id)
        crash_point("erased_outside")
        files = erase_in_files(self.home, person, self.outside.playbook)
        self.ledger.erasing.count(erasure.id, {"files": len(files.erased)})
        for path in files.left:  # here only: names of files name people, and the certificate names nobody
            self.say(f"A word of theirs still stands in {path}")
        erased, running = self.records(self.ledger.erasing.run_ids(erasure.refs), person.terms)
        self.ledger.erasing.count(erasure.id, {"runs": erased})
        self.ledger.companies.forget(person.domains)
        self.ledger.erasing.wipe(erasure.id, erasure.refs, person.terms)
        crash_point("wiped")
        told = Counter(answer.partition(":")[0] for answer in outside.values())
        left = [
            *(
                f"{key}: {answer}"
                for key, answer in outside.items()
                if not answer.startswith(("erased", "not_there"))
            ),
            *(f"{key}: {answer}" for key, answer in outside.items() if answer.startswith("erased: ")),
            *files.left_where,
            *(f"run {run}: still under way; ask once more when it is over" for run in running),
            *(f"lead {ref}: somebody else's, which names the person; look at it" for ref in person.mentions),
            *self._found(person),
        ]
        done = self.ledger.erasing.finish(erasure.id, {"outside": told["erased"]}, left)
        crash_point("erasure_finished")
        keep_certificates(self.home, self.ledger)
        return done

    def _wait_until_clear(self, refs: tuple[Ref, ...]) -> None:
        until = self.ledger.clock() + PATIENCE
        while (clear := self.ledger.erasing.clear_at(refs)) is not None and self.ledger.clock() < until:
            seconds = max(0.1, (clear - self.ledger.clock()).total_seconds())
            self.say(
                f"A run has just begun something for them; what comes of it is known in {seconds:.0f} s."
            )
            self.sleep(seconds)

    async def _outside(self, person: Someone, erasure: Erasure) -> dict[str, str]:
        # what could not be asked is asked now, and says it again if need be
        outside = {key: answer for key, answer in erasure.outside.items() if not answer.startswith("later")}
        async with self.outside.given.http:
            async for gone in self.outside.erase(person):
                if not outside.get(gone.key, "").startswith("erased") or gone.answer == "erased":
                    outside[gone.key] = gone.kept
                self.ledger.erasing.keep_outside(erasure.id, outside)
                self.say(_told(gone))
        return outside

    def _found(self, person: Someone) -> list[str]:
        """A last look, as somebody would take it who does not believe us."""
        hits = find_everywhere(self.ledger.engine, person.terms)
        return [
            f"table {hit.table}, {hit.column}: {hit.rows} row(s) of others hold a word of theirs"
            for hit in hits
        ]


def _told(gone: Gone) -> str:
    answer = gone.answer.replace("_", " ")
    return f"{gone.what} in {gone.service}: {answer}" + (f" ({gone.note})" if gone.note else "")
