"""What enrichment services have answered, and how often they were asked: each answer costs money.

Whether to ask is decided in `data/enrichment.py`.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.model import CompanyProfile
from orchestration_project.model.ports import KeptProfile


class Companies(Part):
    """The `CompanyCache` of `model/ports.py`."""

    def kept(self, service: str, domains: Collection[str], since: datetime) -> Mapping[str, KeptProfile]:
        """The answers about those domains that are not older than `since`."""
        table = tables.companies
        query = select(table.c.domain, table.c.status, table.c.profile).where(
            table.c.service == service,
            table.c.domain.in_(domains),
            table.c.status != "asked",
            table.c.asked_at > since,
        )
        with reading(self.engine) as connection:
            return {
                row.domain: KeptProfile(
                    profile=CompanyProfile.model_validate(row.profile) if row.profile else None
                )
                for row in connection.execute(query)
            }

    def reserve(
        self, service: str, domains: Sequence[str], *, day_began: datetime, limit: int
    ) -> frozenset[str]:
        """Counts so many more questions of today, before they are asked, as today's limit leaves room for;
        answers about which of the domains."""
        table = tables.companies
        with self.engine.begin() as connection:
            # one at a time, or two processes would each take the last one
            connection.execute(
                text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"spend {service}"}
            )
            today = (table.c.service == service) & (table.c.asked_at >= day_began)
            spent = connection.execute(select(func.count()).where(today)).scalar_one()
            again = select(table.c.domain).where(today, table.c.domain.in_(domains))
            counted = set(connection.execute(again).scalars())
            granted = list[str]()
            for domain in dict.fromkeys(domains):
                if spent < limit:
                    granted.append(domain)
                    spent += domain not in counted
            if not granted:
                return frozenset()
            now = self.clock()
            statement = insert(table).values(
                [{"service": service, "domain": one, "status": "asked", "asked_at": now} for one in granted]
            )
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["service", "domain"],
                    set_={"status": "asked", "profile": None, "asked_at": statement.excluded.asked_at},
                )
            )
        return frozenset(granted)

    def answered(self, service: str, profiles: Mapping[str, CompanyProfile | None]) -> None:
        """Keeps what reserved questions brought, by domain; None: the service does not know the company."""
        table = tables.companies
        change = (
            update(table)
            .where(table.c.service == service, table.c.domain == bindparam("of"))
            .values(status=bindparam("found"), profile=bindparam("told"))
        )
        rows: list[dict[str, object]] = [
            {
                "of": domain,
                "found": "found" if profile else "not_found",
                "told": profile.model_dump(mode="json") if profile else None,
            }
            for domain, profile in profiles.items()
        ]
        with self.engine.begin() as connection:
            connection.execute(change, rows)

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
