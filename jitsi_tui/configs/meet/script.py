"""JavaScript constants: reading them from a syntax tree and writing them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from ..document import Edit, Unknown, Value, apply_edits
from ..syntax import named

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_DEPTH = 80
UNDEFINED = Unknown("undefined")
NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*\Z")

_ESCAPE = re.compile(
    r"\\(?:x(?P<hex>[0-9A-Fa-f]{2})|u(?P<unit>[0-9A-Fa-f]{4})|u\{(?P<point>[0-9A-Fa-f]{1,8})\}"
    r"|(?P<line>\r\n|[\n\r\u2028\u2029])|(?P<zero>0)(?![0-9])|(?P<char>[^0-9xu]))"
)
_NAMED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class NotConstantError(ValueError):
    """No constant decides what an expression is."""


Lookup = Callable[[str], Value]


class Source:
    """A script's text, and the text as a parser reads it: SSI directives are blank there.

    What nginx puts in their place is not known, so a string that holds one is Unknown.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.directives = list(_directives(text))
        blanks = (Edit(start, end, " " * (end - start)) for start, end in self.directives)
        self.script = apply_edits(text, blanks) if self.directives else text

    def slice(self, node: Node) -> str:
        """The node's text as the file has it."""
        return self.text[node.start_byte : node.end_byte]

    def has_directive(self, start: int, end: int) -> bool:
        """Whether a directive lies in a span, in part or whole."""
        return any(s < end and e > start for s, e in self.directives)


def _directives(text: str) -> Iterator[tuple[int, int]]:
    start = text.find("<!--#")
    while start >= 0 and (closing := text.find("-->", start + 5)) >= 0:
        end = closing + 3
        yield start, end
        start = text.find("<!--#", end)


def string_value(literal: str) -> str:
    """The string that a literal in quotes or backticks stands for; ValueError if it is none."""
    body = literal[1:-1]
    if literal[0] == "`":
        body = body.replace("\r\n", "\n").replace("\r", "\n")
    if "\\" not in body:
        return body
    parts: list[str] = []
    position = 0
    while (backslash := body.find("\\", position)) >= 0:
        match = _ESCAPE.match(body, backslash)
        if match is None:
            raise ValueError("an escape that is not understood")
        parts += (body[position:backslash], _escaped(match))
        position = match.end()
    parts.append(body[position:])
    value = "".join(parts)
    if any("\ud800" <= char <= "\udbff" for char in value):
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    return value


def _escaped(match: re.Match[str]) -> str:
    code = match["hex"] or match["unit"] or match["point"]
    if code:
        return chr(int(code, 16))
    if match["line"]:
        return ""
    return "\0" if match["zero"] else _NAMED.get(match["char"], match["char"])


def number_value(literal: str) -> int | float:
    """The number that a literal stands for; ValueError for octal and BigInt ones."""
    digits = literal.lower()
    if re.fullmatch(r"0[xob][0-9a-f_]+", digits):
        value = int(digits, 0)
        return value if value <= 1 << 53 else float(value)
    if re.match(r"0[0-9_]", digits) or digits.endswith("n"):
        raise ValueError("an octal number or a BigInt")
    number = float(digits)
    integer = number.is_integer() and abs(number) <= 1 << 53
    return int(number) if integer else number


def evaluate(node: Node, source: Source, lookup: Lookup, depth: int = 0) -> Value:
    """What an expression is: a constant, a list or mapping of them, or Unknown."""
    handler = _HANDLERS.get(node.type)
    if handler is not None and depth <= MAX_DEPTH:
        try:
            return handler(node, source, lookup, depth)
        except (ValueError, ArithmeticError):
            pass
    return Unknown(source.slice(node))


def _string(node: Node, source: Source, _lookup: Lookup, _depth: int) -> Value:
    if source.directives and source.has_directive(node.start_byte, node.end_byte):
        raise NotConstantError
    return string_value(source.slice(node))


def _template(node: Node, source: Source, lookup: Lookup, depth: int) -> Value:
    if any(child.type == "template_substitution" for child in node.children):
        raise NotConstantError
    return _string(node, source, lookup, depth)


def _number(node: Node, source: Source, _lookup: Lookup, _depth: int) -> Value:
    return number_value(source.slice(node))


def _name(node: Node, source: Source, lookup: Lookup, _depth: int) -> Value:
    return lookup(source.slice(node))


def _undefined(_node: Node, _source: Source, _lookup: Lookup, _depth: int) -> Value:
    return UNDEFINED


def _parenthesized(node: Node, source: Source, lookup: Lookup, depth: int) -> Value:
    inner = named(node)
    if len(inner) != 1:
        raise NotConstantError
    return evaluate(inner[0], source, lookup, depth + 1)


def _unary(node: Node, source: Source, lookup: Lookup, depth: int) -> Value:
    argument = node.child_by_field_name("argument")
    operator = node.children[0].type
    if argument is None:
        raise NotConstantError
    value = evaluate(argument, source, lookup, depth + 1)
    if operator == "void" and not isinstance(value, Unknown):
        return UNDEFINED
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if operator == "!":
        return not truth(value)
    if operator == "-" and number and value:
        return -value  # type: ignore[operator]
    raise NotConstantError


def truth(value: Value) -> bool:
    """Whether JavaScript takes a value for true; ValueError where that is not known."""
    if value == UNDEFINED:
        return False
    if isinstance(value, Unknown):
        raise NotConstantError
    return True if isinstance(value, list | dict) else bool(value)


def _binary(node: Node, source: Source, lookup: Lookup, depth: int) -> Value:
    left_node, right_node = node.child_by_field_name("left"), node.child_by_field_name("right")
    operator = node.child_by_field_name("operator")
    if left_node is None or right_node is None or operator is None:
        raise NotConstantError
    left = evaluate(left_node, source, lookup, depth + 1)
    if operator.type in ("&&", "||"):
        decided = truth(left) is (operator.type == "||")
        return left if decided else evaluate(right_node, source, lookup, depth + 1)
    right = evaluate(right_node, source, lookup, depth + 1)
    if operator.type in ("===", "!==") and not isinstance(left, Unknown | list | dict):
        if isinstance(right, Unknown | list | dict):
            raise NotConstantError
        equal = isinstance(left, bool) is isinstance(right, bool) and left == right
        return equal is (operator.type == "===")
    if operator.type != "+" or not (isinstance(left, str) or isinstance(right, str)):
        raise NotConstantError
    return _text(left) + _text(right)


def _text(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise NotConstantError


def _ternary(node: Node, source: Source, lookup: Lookup, depth: int) -> Value:
    condition = node.child_by_field_name("condition")
    if condition is None:
        raise NotConstantError
    taken = truth(evaluate(condition, source, lookup, depth + 1))
    branch = node.child_by_field_name("consequence" if taken else "alternative")
    if branch is None:
        raise NotConstantError
    return evaluate(branch, source, lookup, depth + 1)


def _array(node: Node, source: Source, lookup: Lookup, depth: int) -> Value:
    items: list[Value] = []
    comma = True
    for child in node.children[1:-1]:
        if child.type == ",":
            if comma:
                raise ValueError("a hole in an array")
            comma = True
        elif child.type != "comment":
            if child.type == "spread_element":
                raise NotConstantError
            items.append(evaluate(child, source, lookup, depth + 1))
            comma = False
    return items


def _object(node: Node, source: Source, lookup: Lookup, depth: int) -> Value:
    fields: dict[str, Value] = {}
    for child in named(node):
        key = pair_key(child, source, lookup)
        value = child.child_by_field_name("value") if child.type == "pair" else None
        if key is None or key == "__proto__":
            raise NotConstantError
        if value is not None:
            fields[key] = evaluate(value, source, lookup, depth + 1)
        else:
            fields[key] = Unknown(source.slice(child))
            if child.type.startswith("shorthand"):
                fields[key] = lookup(key)
    return fields


def pair_key(pair: Node, source: Source, lookup: Lookup) -> str | None:
    """The key of an object's member; None where no constant decides it."""
    if pair.type == "shorthand_property_identifier":
        return source.slice(pair)
    key = pair.child_by_field_name("key" if pair.type == "pair" else "name")
    if key is None:
        return None
    return key_value(key, source, lookup)


def key_value(key: Node, source: Source, lookup: Lookup) -> str | None:
    """The property that a key names."""
    text = source.slice(key)
    if key.type == "property_identifier":
        return None if "\\" in text else text
    if key.type == "computed_property_name":
        inner = named(key)
        value = evaluate(inner[0], source, lookup) if inner else None
    else:
        value = evaluate(key, source, lookup)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None


_HANDLERS: dict[str, Callable[[Node, Source, Lookup, int], Value]] = {
    "string": _string,
    "template_string": _template,
    "number": _number,
    "true": lambda *_: True,
    "false": lambda *_: False,
    "null": lambda *_: None,
    "undefined": _undefined,
    "identifier": _name,
    "parenthesized_expression": _parenthesized,
    "unary_expression": _unary,
    "binary_expression": _binary,
    "ternary_expression": _ternary,
    "array": _array,
    "object": _object,
}


def literal(value: Value, quote: str = "'") -> str:
    """A value as JavaScript source, on one line. ValueError where there is no constant for it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        if not abs(value) <= 1 << 53:
            raise ValueError("a number that has no exact literal")
        return repr(value)
    if isinstance(value, str):
        return quoted(value, quote)
    if isinstance(value, list):
        return "[ " + ", ".join(literal(item, quote) for item in value) + " ]" if value else "[]"
    if isinstance(value, Mapping):
        fields = (f"{key_source(k, '', quote)}: {literal(v, quote)}" for k, v in value.items())
        return "{ " + ", ".join(fields) + " }" if value else "{}"
    raise ValueError("a value that is no constant")


def quoted(value: str, quote: str) -> str:
    """A string in quotes. What nginx would take for a directive is broken up."""
    parts = [quote]
    for char in value:
        if char in (quote, "\\"):
            parts.append("\\" + char)
        elif "\ud800" <= char <= "\udfff":
            parts.append(f"\\u{ord(char):04x}")
        elif not char.isprintable() and ord(char) < 0x10000:
            parts.append({"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(char, f"\\u{ord(char):04x}"))
        else:
            parts.append(char)
    return "".join(parts).replace("<!--", "<\\u0021--") + quote


def key_source(key: str, style: str, quote: str = "'") -> str:
    """A key as source, in quotes where ``style`` is a quote or the key needs them."""
    if style in ("'", '"'):
        return quoted(key, style)
    return key if NAME.match(key) else quoted(key, quote)
