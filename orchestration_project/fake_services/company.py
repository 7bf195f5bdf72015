"""Stand-ins for the directories of companies: People Data Labs and Apollo, with credits that run out.

Both know the companies in `known`, by domain; each match costs a credit.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from orchestration_project.fake_services.base import FakeService, Reply, Request

KEY = "stand-in-key"


@dataclass(frozen=True)
class KnownCompany:
    name: str
    industry: str = "accounting"
    employees: int = 14
    country: str = "United Kingdom"
    description: str = "They make things."


class _Directory(FakeService):
    key_header: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, KnownCompany] = {}
        self.of_any_other: KnownCompany | None = None
        """What it says of a domain that is not in `known`; None: that it has never heard of it."""
        self.credits = 100

    def accepts(self, request: Request) -> bool:
        return request.headers.get(self.key_header) == KEY


class FakePeopleDataLabs(_Directory):
    key_header = "x-api-key"

    def handle(self, request: Request) -> Reply:
        if not self.accepts(request):
            return _pdl_error(401, "Your API Key is invalid.")
        match request.segments:
            case ("v5", "company", "clean"):
                return Reply(200, {"status": 200, "name": "people data labs"})
            case ("v5", "company", "enrich"):
                return self._enrich(request)
            case _:
                return _pdl_error(404, "Not found.")

    def _enrich(self, request: Request) -> Reply:
        if self.credits == 0:
            return _pdl_error(402, "You have hit your account maximum (all matches used).")
        company = self.known.get(request.param("website"), self.of_any_other)
        if company is None:
            return _pdl_error(404, "No records were found matching your request")
        self.credits -= 1
        body: dict[str, Any] = {
            "status": 200,
            "likelihood": 8,
            "name": company.name.lower(),
            "display_name": company.name,
            "industry": company.industry,
            "employee_count": company.employees,
            "location": {"country": company.country},
            "summary": company.description,
        }
        return Reply(200, body)


def _pdl_error(status: int, message: str) -> Reply:
    return Reply(status, {"status": status, "error": {"type": "not_found", "message": message}})


class FakeApollo(_Directory):
    base_path = "/api/v1"
    key_header = "x-api-key"

    def handle(self, request: Request) -> Reply:
        if not self.accepts(request):
            return Reply(401, {"error": "Invalid access credentials."})
        match request.segments[2:]:
            case ("usage_stats", "api_usage_stats"):
                return Reply(
                    403, {"error": "is not accessible with this api_key", "error_code": "API_INACCESSIBLE"}
                )
            case ("organizations", "enrich"):
                return self._enrich(request)
            case _:
                return Reply(404, {"error": "Not found."})

    def _enrich(self, request: Request) -> Reply:
        if self.credits == 0:
            return Reply(422, {"error": "You have insufficient credits. Please upgrade your plan."})
        company = self.known.get(request.param("domain"), self.of_any_other)
        if company is None:
            return Reply(200, {"organization": None})
        self.credits -= 1
        organization = {
            "id": "5e66b6381e05b4008c8331b8",
            "name": company.name,
            "industry": company.industry,
            "estimated_num_employees": company.employees,
            "country": company.country,
            "short_description": company.description,
        }
        return Reply(200, {"organization": organization})
