"""Takes a large page apart in a process of its own, with little memory, which is killed when time is up.

What a page says is `extract.py`'s. A small page cannot keep a parser busy, and is not worth a process.
"""

import os
import sys
import tempfile

import anyio
import anyio.to_thread

from orchestration_project.errors import PermanentServiceError
from orchestration_project.model import WebPage

SMALL = 150_000
"""Bytes. With the bounds of `page_bounds.py` no page of this size takes more than a fraction of a second."""
MOST_MEMORY = 1 << 30
MOST_CPU = 10  # seconds, where nobody is there any more to kill it
COMMAND = (sys.executable, "-m", __name__)
_NEEDED = ("PATH", "PYTHONPATH", "SYSTEMROOT")
"""Of the environment: a page gets near no secret."""
_NONE = b"null"


async def extract_apart(service: str, url: str, html: bytes, charset: str | None) -> WebPage | None:
    """As `extract`. Raises PermanentServiceError for a page that no parser gets through."""
    if len(html) <= SMALL:
        from orchestration_project.connectors.website.extract import extract  # noqa: PLC0415 - it says why

        # on a thread, which is left behind when time is up
        return await anyio.to_thread.run_sync(extract, url, html, charset, abandon_on_cancel=True)
    command = [*COMMAND, url, charset or ""]
    needed = {name: value for name in _NEEDED if (value := os.environ.get(name))}
    with tempfile.TemporaryFile() as page:  # a pipe breaks when its reader dies
        page.write(html)
        page.seek(0)
        done = await anyio.run_process(command, stdin=page, check=False, env=needed)
    if done.returncode:
        raise PermanentServiceError(
            service, "has a page that cannot be taken apart.", "Nothing to do: the lead goes on without it."
        )
    return None if done.stdout == _NONE else WebPage.model_validate_json(done.stdout)


def main() -> None:
    """In the process: the page on standard input, what it says on standard output."""
    import resource  # noqa: PLC0415 - not on Windows, which has no such limits

    from orchestration_project.connectors.website.extract import extract  # noqa: PLC0415

    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU, MOST_CPU))
    page = extract(sys.argv[1], sys.stdin.buffer.read(), sys.argv[2] or None)
    sys.stdout.buffer.write(_NONE if page is None else page.model_dump_json().encode())


if __name__ == "__main__":
    main()
