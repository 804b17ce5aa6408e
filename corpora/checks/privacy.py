"""Personal data that must not stand in shipped or imported knowledge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from corpora.catalogue import Catalogue
from corpora.source import Problem

PHONE: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8}|400-?[0-9]{3}-?[0-9]{4})(?![0-9])"
)
_SAMPLE_PHONE: Final = "1380000"  # never assigned to anybody


def phone_numbers(catalogue: Catalogue) -> Iterator[Problem]:
    """Numbers that might ring at somebody; samples read 1380000xxxx, the hotline 10086."""
    for key, path, text in _every_text(catalogue):
        for found in PHONE.finditer(text):
            if not found[0].startswith(_SAMPLE_PHONE):
                masked = f"{found[0][:3]}…{found[0][-2:]}"  # a report must not spread it
                problem = f"含有电话号码{masked}，请删去，示例号码用1380000xxxx"
                yield catalogue.problem(key, path, problem)


def _every_text(catalogue: Catalogue) -> Iterator[tuple[str, str, str]]:
    for key, item in catalogue.items:
        yield key, "title", item.title
        for n, question in enumerate(item.similar_questions):
            yield key, f"similar_questions[{n}]", question
        for n, facet in enumerate(item.facets):
            yield key, f"facets[{n}].official", facet.official
            yield key, f"facets[{n}].customer", facet.customer
            for m, step in enumerate(facet.steps):
                yield key, f"facets[{n}].steps[{m}]", step
            for m, question in enumerate(facet.questions):
                yield key, f"facets[{n}].questions[{m}]", question
    for key, template in catalogue.templates:
        yield key, "body", template.body
        for n, part in enumerate(template.parts):
            yield key, f"parts[{n}].text", part.text
