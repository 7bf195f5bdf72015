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
    """The submission taken apart, by the first sender that knows its structure."""
    whole = plain.unpacked(payload)
    for sender, read in TABLE.items():
        if (answers := read(whole)) is not None:
            return Form(sender, tuple(answers))
    return Form("", tuple(plain.read_unpacked(whole)))
