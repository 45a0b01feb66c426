"""Reads the examples of a page: each JSON block of terms, with the rows of the tables that follow it."""

import ast
import json
import operator
from fractions import Fraction
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def read_examples(page):
    """List of (line number, JSON of the block above, row as a dict of column -> text)."""
    examples, block, header, fence = [], None, None, None
    for number, line in enumerate((DOCS / page).read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("```"):
            if fence is None:
                fence = [] if line == "```json" else ""
            else:
                block, fence = (json.loads("\n".join(fence)) if isinstance(fence, list) else block), None
            header = None
        elif isinstance(fence, list):
            fence.append(line)
        elif fence is None and line.startswith("#"):
            block = header = None
        elif fence is None and line.startswith("|") and block is not None:
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if header is None:
                header = cells
            elif not set(line) <= set("|-"):
                examples.append((number, block, dict(zip(header, cells, strict=True))))
        elif not line.startswith("|"):
            header = None
    return examples


def work_out(text):
    """The value of plain arithmetic as a Fraction: numbers, brackets, + - x /."""
    return _work_out(ast.parse(text.replace(" x ", " * "), mode="eval").body, text)


def _work_out(node, text):
    if isinstance(node, ast.BinOp):
        return _OPERATORS[type(node.op)](_work_out(node.left, text), _work_out(node.right, text))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_work_out(node.operand, text)
    if isinstance(node, ast.Constant):
        # The digits as they stand on the page: the parser's own value went through a float.
        return Fraction(ast.get_source_segment(text.replace(" x ", " * "), node))
    raise ValueError(f"not plain arithmetic: {text}")
