"""The wheel carries all that the program needs, and works outside of the checkout."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with the wheel installed; its dependencies are those of this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
        timeout=300,
    )
    (wheel,) = folder.glob("*.whl")
    environment = folder / "venv"
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    (site,) = environment.glob("lib/python*/site-packages")
    subprocess.run([sys.executable, "-m", "zipfile", "-e", str(wheel), str(site)], check=True)
    here = next(p for p in sys.path if p.endswith("site-packages"))
    # Behind the wheel's own folder, so that the package is never found in the checkout.
    (site / "dependencies.pth").write_text(f"import sys; sys.path.append({here!r})\n", "utf-8")
    return python


def ask(python: Path, code: str, cwd: Path) -> str:
    done = subprocess.run(
        [python, "-c", code], cwd=cwd, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_every_style_and_server_side_program_is_in_the_wheel(
    installed: Path, tmp_path: Path
) -> None:
    listing = (
        "import json, jitsi_tui; from jitsi_tui import resources; from pathlib import Path;"
        "from jitsi_tui.instance.invitations.page import page;"
        "p = Path(jitsi_tui.__file__).parent;"
        "print(json.dumps([str(p), sorted(str(f.relative_to(p)) for f in p.rglob('*') "
        "if f.is_file() and '__pycache__' not in f.parts),"
        "sorted(f.name for f in resources.style('base').parent.iterdir()),"
        "len(resources.passphrase_words()), len(resources.remote_program('facts.pl')),"
        "page().decode()]))"
    )
    place, files, styles, words, program, page = json.loads(ask(installed, listing, tmp_path))
    assert str(ROOT) not in place
    assert styles == sorted(f.name for f in (ROOT / "styles").iterdir())
    assert words == 7776
    assert program > 1000
    assert page.startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")
    source = {
        str(f.relative_to(ROOT / "jitsi_tui"))
        for f in (ROOT / "jitsi_tui").rglob("*")
        if f.is_file() and "__pycache__" not in f.parts
    }
    assert source <= set(files)


def test_the_installed_program_runs(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [installed, "-m", "jitsi_tui", "--version"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.startswith("jitsi-tui ")
