"""How the doctor's findings look in a terminal: a table where there is room, else some lines each."""

from collections.abc import Sequence

from rich.text import Text

from orchestration_project.cli.findings import Finding
from orchestration_project.cli.view import WIDE, indented, out, rows_table

_COLOURS = {"ok": "green", "remark": "yellow", "broken": "red"}


def print_findings(findings: Sequence[Finding]) -> None:
    """Paths stay whole, so that they can be copied."""
    if out.width >= WIDE:
        rows = ([f.what, f.service, f.state, f.says, f.mend] for f in findings)
        out.print(rows_table(["", "service", "state", "", "what to do"], rows))
        return
    widest = max((len(finding.what) for finding in findings), default=0)
    for finding in findings:
        line = Text(f"{finding.what:<{widest}}  ")
        line.append(f"{finding.state:<6}", style=_COLOURS[finding.state])
        line.append(f"  {finding.service}" if finding.service else "")
        out.print(line)
        for text in filter(None, (finding.says, finding.mend)):
            style = "bold" if text is finding.mend and finding.state != "ok" else ""
            out.print(*indented(Text(text, style=style)), sep="\n", soft_wrap=True)
