"""Lua constants: reading them from a syntax tree and writing them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ..document import BOM, Unknown, Value

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_DEPTH = 100
KEYWORDS = frozenset((
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in",
    "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
))  # fmt: skip
LIBRARY = frozenset((
    "assert", "collectgarbage", "debug", "dofile", "error", "getmetatable", "io", "ipairs", "load",
    "loadfile", "loadstring", "math", "module", "next", "os", "package", "pairs", "pcall", "print",
    "rawequal", "rawget", "rawlen", "rawset", "require", "select", "setmetatable", "string",
    "table", "tonumber", "tostring", "type", "unpack", "utf8", "xpcall",
    "Credential", "FileContents", "FileLine", "FileLines", "RunScript",
))  # fmt: skip
"""What Lua and Prosody give a file to call."""
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")

_ESCAPE = re.compile(
    r"\\(?:(?P<letter>[abfnrtv\\\"'])|(?P<line>\r\n|\n\r|\n|\r)|x(?P<hex>[0-9A-Fa-f]{2})"
    r"|z(?P<skip>[ \t\n\r\f\v]*)|(?P<dec>[0-9]{1,3})|u\{(?P<uni>[0-9A-Fa-f]{1,8})\})"
)
_LETTERS = dict(zip("abfnrtv\\\"'", "\a\b\f\n\r\t\v\\\"'", strict=True))
_LONG = re.compile(r"\[(=*)\[")
_LINE_END = re.compile(r"\r\n|\n\r|\r|\n")


# Outside strings and comments, what is no part of Lua ends the match: the grammar takes `?` or a
# curly quote for a letter.
# What *+ repeats must hold no group, and look for none: in Debian 12's Python 3.11.2 groups lose
# their text in it. Nothing follows the whole, so that it never goes back anyway.
_TOKENS = re.compile(
    r"(?:[^-\"'\[!$?@`\\\x00-\x08\x0e-\x1f\x7f-\U0010ffff]++"
    r"|--(?:\[(?P<c>=*)\[[\s\S]*?\](?P=c)\]|(?!\[=*\[)[^\n\r]*+)"
    r"|\[(?P<s>=*)\[[\s\S]*?\](?P=s)\]"
    r'|"(?:[^"\\\n\r]++|\\(?:\r\n|\n\r|[\s\S]))*+"'
    r"|'(?:[^'\\\n\r]++|\\(?:\r\n|\n\r|[\s\S]))*+'"
    r"|-(?!-)|\[(?!=*\[))*"
)
_SKIP = re.compile(r"\\z[ \t\n\r\f\v]*")


def lexical_error(text: str) -> int | None:
    """Where a string or comment never ends or runs over its line, or a character is none of Lua's.

    None where all is well.
    """
    if "\\z" in text:
        text = _SKIP.sub(lambda m: "." * len(m[0]), text)
    match = _TOKENS.match(text, text.startswith(BOM))
    end = match.end() if match else 0
    return None if end == len(text) else end


_SHORT_OR_COMMENT = re.compile(
    r"--\[(?P<c>=*)\[[\s\S]*?\](?P=c)\]|--[^\n\r]*|\[(?P<s>=*)\[[\s\S]*?\](?P=s)\]"
    r'|"(?:[^"\\]|\\[\s\S])*"'
    r"|'(?:[^'\\]|\\[\s\S])*'"
)


def parseable(text: str) -> str:
    """The text, as long, without two things in strings that the grammar trips over.

    These are ``--[``, which it takes for a comment, and a backslash before CR LF.
    """
    if "--[" not in text and "\\\r\n" not in text:
        return text
    return _SHORT_OR_COMMENT.sub(_smoothed, text)


def _smoothed(match: re.Match[str]) -> str:
    token = match[0]
    if token[0] not in "\"'":
        return token
    return token.replace("--[", "--(").replace("\\\r\n", "\\\n ")


def string_value(literal: str) -> str:
    """The string that a Lua literal stands for, quotes included; ValueError if it is none."""
    long = _LONG.match(literal)
    if long:
        body = literal[long.end() : -len(long[1]) - 2]
        if body.startswith(("\n", "\r")):
            body = _LINE_END.sub("", body, count=1)
        return _LINE_END.sub("\n", body)
    body = literal[1:-1]
    if "\\" not in body:
        if "\n" in body or "\r" in body:
            raise ValueError("a line end inside a string")
        return body
    return _unescaped(body)


def _unescaped(body: str) -> str:
    parts: list[bytes] = []
    position = 0
    while True:
        backslash = body.find("\\", position)
        plain = body[position : backslash if backslash >= 0 else len(body)]
        if "\n" in plain or "\r" in plain:
            raise ValueError("a line end inside a string")
        parts.append(plain.encode("utf-8", "surrogateescape"))
        if backslash < 0:
            return b"".join(parts).decode("utf-8", "surrogateescape")
        match = _ESCAPE.match(body, backslash)
        if not match:
            raise ValueError(f"the escape {body[backslash : backslash + 2]}")
        parts.append(_escaped(match))
        position = match.end()


def _escaped(match: re.Match[str]) -> bytes:
    if match["letter"]:
        return _LETTERS[match["letter"]].encode()
    if match["line"]:
        return b"\n"
    if match["hex"]:
        return bytes([int(match["hex"], 16)])
    if match["dec"]:
        code = int(match["dec"])
        if code > 255:
            raise ValueError(f"the escape \\{code}")
        return bytes([code])
    if match["uni"]:
        return chr(int(match["uni"], 16)).encode("utf-8", "surrogatepass")
    return b""


def number_value(literal: str) -> int | float:
    """The number that a Lua literal stands for; ValueError if it is none."""
    lower = literal.lower()
    if lower.startswith("0x"):
        if set(lower) & set(".p"):
            return float.fromhex(lower)
        value = int(lower, 16) & 0xFFFFFFFFFFFFFFFF
        return value - (1 << 64) if value >> 63 else value
    if lower.isdigit():
        value = int(lower) if len(lower) < 20 else 1 << 64
        return value if value < 1 << 63 else float(lower)
    return float(lower)


def quoted(value: str, like: str = '"') -> str:
    """A string as a Lua literal, in the quotes of the literal ``like`` where they can hold it."""
    long = _LONG.match(like)
    printable = value.isprintable() or value.isascii()
    if long and f"]{long[1]}]" not in value and value.isprintable() and value[-1:] != "]":
        return f"[{long[1]}[{value}]{long[1]}]"
    quote = "'" if like.startswith("'") else '"'
    parts = [quote]
    for char in value:
        if char in (quote, "\\"):
            parts.append("\\" + char)
        elif char == "\n":
            parts.append("\\n")
        elif (printable and char.isprintable()) or ord(char) > 0x9F:
            parts.append(char)
        else:
            parts += (f"\\{byte:03d}" for byte in char.encode("utf-8", "surrogateescape"))
    return "".join(parts) + quote


def literal(value: Value, like: str = '"') -> str:
    """A value as Lua source, on one line. ValueError where Lua has no constant for it."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, str):
        return quoted(value, like)
    if isinstance(value, list):
        items = [literal(item, like) for item in value]
        return "{ " + ", ".join(items) + " }" if items else "{}"
    if isinstance(value, Mapping):
        fields = [f"{_field(key, like)} = {literal(item, like)}" for key, item in value.items()]
        return "{ " + ", ".join(fields) + " }" if fields else "{}"
    raise ValueError("a value that is no constant")


def _number(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError("a number that has no literal")
    if isinstance(value, int) and not -(1 << 63) < value < 1 << 63:
        raise ValueError("a number beyond 64 bits")
    return repr(value)


def _field(key: str, like: str) -> str:
    name = NAME.match(key) and key not in KEYWORDS
    return key if name else f"[{quoted(key, like)}]"


class NotConstantError(ValueError):
    """No constant decides what an expression is."""


Lookup = Callable[[str], "Value"]


def evaluate(node: Node, text: str, lookup: Lookup, depth: int = 0) -> Value:
    """What an expression is: a constant, a table of constants, or Unknown.

    ``lookup`` gives the value of a name.
    """
    kind = node.type
    if depth > MAX_DEPTH:
        return Unknown(text[node.start_byte : node.end_byte])
    handler = _HANDLERS.get(kind)
    if handler:
        try:
            return handler(node, text, lookup, depth)
        except (ValueError, ArithmeticError):
            pass
    return Unknown(text[node.start_byte : node.end_byte])


def _string(node: Node, text: str, _lookup: Lookup, _depth: int) -> Value:
    return string_value(text[node.start_byte : node.end_byte])


def _numeral(node: Node, text: str, _lookup: Lookup, _depth: int) -> Value:
    return number_value(text[node.start_byte : node.end_byte])


def _name(node: Node, text: str, lookup: Lookup, _depth: int) -> Value:
    return lookup(text[node.start_byte : node.end_byte])


def _parenthesized(node: Node, text: str, lookup: Lookup, depth: int) -> Value:
    inner = [child for child in node.children if child.is_named and child.type != "comment"]
    return evaluate(inner[0], text, lookup, depth + 1)


def _unary(node: Node, text: str, lookup: Lookup, depth: int) -> Value:
    operand = node.child_by_field_name("operand")
    if operand is None:
        raise NotConstantError
    value = evaluate(operand, text, lookup, depth + 1)
    operator = node.children[0].type
    if isinstance(value, Unknown):
        raise NotConstantError
    if operator == "not":
        return value is None or value is False
    if operator == "-" and isinstance(value, int | float) and not isinstance(value, bool):
        return -value
    if operator == "#" and isinstance(value, str):
        return len(value.encode("utf-8", "surrogateescape"))
    raise NotConstantError


def _binary(node: Node, text: str, lookup: Lookup, depth: int) -> Value:
    left_node, right_node = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left_node is None or right_node is None:
        raise NotConstantError
    operator = next(c.type for c in node.children if not c.is_named)
    left = evaluate(left_node, text, lookup, depth + 1)
    if isinstance(left, Unknown):
        raise NotConstantError
    truth = left is not None and left is not False
    if operator == "and" and not truth:
        return left
    if operator == "or" and truth:
        return left
    right = evaluate(right_node, text, lookup, depth + 1)
    if isinstance(right, Unknown):
        raise NotConstantError
    if operator in ("and", "or"):
        return right
    return _operation(operator, left, right)


def _operation(operator: str, left: Value, right: Value) -> Value:
    if operator == "..":
        return _concatenated(left) + _concatenated(right)
    if operator in ("==", "~="):
        if isinstance(left, list | dict) or isinstance(right, list | dict):
            raise NotConstantError
        equal = isinstance(left, bool) is isinstance(right, bool) and left == right
        return equal if operator == "==" else not equal
    raise NotConstantError


def _concatenated(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise NotConstantError


def _table(node: Node, text: str, lookup: Lookup, depth: int) -> Value:
    items: list[Value] = []
    fields: dict[str, Value] = {}
    for field in node.children:
        if field.type != "field":
            continue
        key, value = table_field(field, text, lookup, depth)
        if value is None:
            if key is None:
                raise ValueError("a hole in a list")
            continue
        if key is None and isinstance(value, Unknown):
            raise NotConstantError("an item that may be nil")
        if key is None:
            items.append(value)
        else:
            fields[key] = value
    if not fields:
        return items
    if items and any(isinstance(value, Unknown) for value in fields.values()):
        raise NotConstantError("a field that may be nil, which would leave a list")
    fields.update((f"[{n}]", item) for n, item in enumerate(items, 1))
    return fields


def table_field(field: Node, text: str, lookup: Lookup, depth: int = 0) -> tuple[str | None, Value]:
    """A table field as (key, value); the key is None for an item of a list.

    ValueError where the key is not a string.
    """
    value_node = field.child_by_field_name("value")
    if value_node is None:
        raise NotConstantError
    value = evaluate(value_node, text, lookup, depth + 1)
    key_node = field.child_by_field_name("name")
    if key_node is None:
        return None, value
    if field.children[0].type != "[":
        return text[key_node.start_byte : key_node.end_byte], value
    key = evaluate(key_node, text, lookup, depth + 1)
    if not isinstance(key, str):
        raise NotConstantError("a key that is no string")
    return key, value


def _call(node: Node, text: str, lookup: Lookup, depth: int) -> Value:
    """The few calls on constants that configuration files use to build names."""
    function, arguments = node.child_by_field_name("name"), node.child_by_field_name("arguments")
    if function is None or arguments is None:
        raise NotConstantError
    values = [
        evaluate(child, text, lookup, depth + 1)
        for child in arguments.children
        if child.is_named and child.type != "comment"
    ]
    if function.type == "method_index_expression":
        table, method = (
            function.child_by_field_name("table"),
            function.child_by_field_name("method"),
        )
        if table is None or method is None:
            raise NotConstantError
        values.insert(0, evaluate(table, text, lookup, depth + 1))
        name = text[method.start_byte : method.end_byte]
    elif text[function.start_byte : function.end_byte].startswith("string."):
        name = text[function.start_byte : function.end_byte].removeprefix("string.")
        if not isinstance(lookup("string"), Unknown):
            raise NotConstantError
    else:
        raise NotConstantError
    return _string_function(name, values)


def _string_function(name: str, values: list[Value]) -> Value:
    first, *others = values
    if not isinstance(first, str):
        raise NotConstantError
    if name in ("lower", "upper") and not others and first.isascii():
        return first.lower() if name == "lower" else first.upper()
    if name == "format" and re.fullmatch(r"(?:[^%]|%s|%%)*", first):
        pieces = re.split(r"(%s|%%)", first)
        if pieces.count("%s") > len(others):
            raise NotConstantError
        rest = iter(others)
        return "".join(
            _concatenated(next(rest)) if p == "%s" else "%" if p == "%%" else p for p in pieces
        )
    raise NotConstantError


_HANDLERS: dict[str, Callable[[Node, str, Lookup, int], Value]] = {
    "string": _string,
    "number": _numeral,
    "true": lambda *_: True,
    "false": lambda *_: False,
    "nil": lambda *_: None,
    "identifier": _name,
    "parenthesized_expression": _parenthesized,
    "unary_expression": _unary,
    "binary_expression": _binary,
    "table_constructor": _table,
    "function_call": _call,
}
