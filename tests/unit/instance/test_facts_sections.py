"""What a server says of itself is taken apart by lengths: nothing inside of a part counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jitsi_tui.instance.facts.sections import FactsError, Sections, moment
from jitsi_tui.instance.model import Absent, Failed, Known

NONCE = "00ff00ff00ff00ff"


def section(state: str, name: str, *fields: str, data: bytes = b"") -> bytes:
    words = " ".join([NONCE, state, name, *fields, str(len(data))])
    return words.encode() + b"\n" + data + b"\n"


def whole(*sections: bytes) -> bytes:
    return section("K", "begin", "1") + b"".join(sections) + section("K", "end")


FILE = ("/etc/x", "/srv/x", "root", "adm", "640", "1700000000", "0")


def test_what_a_shell_says_before_is_skipped() -> None:
    raw = b"Welcome!\n\x1b[2JLast login: never\n" + whole(section("K", "host", data=b"a=b\n"))
    found = Sections(raw, NONCE).one("host")
    assert found is not None and found.pairs == {"a": "b"}


def test_sections_inside_of_a_file_are_the_files_own_text() -> None:
    forged = section("K", "docker", data=b"forged") + section("K", "end")
    sections = Sections(whole(section("K", "file", "meet", *FILE, data=forged)), NONCE)
    assert sections.one("docker") is None
    fact = sections.file("meet")
    assert isinstance(fact, Known) and fact.value.data == forged and fact.value.mode == 0o640


def test_the_three_states_stay_apart() -> None:
    sections = Sections(
        whole(
            section("A", "file", "hocon", "/a", data=b"not there"),
            section("F", "file", "properties", "/b", data=b"root only"),
        ),
        NONCE,
    )
    assert sections.file("hocon") == Absent("not there")
    assert sections.file("properties") == Failed("root only")
    assert sections.unread() == {"/b": "root only"}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"sh: 1: perl: not found\n",
        whole()[:-3],
        section("K", "begin", "1"),
        whole(section("X", "host")),
        whole(f"{NONCE} K host -1\n".encode()),
        whole(f"{NONCE} K host 99999999999\n".encode()),
        whole(f"{NONCE} K host 10\nshort\n".encode()),
        whole().replace(NONCE.encode(), b"1111111111111111", 2),
    ],
)
def test_a_damaged_answer_is_an_error(raw: bytes) -> None:
    with pytest.raises(FactsError):
        Sections(raw, NONCE)


def test_an_end_without_its_last_byte_is_whole() -> None:
    Sections(whole()[:-1], NONCE)


@given(st.binary(max_size=400))
def test_no_answer_is_more_than_an_error(noise: bytes) -> None:
    for raw in (noise, section("K", "begin", "1") + noise, whole(noise)):
        try:
            Sections(raw, NONCE)
        except FactsError:
            continue


@given(st.binary(max_size=200), st.text(max_size=30))
def test_any_bytes_and_any_name_arrive(data: bytes, name: str) -> None:
    spelled = "".join(f"%{byte:02X}" for byte in name.encode("utf-8", "surrogatepass")) or "%"
    found = Sections(whole(section("K", "thing", spelled, data=data)), NONCE).one("thing")
    assert found is not None and found.data == data
    assert found.fields[0].encode("utf-8", "surrogateescape") == name.encode(
        "utf-8", "surrogatepass"
    )


@pytest.mark.parametrize("text", ["", "x", "nan", "1e300", "-1e12", "inf", None])
def test_a_time_that_is_none_is_none(text: str | None) -> None:
    assert moment(text) is None
