"""Codes of products, screens, errors and commands: each means one thing, and each is explained."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from corpora.amounts import normal
from corpora.catalogue import ERROR, WARNING, Catalogue
from corpora.source import Problem
from corpora.types import Audience, Channel, KnowledgeItem, SubLibrary

_SENT: Final = re.compile(r"(?:发送?|编辑)(?:短信)?(?P<command>[A-Z][A-Z0-9]{2,})(?![A-Za-z0-9])")
_REPLIES: Final = ("OK", "YES")


def unique_codes(catalogue: Catalogue) -> Iterator[Problem]:
    """A code that two families of items claim in one system; a clash in BOSS is an error."""
    owners: dict[tuple[str, str], KnowledgeItem] = {}
    for key, item in catalogue.items:
        for n, code in enumerate(item.codes):
            owner = owners.setdefault((code.system, code.value), item)
            if owner.family != item.family:
                problem = f"{code.system}编码{code.value}已用于{owner.id}，请核对后改正其一"
                severity = ERROR if code.system == "boss" else WARNING
                yield catalogue.problem(key, f"codes[{n}]", problem, severity)


def crossed_codes(catalogue: Catalogue) -> Iterator[Problem]:
    """A value that names one product in one system and another product in another system."""
    owners: dict[str, tuple[KnowledgeItem, str]] = {}
    for key, item in catalogue.items:
        for n, code in enumerate(item.codes):
            owner, system = owners.setdefault(code.value, (item, code.system))
            if owner.family != item.family and system != code.system:
                problem = (
                    f"{code.value}在{code.system}指本条目，在{system}指{owner.id}，"
                    "跨系统查不准，请核对编码对照"
                )
                yield catalogue.problem(key, f"codes[{n}]", problem, WARNING)


def doubled_commands(catalogue: Catalogue) -> Iterator[Problem]:
    """A short-message command that does two different things for two families."""
    owners: dict[str, tuple[str, str]] = {}
    for key, item in catalogue.items:
        if item.sub_library not in (SubLibrary.BUSINESS, SubLibrary.MARKETING):
            continue
        for n, action in enumerate(item.actions):
            if action.channel is not Channel.SMS or not _own_command(action.target):
                continue
            family, kind = owners.setdefault(action.target, (item.family, action.kind.value))
            if family != item.family and kind != action.kind.value:
                problem = f"短信指令{action.target}在{family}里是{kind}，请核对后改正其一"
                yield catalogue.problem(key, f"actions[{n}].target", problem)


def unknown_commands(catalogue: Catalogue) -> Iterator[Problem]:
    """Commands that customers may be told to send and that no item's action knows.

    Official text only: customer text is traced to it.
    """
    known = {
        action.target.partition("@")[0].upper()
        for _, item in catalogue.items
        for action in item.actions
        if action.channel is Channel.SMS
    }
    for key, item in catalogue.items:
        for n, facet in enumerate(item.facets):
            if facet.audience is not Audience.CUSTOMER:
                continue
            for sent in _SENT.finditer(normal(facet.official)):
                command = sent["command"]
                if command.upper() not in known and command not in _REPLIES:
                    problem = f"短信指令{command}没有登记在任何条目的actions里，请补上或改正"
                    yield catalogue.problem(key, f"facets[{n}].official", problem, WARNING)


def _own_command(target: str) -> bool:
    """Commands of letters and digits name a product; CXLL, TDBG and 0000 serve many."""
    command = target.partition("@")[0]
    return not command.isalpha() and not command.isdigit()


def unknown_screens(catalogue: Catalogue) -> Iterator[Problem]:
    """Screens of BOSS without an item that tells how they are worked."""
    explained = {
        screen
        for _, item in catalogue.items
        if item.sub_library is SubLibrary.TECHNICAL
        for screen in item.screens
    }
    if not explained:  # knowledge without the technical library has nothing to hold against
        return
    for key, item in catalogue.items:
        named = [(f"screens[{n}]", screen) for n, screen in enumerate(item.screens)]
        named += [
            (f"actions[{n}].target", action.target)
            for n, action in enumerate(item.actions)
            if action.channel is Channel.BOSS
        ]
        for path, screen in named:
            if screen not in explained:
                problem = f"界面{screen}没有操作说明，请在技术知识库补一条或改正代码"
                yield catalogue.problem(key, path, problem, WARNING)


def unexplained_errors(catalogue: Catalogue) -> Iterator[Problem]:
    """Error codes that a screen shows and no item explains."""
    explained = {code.value for _, item in catalogue.items for code in item.codes}
    for key, item in catalogue.items:
        for n, error in enumerate(item.errors):
            if error not in explained:
                problem = f"错误码{error}没有知识，请在技术知识库补一条或改正"
                yield catalogue.problem(key, f"errors[{n}]", problem)


def products_without_code(catalogue: Catalogue) -> Iterator[Problem]:
    """Products with a tariff that no system can name, so that knowledge cannot follow them."""
    for key, item in catalogue.items:
        product = item.sub_library in (SubLibrary.BUSINESS, SubLibrary.MARKETING)
        priced = item.tariff is not None and bool(item.tariff.price_book)
        if product and priced and not any(code.system == "boss" for code in item.codes):
            problem = "有资费但没有BOSS编码，界面上跟随不到，请补上codes"
            yield catalogue.problem(key, "codes", problem, WARNING)


def aliases(catalogue: Catalogue) -> dict[str, dict[str, tuple[str, ...]]]:
    """The table of codes between systems: item id → system → its codes."""
    table: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for _, item in catalogue.items:
        for code in item.codes:
            table[item.id][code.system].append(code.value)
    return {item: {s: tuple(v) for s, v in systems.items()} for item, systems in table.items()}
