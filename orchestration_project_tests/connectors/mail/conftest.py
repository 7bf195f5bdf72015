"""The IMAP server that runs on every machine: one for all tests, each of which empties its mailboxes first.

Which servers there are is in `imap_servers.py`.
"""

from collections.abc import Iterator

import pytest

from orchestration_project_tests.connectors.mail.imap_servers import ImapServer, pymap


@pytest.fixture(scope="session")
def pymap_server() -> Iterator[ImapServer]:
    with pymap() as server:
        yield server
