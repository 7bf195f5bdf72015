"""The senders that are known by the structure of what they send: one line each, one module each.

Which answer is which field of a lead is decided in `data/fields.py`; a sender that is not here is read by
`plain.py`.
"""

from collections.abc import Mapping

from orchestration_project.data.senders import (
    calendly,
    contact_form_7,
    elementor,
    facebook,
    formstack,
    google_forms,
    gravity,
    hubspot,
    jotform,
    linkedin,
    netlify,
    plain,
    squarespace,
    tally,
    typeform,
    webflow,
    wix,
    wpforms,
)
from orchestration_project.data.senders.form import Answer, Form, Place, Reader
from orchestration_project.model import JsonObject

__all__ = ["TABLE", "Answer", "Form", "Place", "read_form"]

TABLE: Mapping[str, Reader] = {
    "Typeform": typeform.read,
    "Tally": tally.read,
    "Jotform": jotform.read,
    "Facebook": facebook.read,
    "LinkedIn": linkedin.read,
    "Calendly": calendly.read,
    "Webflow": webflow.read,
    "Netlify": netlify.read,
    "Wix": wix.read,
    "Squarespace": squarespace.read,
    "Formstack": formstack.read,
    "Google Forms": google_forms.read,
    "Elementor": elementor.read,
    "WPForms": wpforms.read,
    "Gravity Forms": gravity.read,
    "Contact Form 7": contact_form_7.read,
    "HubSpot": hubspot.read,
}


def read_form(payload: JsonObject) -> Form:
    """The submission taken apart, by the sender whose structure it has.

    What stands beside the answers may look like another sender's (a sheet's `namedValues` around a HubSpot
    form): the first whose answers hold an e-mail address reads it, and what another would have read and this
    one passes over is kept around it.
    """
    whole = plain.unpacked(payload)
    known = [
        Form(sender, tuple(answers)) for sender, read in TABLE.items() if (answers := read(whole)) is not None
    ]
    if not known:
        return Form("", tuple(plain.read_unpacked(whole)))
    best = max(known, key=_certain)  # of equal ones the first
    kept = {one.text for one in best.answers}
    passed = {
        one.text: one._replace(meant=None, place=Place.AROUND)
        for form in known
        for one in form.answers
        if form is not best and one.text not in kept
    }
    return Form(best.sender, (*best.answers, *passed.values()))


def _certain(form: Form) -> int:
    said = [one.text for one in form.answers if one.place is Place.ANSWER and one.text.strip()]
    return 2 if any("@" in text for text in said) else int(bool(said))
