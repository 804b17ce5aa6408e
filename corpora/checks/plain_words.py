"""Customer language: expert terms that stand unexplained, and a glossary that can be relied on."""

from __future__ import annotations

from collections.abc import Iterator

from corpora.catalogue import WARNING, Catalogue
from corpora.jargon import jargon, readings
from corpora.lexicon import ApprovalState
from corpora.source import Problem
from corpora.types import Audience, FieldError, Region


def expert_terms(catalogue: Catalogue) -> Iterator[Problem]:
    """Customer wordings with terms that the glossary would have replaced or explained."""
    glossary = readings(catalogue.knowledge.lexicon.glossary)
    for wording in catalogue.wordings:
        if wording.facet.audience is not Audience.CUSTOMER:
            continue  # steps for staff may speak the language of staff
        found = jargon(wording.text, glossary, wording.item.region)
        if found.terms:
            named = "、".join(f"“{term.term}”（{term.plain}）" for term in found.terms)
            problem = f"有客户听不懂的词，请换成或解释成括号里的说法：{named}"
            yield catalogue.problem(wording.key, wording.path, problem, WARNING)


def glossary_terms(catalogue: Catalogue) -> Iterator[Problem]:
    """Terms written twice, approved by nobody, explained by other terms, or for unknown places."""
    seen: set[str] = set()
    glossary = catalogue.knowledge.lexicon.glossary
    approved = readings(glossary)
    for term in glossary:
        key = f"glossary/{term.term}"
        if term.term in seen:
            yield catalogue.problem(key, "term", f"“{term.term}”写了两次，请合并")
        seen.add(term.term)
        if term.state is ApprovalState.APPROVED and not term.approved_by:
            problem = f"“{term.term}”已审定，但没写审定部门approved_by，请补上"
            yield catalogue.problem(key, "approved_by", problem, WARNING)
        for text in (term.plain, *(local.plain for local in term.local)):
            others = [t.term for t in jargon(text, approved).terms if t.term != term.term]
            if others:
                problem = f"“{term.term}”的解释里还有“{'、'.join(others)}”，客户仍听不懂，请再改"
                yield catalogue.problem(key, "plain", problem, WARNING)
        for n, local in enumerate(term.local):
            try:
                catalogue.knowledge.regions.find(Region(local.region).path)
            except FieldError as error:
                yield catalogue.problem(key, f"local[{n}].region", error.problem)
