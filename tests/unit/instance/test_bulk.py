"""Lists of people: what is wrong in each line is said before anything is made."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest

from jitsi_tui.instance.accounts import bulk, export
from jitsi_tui.instance.model import Moderator, ModeratorList, RefusedError
from jitsi_tui.ssh.command import Secret

DOMAIN = "meet.example.org"


def names(text: str, existing: frozenset[str] = frozenset()) -> list[str]:
    return [entry.name for entry in bulk.preview(text, DOMAIN, existing).good]


def test_each_line_says_what_is_wrong_with_it() -> None:
    found = bulk.preview(
        "Ada\n\n# a remark\na b\nada\njoki\nx@other.example.org\n", DOMAIN, {"joki"}
    )
    assert [entry.name for entry in found.good] == ["ada"]
    assert [(entry.line, entry.name) for entry in found.existing] == [(6, "joki")]
    wrong = {entry.line: entry.problem for entry in found.wrong}
    assert set(wrong) == {4, 5, 7}
    assert "space" in wrong[4]
    assert "line 1" in wrong[5]
    assert DOMAIN in wrong[7]


def test_what_mod_listusers_prints_is_understood() -> None:
    assert names(f"ada@{DOMAIN}\ngrace@{DOMAIN}\nOK: Showing all 2 users\n") == ["ada", "grace"]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_csv_with_a_heading_gives_names_and_passwords(mark: str) -> None:
    text = f"Mail{mark}Name{mark}Password\nx@y{mark}ada{mark} geheim 1 \nx@z{mark}grace{mark}\n"
    found = bulk.preview(text, DOMAIN, ())
    assert [e.name for e in found.good] == ["ada", "grace"]
    first, second = (e.password for e in found.good)
    assert first is not None and first.reveal() == " geheim 1 "
    assert second is None


def test_one_password_in_a_list_of_names_never_becomes_a_name() -> None:
    found = bulk.preview("ada\ngrace\nmax,geheim123\njoki\n", DOMAIN, ())
    assert [e.name for e in found.good] == ["ada", "grace", "max", "joki"]
    assert "geheim123" not in repr(found)


@pytest.mark.parametrize(
    "heading",
    [
        "Nom d'utilisateur;Mot de passe",
        "Usuario;Contraseña",
        "user_name;PassWord",
        "Имя пользователя;Пароль",
        "ユーザー名;パスワード",
        '"E-Mail";"Kennwort"',
    ],
)
def test_headings_of_other_languages_become_no_accounts(heading: str) -> None:
    found = bulk.preview(f"{heading}\nada@{DOMAIN};geheim\n", DOMAIN, ())
    assert [(e.name, e.password) for e in found.entries] == [("ada", Secret("geheim"))]


def test_what_names_an_account_best_is_the_name() -> None:
    text = "Name,Vorname,Benutzername,Mail,Passwort\nLovelace,Ada,ada,a@b.c,geheim\n"
    found = bulk.preview(text, DOMAIN, ())
    assert [(e.name, e.password) for e in found.entries] == [("ada", Secret("geheim"))]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ada,Ada Lovelace,geheim\n", "line 1 of the list has 3 columns"),
        ("\nKto;Heslo\nada;geheim\n", "line 2 of the list looks like a heading"),
        ('name,password\nada,"geheim\ngrace,x\n', "what begins in line 2"),
    ],
)
def test_nobody_gets_another_column_for_a_password(text: str, said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        bulk.preview(text, DOMAIN, ())


TABLES = {
    "psql": " username | password \n----------+----------\n ada      | s1\n grace    |\n(2 rows)\n",
    "psql, unaligned": "username|password\nada|s1\ngrace|\n(2 Zeilen)\n",
    "psql, box": "┌──────┬────┐\n│ user │ pw │\n├──────┼────┤\n"
    "│ ada  │ s1 │\n│ grace│    │\n└──────┴────┘\n",
    "mysql": "+-------+----+\n| user  | pw |\n+-------+----+\n| ada   | s1 |\n"
    "| grace |    |\n+-------+----+\n2 rows in set (0.00 sec)\n",
    "Markdown": "| Name | Password |\n|:-----|---------:|\n| ada | s1 |\n| grace | |\n",
    "sqlite": "ada|s1\ngrace|\n",
}


@pytest.mark.parametrize("program", TABLES)
def test_tables_that_are_drawn_give_their_cells(program: str) -> None:
    found = bulk.preview(TABLES[program], DOMAIN, ())
    assert [(e.name, e.password) for e in found.entries] == [("ada", Secret("s1")), ("grace", None)]


@pytest.mark.parametrize(
    "text",
    [
        " username \n----------\n ada\n grace\n(2 rows)\n",
        "| Name |\n|---|\n| ada |\n| grace |\n",
        "ada.dat\n%67race.dat\n",
        f"Ada L <ada@{DOMAIN}>\nxmpp:grace@{DOMAIN}\n",
    ],
)
def test_lists_of_one_column_are_read_whoever_wrote_them(text: str) -> None:
    found = bulk.preview(text, DOMAIN, ())
    assert [(e.name, e.password) for e in found.entries] == [("ada", None), ("grace", None)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ada, grace\n", "line 1 .* a space beside"),
        ("\nada,ada@example.org\njoki,g@example.org\n", "line 2 .* is an address"),
        (f"Ada <ada@{DOMAIN}>;Grace <grace@{DOMAIN}>\n", "line 1 .* is an address"),
        ("ada\tAda Lovelace\njoki\tJoki X\n", "line 1 .* the second holds the first"),
        ("1;ada\n2;grace\n", "line 1 .* the first counts the lines"),
        ("| name | pw |\n| ada | a|b |\n", "line 2 of the list has 3 columns, those above it 2"),
        ("name\njoki\nada,x\n", "line 3 of the list has 2 columns, its heading 1"),
        ("-[ RECORD 1 ]---\nusername | ada\npassword | x\n", "line 1 .* several lines"),
        ('[\n  "ada"\n]\n', "is JSON"),
    ],
)
def test_what_could_be_anything_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        bulk.preview(text, DOMAIN, ())


@pytest.mark.parametrize(
    "line",
    ["ada:geheim", "ada  geheim", "ada=geheim", "ada;geheim", "[ada](geheim)", "ada\\geheim"],
)
def test_one_odd_line_is_no_name_and_what_follows_is_not_repeated(line: str) -> None:
    found = bulk.preview(f"joki,x\n{line}\nmax,y\n", DOMAIN, ())
    assert [e.line for e in found.wrong] == [2]
    assert "geheim" not in repr(found)


def test_a_heading_makes_odd_names_names() -> None:
    assert names('name\na=b\n[x]\n"a|b"\n') == ["a=b", "[x]", "a|b"]


@pytest.mark.parametrize(
    "hashed", ["$2y$10$abcdefgh", "$6$salt$abc", "{SSHA}x0y1", "SCRAM-SHA-256$4096:a$b:c"]
)
def test_a_hash_is_not_taken_for_a_password(hashed: str) -> None:
    (entry,) = bulk.preview(f"name;password\nada;{hashed}\n", DOMAIN, ()).entries
    assert "hash" in entry.problem and hashed not in entry.problem


def test_the_first_mark_of_most_lines_separates() -> None:
    found = bulk.preview("ada,a;b\ngrace,c;d\n", DOMAIN, ())
    assert [(e.name, e.password) for e in found.entries] == [
        ("ada", Secret("a;b")),
        ("grace", Secret("c;d")),
    ]
    assert names('sep=;\n"name";"note"\n"ada";"a,b,c"\n') == ["ada"]


def test_a_password_keeps_what_ends_no_line() -> None:
    found = bulk.preview("name,password\rada,a\x85\u2028b\r", DOMAIN, ())
    assert [(e.name, e.password) for e in found.entries] == [("ada", Secret("a\x85\u2028b"))]


def test_banners_of_prosodyctl_are_no_people() -> None:
    assert names(f"{'*' * 26}\nada@{DOMAIN}\nShowing 1 of 1 users\n") == ["ada"]


def test_a_line_without_end_is_refused_in_a_short_sentence() -> None:
    for line in ("a" * 300_000, "a" * 300_000 + "@other.example.org"):
        (entry,) = bulk.preview(line, DOMAIN, ()).entries
        assert entry.problem and len(entry.problem) < 200


def test_quoted_cells_may_hold_commas_and_line_ends() -> None:
    found = bulk.preview('name,password\n"a,b","x\ny"\nada,z\n', DOMAIN, ())
    assert [e.name for e in found.entries] == ["a,b", "ada"]
    assert "control characters" in found.entries[0].problem
    assert found.entries[1].line == 4


def test_windows_files_are_read() -> None:
    assert names(bulk.decoded("\ufeffname;note\r\nJörg;x\r\n".encode())) == ["jörg"]
    assert names(bulk.decoded("ada\r\ngrace\r\n".encode("utf-16"))) == ["ada", "grace"]
    for other in ("latin-1", "utf-16-le", "utf-16-be", "utf-32"):
        with pytest.raises(RefusedError, match="UTF-8"):
            bulk.decoded("jörg".encode(other))


@pytest.mark.parametrize("text", ["", "\n\n", "# only remarks\n", "name,password\n"])
def test_a_list_of_nobody_is_refused(text: str) -> None:
    with pytest.raises(RefusedError):
        bulk.preview(text, DOMAIN, ())


def test_an_export_holds_no_formula_and_is_read_back_as_it_was() -> None:
    odd = ["=1+1", "+a", "-a", "@a"[1:], "jörg", 'a,b"c'.replace('"', "")]
    listing = ModeratorList(
        DOMAIN,
        "shell",
        tuple(
            Moderator(name, f"{name}@{DOMAIN}", True, datetime(2026, 1, 2, tzinfo=UTC))
            for name in odd
        ),
    )
    table = export.as_csv(listing)
    for row in csv.reader(io.StringIO(table)):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
    assert names(table) == odd
