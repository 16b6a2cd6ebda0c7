"""Any number of ids or rows as one parameter in JSON, on either database."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    cast,
    func,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy.orm import Session
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.types import TypeEngine


def one_of(column: Any, ids: Collection[int]) -> ColumnElement[bool]:
    """Test a column against any number of ids, sent as one JSON parameter on either database."""
    elements = _Elements(literal(json.dumps(list(ids)), String))
    test: ColumnElement[bool] = column.bool_op("IN")(elements)
    return test


class _Elements(FunctionElement[int]):
    inherit_cache = True
    type = BigInteger()


@compiles(_Elements, "sqlite")
def _elements_on_sqlite(element: _Elements, compiler: SQLCompiler, **options: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **options)}))"  # noqa: S608


@compiles(_Elements, "postgresql")
def _elements_on_postgresql(element: _Elements, compiler: SQLCompiler, **options: Any) -> str:
    text = compiler.process(element.clauses, **options)
    return f"(SELECT value::bigint FROM json_array_elements_text(CAST({text} AS json)))"  # noqa: S608


def rows_of(
    session: Session, rows: Sequence[Sequence[Any]], types: Mapping[str, TypeEngine[Any]]
) -> Select[*tuple[Any, ...]]:
    """Select rows that are given as lists, with the columns of `types` in their order."""
    text = literal(json.dumps(rows), String)
    row: ColumnElement[Any]
    if session.get_bind().dialect.name == "postgresql":
        row = func.jsonb_array_elements(cast(text, JSONB)).column_valued("row")
        return select(
            *(cast(row.op("->>")(index), types[name]).label(name) for index, name in enumerate(types))
        )
    row = func.json_each(text).table_valued("value").c.value
    extracted = (func.json_extract(row, f"$[{index}]") for index in range(len(types)))
    return select(
        *(type_coerce(cell, types[name]).label(name) for cell, name in zip(extracted, types, strict=True))
    )
