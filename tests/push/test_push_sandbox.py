"""Published tricks against template engines: as a body, as a value, from an item, and at the engine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2.exceptions import SecurityError, TemplateError

from corpora.push_template import (
    MmsPart,
    Placeholder,
    PlaceholderType,
    Purpose,
    PushChannel,
    PushTemplate,
    Situation,
    said,
)
from corpora.types import FieldError
from retriever.push import PushError
from retriever.push.render import _ENVIRONMENT
from tests.push.builders import make_item, only, rendered, value_in

TRICKS = [
    "{{ ''.__class__.__mro__ }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ ''['__cla' ~ 'ss__'] }}",
    "{{ ''|attr('__class__') }}",
    "{{ ''|attr('\\x5f\\x5fclass\\x5f\\x5f') }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ joiner.__init__.__globals__ }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ self._TemplateReference__context }}",
    "{{ self.__init__.__globals__.__builtins__ }}",
    "{{ config.items() }}",
    "{{ request.application.__globals__ }}",
    "{{ get_flashed_messages.__globals__ }}",
    "{{ '{0.__class__.__init__.__globals__}'.format(gap) }}",
    "{{ ('{0.__class__}'.format)(gap) }}",
    "{{ ''|attr('format') }}",
    "{{ '{a.__class__}'.format_map({'a': gap}) }}",
    "{{ [].append.__self__ }}",
    "{{ (1).__class__.__base__.__subclasses__() }}",
    "{% for c in [].__class__.__base__.__subclasses__() %}{{ c }}{% endfor %}",
    "{% set x = ''.__class__ %}{{ x.__mro__ }}",
    "{% with a = ''.__class__ %}{{ a.mro() }}{% endwith %}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}{{ os }}",
    "{% extends '/etc/passwd' %}",
    "{% raw %}{{ gap }}{% endraw %}",
    "{% macro m() %}{{ caller.__globals__ }}{% endmacro %}{{ m() }}",
    "{# {{ ''.__class__ }} #}",
    "{{ range(10**9)|list }}",
    "{{ 'a' * 10**9 }}",
    "{{ gap.__class__ }}",
    "{{ gap() }}",
    "{{ gap | upper }}",
    "{{ 7 * 7 }}",
    "{{{ gap }}}",
    "{{ gap }",
    "${gap.__class__}",
    "#{7*7}",
    "{0.__class__}",
    "%(gap)s {gap!r}",
    "[[{% if gap %}]]",
]
HARMLESS = [
    "｛｛ gap.__class__ ｝｝",
    "﹛﹛ 7*7 ﹜﹜",
    "❴❴ 7*7 ❵❵",
    "<%= 7*7 %>",
    "%s %(gap)s %n",
    "$gap $(id) `id`",
    "# for c in range(9)",
    "__class__ __globals__ os.popen('id')",
    "\\u007b\\u007b 7*7 \\u007d\\u007d",
]
GAP = Placeholder("gap", PlaceholderType.TEXT, max_length=200)


def template(body: str, *gaps: Placeholder) -> PushTemplate:
    return PushTemplate(
        "trick", "试", PushChannel.PROMPT_BOX, Purpose.NOTICE, Situation.AT, body, gaps
    )


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_becomes_a_template(trick: str) -> None:
    for body in (
        trick,
        f"您好{trick}。",
        f"{{{{ gap }}}}，{trick}",
        f"[[{{{{ gap }}}}，{trick}]]好",
    ):
        with pytest.raises(FieldError):
            template(body, GAP)


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_becomes_a_part_of_an_mms(trick: str) -> None:
    with pytest.raises(FieldError):
        PushTemplate(
            "trick",
            "试",
            PushChannel.MMS,
            Purpose.NOTICE,
            Situation.AT,
            "见彩信。",
            (GAP,),
            (MmsPart("text", text=f"{{{{ gap }}}}。{trick}"),),
        )


@pytest.mark.parametrize("trick", [*TRICKS, *HARMLESS])
def test_a_trick_as_a_value_is_refused_or_stays_the_words_that_it_is(trick: str) -> None:
    try:
        message = rendered(only(PlaceholderType.TEXT, max_length=200), {"gap": trick})
    except PushError:
        return
    assert value_in(message) == trick.strip()


@pytest.mark.parametrize("trick", [*TRICKS, *HARMLESS])
def test_a_trick_in_an_item_is_refused_or_stays_the_words_that_it_is(trick: str) -> None:
    titled = only(PlaceholderType.TEXT, source="item.title", max_length=200)
    try:
        message = rendered(titled, item=make_item(trick))
    except PushError:
        return
    assert value_in(message) == trick.strip()


@pytest.mark.parametrize("trick", HARMLESS)
def test_what_only_looks_like_a_trick_is_a_text(trick: str) -> None:
    assert rendered(template(trick)).text == trick


@pytest.mark.parametrize(
    "name", ["self", "true", "none", "cycler", "lipsum", "range", "dict", "namespace", "loop"]
)
def test_a_placeholder_named_like_a_part_of_the_engine_is_only_a_placeholder(name: str) -> None:
    gap = Placeholder(name, PlaceholderType.TEXT)
    message = rendered(template(f"值〈{{{{ {name} }}}}〉", gap), {name: "文字"})
    assert value_in(message) == "文字"


def test_a_template_cannot_declare_a_name_that_is_code() -> None:
    for name in ("x.__class__", "x }}{% import os %}{{ y", "X", "_x", "x|attr"):
        with pytest.raises(FieldError):
            template(f"您好{{{{ {name} }}}}。", Placeholder(name, PlaceholderType.TEXT))


@pytest.mark.parametrize(
    "trick", [t for t in TRICKS if t[:2] in ("{{", "{%") and "10**9" not in t and "raw" not in t]
)
def test_the_engine_behind_the_checks_gives_nothing_away_either(trick: str) -> None:
    """What no author can reach: the second wall, if the first one fell."""
    try:
        said = _ENVIRONMENT.from_string(trick).render(gap="文字")
    except (TemplateError, SecurityError, TypeError):
        return
    assert not any(word in said for word in ("class", "object", "module", "function", "root:"))


def test_the_engine_is_offered_nothing_but_values() -> None:
    assert not _ENVIRONMENT.globals
    assert not _ENVIRONMENT.filters
    assert not _ENVIRONMENT.tests
    assert _ENVIRONMENT.loader is None
    assert _ENVIRONMENT.line_statement_prefix is None


@given(st.text(alphabet="{}%#|.[]()_'\"ab文 \n", min_size=1, max_size=40))
def test_a_body_is_refused_or_says_exactly_its_own_words(body: str) -> None:
    try:
        made = template(body)
    except FieldError:
        return
    assert rendered(made).text == said(body, ()).strip()
