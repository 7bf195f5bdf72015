"""Chromium without a window, told what to do over its own protocol: how long until a page says something.

What is looked at, and why, stands with who asks.
"""

import json
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

CHROMIUM = "chromium"
PATIENCE = 120.0
_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0")


@dataclass
class Tab:
    _connection: ClientConnection
    _asked: int = 0

    def seconds_until(self, address: str, words: str) -> float:
        """From asking for the page until it shows these words."""
        since = time.monotonic()
        self._ask("Page.navigate", url=address)
        script = f"!!document.body && document.body.innerText.includes({json.dumps(words)})"
        while time.monotonic() - since < PATIENCE:
            found = self._ask("Runtime.evaluate", expression=script)
            if found["result"].get("value") is True:
                return time.monotonic() - since
            time.sleep(0.02)
        raise SystemExit(f"{address} has not shown {words!r} within {PATIENCE:.0f} s.")

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._asked += 1
        self._connection.send(json.dumps({"id": self._asked, "method": method, "params": parameters}))
        while True:
            told = json.loads(self._connection.recv(PATIENCE))
            if told.get("id") == self._asked:
                return told["result"]


@contextmanager
def tab() -> Generator[Tab]:
    """Of a browser that has seen nothing yet."""
    with tempfile.TemporaryDirectory(prefix="leads-browser-", ignore_cleanup_errors=True) as folder:
        command = [CHROMIUM, *_FLAGS, f"--user-data-dir={folder}", "about:blank"]
        quiet = subprocess.DEVNULL
        with subprocess.Popen(command, stdout=quiet, stderr=quiet) as browser:
            try:
                port = _port(Path(folder) / "DevToolsActivePort")
                pages = httpx.get(f"http://127.0.0.1:{port}/json/list").json()
                (address,) = (page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")
                with connect(address, max_size=None) as connection:
                    yield Tab(connection)
            finally:
                browser.terminate()


def _port(file: Path) -> str:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if file.exists() and (told := file.read_text().splitlines()):
            return told[0]
        time.sleep(0.05)
    raise SystemExit("Chromium does not start.")
