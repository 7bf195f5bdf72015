"""The connector that stands for "we do not use one", of enrichment. Nothing else."""

import anyio

from orchestration_project.connectors.company.none import NoEnrichment


def test_no_enrichment_knows_no_company_and_needs_no_account() -> None:
    company = NoEnrichment()
    assert company.embedded
    assert anyio.run(company.find_company, "acme.com") is None
    assert anyio.run(company.check).ok
