"""Commands about leads: run, show, seen. What they do is in the ledger and the job."""

from typing import Annotated

import typer

from orchestration_project.cli.options import Json, resolved
from orchestration_project.cli.session import Session, owners_zone, read_playbook, session
from orchestration_project.cli.story_view import print_story
from orchestration_project.cli.view import leads_table, out, print_json
from orchestration_project.data.secrets import masked
from orchestration_project.errors import LeadsError, PlaybookError
from orchestration_project.ledger.lead_filter import LeadFilter
from orchestration_project.ledger.story import Story
from orchestration_project.text import so_many


def run() -> None:
    """Read the form sources, process what is there now, then exit: 0 if all went well, 1 if a lead needs a
    person."""
    from orchestration_project.cli.processing import process  # noqa: PLC0415 - dagster is slow to import

    with session() as desk:
        waited = [lead.ref for lead in desk.ledger.stories.list_leads(status="waiting")]
        taken = process(desk, services=True)
        # one that has waited too long needs a person without a run
        given_up = {lead.ref for lead in desk.ledger.stories.list_leads(refs=waited, status="needs_person")}
        refs = [*taken, *(ref for ref in waited if ref in given_up - set(taken))]
        leads = desk.ledger.stories.list_leads(refs=refs)
        if not leads:
            out.print(_nothing(desk))
            return
        out.print(leads_table(leads))
        waiting = [lead.ref for lead in leads if lead.status == "waiting"]
        if waiting:
            out.print(
                f"{len(waiting)} wait for something that passes: `make dev` goes on, or the next `leads run`."
            )
        failed = [lead.ref for lead in leads if lead.status == "needs_person"]
    if failed:
        raise LeadsError(f"{len(failed)} need a person: {', '.join(failed)}. `leads show REF` says why.")


def _nothing(desk: Session) -> str:
    waits = [
        f"{so_many(number, 'lead')} for {name or 'their time'}"
        for name, number in sorted(desk.ledger.lists.summary(LeadFilter()).waiting.items())
    ]
    if not waits:
        return "Nothing was there to do."
    return f"Nothing can go on yet. Waiting: {', '.join(waits)}. `make dev` goes on, or a later `leads run`."


def show(
    ref: Annotated[str, typer.Argument(help="As `leads list` shows it; its beginning will do.")],
    as_json: Json = False,
) -> None:
    """The whole story of one lead in order of time, raw payload included."""
    with session() as desk:
        told = desk.ledger.stories.tell(desk.ledger.stories.resolve(ref))
        story = told.model_copy(update={"raw": masked(told.raw)})
        would_write = _would_write(desk, story)
        if as_json:
            print_json({**story.model_dump(mode="json"), "would_write": would_write})
            return
        print_story(story, would_write, _who(desk, story), owners_zone(desk.installation))


def _who(desk: Session, story: Story) -> list[str]:
    """Whose lead it is beside others: what they wrote before, and who may be the same."""
    if story.context is None:
        return []
    from orchestration_project.action.again import maybe_the_same  # noqa: PLC0415 - few commands need it
    from orchestration_project.model import Context  # noqa: PLC0415

    context = Context.model_validate(story.context)
    thread = context.standing.thread
    tracks = {lead.ref: lead.track for lead in desk.ledger.stories.list_leads(refs=thread)} if thread else {}
    before = ", ".join(f"{ref} ({tracks.get(ref) or 'no track'})" for ref in thread)
    led = {*tracks.values()}
    now = story.lead.track
    moved = f", which makes it {now}" if now and story.decisions and led and now not in led else ""
    again = [f"They wrote again, after {before}: the messages were scored together{moved}."] if before else []
    return [*again, *maybe_the_same(context)]


def _would_write(desk: Session, story: Story) -> dict[str, str]:
    """By action, what would be written of what is only planned."""
    if not any(action.status == "planned" for action in story.lead.actions):
        return {}
    from orchestration_project.action.preview import previews  # noqa: PLC0415 - what it takes to write a mail

    ref = story.lead.ref
    decided = desk.ledger.follow_ups.decided(ref)
    if decided is None:
        return {}
    try:
        playbook = read_playbook(desk.installation)
    except PlaybookError as error:
        return {"playbook": f"What is planned can be shown once its mistake is mended. {error}"}
    receipts = desk.ledger.receipts.read([ref])[ref]
    withdrawn = desk.ledger.consents.withdrawn([decided.context.ref]).get(decided.context.ref)
    return previews(decided, playbook, receipts, desk.ledger.clock(), withdrawn)


def seen(
    refs: Annotated[list[str], typer.Argument(help="As `leads list --look` shows them.")],
) -> None:
    """You have looked at what a lead has to look at: it is told no more."""
    with session() as desk:
        known_as = resolved(desk, refs)
        had_something = desk.ledger.attention.seen(known_as)
    for ref in known_as:
        out.print(f"{ref}  {'seen' if ref in had_something else 'had nothing to look at'}")
