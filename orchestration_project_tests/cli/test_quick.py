"""A command imports what it needs and nothing else: a person waits for each import, each time."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from orchestration_project.cli.main import COMMANDS, command
from orchestration_project.installation import WORKING_COPY
from orchestration_project.ledger.submissions import make_ref
from orchestration_project_tests.cli.conftest import Shell

SLOW = frozenset(
    {"dagster", "pandas", "pandera", "numpy", "sklearn", "matplotlib", "pyarrow", "openai", "trafilatura"}
    | {"lxml", "py3langid", "alembic", "msal", "IPython", "nbclient"}
)
WITHOUT_SERVICES = frozenset({"httpx", "jinja2", "phonenumbers", "nameparser", "icalendar"})
OF_DOCUMENTS = frozenset({"jinja2", "ruamel"})
"""Reading and checking the playbook; a command that finds it as it was has it from the file that was kept."""
OF_SERVICES = frozenset({"httpx", "aiohttp", "stamina", "babel.numbers", "markdown_it", "icalendar"})
LOOK = """
import json, os, sys
every, told = json.loads(sys.argv[1])
if len(every) > 1:
    import pydantic, sqlalchemy.dialects.postgresql.psycopg2  # they may all have those, and share them here
    from orchestration_project.cli import main
for arguments in every:
    os.lseek(0, 0, os.SEEK_SET)
    if process := os.fork():
        status = os.waitpid(process, 0)[1]
        if status:
            sys.exit(os.waitstatus_to_exitcode(status))
        continue
    from orchestration_project.cli.main import main
    sys.argv = ["leads", *arguments]
    try:
        main()
    except SystemExit as end:
        code = end.code
    with open(told, "a") as file:
        print(*sorted({name.partition(".")[0] for name in sys.modules}), file=file)
    os._exit(code or 0)
"""


def imported(shell: Shell, folder: Path, *every: Sequence[str]) -> list[frozenset[str]]:
    """What each of these commands has imported at its end, a process after the other."""
    told, lead = folder / "imported", folder / "lead.jsonl"
    lead.write_text('{"id": "quick", "email": "ann@acme.example"}')
    with lead.open() as given:
        done = subprocess.run(
            [sys.executable, "-c", LOOK, json.dumps([every, str(told)])],
            check=False,
            stdin=given,
            capture_output=True,
            env=shell.environment,
            cwd=WORKING_COPY,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr.decode()
    modules = [frozenset(line.split()) for line in told.read_text().splitlines()]
    assert len(modules) == len(every)
    return modules


def test_no_command_that_looks_or_stores_imports_what_only_a_run_needs(shell: Shell, tmp_path: Path) -> None:
    assert shell.leads("list").code == 0  # with Alembic, where the database is new
    first, again, *looks, doctor = imported(
        shell,
        tmp_path,
        ["submit", "-"],
        ["submit", "-"],
        ["list", "--since", "7d"],
        ["show", make_ref("inbox", "quick")],
        ["retry"],
        ["doctor"],
    )
    assert first & SLOW == frozenset()
    assert again & (SLOW | OF_DOCUMENTS) == frozenset()
    for modules in looks:
        assert modules & (SLOW | WITHOUT_SERVICES | OF_DOCUMENTS) == frozenset()
    # services that need no account are asked without the means to ask others
    assert doctor & (SLOW | WITHOUT_SERVICES | OF_DOCUMENTS | OF_SERVICES) == frozenset()


def test_help_imports_no_command(shell: Shell, tmp_path: Path) -> None:
    (modules,) = imported(shell, tmp_path, ["--help"])
    assert modules & (SLOW | WITHOUT_SERVICES | {"sqlalchemy", "pydantic"}) == frozenset()


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_where_the_list_says_and_calls_itself_as_the_list_does(name: str) -> None:
    found = command(name)
    assert found.name == name
    # the list has room for one line
    first = (found.help or "").splitlines()[0]
    assert first.rstrip(".").startswith(COMMANDS[name].says.rstrip("."))
