from __future__ import annotations

import subprocess
import sys

from api.client import AsyncZhikuClient, ZhikuClient
from tests.api.serving import REPOSITORY

HEAVY = {
    *("fastapi", "starlette", "uvicorn", "pydantic", "sqlalchemy", "alembic", "orjson", "typer"),
    *("numpy", "faiss", "tantivy", "onnxruntime", "tokenizers", "jieba", "rjieba", "openpyxl"),
    *("corpora", "indexer", "retriever", "eval", "zhiku"),
}


def imported(statement: str) -> set[str]:
    command = [sys.executable, "-c", f"{statement}; import sys; print(*sys.modules)"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=REPOSITORY)
    return set(done.stdout.split())


def test_importing_the_client_brings_nothing_heavy() -> None:
    found = imported("from api.client import AsyncZhikuClient, ZhikuClient")
    assert {name.partition(".")[0] for name in found} & HEAVY == set()
    ours = {name for name in found if name.startswith("api.")}
    assert {name for name in ours if not name.startswith("api.client")} == set()


def test_the_client_brings_httpx_and_what_httpx_brings() -> None:
    more = imported("import api.client") - imported("import httpx, asyncio")
    roots = {name.partition(".")[0] for name in more}
    assert roots - set(sys.stdlib_module_names) == {"api"}


def test_both_clients_offer_the_same() -> None:
    def offered(client: type) -> set[str]:
        return {name for name in dir(client) if not name.startswith("_")}

    assert offered(ZhikuClient) == offered(AsyncZhikuClient)
    named = "search answer suggest follow help item calculate render send send_batch plan"
    more = "report_event message_record lookups consent refuse effect outbox ready perform close"
    of_desks = (
        "give_feedback feedback acknowledge acknowledgements desk looked_up changes catalogue"
    )
    kept = "add_favourite remove_favourite"
    expected = {*named.split(), *more.split(), *of_desks.split(), *kept.split()}
    assert offered(ZhikuClient) == expected
    assert all(getattr(ZhikuClient, name).__doc__ for name in offered(ZhikuClient))
