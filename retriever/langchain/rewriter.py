"""A chain that says an answer in the customer's situation, by any chat model, or leaves it as it is."""

from __future__ import annotations

import asyncio
import contextvars
import queue
import threading
from collections.abc import Mapping
from typing import Any, Final, TypedDict

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda

from retriever.answer import Answer
from retriever.rewriting import (
    INSTRUCTIONS,
    Reason,
    Rewritten,
    judged,
    not_to_rewrite,
    original_words,
    request_of,
)

PATIENCE: Final = 8.0  # seconds: a customer is on the phone, and the original words are there
_CUT_OFF: Final = frozenset({"length", "max_tokens"})  # how vendors name a reply that was cut off


class RewriteRequest(TypedDict):
    """An answer (or its JSON, the artifact of the tool or a reply of the API), and what is known of the
    customer in words: no name, number or place of theirs, because it goes to the model.
    """

    answer: Answer | Mapping[str, Any]
    situation: str


def rewriter(
    model: Runnable[LanguageModelInput, AIMessage], *, patience: float = PATIENCE
) -> Runnable[RewriteRequest, Rewritten]:
    """``RewriteRequest`` → ``Rewritten``, by a chat model that is given customers' words alone.

    The model's draft is used where ``retriever.rewriting`` finds a source for all of it. Whatever
    is wrong with it or with the model, the original words come back with the reason, after
    ``patience`` seconds at most: nothing is raised but ``BadQuery`` for a situation that is too long.
    """

    def rewrite(request: RewriteRequest, config: RunnableConfig) -> Rewritten:
        view = _view(request["answer"])
        if kept := not_to_rewrite(view, request["situation"]):
            return kept
        try:
            reply = _within(patience, model, _prompt(view, request["situation"]), config)
        except Exception as error:  # noqa: BLE001 whatever a vendor raises, the words are there
            return _without_model(view, error)
        return _judged(view, request["situation"], reply)

    async def arewrite(request: RewriteRequest, config: RunnableConfig) -> Rewritten:
        view = _view(request["answer"])
        if kept := not_to_rewrite(view, request["situation"]):
            return kept
        try:
            async with asyncio.timeout(patience):
                reply = await model.ainvoke(_prompt(view, request["situation"]), config)
        except Exception as error:  # noqa: BLE001 as above
            return _without_model(view, error)
        return _judged(view, request["situation"], reply)

    return RunnableLambda(rewrite, afunc=arewrite, name="zhiku_rewrite")


def _view(answer: Answer | Mapping[str, Any]) -> Mapping[str, Any]:
    return answer.to_json() if isinstance(answer, Answer) else answer


def _prompt(view: Mapping[str, Any], situation: str) -> list[SystemMessage | HumanMessage]:
    return [SystemMessage(INSTRUCTIONS), HumanMessage(request_of(view, situation))]


def _judged(view: Mapping[str, Any], situation: str, reply: AIMessage) -> Rewritten:
    known = reply.response_metadata
    if {known.get("finish_reason"), known.get("stop_reason")} & _CUT_OFF:
        return Rewritten(original_words(view), Reason.CUT_OFF, str(reply.text))
    return judged(view, situation, str(reply.text))


def _without_model(view: Mapping[str, Any], error: Exception) -> Rewritten:
    # vendors' own errors for "too slow" are theirs, but they are named alike
    slow = isinstance(error, TimeoutError) or "timeout" in type(error).__name__.lower()
    reason = Reason.MODEL_SLOW if slow else Reason.MODEL_FAILED
    return Rewritten(original_words(view), reason, offending=(type(error).__name__,))


def _within(
    patience: float,
    model: Runnable[LanguageModelInput, AIMessage],
    prompt: LanguageModelInput,
    config: RunnableConfig,
) -> AIMessage:
    """The model's reply, or ``TimeoutError``; a model that is late goes on alone and nobody waits for it."""
    done: queue.SimpleQueue[AIMessage | BaseException] = queue.SimpleQueue()
    context = contextvars.copy_context()  # tracing of LangChain stands there

    def ask() -> None:
        try:
            done.put(context.run(model.invoke, prompt, config))
        except BaseException as error:  # noqa: BLE001 raised where it is waited for
            done.put(error)

    threading.Thread(target=ask, name="zhiku-rewrite", daemon=True).start()
    try:
        outcome = done.get(timeout=patience)
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome
