"""The connectors that stand for "we do not use one", of websites. Nothing else."""

import anyio

from orchestration_project.connectors.website.none import NoWebsite


def test_no_reader_finds_no_page_and_needs_no_account() -> None:
    website = NoWebsite()
    assert website.embedded
    assert anyio.run(website.read, "https://acme.com/") is None
    assert anyio.run(website.check).ok
