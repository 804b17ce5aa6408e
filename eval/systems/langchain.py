"""Any retriever of LangChain, measured by the items of the documents that it finds."""

from __future__ import annotations

import importlib
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial, reduce
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from corpora.messages import nearest
from eval.errors import SystemBroken
from eval.systems.protocol import Asked, Reply
from retriever.errors import BadQuery
from retriever.filters import Filter

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever

ID_KEYS: Final = ("item_id", "id", "doc_id", "source")
"""Where the id of a document's item is looked for in its metadata, in this order."""
CURE: Final = "请运行 pip install 'zhiku[langchain]'"
_TARGET: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_EXTRA: Final = "langchain"


class LangChainSystem:
    """The ``System`` over a retriever, which is asked the words alone: it knows no filters."""

    def __init__(
        self,
        retriever: BaseRetriever,
        name: str,
        id_keys: tuple[str, ...] = ID_KEYS,
        *,
        about: Mapping[str, Any] | None = None,
        closing: Callable[[], None] | None = None,
    ) -> None:
        from langsmith import tracing_context

        self._retriever = retriever
        self._name = name
        self._id_keys = id_keys
        self._about = dict(about or {})
        self._closing = closing
        # questions under test go to nobody else, whatever the environment says about LangSmith
        self._untraced: Callable[[], AbstractContextManager[None]] = partial(
            tracing_context, enabled=False
        )

    @property
    def regions(self) -> None:
        """A ranking of documents tells no regions apart."""
        return None

    def describe(self) -> dict[str, Any]:
        """The name, the class and the library; ``about`` adds what its opener knows."""
        kind = type(self._retriever)
        return {
            "kind": "langchain",
            "name": self._name,
            "retriever": f"{kind.__module__}.{kind.__qualname__}",
            "id_keys": list(self._id_keys),
            "libraries": {"langchain-core": version("langchain-core")},
            **self._about,
        }

    def ask(self, asked: Asked) -> Reply:
        """The items of the documents found, each where its first document stands."""
        before = time.perf_counter()
        try:
            with self._untraced():
                documents = self._retriever.invoke(asked.text)
        except BadQuery as error:
            return Reply((), 0.0, problem=str(error))  # our own retriever refuses like the product
        except (Exception, SystemExit) as error:
            raise SystemBroken(f"{self._name} 出错：{_told(error)}") from error
        took = (time.perf_counter() - before) * 1000.0
        ranked = dict.fromkeys(self._ids(documents))
        return Reply(tuple(ranked)[: asked.depth], took)

    def _ids(self, documents: Iterable[Any]) -> Iterable[str]:
        for document in documents:
            metadata = getattr(document, "metadata", None)
            if not isinstance(metadata, Mapping):
                raise SystemBroken(
                    f"{self._name} 给出的是 {type(document).__name__}，不是 LangChain 的 Document"
                )
            named = (metadata.get(key) for key in self._id_keys)
            # vector stores give documents ids of their own: no substitute for a key that was named
            own = document.id if self._id_keys == ID_KEYS else None
            found = next((value for value in named if value not in (None, "")), own)
            if found in (None, ""):
                there = "、".join(map(str, metadata)) or "没有任何字段"
                raise SystemBroken(
                    f"{self._name} 的文档没有条目编号：找过元数据的 {'、'.join(self._id_keys)}，"
                    f"元数据里有 {there}；请用 ?id=字段名 指明"
                )
            yield str(found)

    def item(self, item_id: str, wanted: Filter) -> Mapping[str, Any] | None:
        """Nothing: a retriever shows no items."""
        return None

    def close(self) -> None:
        """Closes a retriever that was made here and can be closed."""
        if self._closing is not None:
            self._closing()


def require_langchain(*modules: str) -> None:
    """``SystemBroken`` with the cure where one of the modules is not installed."""
    for module in modules:
        try:
            importlib.import_module(module)
        except ModuleNotFoundError as error:
            raise SystemBroken(f"这里要用 LangChain，缺少 {error.name}；{CURE}") from error


@dataclass(frozen=True, slots=True)
class LangChainOpener:
    """Opens ``package.module:attribute``: a retriever, or what makes one when called without
    arguments; ``id_key`` is the metadata key of the item's id, "" looks for ``ID_KEYS``.
    """

    target: str
    id_key: str = ""

    @property
    def in_processes(self) -> bool:
        """Threads share the retriever: LangChain's own ``batch`` asks retrievers from threads."""
        return False

    def open(self) -> LangChainSystem:
        """The system; ``SystemBroken`` says which part of the name means nothing."""
        require_langchain("langchain_core.retrievers")
        from langchain_core.retrievers import BaseRetriever

        found = self._attribute()
        made = not isinstance(found, BaseRetriever) and callable(found)
        if made:
            make: Callable[[], Any] = found
            try:
                found = make()
            except (Exception, SystemExit) as error:
                raise SystemBroken(f"{self.target} 调用时出错：{_told(error)}") from error
        if not isinstance(found, BaseRetriever):
            hint = "；向量库请用它的 as_retriever()" if hasattr(found, "as_retriever") else ""
            raise SystemBroken(
                f"{self.target} 是 {type(found).__name__}，不是 LangChain 的检索器"
                f"（BaseRetriever），也不是造出检索器的函数{hint}"
            )
        keys = (self.id_key,) if self.id_key else ID_KEYS
        closing = getattr(found, "close", None) if made else None
        return LangChainSystem(found, self.target, keys, closing=closing)

    def _attribute(self) -> Any:
        if not _TARGET.fullmatch(self.target):
            raise SystemBroken(
                f"{self.target!r} 读不懂；请写成 包.模块:名称，如 my.search:retriever"
            )
        name, _, attribute = self.target.partition(":")
        here = os.getcwd()
        if here not in sys.path:  # a console script does not find the modules beside it
            sys.path.insert(0, here)
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            lacking = error.name or ""
            if name == lacking or name.startswith(f"{lacking}."):
                raise SystemBroken(
                    f"没有模块 {name}：当前文件夹和已安装的包里都没有 {lacking}"
                ) from error
            cure = f"；{CURE}" if lacking.startswith(_EXTRA) else "，请先安装"
            raise SystemBroken(f"模块 {name} 要用的 {lacking} 没有安装{cure}") from error
        except (Exception, SystemExit) as error:
            raise SystemBroken(f"模块 {name} 不能导入：{_told(error)}") from error
        try:
            return reduce(getattr, attribute.split("."), module)
        except AttributeError as error:
            close = nearest(attribute, vars(module))
            raise SystemBroken(f"模块 {name} 里没有 {attribute}{close}") from error


def _told(error: BaseException) -> str:
    first = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}：{first}" if first else type(error).__name__
