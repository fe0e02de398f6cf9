"""XML from a server, read as data: no entities, no document types, bounded in size and depth."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

_DEPTH = 32
_ELEMENTS = 5000
_LIMIT = 1024 * 1024


class XmlError(Exception):
    """What came is no XML that a sane server sends."""


@dataclass
class Element:
    """One element: its local name, namespace, attributes, children and text."""

    name: str
    namespace: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def first(self, name: str) -> Element | None:
        """The first child of that local name."""
        return next((child for child in self.children if child.name == name), None)

    def get(self, name: str) -> str | None:
        """The attribute of that local name, whatever its namespace."""
        return next((v for k, v in self.attributes.items() if k.rpartition(" ")[2] == name), None)


class _Builder:
    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= _DEPTH or self._count > _ELEMENTS:
            raise XmlError("the server's XML is too deep or too long")
        namespace, _, local = name.rpartition(" ")
        element = Element(local, namespace, attributes)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, _name: str) -> None:
        self._open.pop()

    def data(self, text: str) -> None:
        if self._open:
            self._open[-1].text += text


def parse(data: bytes) -> Element:
    """The document's root. Raises ``XmlError``."""
    if len(data) > _LIMIT:
        raise XmlError("the server's XML is longer than any sane answer")
    builder = _Builder()
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _refuse
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError) as error:
        raise XmlError(f"the server's answer is no XML: {error}") from error
    if builder.root is None:
        raise XmlError("the server's answer is empty")
    return builder.root


def _refuse(*_words: object) -> None:
    raise XmlError("the server sent a document type, which XMPP forbids (RFC 6120, 11.1)")


def escape(text: str) -> str:
    """Text as it may stand in XML, in attributes too."""
    for plain, spelled in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("'", "&apos;")):
        text = text.replace(plain, spelled)
    return text.replace('"', "&quot;")
