"""Names and companies of many countries, phone numbers of all: how many are read right, told, or read wrong.

python benchmarks/field.py [NAMES A COUNTRY]
"""

import sys
import warnings
from collections import Counter

import phonenumbers
from babel import Locale
from faker import Faker
from faker.config import AVAILABLE_LOCALES

from orchestration_project.data.names import read_name
from orchestration_project.data.phones import read_phone
from orchestration_project.data.regions import regions_told

HOME = "GB"


def main() -> None:
    each = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    warnings.simplefilter("ignore")  # of locales that have another name by now
    print("names:", dict(_names(each)))
    print("companies:", dict(_companies(each // 3)))
    print("phones:", dict(_phones()))


def _names(each: int) -> Counter[str]:
    counts = Counter[str]()
    for locale in sorted(AVAILABLE_LOCALES):
        made = Faker(locale)
        made.seed_instance(1)
        for _ in range(each):
            given, family = made.first_name(), made.last_name()
            read = (read_name(f"{given} {family}", "", "")[0].given or "").casefold()
            alike = {given.casefold(): "right", given.casefold().partition(" ")[0]: "cut", "": "not greeted"}
            counts["right" if read == given.casefold() else alike.get(read, "wrong")] += 1
    return counts


def _companies(each: int) -> Counter[str]:
    counts = Counter[str]()
    for locale in sorted(AVAILABLE_LOCALES):
        made = Faker(locale)
        made.seed_instance(1)
        for _ in range(each):
            counts["greeted" if read_name(made.company(), "", "")[0].given else "not greeted"] += 1
    return counts


def _phones() -> Counter[str]:
    counts = Counter[str]()
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        example = phonenumbers.example_number(region)
        if example is None:
            continue
        country = Locale("en").territories.get(region, region)
        typed = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
        right = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        ending = "uk" if region == "GB" else region.casefold()
        for answers, email in (
            ({"country": country}, None),
            ({"country": region}, None),
            ({"address": f"1 Main Street, Town, {country}"}, None),
            ({"locale": f"en_{region}"}, None),
            ({}, f"jo@firm.{ending}"),
        ):
            told = regions_told(answers, None, email)
            phone, problem = read_phone(typed, HOME, lambda told=told: told)
            counts["told" if problem else "right" if phone.number == right else "wrong"] += 1
    return counts


if __name__ == "__main__":
    main()
