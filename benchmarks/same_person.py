"""How well leads of one person are told from leads of others: precision and recall on made pairs.

As the FEBRL sets do: an original and, for some, a duplicate with slips, swapped parts, nicknames, other
addresses, numbers and companies; beside many who share a name, a family, an office or an employer.
.venv/bin/python benchmarks/same_person.py [--people 3000] [--seed 7]
"""

import argparse
import random
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from orchestration_project.data.same_person import keys, resemblance
from orchestration_project.model import Company, Lead, Person, Ref

PROVIDERS = ("gmail.com", "outlook.com", "yahoo.com", "gmx.de", "icloud.com", "hotmail.com")
NICKNAMES = {
    "Elizabeth": "Liz", "William": "Bill", "Robert": "Bob", "Margaret": "Maggie", "Michael": "Mike",
    "Katherine": "Kate", "Jennifer": "Jen", "Thomas": "Tom", "Christopher": "Chris", "Susan": "Sue",
}  # fmt: skip
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Somebody:
    number: int  # of the person; two with one number are one person
    given: str
    family: str
    email: str
    phone: str | None
    company: str | None

    def lead(self, place: int) -> Lead:
        domain = self.email.rpartition("@")[2]
        return Lead(
            ref=Ref(f"L-{place}"), source="form", external_id=str(place), submitted_at=NOW,
            person=Person(
                full_name=f"{self.given} {self.family}", given_name=self.given, family_name=self.family,
                email=self.email, phone=self.phone,
            ),
            company=Company(name=self.company, domain=None if domain in PROVIDERS else domain),
        )  # fmt: skip


class World:
    """People, and the ways in which one of them writes again."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        from faker import Faker  # noqa: PLC0415 - slow to import

        self.faker = Faker(["en_GB", "de_DE", "fr_FR", "es_ES"])
        Faker.seed(seed)
        self.firms = [self.faker.company() for _ in range(400)]

    def people(self, many: int) -> list[Somebody]:
        """Originals; some have a namesake, a brother or a colleague among them."""
        made: list[Somebody] = []
        while len(made) < many:
            made.append(self.somebody(len(made)))
            if self.dice.random() < 0.15:  # shares a family name, a name or a firm with the one before
                other = made[-1]
                new = self.somebody(len(made))
                match self.dice.randrange(4):
                    case 0:
                        new = replace(new, family=other.family, company=other.company)
                    case 1:
                        new = replace(new, given=other.given, family=other.family)
                    case 2:
                        new = replace(new, company=other.company, email=self.at_work(new, other))
                    case _:
                        new = replace(new, phone=other.phone, company=other.company)  # the office's number
                made.append(new)
        return made

    def somebody(self, number: int) -> Somebody:
        given = self.dice.choice([*NICKNAMES]) if self.dice.random() < 0.3 else self.faker.first_name()
        family = self.faker.last_name()
        made = Somebody(number, given, family, "", None, None)
        company = self.dice.choice(self.firms) if self.dice.random() < 0.6 else None
        phone = f"+4477{self.dice.randrange(10**8):08}" if self.dice.random() < 0.6 else None
        made = replace(made, company=company, phone=phone)
        return replace(made, email=self.address(made, self.dice.choice(PROVIDERS)))

    def address(self, who: Somebody, domain: str) -> str:
        given, family = (_ascii(part) for part in (who.given, who.family))
        styles = (
            f"{given}.{family}",
            f"{given[:1]}{family}",
            f"{family}{self.dice.randrange(99)}",
            f"{given}_{family}",
        )
        return f"{self.dice.choice(styles)}@{domain}"

    def at_work(self, who: Somebody, other: Somebody) -> str:
        firm = _ascii((other.company or other.family).split()[0])
        return f"{_ascii(who.given)}@{firm}.example"

    def again(self, who: Somebody) -> Somebody:
        """The same person, one to three things changed; something that tells stays."""
        changed = who
        ways = [
            self.slip,
            self.swap,
            self.nickname,
            self.spelling,
            self.mistyped,
            self.elsewhere,
            self.no_phone,
        ]
        for way in self.dice.sample(ways, self.dice.randint(1, 3)):
            changed = way(changed)
        return changed

    def slip(self, who: Somebody) -> Somebody:
        return replace(who, family=self.typo(who.family))

    def typo(self, word: str) -> str:
        if len(word) < 4:
            return word
        at = self.dice.randrange(1, len(word) - 1)
        match self.dice.randrange(3):
            case 0:
                return word[:at] + word[at + 1 :]
            case 1:
                return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
            case _:
                return word[:at] + self.dice.choice("aeiourst") + word[at:]

    def swap(self, who: Somebody) -> Somebody:
        return replace(who, given=who.family, family=who.given)

    def nickname(self, who: Somebody) -> Somebody:
        return replace(who, given=NICKNAMES.get(who.given, who.given))

    def spelling(self, who: Somebody) -> Somebody:
        local, _, domain = who.email.partition("@")
        if domain == "gmail.com":
            return replace(who, email=f"{local[:3]}.{local[3:]}+form@googlemail.com")
        return replace(who, email=f"{local}@{domain}".upper())

    def mistyped(self, who: Somebody) -> Somebody:
        local, _, domain = who.email.partition("@")
        if self.dice.random() < 0.5:
            return replace(who, email=f"{local}@{domain.replace('mail', 'mial').replace('gmx', 'gmxx')}")
        return replace(who, email=f"{self.typo(local)}@{domain}")

    def elsewhere(self, who: Somebody) -> Somebody:
        """Another address, as people write from home and from work; what else they told stays."""
        if who.phone is None and who.company is None:
            return who
        return replace(who, email=self.address(who, self.dice.choice(PROVIDERS)))

    def no_phone(self, who: Somebody) -> Somebody:
        return replace(who, phone=None) if who.email else who


def _ascii(text: str) -> str:
    return "".join(each for each in text.casefold() if each.isascii() and each.isalnum()) or "x"


@dataclass(frozen=True)
class Result:
    precision: float
    recall: float
    found: int
    leads: int
    compared: int
    wrong: tuple[tuple[Lead, Lead], ...]
    missed: tuple[tuple[Lead, Lead], ...]


def measured(people: int, seed: int) -> Result:
    world = World(seed)
    originals = world.people(people)
    everybody = [*originals, *(world.again(who) for who in originals if world.dice.random() < 0.3)]
    world.dice.shuffle(everybody)
    leads = [who.lead(place) for place, who in enumerate(everybody)]
    by_key: dict[str, list[int]] = defaultdict(list)
    found: set[tuple[int, int]] = set()
    compared = 0
    for place, lead in enumerate(leads):
        before = {earlier for key in keys(lead) for earlier in by_key[key]}
        for earlier in before:
            compared += 1
            met = resemblance(lead, leads[earlier])
            if met is not None and met.kind in ("same", "maybe"):
                found.add((earlier, place))
        for key in keys(lead):
            by_key[key].append(place)
    true = _pairs(everybody)
    return Result(
        precision=len(found & true) / len(found), recall=len(found & true) / len(true),
        found=len(found), leads=len(leads), compared=compared,
        wrong=tuple((leads[one], leads[two]) for one, two in sorted(found - true)),
        missed=tuple((leads[one], leads[two]) for one, two in sorted(true - found)),
    )  # fmt: skip


def _pairs(everybody: list[Somebody]) -> set[tuple[int, int]]:
    places: dict[int, list[int]] = defaultdict(list)
    for place, who in enumerate(everybody):
        places[who.number].append(place)
    return {(each[0], each[1]) for each in places.values() if len(each) > 1}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--people", type=int, default=3000)
    asked.add_argument("--seed", type=int, default=7)
    asked.add_argument("--show", type=int, default=0, help="so many that were wrong, and that were missed")
    options = asked.parse_args()
    begun = time.process_time()
    result = measured(options.people, options.seed)
    print(
        f"{result.leads} leads: precision {result.precision:.3f}, recall {result.recall:.3f}; "
        f"{result.found} found, {result.compared} compared, {time.process_time() - begun:.1f} CPU s"
    )
    for words, pairs in (("wrong", result.wrong), ("missed", result.missed)):
        for one, two in pairs[: options.show]:
            print(
                words,
                *(
                    f"{x.person.full_name} <{x.person.email}> {x.person.phone} {x.company.name}"
                    for x in (one, two)
                ),
                sep=" | ",
            )


if __name__ == "__main__":
    main()
