"""`leads compare` and `leads quality`: evaluations of what history holds, in the terminal or as a page.

The figures are made in `history/evaluation/`; the frames are those that the assets of history have kept.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration_project.cli.session import here, read_playbook
from orchestration_project.cli.view import out
from orchestration_project.clock import utc_now
from orchestration_project.errors import LeadsError
from orchestration_project.timezones import zone

if TYPE_CHECKING:
    from orchestration_project.history.evaluation.from_tables import Tables

_NOTHING = (
    "History holds no decisions yet. Materialise its assets in the Dagster UI (`make dev`), or wait an "
    "hour: it follows the ledger by itself."
)


def compare(
    before: Annotated[str, typer.Argument(help="Version of a playbook, as `leads check-playbook` tells it.")],
    after: Annotated[str, typer.Argument(help="The version that would take its place.")],
    page: Annotated[
        Path | None, typer.Option("--html", help="Also write it as one HTML file, to send to somebody.")
    ] = None,
) -> None:
    """What changes between two versions of the playbook that have decided the same leads."""
    # pandas takes a second to import
    import pandas as pd  # noqa: PLC0415

    from orchestration_project.history.evaluation.from_tables import comparison_of  # noqa: PLC0415
    from orchestration_project.history.evaluation.page import comparison_page  # noqa: PLC0415
    from orchestration_project.history.evaluation.terminal import comparison_view  # noqa: PLC0415

    playbook = read_playbook(here())
    now = utc_now()
    tracks = tuple(track.name for track in playbook.tracks)
    found = comparison_of(_tables(), (before, after), tracks=tracks, as_of=pd.Timestamp(now))
    out.print(comparison_view(found))
    if page is not None:
        business = playbook.business
        text = comparison_page(
            found, business=business.name, made_at=now.astimezone(zone(business.time_zone))
        )
        try:
            page.write_text(text, encoding="utf-8")
        except OSError as error:
            raise LeadsError(f"{page} cannot be written: {error.strerror}.") from error
        out.print(f"\nAs a page: {page}", markup=False)


def quality(
    version: Annotated[
        str | None,
        typer.Option(help="Only scores of that playbook version; the newest of each lead by default."),
    ] = None,
) -> None:
    """How good the scores were, by what became of the leads, and how much there was to find."""
    import pandas as pd  # noqa: PLC0415 - as above

    from orchestration_project.history.evaluation.from_tables import quality_of  # noqa: PLC0415
    from orchestration_project.history.evaluation.terminal import quality_view  # noqa: PLC0415

    out.print(quality_view(quality_of(_tables(), pd.Timestamp(utc_now()), version)))


def _tables() -> "Tables":
    from orchestration_project.history.evaluation.from_tables import NEEDED, Tables  # noqa: PLC0415
    from orchestration_project.history.store import load  # noqa: PLC0415

    tables = Tables({name: load(name) for name in NEEDED})
    if not len(tables["decisions"]):
        raise LeadsError(_NOTHING)
    return tables
