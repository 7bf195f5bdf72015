"""Questions that a form asks in whole sentences, and labels with more words than the one that counts."""

import pytest

from orchestration_project.data.fields import map_fields

ASKED = {
    "name": """
        What's your name? | Hi! What's your name? | May we have your name? | Your name please |
        Lead name | Wie heißen Sie? | Comment vous appelez-vous ? | ¿Cómo te llamas? |
        Qual è il tuo nome? | Vad heter du?
    """,
    "first_name": """
        What is your first name? * | 1. First name | Given name(s)
    """,
    "last_name": """
        And your last name? | 2) Family name
    """,
    "email": """
        What is your email address? | Your best email | Which email can we reach you at? | Email-3 |
        Email address (we never spam) | Professional email | respondentEmail |
        Quelle est votre adresse e-mail ? | Votre adresse mail professionnelle
    """,
    "phone": """
        Best contact number | Best number to reach you | Daytime phone | Phone No. | whatsapp_phone |
        Phone-2 | Wie lautet Ihre Telefonnummer? | Ihre Telefonnummer für Rückfragen |
        Teléfono de contacto | customer_phone
    """,
    "company": """
        What's the name of your company? | What is your company called? | Name Ihres Unternehmens |
        Nom de votre entreprise | Nombre de tu empresa
    """,
    "website": """
        Link to your website | Your website address
    """,
    "employees": """
        How many employees do you have? | How many people work at your company? | No. of staff
    """,
    "industry": """
        What industry are you in? | Type of business
    """,
    "job_title": """
        What's your job title? | Fonction
    """,
    "budget": """
        What is your monthly budget? | Budget per month | How much do you want to spend? |
        Wie hoch ist Ihr Budget? | ¿Cuál es tu presupuesto?
    """,
    "service": """
        Which service are you interested in? | what_service_do_you_need? | Type of service |
        Select a service
    """,
    "consent": """
        Would you like to receive marketing emails? | I agree to receive the newsletter |
        Accepts marketing | Ich möchte den Newsletter erhalten | S'inscrire à la newsletter |
        Join our mailing list
    """,
    "message": """
        How can we help? | Tell us about your project | Anything else we should know? | Message-2 |
        textarea-1 | Please share anything that will help prepare for our meeting. |
        Wie können wir Ihnen helfen? | Comment pouvons-nous vous aider ? | ¿En qué podemos ayudarte? |
        Hoe kunnen we je helpen? | Long answer
    """,
}
NOT_ASKED = """
    Your dog's name | Company address | Do you have an accountant? |
    Who is your current accountant? | Question 3 | I do not want to receive marketing emails |
    Ich möchte keinen Newsletter | Do you have a newsletter? |
    Unsubscribe me from the newsletter | Budget approved by | Name of referrer | Company number |
    Email provider | Preferred contact method | How many phones do you have? |
    Which service did you use before? | Betreff | How did you hear about us? | Accountant's email
"""


def _labels(listed: str) -> list[str]:
    return [label.strip() for label in listed.split("|")]


@pytest.mark.parametrize(
    ("label", "field"),
    [(label, field) for field, labels in ASKED.items() for label in _labels(labels)]
    + [(label, None) for label in _labels(NOT_ASKED)],
)
def test_a_question_in_a_sentence_is_known_by_what_it_asks_for(label: str, field: str | None) -> None:
    assert [*map_fields({"answers": [{"label": label, "value": "x"}]}, {}).values] == (
        [field] if field else []
    )
