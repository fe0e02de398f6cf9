"""Account names: what XMPP lets stand before the ``@`` (nodeprep, RFC 6122 appendix A)."""

from __future__ import annotations

import stringprep
import unicodedata

from ..model import RefusedError

_FORBIDDEN_ASCII = frozenset("\"&'/:<>@")
_MAX_BYTES = 1023
_SHOWN = 64
"""Characters of a name that a refusal repeats."""


def nodeprep(name: str) -> str:
    """The name as Prosody stores it: mapped to lower case and normalised.

    Raises ``RefusedError`` naming the character that nodeprep forbids.
    """
    if len(name) > _MAX_BYTES:
        raise _refuse(name, f"an account name has at most {_MAX_BYTES} bytes")
    for character in name:
        if stringprep.in_table_a1(character):
            # Python lower-cases by the newest Unicode, Prosody by 3.2: what 3.2 lacks is refused.
            raise _refuse(name, f"{_describe(character)} may not stand in an account name")
    mapped = "".join(stringprep.map_table_b2(c) for c in name if not stringprep.in_table_b1(c))
    prepared = unicodedata.ucd_3_2_0.normalize("NFKC", mapped)
    for character in prepared:
        if _forbidden(character):
            raise _refuse(name, f"{_describe(character)} may not stand in an account name")
    _check_direction(name, prepared)
    if not prepared:
        raise _refuse(name, "an account needs a name")
    if len(prepared.encode("utf-8")) > _MAX_BYTES:
        raise _refuse(name, f"an account name has at most {_MAX_BYTES} bytes")
    return prepared


def account(name: str, domain: str) -> str:
    """The bare name of ``name`` or ``name@domain``, prepared.

    Raises ``RefusedError`` for another domain: accounts of the main host open meetings, others
    don't.
    """
    local, at, host = name.partition("@")
    if at and host.lower().rstrip(".") != domain.lower():
        raise RefusedError(
            f"{_shown(name)} is not an account of {domain}",
            f"moderators live on {domain}: use {_shown(local)}",
        )
    return nodeprep(local)


def _forbidden(character: str) -> bool:
    return (
        character in _FORBIDDEN_ASCII
        or stringprep.in_table_a1(character)
        or stringprep.in_table_c11_c12(character)
        or stringprep.in_table_c21_c22(character)
        or stringprep.in_table_c3(character)
        or stringprep.in_table_c4(character)
        or stringprep.in_table_c5(character)
        or stringprep.in_table_c6(character)
        or stringprep.in_table_c7(character)
        or stringprep.in_table_c8(character)
        or stringprep.in_table_c9(character)
    )


def _check_direction(name: str, prepared: str) -> None:
    """RFC 3454 section 6: right-to-left text is not mixed with left-to-right letters."""
    right_to_left = [stringprep.in_table_d1(c) for c in prepared]
    if not any(right_to_left):
        return
    if any(stringprep.in_table_d2(c) for c in prepared) or not (
        right_to_left[0] and right_to_left[-1]
    ):
        raise _refuse(name, "right-to-left and left-to-right letters may not be mixed in a name")


def _describe(character: str) -> str:
    if character == " ":
        return "a space"
    if character.isprintable():
        return repr(character)
    return f"U+{ord(character):04X}"


def _refuse(name: str, why: str) -> RefusedError:
    return RefusedError(
        f"{_shown(name)} is no account name: {why}", "use letters, digits, . _ or -"
    )


def _shown(name: str) -> str:
    return repr(name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…")
