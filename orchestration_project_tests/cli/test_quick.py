"""A command imports what it needs and nothing else: a person waits for each import, each time."""

import subprocess
import sys

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
import sys
from orchestration_project.cli.main import main
sys.argv = ["leads", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    code = end.code
finally:
    print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
sys.exit(code)
"""


def imported(shell: Shell, *arguments: str) -> frozenset[str]:
    done = subprocess.run(
        [sys.executable, "-c", LOOK, *arguments],
        check=False,
        input=b'{"id": "quick", "email": "ann@acme.example"}',
        capture_output=True,
        env=shell.environment,
        cwd=WORKING_COPY,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()
    return frozenset(done.stderr.decode().splitlines()[-1].split())


def test_no_command_that_looks_or_stores_imports_what_only_a_run_needs(shell: Shell) -> None:
    assert shell.leads("list").code == 0  # with Alembic, where the database is new
    assert imported(shell, "submit", "-") & SLOW == frozenset()
    assert imported(shell, "submit", "-") & (SLOW | OF_DOCUMENTS) == frozenset()
    for arguments in (["list", "--since", "7d"], ["show", make_ref("inbox", "quick")], ["retry"]):
        modules = imported(shell, *arguments)
        assert "sqlalchemy" in modules
        assert modules & (SLOW | WITHOUT_SERVICES | OF_DOCUMENTS) == frozenset()
    # services that need no account are asked without the means to ask others
    assert imported(shell, "doctor") & (SLOW | WITHOUT_SERVICES | OF_DOCUMENTS | OF_SERVICES) == frozenset()


def test_help_imports_no_command(shell: Shell) -> None:
    assert imported(shell, "--help") & (SLOW | WITHOUT_SERVICES | {"sqlalchemy", "pydantic"}) == frozenset()


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_where_the_list_says_and_calls_itself_as_the_list_does(name: str) -> None:
    found = command(name)
    assert found.name == name
    # the list has room for one line
    first = (found.help or "").splitlines()[0]
    assert first.rstrip(".").startswith(COMMANDS[name].says.rstrip("."))
