"""An embedding server with faults that the name of the model scripts; runs as a process of its own.

``python -m tests.real.embedding_app SOCKET_FD MODELS`` serves on a socket that is listening already. A model is
``hash`` or ``bge``, then any faults, then anything that tells tests apart: ``hash!half!after=2!t17``.
"""

from __future__ import annotations

import asyncio
import base64
import socket
import sys
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import uvicorn
from fastapi import FastAPI, Request, Response

from indexer.encoders.catalog import BGE, open_encoder
from indexer.encoders.protocol import Encoder, Vectors
from tests.encoders import HashEncoder

KEY = "geheim-und-lang-genug"


class Script:
    """What a model's name asks for; a fault holds from request ``after`` on, for ``times`` requests."""

    def __init__(self, model: str) -> None:
        self.base, *rest = model.split("!")
        self.said = dict(part.partition("=")[::2] for part in rest)

    def number(self, name: str, otherwise: float) -> float:
        return float(self.said.get(name) or otherwise)

    def faulty(self, call: int) -> bool:
        after = self.number("after", 0)
        return after < call <= after + self.number("times", 1e9)


def _shuffled(entries: list[dict[str, Any]]) -> None:
    entries.reverse()


def _spoilt(script: Script, vectors: Vectors, call: int) -> Vectors:
    noise = script.number("noise", 0.0)
    if noise:
        vectors = vectors + np.random.default_rng(call).normal(0, noise, vectors.shape)
    if "swapped" in script.said:
        vectors = vectors[:, ::-1]
    if "wide" in script.said:
        vectors = np.pad(vectors, ((0, 0), (0, 3)))
    if "nan" in script.said:
        vectors[-1, 5] = np.nan
    if "inf" in script.said:
        vectors[-1, 5] = np.inf
    if "zero" in script.said:
        vectors[-1] = 0.0
    if "half" in script.said:
        vectors = vectors[: len(vectors) // 2]
    return vectors


def make_app(models: Path) -> FastAPI:
    """The app; ``GET /calls`` tells what was asked of each model."""
    app = FastAPI()
    calls: dict[str, list[dict[str, Any]]] = {}
    counts: Counter[str] = Counter()

    @lru_cache
    def encoder(name: str) -> Encoder:
        return HashEncoder() if name == "hash" else open_encoder(BGE, models)

    @app.get("/calls")
    async def told(model: str) -> list[dict[str, Any]]:
        return calls.get(model, [])

    @app.post("/v1/embeddings")
    async def embeddings(request: Request) -> Response:
        asked = orjson.loads(await request.body())
        model, texts = asked["model"], asked["input"]
        script = Script(model)
        counts[model] += 1
        call = counts[model]
        calls.setdefault(model, []).append(
            {
                "texts": texts,
                "encoding_format": asked.get("encoding_format"),
                "dimensions": asked.get("dimensions"),
                "authorization": request.headers.get("authorization", ""),
            }
        )
        if script.base not in ("hash", "bge"):
            return _error(404, f"The model {model} does not exist")
        if "keyed" in script.said and request.headers.get("authorization") != f"Bearer {KEY}":
            return _error(401, f"Incorrect key: {request.headers.get('authorization')}")
        if "floats" in script.said and asked.get("encoding_format") != "float":
            return _error(422, "encoding_format: only float")
        most = script.number("most", 1e9)
        if len(texts) > most or not all(texts):
            return _error(422, f"batch size {len(texts)} > {most:.0f}, or an empty text")
        faulty = script.faulty(call)
        if faulty and "status" in script.said:
            wait = {"Retry-After": script.said["retry"]} if "retry" in script.said else {}
            quoted = request.headers.get("authorization", "")
            return _error(int(script.said["status"]), f"not now, {quoted}", wait)
        if faulty and "slow" in script.said:
            await asyncio.sleep(script.number("slow", 1.0))
        if faulty and "garbage" in script.said:
            return Response(b"<html>busy</html>", media_type="text/html")
        vectors = await asyncio.to_thread(encoder(script.base).encode_queries, texts)
        if asked.get("dimensions"):
            vectors = vectors[:, : asked["dimensions"]]
        if faulty:
            vectors = _spoilt(script, vectors.copy(), call)
        vectors = vectors * 3.0  # not of length one
        entries = [
            {"object": "embedding", "index": place, "embedding": _written(vector, asked)}
            for place, vector in enumerate(vectors)
        ]
        if "shuffled" in script.said:
            _shuffled(entries)
        if "twice" in script.said:
            entries[-1]["index"] = 0
        content = orjson.dumps({"object": "list", "model": model, "data": entries})
        return Response(content, media_type="application/json")

    return app


def _written(vector: Vectors, asked: dict[str, Any]) -> str | list[float | None]:
    if asked.get("encoding_format") == "base64":
        return base64.b64encode(vector.astype("<f4").tobytes()).decode()
    return [float(one) for one in vector]


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    content = orjson.dumps({"error": {"message": message}})
    return Response(content, status, headers, "application/json")


if __name__ == "__main__":
    listening = socket.socket(fileno=int(sys.argv[1]))
    server = uvicorn.Server(
        uvicorn.Config(make_app(Path(sys.argv[2])), log_level="warning", http="h11")
    )
    server.run(sockets=[listening])
