"""Who was erased on request, known again by a salted hash alone, so that history brought once more stays out.

Erasing is `erasing.py`; when a person is kept out is decided here, whose submission one is in `intake.py`.
"""

import hashlib
import hmac
import secrets
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.part import ReadingPart
from orchestration_project.ledger.reading import reading


class Forgotten(ReadingPart):
    """The hashes of person keys. Whoever has the database can try an address out, and read none."""

    def when(self, person_keys: Collection[str]) -> dict[str, datetime]:
        """Of these, the ones that were erased, and when."""
        table, wanted = tables.forgotten, {*person_keys}
        if not wanted:
            return {}
        with reading(self.engine) as connection:
            salts = connection.execute(select(table.c.salt).distinct()).scalars().all()
            by_hash = {_hashed(salt, key): key for salt in salts for key in wanted}
            rows = connection.execute(
                select(table.c.person, table.c.erased_at).where(table.c.person.in_(tuple(by_hash)))
            ).all()
        return {by_hash[row.person]: row.erased_at for row in rows}

    def count_kept_out(self, person_keys: Collection[str]) -> None:
        """One more submission of each of them was not taken in."""
        table = tables.forgotten
        with self.engine.begin() as connection:
            salts = connection.execute(select(table.c.salt).distinct()).scalars().all()
            hashes = [_hashed(salt, key) for salt in salts for key in person_keys]
            connection.execute(
                update(table).where(table.c.person.in_(hashes)).values(kept_out=table.c.kept_out + 1)
            )

    def erasures_of(self, person_keys: Collection[str]) -> tuple[int, ...]:
        """The numbers of the certificates that are about them, the newest first."""
        table = tables.forgotten
        with reading(self.engine) as connection:
            salts = connection.execute(select(table.c.salt).distinct()).scalars().all()
            hashes = [_hashed(salt, key) for salt in salts for key in person_keys]
            found = select(table.c.erasure_id).where(table.c.person.in_(hashes)).distinct()
            return tuple(connection.execute(found.order_by(table.c.erasure_id.desc())).scalars())


def forget_person(connection: Connection, person_keys: Collection[str], erasure: int, now: datetime) -> None:
    """From now on they are known again by their hashes, under the one salt that the installation has."""
    table = tables.forgotten
    salt = connection.execute(select(table.c.salt).limit(1)).scalar() or secrets.token_hex(16)
    for key in sorted(person_keys):
        values = {"erasure_id": erasure, "erased_at": now}
        connection.execute(
            insert(table)
            .values(person=_hashed(salt, key), salt=salt, **values)
            .on_conflict_do_update(index_elements=["person"], set_=values)
        )


def _hashed(salt: str, person_key: str) -> str:
    return hmac.new(salt.encode(), person_key.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
