"""A chat server that speaks as OpenAI's does, in a process of its own; what it says goes by the model's name.

It is asked by a real client over a real socket. ``python -m tests.real.chat_server PORT`` runs it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import anyio
import httpx
import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from tests.api.serving import REPOSITORY, free_port

SLOW: Final = 20.0  # seconds: longer than anybody waits
_STARTS_WITHIN: Final = 60.0
TURNS: Final = {
    "faithful": lambda asked: "".join(asked["必须告知"]) + "您别着急，" + asked["答复"],
    "invents": lambda asked: "".join(asked["必须告知"]) + asked["答复"] + "现在办只要1.99元。",
    "forgets": lambda asked: asked["答复"],
    "empty": lambda asked: "",
    "slow": lambda asked: asked["答复"],
    "cut": lambda asked: "".join(asked["必须告知"]) + asked["答复"][:4],
}


def app() -> FastAPI:
    """The server; ``GET /asked`` tells what it was asked."""
    served = FastAPI()
    asked: list[dict[str, Any]] = []

    @served.get("/asked")
    async def what_was_asked() -> list[dict[str, Any]]:
        return asked

    @served.post("/v1/chat/completions")
    async def complete(body: dict[str, Any]) -> JSONResponse:
        asked.append(body)
        model = body["model"]
        if model == "broken":
            return JSONResponse({"error": {"message": "out of memory", "code": 500}}, 500)
        if model == "slow":
            await anyio.sleep(SLOW)
        if model == "calls-tool":
            return JSONResponse(_reply(body, _turn(body)))
        said = TURNS[model](json.loads(body["messages"][-1]["content"]))
        reason = "length" if model == "cut" else "stop"
        return JSONResponse(_reply(body, {"role": "assistant", "content": said}, reason))

    return served


def _turn(body: dict[str, Any]) -> dict[str, Any]:
    """An agent's turn: asks its first tool what the user asked, then says what the tool said."""
    *_, last = body["messages"]
    if last["role"] == "tool":
        return {"role": "assistant", "content": last["content"]}
    name = body["tools"][0]["function"]["name"]
    arguments = json.dumps({"question": last["content"]}, ensure_ascii=False)
    call = {"id": "call-1", "type": "function", "function": {"name": name, "arguments": arguments}}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def _reply(body: dict[str, Any], message: dict[str, Any], reason: str = "stop") -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [
            {
                "index": 0,
                "message": message,
                "finish_reason": "tool_calls" if message.get("tool_calls") else reason,
            }
        ],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }


@dataclass(frozen=True, slots=True)
class ChatServer:
    """Where it listens."""

    url: str

    @property
    def base_url(self) -> str:
        """What a client of OpenAI is given."""
        return f"{self.url}/v1"

    def asked(self) -> list[dict[str, Any]]:
        """The bodies of all requests for completions, the oldest first."""
        bodies: list[dict[str, Any]] = httpx.get(f"{self.url}/asked", trust_env=False).json()
        return bodies


@contextmanager
def running_chat_server() -> Iterator[ChatServer]:
    """A server that answers; stopped when the block ends."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.real.chat_server", str(port)], cwd=REPOSITORY
    )
    server = ChatServer(f"http://127.0.0.1:{port}")
    try:
        deadline = time.monotonic() + _STARTS_WITHIN
        while True:
            try:
                server.asked()
                break
            except httpx.TransportError:
                assert process.poll() is None, "the chat server ended"
                assert time.monotonic() < deadline, "the chat server does not answer"
                time.sleep(0.05)
        yield server
    finally:
        process.kill()  # nothing of it is kept, and a slow turn would hold it up
        process.wait()


if __name__ == "__main__":
    uvicorn.run(app(), port=int(sys.argv[1]), log_level="warning", access_log=False)
