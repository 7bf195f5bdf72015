"""The certificates of erasures: files that name refs and no person, kept beside the leads.

Who is erased, and how, is `erase.py`; whoever comes back with a backup is erased once more by `again.py`.
"""

import json
from pathlib import Path

from orchestration_project.connectors.whole_files import write_whole
from orchestration_project.installation import CERTIFICATES
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.erasing import Erasure
from orchestration_project.ledger.submissions import ERASED
from orchestration_project.model import Ref


def keep_certificates(home: Path, ledger: Ledger) -> None:
    """Beside the database, so that they outlive one that is restored from before; those that lack."""
    for erasure in ledger.erasing.all():
        path = home / CERTIFICATES / f"{erasure.asked_at:%Y-%m-%d}-{erasure.id}.json"
        if erasure.finished_at is not None and not path.exists():
            write_whole(path, (json.dumps(erasure.model_dump(mode="json"), indent=2) + "\n").encode())


def certificates(home: Path) -> list[Erasure]:
    """All that this installation has ever given out, the oldest first."""
    found = [Erasure.model_validate_json(path.read_bytes()) for path in (home / CERTIFICATES).glob("*.json")]
    return sorted(found, key=lambda erasure: (erasure.asked_at, erasure.id))


def came_back(ledger: Ledger, home: Path) -> tuple[Ref, ...]:
    """Leads of people who were erased, and are here: a restore was killed before it had erased them again."""
    refs = {ref for certificate in certificates(home) for ref in certificate.refs}
    return tuple(lead.ref for lead in ledger.erasing.of_refs(refs) if lead.state != ERASED) if refs else ()
