"""The words in which a service's HTTP answer explains itself, made fit for an error text.

Whether the answer is a failure, and of which class, is decided in `http.py`.
"""

import re
from dataclasses import dataclass

import httpx
from pydantic import JsonValue

_EMAIL = re.compile(r"[^\s@\"'<>]+@[^\s@\"'<>]+")
_PHONE = re.compile(r"\+\d[\d\s().-]{5,}\d")
_UNKNOWN = 400  # the mildest failure: to be looked at by a person
_KEYS = ("message", "error_description", "detail", "error_info", "title", "error", "errors")


def json_or_none(response: httpx.Response) -> JsonValue:
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None


@dataclass(frozen=True)
class ErrorInside:
    """An error under a status that says all is well, and the status it ought to have come with."""

    status: int
    words: str


def error_inside(response: httpx.Response) -> ErrorInside | None:
    """Told by a member `error` that says something: a record that has none, or an empty one, is an answer."""
    body = json_or_none(response) if response.is_success else None
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, str) and error.strip():
        return ErrorInside(_UNKNOWN, _fit(error))
    if isinstance(error, dict) and any(error.values()):
        code = error.get("code") or error.get("status")
        status = code if isinstance(code, int) and code >= _UNKNOWN else _UNKNOWN
        return ErrorInside(status, _fit(_find_message(error) or ""))
    return None


def is_html(response: httpx.Response) -> bool:
    return "html" in response.headers.get("content-type", "").lower()


def is_web_page(response: httpx.Response) -> bool:
    """A page for people where data should be. Some servers call their JSON HTML, and some nothing at all."""
    return is_html(response) and bool(response.content.strip()) and json_or_none(response) is None


def message_of(response: httpx.Response) -> str:
    """The service's own words, short, without the addresses and numbers that it may quote back."""
    if is_html(response):
        return "a web page instead of data."
    return _fit(_find_message(json_or_none(response)) or response.text)


def words_of(body: JsonValue) -> str:
    """Like `message_of`, of a body that is read already."""
    return _fit(_find_message(body) or "")


def _fit(text: str) -> str:
    text = _PHONE.sub("<phone>", _EMAIL.sub("<e-mail>", text[:2_000]))
    return " ".join(text.split())[:300]


def _find_message(body: JsonValue) -> str | None:
    match body:
        case str():
            return body
        case list() if body:
            return _find_message(body[0])
        case dict():
            found = (_find_message(body[key]) for key in _KEYS if key in body)
            return next((text for text in found if text), None)
        case _:
            return None
