"""Erasing once more who comes back with a backup from before: by the certificates, which name only refs.

Services were asked the first time; here it is the ledger and the files that came back.
"""

from collections.abc import Sequence
from pathlib import Path

from orchestration_project.ledger import Ledger
from orchestration_project.ledger.erasing import Erasure
from orchestration_project.ledger.submissions import ERASED
from orchestration_project.playbook.model import Playbook
from orchestration_project.watch.erase.certificates import certificates
from orchestration_project.watch.erase.files import erase_in_files
from orchestration_project.watch.erase.who import of_refs


def erase_again(ledger: Ledger, playbook: Playbook, given_out: Sequence[Erasure], home: Path) -> int:
    """Those that were given out before the backup was brought, and those that came with it. Answers how many
    leads were erased once more."""
    known = {(each.asked_at, each.refs): each for each in (*given_out, *certificates(home))}
    again = 0
    for certificate in known.values():
        kept = [lead.ref for lead in ledger.erasing.of_refs(certificate.refs) if lead.state != ERASED]
        if not kept:
            continue
        person = of_refs(ledger, playbook, kept)
        erasure = ledger.erasing.begin(person.refs, person.forgotten_as)
        files = erase_in_files(home, person, playbook)
        ledger.erasing.wipe(erasure.id, person.refs, person.terms)
        ledger.companies.forget(person.domains)
        ledger.erasing.finish(erasure.id, {"files": len(files.erased)}, files.left_where)
        again += len(kept)
    return again
