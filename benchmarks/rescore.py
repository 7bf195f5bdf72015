"""How long re-scoring takes against the bound that the model's own speed sets, and what a kill costs.

    .venv/bin/python benchmarks/rescore.py [--leads 2000] [--seconds 0.3]

A stand-in for OpenAI in a process of its own answers each question after so many seconds and counts them. The
leads are made up and imported into a temporary LEADS_HOME. First all are scored under the live rules; then
under a candidate, killed half-way and begun again.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

from orchestration_project.cli.history_demo import MAPPING
from orchestration_project.fake_services.made_leads import made_leads, write_csv
from orchestration_project.installation import WORKING_COPY

SIDE_BY_SIDE = 64
LEADS = WORKING_COPY / ".venv" / "bin" / "leads"
ANSWER = {
    "score": 6,
    "service": "bookkeeping",
    "category": "inquiry",
    "rationale": "They ask for a service we sell.",
    "evidence": ["we need somebody"],
    "confidence": 0.7,
    "opening": "",
}
"""`evidence` occurs in what the made-up inquiries say."""


def serve(port: "Synchronized[int]", asked: "Synchronized[int]", seconds: float) -> None:
    """HTTP/1.1 with connections kept, as far as one kind of question needs it."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
                await reader.readexactly(int(length[1]) if length else 0)
                with asked.get_lock():
                    asked.value += 1
                await asyncio.sleep(seconds)
                body = json.dumps(completion()).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: "
                    + str(len(body)).encode()
                    + b"\r\n\r\n"
                    + body
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=256)
        port.value = server.sockets[0].getsockname()[1]
        await server.serve_forever()

    asyncio.run(run())


def completion() -> dict[str, object]:
    message = {"role": "assistant", "content": json.dumps(ANSWER), "refusal": None}
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "stand-in",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1200, "completion_tokens": 150, "total_tokens": 1350},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--leads", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=0.3, help="until an answer of the model")
    given = parser.parse_args()
    port, asked = multiprocessing.Value("i", 0), multiprocessing.Value("i", 0)
    stand_in = multiprocessing.Process(target=serve, args=(port, asked, given.seconds), daemon=True)
    stand_in.start()
    with tempfile.TemporaryDirectory(prefix="leads-rescore-") as made:
        folder = Path(made)
        _install(folder, given.leads, port)
        bound = given.leads * given.seconds / SIDE_BY_SIDE
        begun, cpu = time.monotonic(), _cpu()
        _leads("rescore", "live")
        took, cpu = time.monotonic() - begun, _cpu() - cpu
        print(
            f"{given.leads} leads, {given.seconds} s an answer, {SIDE_BY_SIDE} under way: bound {bound:.1f} s"
        )
        print(
            f"took {took:.1f} s, {took / bound:.2f} times the bound; {cpu:.1f} s of CPU, all of the command"
        )
        _killed(given.leads, asked, bound)
    stand_in.terminate()


def _install(folder: Path, leads: int, port: "Synchronized[int]") -> None:
    shutil.copytree(WORKING_COPY / "playbook", folder / "playbook")
    connections = folder / "playbook" / "connections.yaml"
    text = connections.read_text(encoding="utf-8")
    connections.write_text(re.sub(r"^ai: .*$", "ai: {connector: openai}", text, flags=re.MULTILINE))
    candidate = folder / "playbook" / "candidates" / "other"
    candidate.mkdir(parents=True)
    (candidate / "ideal_customer.md").write_text("Whoever pays.\n")
    write_csv(folder / "leads.csv", list(made_leads(leads, until=datetime.now(UTC))))
    (folder / "mapping.yaml").write_text(MAPPING)
    while not port.value:
        time.sleep(0.01)
    os.environ.update(
        {
            "LEADS_HOME": str(folder / "home"),
            "LEADS_PLAYBOOK": str(folder / "playbook"),
            "LEADS_DATABASE_URL": "",
            "OPENAI_API_KEY": "sk-stand-in",
            "OPENAI_BASE_URL": f"http://127.0.0.1:{port.value}/v1",
            "NO_PROXY": "127.0.0.1",
        }
    )
    _leads("import", str(folder / "leads.csv"), "--mapping", str(folder / "mapping.yaml"))


def _killed(leads: int, asked: "Synchronized[int]", bound: float) -> None:
    before = asked.value
    command = subprocess.Popen(
        [LEADS, "rescore", "other"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    until = time.monotonic() + 10 * bound
    while asked.value - before < leads // 2 and time.monotonic() < until:
        time.sleep(0.01)
    os.kill(command.pid, signal.SIGKILL)
    command.wait()
    _leads("rescore", "other")
    twice = asked.value - before - leads
    print(f"killed half-way, begun again: {twice} of {leads} asked twice; {SIDE_BY_SIDE} were under way")


def _leads(*words: str) -> None:
    subprocess.run([LEADS, *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
