"""An order of ids that every database and Python agree on."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class by_code_point(FunctionElement[str]):  # noqa: N801 - reads as a function, like func.max
    """``ORDER BY by_code_point(column)``: as Python sorts, whatever the collation of a database.

    SQLite does so anyway. A PostgreSQL database in a Chinese or English locale looks past hyphens
    and dots at first: "move-b" after "movea".
    """

    inherit_cache = True


@compiles(by_code_point)
def _plainly(element: by_code_point, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(by_code_point, "postgresql")
def _collated(element: by_code_point, compiler: SQLCompiler, **options: Any) -> str:
    return f'{compiler.process(element.clauses, **options)} COLLATE "C"'
