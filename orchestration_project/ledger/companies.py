"""What enrichment services have answered, and how often they were asked: each answer costs money.

Whether to ask is decided in `data/enrichment.py`.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.part import Part
from orchestration_project.model import CompanyProfile
from orchestration_project.model.ports import KeptProfile


class Companies(Part):
    """The `CompanyCache` of `model/ports.py`."""

    def kept(self, service: str, domain: str, since: datetime) -> KeptProfile | None:
        """The answer about that domain, unless it is older than `since`."""
        table = tables.companies
        with self.engine.connect() as connection:
            row = connection.execute(
                select(table.c.status, table.c.profile).where(
                    table.c.service == service,
                    table.c.domain == domain,
                    table.c.status != "asked",
                    table.c.asked_at > since,
                )
            ).first()
        if row is None:
            return None
        return KeptProfile(profile=CompanyProfile.model_validate(row.profile) if row.profile else None)

    def reserve(self, service: str, domain: str, *, day_began: datetime, limit: int) -> bool:
        """Counts one more question of today, before it is asked. False: today's limit is reached."""
        table = tables.companies
        with self.engine.begin() as connection:
            # one at a time, or eight leads side by side would each take the last one
            connection.execute(
                text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"spend {service}"}
            )
            spent = connection.execute(
                select(func.count()).where(table.c.service == service, table.c.asked_at >= day_began)
            ).scalar_one()
            if spent >= limit:
                return False
            statement = insert(table).values(
                service=service, domain=domain, status="asked", asked_at=self.clock()
            )
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["service", "domain"],
                    set_={"status": "asked", "profile": None, "asked_at": statement.excluded.asked_at},
                )
            )
        return True

    def answered(self, service: str, domain: str, profile: CompanyProfile | None) -> None:
        """Keeps what a reserved question brought; None: the service does not know the company."""
        status: Literal["found", "not_found"] = "found" if profile else "not_found"
        table = tables.companies
        with self.engine.begin() as connection:
            connection.execute(
                update(table)
                .where(table.c.service == service, table.c.domain == domain)
                .values(status=status, profile=profile.model_dump(mode="json") if profile else None)
            )

    def forget(self, domains: Collection[str]) -> None:
        """Of companies that no lead that is left is of."""
        table, facts = tables.companies, tables.facts
        others = select(facts.c.value["company"]["domain"].astext).where(
            facts.c.kind == "Lead", facts.c.value["company"]["domain"].astext.in_(sorted(domains))
        )
        with self.engine.begin() as connection:
            connection.execute(
                delete(table).where(table.c.domain.in_(sorted(domains)), table.c.domain.not_in(others))
            )

    def not_asked(self, service: str, domain: str) -> None:
        """The service refused or could not be reached: nothing was paid."""
        table = tables.companies
        with self.engine.begin() as connection:
            connection.execute(
                delete(table).where(
                    table.c.service == service, table.c.domain == domain, table.c.status == "asked"
                )
            )
