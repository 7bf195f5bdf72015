"""The fields of a lead that a form can fill in, and what forms usually call them: the only list of them.

Which answer of a form is which field is decided in `data/fields.py`; which must be there, by the playbook.
"""

from collections.abc import Mapping
from types import MappingProxyType

FIELD_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "id": ("id", "submission_id", "response_id", "external_id"),
        "crm_contact_id": ("crm_contact_id",),
        "submitted_at": (
            *(
                "submitted_at",
                "created_at",
                "timestamp",
                "created_time",
                "submission_time",
                "submission_date",
            ),
            *("date_submitted", "date_created"),
        ),
        "email": ("email", "email_address", "mail", "your_email", "work_email", "user_email"),
        "name": ("name", "full_name", "your_name", "contact_name"),
        "first_name": ("first_name", "given_name", "forename", "name.first"),
        "last_name": ("last_name", "family_name", "surname", "name.last"),
        "phone": (
            *("phone", "tel", "telephone", "mobile"),
            *("phone_number", "telephone_number", "mobile_number"),
        ),
        "company": ("company", "organisation", "organization", "company_name", "business_name"),
        "job_title": ("job_title", "jobtitle", "job", "position", "role", "your_role", "title.job"),
        "industry": ("industry", "sector", "branche"),
        "employees": (
            *("employees", "number_of_employees", "employee_count", "headcount", "team_size"),
            *("company_size", "size_of_company"),
        ),
        "website": ("website", "website_url", "company_website", "site", "web"),
        "message": ("message", "comments", "comment", "enquiry", "inquiry", "your_message"),
        "budget": ("budget", "monthly_budget"),
        "service": ("service", "services"),
        "consent": ("consent", "marketing_consent", "newsletter", "marketing_opt_in"),
        "time_zone": ("time_zone",),
        "honeypot": ("honeypot", "hp", "_gotcha", "website_url_confirm"),
        "utm_source": ("utm_source",),
        "utm_medium": ("utm_medium",),
        "utm_campaign": ("utm_campaign",),
        "utm_term": ("utm_term",),
        "utm_content": ("utm_content",),
        "referrer": ("referrer", "referer"),
        "landing_page": (
            *(
                "landing_page",
                "landing_page_url",
                "page_url",
                "page_uri",
                "source_url",
                "form_url",
                "page_location",
            ),
            "url",  # unless it is of the domain that the lead writes from: `data/normalise.py`
        ),
    }
)
"""Lead field, then its names in forms. Compared without case and punctuation: `E-Mail` and `e_mail` are
`email`."""

LEAD_FIELDS = frozenset(FIELD_NAMES)
"""What the owner may give further names to, under `fields:` in connections.yaml."""

REQUIRABLE_FIELDS = frozenset(
    {"name", "email", "phone", "company", "website", "message", "budget", "service", "consent"}
)
"""Of those the ones without which a lead can be called incomplete."""
