"""Small changes to a module, made one at a time by its syntax tree: what a test ought to notice."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

_OTHERS: dict[type, tuple[type, ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.FloorDiv,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.Mult,),
    ast.Pow: (ast.Mult,),
}
_SKIPPED = (ast.Import, ast.ImportFrom, ast.JoinedStr)  # Python 3.11 does not say where the parts of an f-string stand


@dataclass(frozen=True)
class Change:
    """One change: `old` at an offset in bytes becomes `new`.

    `lines` are those that a test has to reach; none where the change is outside of every function.
    """

    offset: int
    line: int
    old: str
    new: str
    lines: frozenset[int]

    def __str__(self) -> str:
        return f"{self.line}: {' '.join(self.old.split())}  ->  {' '.join(self.new.split())}"

    def made(self, source: str) -> str:
        """Return the module with this change."""
        data = source.encode()
        end = self.offset + len(self.old.encode())
        return (data[: self.offset] + self.new.encode() + data[end:]).decode()


def changes(source: str) -> list[Change]:
    """Return every change to a module that leaves it a module: no two the same, in the order of its lines."""
    begins = [0]
    for line in source.encode().splitlines(keepends=True):
        begins.append(begins[-1] + len(line))
    found: dict[str, Change] = {}
    for node, new, statement, inside in _proposed(ast.parse(source), None, inside=False):
        offset = begins[node.lineno - 1] + node.col_offset
        end = begins[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
        old = source.encode()[offset:end].decode()
        lines = {statement.lineno, *range(node.lineno, (node.end_lineno or 0) + 1)} if inside else set()
        change = Change(offset, node.lineno, old, new, frozenset(lines))
        made = change.made(source)
        if _compiles(made):
            found.setdefault(made, change)
    return sorted(found.values(), key=lambda change: (change.line, change.offset))


def _compiles(source: str) -> bool:
    try:
        compile(source, "mutant", "exec")
    except SyntaxError:
        return False
    return True


_Proposed = tuple[ast.stmt | ast.expr, str, ast.stmt, bool]


def _proposed(node: ast.AST, statement: ast.stmt | None, *, inside: bool) -> Iterator[_Proposed]:
    """Yield what to replace, by what, in which statement, and whether that is inside of a function."""
    if isinstance(node, _SKIPPED) or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
        return
    if isinstance(node, ast.stmt):
        statement = node
    if statement is not None and isinstance(node, ast.stmt | ast.expr):
        for replaced, new in (*_of_statement(node), *_of_expression(node), *_of_literal(node)):
            yield replaced, new, statement, inside
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "type_params", "bases"}:
            continue
        within = inside or (isinstance(node, ast.FunctionDef) and name == "body")
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_text(child):
                yield from _proposed(child, statement, inside=within)


def _is_text(node: ast.AST) -> bool:
    """Whether a statement is a docstring, or the name of a type variable, which nothing depends on."""
    value = getattr(node, "value", None)
    return (isinstance(node, ast.Expr) and isinstance(value, ast.Constant)) or (
        isinstance(value, ast.Call) and ast.unparse(value.func) == "TypeVar"
    )


def _of_statement(node: ast.AST) -> Iterator[tuple[ast.stmt | ast.expr, str]]:
    match node:
        case ast.Return(value=value) if value is not None and ast.unparse(value) != "None":
            yield node, "return None"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript() | ast.Tuple()]):
            yield node, "pass"
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Delete() | ast.Return() | ast.Continue():
            yield node, "pass"
        case ast.Break():
            yield node, "continue"
        case ast.With(items=[ast.withitem(context_expr=expression, optional_vars=None)]):
            yield expression, "__import__('contextlib').nullcontext()"
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            if not isinstance(test, ast.Compare | ast.UnaryOp | ast.BoolOp | ast.Constant):
                yield test, f"not ({ast.unparse(test)})"


def _of_expression(node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    match node:
        case ast.Compare(ops=ops):
            for at, operator in enumerate(ops):
                for other in _OTHERS[type(operator)]:
                    changed = ast.Compare(node.left, [*ops[:at], other(), *ops[at + 1 :]], node.comparators)
                    yield node, f"({ast.unparse(changed)})"
        case ast.BinOp(left=left, op=operator, right=right):
            others = [ast.BinOp(left, other(), right) for other in _OTHERS.get(type(operator), ())]
            yield from ((node, f"({ast.unparse(other)})") for other in others or (left, right))
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield node, f"({ast.unparse(operand)})"
        case ast.Call(func=ast.Name(id="min" | "max" as name)):
            yield node.func, {"min": "max", "max": "min"}[name]
        case ast.BoolOp(op=operator, values=parts):
            for left in _with_one_less(parts):
                yield node, f"({ast.unparse(ast.BoolOp(operator, left) if len(left) > 1 else left[0])})"


def _of_literal(node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    match node:
        case ast.Tuple(elts=parts, ctx=ast.Load()) | ast.Set(elts=parts) if len(parts) > 1 and _are_kinds(parts):
            yield from ((node, ast.unparse(type(node)(elts=left))) for left in _with_one_less(parts))
        case ast.Constant(value=bool(value)):
            yield node, repr(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield node, repr(value + 1)
        case ast.Constant(value=str(value)) if " " not in value:  # what has spaces is said to people
            yield node, repr(value + "~")
        case ast.Constant(value=bytes(value)):
            yield node, repr(value + b"~")


def _with_one_less(parts: list[ast.expr]) -> list[list[ast.expr]]:
    return [[*parts[:at], *parts[at + 1 :]] for at in range(len(parts))]


def _are_kinds(parts: list[ast.expr]) -> bool:
    """Whether these are classes or constants, any of which may be asked about alone."""
    return all(isinstance(part, ast.Constant) or ast.unparse(part).rpartition(".")[2][:1].isupper() for part in parts)
