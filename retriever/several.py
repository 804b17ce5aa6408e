"""Several questions in one: where one ends, what they share, and which answers say something new."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from corpora.types import FacetKind
from indexer.normalize import normalize
from retriever.answer import Answer, Outcome
from retriever.intents import subject_of, wanted_facets

MOST: Final = 4  # parts: what comes after is asked with the fourth
SURE_OF_FACET: Final = 0.6
"""How likely a facet of the item that the whole question is about must be, by the words of a part that
names no item (``FacetMatch.chance``), to answer it. FAQ train, 71 such parts read by one person: so 38
of 48 shown facets answer the part; with the item's title put before the part, 36 of 71 do.
"""
_SAYS: Final = (Outcome.ANSWERED, Outcome.HANDOVER)
_LONGEST_TOPIC: Final = 24  # characters; what is longer is a story, not a subject
_SUBJECT: Final = 2  # characters: patterns leave a single one over often enough
_SHORTEST: Final = (5, 3)  # characters of two questions that nothing but their words tells apart
_PLACES: Final = 8  # where such a clause may end; a longer one is read no further

_ASKS: Final = re.compile(
    r"怎么|怎样|咋|如何|何种|何时|多少|多久|多长|多大|多远|什么|啥|哪|谁|几多|为何|凭啥|点样|啷个"
    r"|(?<![十好这那前近头后百千])几(?=[^乎十百千万年]|$)"
    r"|(?<!都)(?P<verb>[\u4e00-\u9fff])[不没](?P=verb)|会唔会|是否|可否|能否|[是要].{1,15}还是"
    r"|(?:吗|么|干嘛|(?<![还要])不|(?<![还都也])没|行吧|对吧)[呀啊哦啦呗咯撒]?$"
)
_TELLS: Final = re.compile(
    r".*(?:不(?:晓得|知|记得|清楚)|晓得啥|从来?没).*|.*(?:什么|啥|谁|哪.?|几.?)[都也].*"
)
"""A clause that only tells, though it has words of a question."""
_GOES_ON: Final = re.compile(r"(?:那)?(?:还是|或者|或是|要么|要不|到底|究竟|包括)")
"""A clause that begins so is the rest of the question before it."""
_SAME: Final = re.compile(
    r"是不是|是真的|对不对|不是|是.{1,8}还是|.?(?:怎么|咋|如何|啷个|[跟找]?谁|发?到?哪).{0,3}$"
)
"""After a comma, a clause that is like this goes on about what was just asked."""
_TAG: Final = re.compile(
    r"(?:[这那我他她它你就也都还算]|真的|一般|这样|那样)*"
    r"(?:(?:行|可以|好|对|是|中|成|正常|真|合适|合算|划算|值|值当|要得|得行|来得及|有影响|没事)?"
    r"(?:吗|嘛|不|么|没|没有|吧|呢)"
    r"|(?P<verb>[行好对是中成正值])[不没](?P=verb)行?|真的假的|真假"
    r"|(?:是|该)?(?:怎么|咋|如何|怎样|啷个|点样)(?:回事|办|整|弄|搞|处理|解决|样)?"
    r"|有?(?:什么|啥)(?:意思|原因|办法|说法|情况)|为什么|为啥|凭啥|凭什么)"
    r"[呀啊哦啦呗咯撒的了噢]?"
)
"""A clause that is nothing but this asks about the clause before it."""
_LINK: Final = re.compile(
    r"(?:还有(?![没几多吗什啥哪谁半0-9]|个月)|另外|顺便|顺带|再问|再说|再就是|同时|其次|最后|以及|并且|哦?对了)"
    r"(?:再?想?问?一下|问问|问下|再?想?问)?[,，、 ]*"
)
"""A clause that begins so begins a new question, if it asks at all."""
_OPENING: Final = re.compile(
    r"^(?:请问|[你您]好|喂|哎|那个|麻烦|想?问一下|我?想问(?:一下)?|咨询一下|客户问|[,，、 ])+"
)
_END: Final = re.compile(r"[?？!！。;；\n]+")
_PAUSE: Final = re.compile(
    r"(?:(?<![0-9])[,，、]|[,，、](?![0-9]))+|(?<=[\u4e00-\u9fff]) +(?=[\u4e00-\u9fff])"
)
_QUOTED: Final = re.compile(r"“[^”]*”|\"[^\"]*\"|「[^」]*」|《[^》]*》")
_HEAD_ENDS: Final = re.compile(
    r"怎|咋|如何|多少|多久|多大|多长|什么|啥|在?哪|谁|几|能|可以|可否|是|要|会(?!员)|还|没(?!有?信号)|有(?!线)|需|得|最"
    r"|一个月|每个?月|1个月|一年|(?P<verb>[\u4e00-\u9fff])[不没](?P=verb)|到期|现在|吗|呢|退(?!役)|取消|关(?!怀)|开通?|办"
)
_SPOKEN_END: Final = re.compile(
    r"(?:吗|呢|多少钱|几块钱|怎么(?:开通?|退订?|办理?|弄|取消|查))[呀啊哦]?(?!一[台块张部个](?!月)|[的才都也是])"
)
_RHETORICAL: Final = re.compile(r"不是.{0,12}吗[呀啊]?$")
_LOOSE: Final = re.compile(r"(?:请问|[的了那这里我你他她,，、。？?\s])+$")
_NOBODY: Final = re.compile(r"[我你您他她它这那个的们想要客户\W]+")


@dataclass(frozen=True, slots=True)
class Part:
    """One of several questions; ``topic`` is what the first one was about, empty where this one
    needs none.
    """

    said: str
    topic: str = ""

    @property
    def asked(self) -> str:
        """The question as it can stand alone."""
        return f"{self.topic} {self.said}" if self.topic else self.said


@dataclass(frozen=True, slots=True)
class _Clause:
    """A piece of the question as a span; ``fresh`` where a stop comes before it, ``linked`` where a
    linking word does, ``marked`` where a question mark comes after it.
    """

    text: str
    start: int
    end: int
    fresh: bool
    linked: bool
    marked: bool

    @property
    def asks(self) -> bool:
        if self.marked:
            return True
        return bool(_ASKS.search(self.text)) and not _TELLS.fullmatch(self.text)

    @property
    def is_tag(self) -> bool:
        return bool(_TAG.fullmatch(self.text))


def parts_of(text: str) -> tuple[str, ...]:
    """The questions that a question holds, each as it can stand alone, in order, at most ``MOST``.

    >>> parts_of("副卡怎么开，一个月多少钱，能退吗")
    ('副卡怎么开', '副卡 一个月多少钱', '副卡 能退吗')
    >>> parts_of("我在石桥，想办宽带，多少钱")
    ('我在石桥，想办宽带，多少钱',)
    """
    return tuple(part.asked for part in split(text))


def split(text: str) -> tuple[Part, ...]:
    """The questions that a question holds; a single one stays as it is.

    What only tells the circumstances goes with the question after it, at the end with the one
    before. Later questions are given the topic of the first.
    """
    groups = _grouped(_clauses(text))
    if len(groups) < 2:
        return (Part(text),)
    last = [clause for group in groups[MOST - 1 :] for clause in group]
    first, *others = [*groups[: MOST - 1], *([last] if last else [])]
    topic = _topic(first, text)
    found = [Part(_said(first, text))]
    for group in others:
        own = group[0].linked and len(_NOBODY.sub("", _head(group, text))) >= _SUBJECT
        found.append(Part(_said(group, text), "" if own else topic))
    return tuple(found)


def further(
    parts: Sequence[Part], answer_of: Callable[[Part], Answer | None], main: Answer
) -> tuple[Answer, ...]:
    """The answers to the parts of a question that ``main``, the answer to all of it, does not give.

    What is not known, or would have to be asked back, adds nothing; nor does any part where the whole
    question was neither answered nor handed over, because then nobody knows what it is about.
    """
    if len(parts) < 2 or main.outcome not in _SAYS:
        return ()
    known = {_told(main)}
    words = {main.text, main.agent_text} - {""}
    found: list[Answer] = []
    for part in parts:
        answer = answer_of(part)
        if answer is None or answer.outcome not in _SAYS or _told(answer) in known:
            continue
        if (answer.text or answer.agent_text) in words:
            continue  # two facets of one item may say the same
        known.add(_told(answer))
        words |= {answer.text, answer.agent_text} - {""}
        found.append(replace(answer, more=()))
    return tuple(found)


def _told(answer: Answer) -> tuple[str, ...]:
    """What tells two answers apart: the route, or the item and its facet."""
    if answer.handover is not None:
        return ("route", answer.handover.route_id)
    item = answer.held.item.family if answer.held else ""
    return (item, answer.facet.value if answer.facet else "")


def _clauses(text: str) -> Iterator[_Clause]:
    """The clauses of a text; what stands in quotation marks is never cut."""
    quoted = [match.span() for match in _QUOTED.finditer(text)]
    cuts = [(match.start(), match.end(), True) for match in _END.finditer(text)]
    cuts += [(match.start(), match.end(), False) for match in _PAUSE.finditer(text)]
    inside = [cut for cut in cuts if any(start < cut[0] < end - 1 for start, end in quoted)]
    start, fresh = 0, True
    for cut in [*sorted(set(cuts) - set(inside)), (len(text), len(text), True)]:
        yield from _spoken(text, start, cut[0], fresh)
        _, start, fresh = cut


def _spoken(text: str, start: int, end: int, fresh: bool) -> Iterator[_Clause]:
    """A clause, cut again where speech went on to another question without a stop."""
    link = _LINK.match(text, start, end)
    linked = link is not None and link.end() < end
    if link is not None and linked:
        start = link.end()
    for match in islice(_SPOKEN_END.finditer(text, start, end), _PLACES):
        left, right = text[start : match.end()], text[match.end() : end]
        if _is_another(left, right):
            yield _Clause(left, start, match.end(), fresh, linked, False)
            yield from _spoken(text, match.end(), end, True)
            return
    if said := text[start:end].strip():
        yield _Clause(said, start, end, fresh, linked, text[end : end + 1] in tuple("?？"))


def _is_another(left: str, right: str) -> bool:
    """Whether two halves of a clause without punctuation are two questions; in doubt they are not."""
    if len(left) < _SHORTEST[0] or len(right) < _SHORTEST[1]:
        return False
    if _GOES_ON.match(right) or _TAG.fullmatch(right):
        return False
    if _RHETORICAL.search(left) or not _ASKS.search(right):
        return False
    new = wanted_facets(normalize(right))
    return bool(new) and new[0] not in wanted_facets(normalize(left))


def _grouped(clauses: Iterable[_Clause]) -> list[list[_Clause]]:
    """The clauses of each question."""
    groups: list[list[_Clause]] = []
    told: list[_Clause] = []  # circumstances that wait for their question
    for clause in clauses:
        if clause.linked and clause.asks and told and not groups:
            groups.append(told)  # 密码忘了，另外宽带怎么退: what was told first is a question, too
            told = []
        told.append(clause)
        if not clause.asks:
            continue
        if groups and not _is_new(groups[-1], told):
            groups[-1].extend(told)
        else:
            groups.append(told)
        told = []
    if groups:
        groups[-1].extend(told)
    return groups


def _is_new(before: Sequence[_Clause], told: Sequence[_Clause]) -> bool:
    """Whether the last of ``told`` asks something else than what came before."""
    clause = told[-1]
    if _GOES_ON.match(clause.text) or (len(told) == 1 and clause.is_tag):
        return False
    if all(one.is_tag for one in before):
        return False
    if any(one.fresh or one.linked for one in told):
        return True
    new = wanted_facets(normalize(clause.text))
    return not _SAME.match(clause.text) if not new else new[0] not in _facets(before)


def _facets(clauses: Sequence[_Clause]) -> tuple[FacetKind, ...]:
    return tuple(kind for one in clauses for kind in wanted_facets(normalize(one.text)))


def _said(group: Sequence[_Clause], text: str) -> str:
    return text[group[0].start : group[-1].end].strip()


def _head(group: Sequence[_Clause], text: str) -> str:
    """The circumstances of a question and what stands before its first verb."""
    asking = next((one for one in group if one.asks), group[-1])
    ends = _HEAD_ENDS.search(text, asking.start, asking.end)
    head = text[group[0].start : ends.start() if ends else asking.end]
    return _LOOSE.sub("", _OPENING.sub("", head))


def _topic(group: Sequence[_Clause], text: str) -> str:
    """What a question is about, or an empty string."""
    head = _head(group, text)
    if len(_NOBODY.sub("", head)) >= _SUBJECT and len(head) <= _LONGEST_TOPIC:
        return head
    clause = normalize(next((one.text for one in group if one.asks), group[-1].text))
    subject = subject_of(clause)
    # what the patterns left over in pieces is no word of the question
    return subject if len(subject) >= _SUBJECT and subject in clause else ""
