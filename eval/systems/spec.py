"""From what ``--system`` says to what opens it; vendors are imported only when one is meant."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl

from corpora.messages import nearest
from corpora.settings import Settings
from eval.errors import SystemBroken
from eval.systems.index import IndexOpener
from eval.systems.protocol import Opener
from indexer.encoders.models_at import models_at
from indexer.location import index_at

_BASELINES: Final = ("bm25", "dense", "ensemble")
_FORMS: Final = (
    ("index", "ZHIKU_INDEX_URL 指向的索引（默认）"),
    ("file:目录", "另一个索引"),
    ("http://主机:端口", "运行中的知库服务"),
    ("https://主机/路径?q={query}&k={k}#hits.item_id", "别的检索接口，# 后面是编号的位置"),
    ("endpoint:文件.yaml", "别的检索接口，请求写在文件里"),
    ("langchain:包.模块:名称[?id=字段]", "LangChain 的检索器"),
    ("trec:文件", "TREC 运行文件"),
    ("、".join(_BASELINES), "同一份知识上的基线"),
)


def opener_of(spec: str, *, settings: Settings, as_of: dt.date, faqset: Path) -> Opener:
    """What opens the system that ``spec`` names; ``SystemBroken`` lists what can be written.

    ``as_of`` is the day whose knowledge a baseline holds; ``faqset`` gives a run file its questions.
    """
    said = spec.strip()
    scheme, colon, rest = said.partition(":")
    if said in ("", "index"):
        return _index("", settings)
    if said in _BASELINES:
        from eval.systems.baselines import BaselineOpener

        return BaselineOpener(said, index_at(settings), models_at(settings), as_of)
    if colon and rest:
        match scheme.lower():
            case "file":
                return _index(f"file:{rest}", settings)
            case "http" | "https":
                return _over_http(said, settings)
            case "endpoint":
                from eval.systems.endpoint import EndpointOpener

                return EndpointOpener.from_file(Path(rest))
            case "langchain":
                return _langchain(rest)
            case "trec":
                from eval.systems.trec import TrecOpener

                return TrecOpener(Path(rest), faqset)
    forms = "\n".join(f"  {form}  {meaning}" for form, meaning in _FORMS)
    schemes = ("index", "file", "http", "https", "endpoint", "langchain", "trec", *_BASELINES)
    # only the scheme is repeated: what follows may hold a password
    told = (
        f"--system {scheme}: 的冒号后面是空的"
        if colon and not rest and scheme.lower() in schemes
        else f"不认识的系统 {scheme!r}{nearest(scheme.lower(), schemes)}"
    )
    raise SystemBroken(f"{told}；--system 可以写：\n{forms}")


def _index(url: str, settings: Settings) -> IndexOpener:
    return IndexOpener(
        index_at(settings, url), models_at(settings), settings.fitted, settings.signature
    )


def _over_http(url: str, settings: Settings) -> Opener:
    if "{" in url or "#" in url or "?" in url:
        from eval.systems.endpoint import EndpointOpener

        return EndpointOpener.from_url(url)
    from eval.systems.service import ServiceOpener

    return ServiceOpener(url, next(iter(settings.api_keys), ""))


def _langchain(target: str) -> Opener:
    from eval.systems.langchain import LangChainOpener

    name, _, options = target.partition("?")
    given = dict(parse_qsl(options, keep_blank_values=True))
    id_key = given.pop("id", "")
    if given or (options and not id_key):
        raise SystemBroken(f"langchain:{target} 的 ? 后面只能写 id=字段名")
    return LangChainOpener(name, id_key)
