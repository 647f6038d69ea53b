"""The small wrong changes that can be made to a Python file: a comparison turned round, a number one more."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass

_OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
}
_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file as it is with one change: `before` are the lines that it touches, `after` what becomes of them."""

    file: str
    line: int
    before: str
    after: str
    source: str

    @property
    def name(self) -> tuple[str, str, str]:
        """What it is called where it is known to change nothing; other lines of the file may come and go."""
        return self.file, self.before, self.after


def mutants(file: str, source: str) -> list[Mutant]:
    """All of the file, in order, each once."""
    lines = source.encode().splitlines(keepends=True)
    found = (_mutant(file, lines, node, text) for node, text in _changes(ast.parse(source)))
    return list({(one.name, one.line): one for one in found if one.before != one.after}.values())


def _mutant(file: str, lines: Sequence[bytes], node: ast.expr | ast.stmt, text: str) -> Mutant:
    first, last = node.lineno - 1, node.end_lineno or node.lineno
    head, tail = lines[first][: node.col_offset], lines[last - 1][node.end_col_offset :]
    changed = head + text.encode() + tail
    source = b"".join((*lines[:first], changed, *lines[last:])).decode()
    return Mutant(file, node.lineno, _in_a_row(b"".join(lines[first:last])), _in_a_row(changed), source)


def _in_a_row(text: bytes) -> str:
    return " ".join(text.decode().split())


def _changes(tree: ast.AST) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    """Each piece of the file that can be changed, with what stands there instead."""
    for node in _walked(tree):
        yield from _of_expression(node) if isinstance(node, ast.expr) else _of_statement(node)


def _walked(node: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """The nodes that say what is done; no annotations, decorators or text."""
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
        return
    if isinstance(node, (ast.expr, ast.stmt)):
        yield node
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "bases"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _walked(child)


def _of_statement(node: ast.stmt) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    match node:
        case ast.If(test=test) | ast.While(test=test):
            yield test, _negated(test)
        case ast.Return(value=ast.expr()):
            yield node, "return None"
        case ast.Expr(value=ast.Call() | ast.YieldFrom() | ast.Yield()) | ast.AugAssign() | ast.Raise():
            yield node, "pass"
        case ast.Continue():
            yield node, "break"
        case ast.Break():
            yield node, "continue"


def _of_expression(node: ast.expr) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    match node:
        case ast.Constant(value=int(value)):
            yield node, str(not value if isinstance(value, bool) else value + 1)
        case ast.Compare(ops=ops):
            for place, operator in enumerate(ops):
                yield node, _with(node, ops=[*ops[:place], _OPERATORS[type(operator)](), *ops[place + 1 :]])
        case ast.BoolOp(op=operator) | ast.BinOp(op=operator) if type(operator) in _OPERATORS:
            yield node, _with(node, op=_OPERATORS[type(operator)]())
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield node, f"({ast.unparse(operand)})"
        case ast.Call(func=ast.Name(id=name)) if name in _CALLS:
            yield node, _with(node, func=ast.Name(_CALLS[name]))
        case ast.IfExp(test=test):
            yield test, _negated(test)
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            for condition in (condition for part in node.generators for condition in part.ifs):
                yield condition, _negated(condition)


def _negated(test: ast.expr) -> str:
    return f"(not ({ast.unparse(test)}))"


def _with(node: ast.AST, **fields: object) -> str:
    """The node as text, with other fields."""
    changed = copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return ast.unparse(changed)
