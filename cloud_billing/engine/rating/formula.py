"""The grammar of a formula price: text to tree, tree and numbers to a number. Parsed and bounded, never run as code.

    sum      = product { ("+" | "-") product }
    product  = factor { ("*" | "/") factor }
    factor   = "-" factor | number | name | function "(" sum { "," sum } ")" | "(" sum ")"
    function = "min" | "max" | "round"

A number has digits and one point at most. A name begins with a letter or an underscore: quantity, cost, value and
events (how many) are what was measured; any other name is a number that the caller gives. min and max take two or more
arguments; round(x, step) gives the multiple of step nearest to x, halves away from zero. A quotient is rounded half up
to 30 decimals, as everywhere in the engine; everything else is exact.
"""

import re
from decimal import Decimal, Inexact
from functools import lru_cache
from typing import NamedTuple

from ..numbers import divide, exact, round_to, to_text, trim
from .errors import FactsError, TermsError

MEASURED = ("quantity", "cost", "value", "events")
MAX_LENGTH = 500
# Brackets, functions and signs within each other.
MAX_DEPTH = 20
MAX_DIGITS = 40
# Name: (least, most) arguments; None is any number.
_FUNCTIONS = {"min": (2, None), "max": (2, None), "round": (2, 2)}
_TOKEN = re.compile(r"\s*(?:(?P<number>\d+\.?\d*|\.\d+)|(?P<name>[a-z_]\w*)|(?P<sign>[-+*/(),]))", re.ASCII | re.I)
_BLANK = re.compile(r"\s*\Z")


class Token(NamedTuple):
    """kind: number, name, sign or end. position: of its first character, counted from 1."""

    kind: str
    text: str
    position: int


class Number(NamedTuple):
    value: Decimal


class Name(NamedTuple):
    name: str
    position: int


class Negative(NamedTuple):
    of: object


class Chain(NamedTuple):
    """Operations of one rank, worked off from the left. steps: (sign, position of the sign, operand)."""

    first: object
    steps: tuple


class Call(NamedTuple):
    function: str
    position: int
    arguments: tuple


class Formula(NamedTuple):
    """A parsed text. names: those that it uses, in the order in which they come first; with their positions.

    pieces: the text cut at its names: what stands before, between and behind them, and every second one is a name.
    """

    text: str
    tree: object
    names: dict[str, int]
    pieces: tuple[str, ...]


@lru_cache(maxsize=4096)
def parse(text):
    """The Formula that a text says. Raises TermsError with the position (from 1) and what was found ("": the end).

    expected is a sign, "operator" (+ - * /) or "operand" (a number, a name, a function, a bracket).
    Reasons: formula_too_long, formula_too_deep, formula_character, formula_number, formula_unexpected,
    formula_unknown_function, formula_arguments (expected: how many at least); and for what no numbers can mend
    formula_division_by_zero, formula_step_not_positive, formula_too_many_digits.
    """
    if len(text) > MAX_LENGTH:
        raise _refuse("too_long", MAX_LENGTH + 1, length=len(text), limit=MAX_LENGTH)
    tokens = _cut(text)
    parser = _Parser(tokens)
    tree = parser.read_all()
    try:
        # Without any numbers: only what does not depend on them is worked out.
        with exact():
            _Evaluation({}, _refuse).work_out(tree)
    except Inexact:
        raise _refuse("too_many_digits", 1) from None
    return Formula(text, tree, parser.names, _cut_at_names(text, tokens, parser.names))


def _cut_at_names(text, tokens, names):
    pieces, end = [], 0
    for token in tokens:
        if token.kind == "name" and token.text in names:
            start = token.position - 1
            pieces += [text[end:start], token.text]
            end = start + len(token.text)
    return (*pieces, text[end:])


def work_out(formula, values):
    """The number that a formula gives. values: dict of a Decimal for each of its names; call it under exact().

    Raises FactsError division_by_zero, step_not_positive, with the position; decimal.Inexact beyond 120 digits.
    """

    def refuse(reason, position, **facts):
        return FactsError(reason, position=position, formula=formula.text, **facts)

    return _Evaluation(values, refuse).work_out(formula.tree)


def fill(formula, values):
    """The formula's text with the numbers in the place of the names, for a reader."""
    pieces = list(formula.pieces)
    pieces[1::2] = [to_text(values[name]) for name in pieces[1::2]]
    return "".join(pieces)


def _refuse(reason, position, **facts):
    return TermsError(f"formula_{reason}", charge_model="formula", term="formula", position=position, **facts)


def _cut(text):
    """The tokens of a text, the end as the last one."""
    tokens, at = [], 0
    while not _BLANK.match(text, at):
        found = _TOKEN.match(text, at)
        if not found:
            at += len(text[at:]) - len(text[at:].lstrip())
            raise _refuse("character", at + 1, found=text[at])
        kind = found.lastgroup
        token = Token(kind, found[kind], found.start(kind) + 1)
        if kind == "number" and sum(letter.isdigit() for letter in token.text) > MAX_DIGITS:
            raise _refuse("number", token.position, found=token.text, limit=MAX_DIGITS)
        tokens.append(token)
        at = found.end()
    return [*tokens, Token("end", "", len(text) + 1)]


class _Parser:
    """Reads tokens from the left by the grammar at the top of this file."""

    def __init__(self, tokens):
        self.tokens = iter(tokens)
        self.token = next(self.tokens)
        self.names = {}
        self.depth = 0

    def read_all(self):
        tree = self._read_sum()
        if self.token.kind != "end":
            raise self._unexpected("operator")
        return tree

    def _read_sum(self):
        return self._read_chain("+-", lambda: self._read_chain("*/", self._read_factor))

    def _read_chain(self, signs, read_operand):
        first, steps = read_operand(), []
        while self._is_sign(signs):
            sign = self._take()
            steps.append((sign.text, sign.position, read_operand()))
        return Chain(first, tuple(steps)) if steps else first

    def _read_factor(self):
        token = self.token
        if token.kind == "number":
            return Number(Decimal(self._take().text))
        if token.kind == "name":
            return self._read_name()
        if not self._is_sign("-("):
            raise self._unexpected("operand")
        self._go_down(token.position)
        self._take()
        if token.text == "-":
            node = Negative(self._read_factor())
        else:
            node = self._read_sum()
            self._take_sign(")")
        self.depth -= 1
        return node

    def _read_name(self):
        name = self._take()
        if not self._is_sign("("):
            if name.text in _FUNCTIONS:
                raise self._unexpected("(")
            self.names.setdefault(name.text, name.position)
            return Name(name.text, name.position)
        if name.text not in _FUNCTIONS:
            raise _refuse("unknown_function", name.position, name=name.text, known=tuple(_FUNCTIONS))
        self._go_down(name.position)
        self._take()
        arguments = [self._read_sum()]
        while self._is_sign(","):
            self._take()
            arguments.append(self._read_sum())
        self._take_sign(")")
        self.depth -= 1
        least, most = _FUNCTIONS[name.text]
        if len(arguments) < least or (most is not None and len(arguments) > most):
            raise _refuse("arguments", name.position, name=name.text, given=len(arguments), expected=least)
        return Call(name.text, name.position, tuple(arguments))

    def _is_sign(self, signs):
        return self.token.kind == "sign" and self.token.text in signs

    def _take(self):
        """The token that is looked at; the next one is looked at then."""
        token = self.token
        self.token = next(self.tokens, token)
        return token

    def _take_sign(self, sign):
        if not self._is_sign(sign):
            raise self._unexpected(sign)
        self._take()

    def _go_down(self, position):
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _refuse("too_deep", position, limit=MAX_DEPTH)

    def _unexpected(self, expected):
        return _refuse("unexpected", self.token.position, found=self.token.text, expected=expected)


class _Evaluation:
    """Works a tree out. A name without a value makes what depends on it unknown (None), and the rest is still told."""

    def __init__(self, values, refuse):
        self.values = values
        self.refuse = refuse

    def work_out(self, node):
        if isinstance(node, Number):
            return node.value
        if isinstance(node, Name):
            return self.values.get(node.name)
        if isinstance(node, Negative):
            value = self.work_out(node.of)
            return None if value is None else -value
        if isinstance(node, Chain):
            return self._work_off(node)
        arguments = [self.work_out(argument) for argument in node.arguments]
        if node.function == "round":
            return self._round(node, *arguments)
        if None in arguments:
            return None
        return min(arguments) if node.function == "min" else max(arguments)

    def _work_off(self, chain):
        value = self.work_out(chain.first)
        for sign, position, operand in chain.steps:
            right = self.work_out(operand)
            if sign == "/" and right == 0:
                raise self.refuse("division_by_zero", position)
            if value is None or right is None:
                value = None
            elif sign == "+":
                value += right
            elif sign == "-":
                value -= right
            elif sign == "*":
                value *= right
            else:
                value = trim(divide(value, right))
        return value

    def _round(self, node, value, step):
        if step is not None and step <= 0:
            raise self.refuse("step_not_positive", node.position, step=step)
        return None if value is None or step is None else round_to(value, step)
