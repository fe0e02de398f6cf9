"""Where logrotate's configuration says that a log is put aside."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.perl import perl

PROGRAM = """
my $folder = Follow::Olddir::olddir_in(@ARGV);
print defined $folder ? $folder : 'none';
"""


def olddir(path: Path, *texts: str) -> str:
    return perl("Follow::Olddir", PROGRAM, str(path), *texts)


GENERAL = "weekly\nolddir /srv/old\ninclude /etc/logrotate.d\n"
SCRIPT = "prerotate\n  olddir /wrong {\n  endscript"


@pytest.mark.parametrize(
    ("texts", "folder"),
    [
        (["LOG {\n  olddir old\n}"], "HOME/old/"),
        (["LOG\n{\n\tolddir /srv/x\n}"], "/srv/x/"),
        (['"LOG" { olddir old\n}', "HOME/b.log {\n olddir /b\n}"], "HOME/old/"),
        (["HOME/*.log HOME/none {\n  olddir = '/srv/two words'\n}"], "/srv/two words/"),
        (["HOME/none\nHOME/[a-c].log {\n  olddir old\n}"], "HOME/old/"),
        (["HOME/b.log {\n  olddir old\n}"], "none"),
        (["# LOG {\n#  olddir old\n# }\nLOG {\n  daily\n}"], "none"),
        ([GENERAL, "LOG {\n daily\n}"], "/srv/old/"),
        ([GENERAL, "HOME/b.log {\n noolddir\n}\nLOG {\n  daily\n}"], "/srv/old/"),
        ([GENERAL, "LOG {\n  noolddir\n}"], "none"),
        ([GENERAL], "none"),
        ([f"LOG {{\n  {SCRIPT}\n}}"], "none"),
        ([f"LOG {{\n  {SCRIPT}\n  olddir old\n}}"], "HOME/old/"),
        (["LOG {\n  olddir old\n"], "none"),
        (["}{}{", "\xff{", "LOG {\n olddir\n}"], "none"),
    ],
)
def test_it_is_read_as_logrotate_reads_it(tmp_path: Path, texts: list[str], folder: str) -> None:
    log = tmp_path / "a.log"
    log.touch()
    filled = [text.replace("LOG", str(log)).replace("HOME", str(tmp_path)) for text in texts]
    assert olddir(log, *filled) == folder.replace("HOME", str(tmp_path))
