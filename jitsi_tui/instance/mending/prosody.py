"""Mends in Prosody's files."""

from __future__ import annotations

import re

from jitsi_tui.configs.document import Value, decode, end_of_line, line_end, line_start
from jitsi_tui.configs.prosody import ProsodyFile
from jitsi_tui.configs.prosody.events import Header

from ..findings.prosody import PLUGINS
from ..model import known
from ..posture import ANONYMOUS_METHODS
from ..readings import JicofoReading, ProsodyReading
from .mends import Bench, Mend, close, restart

_INCLUDE = 'Include "conf.d/*.cfg.lua"'
_WHY_A_COMMENT = (
    "-- Commented out by jitsi-tui: another file has all of this, and Prosody merges the two."
)
_CLIENT = ("jicofo", "xmpp", "client")
_ADDRESS = re.compile(r"[\w.@-]+", re.ASCII)
_GUEST_OPTIONS = ("authentication", "c2s_require_encryption")


def no_empty_tokens(bench: Bench) -> None:
    """A token is asked of everybody."""
    _set(bench, bench.instance.domain, "allow_empty_token", False)
    bench.closed = True


def closed(bench: Bench) -> None:
    """Strangers stay out: people need an account, or a token where tokens decide."""
    if bench.now.token:
        no_empty_tokens(bench)
    else:
        close(bench)


def no_registration(bench: Bench) -> None:
    """Accounts are made by those who may."""
    _set(bench, bench.instance.domain, "allow_registration", False)


def no_lobby_of_guests(bench: Bench) -> None:
    """The lobby is the main host's alone."""
    guest = bench.now.guest_domain or ""
    path = ProsodyReading(bench.instance).file_of(guest)
    if path is None:
        raise bench.by_hand(f"{guest} stands in no file of Prosody's")
    option = (guest, "modules_enabled")
    bench.editor.edit_prosody(
        path, lambda file: file.shrink_list(option, ["muc_lobby_rooms"], default=()).document
    )


def owners_of_rooms(bench: Bench) -> None:
    """Jicofo owns the rooms on Prosody 13, as the packages of 2026 have it."""
    bench.editor.edit_prosody(
        bench.editor.main_path(),
        lambda file: file.set(("", "component_admins_as_room_owners"), True).document,
    )


def local_http(bench: Bench) -> None:
    """Prosody's HTTP listens on this machine alone."""
    held = ProsodyReading(bench.instance).own_file("", "http_interfaces")
    main = known(bench.instance.prosody.main_file)
    path = held or (main.real if main else bench.editor.main_path())
    bench.editor.edit_prosody(
        path, lambda file: file.set(("", "http_interfaces"), ["127.0.0.1", "::1"]).document
    )


def passwords_over_bosh(bench: Bench) -> None:
    """The web server's connection counts as encrypted: it is on this machine."""
    held = ProsodyReading(bench.instance).own_file("", "consider_bosh_secure")
    path = held or bench.editor.main_path()
    bench.editor.edit_prosody(
        path, lambda file: file.set(("", "consider_bosh_secure"), True).document
    )


def plugin_paths(bench: Bench) -> None:
    """Prosody finds Jitsi's modules, beside those that it finds already."""
    _extend(bench, ("", "plugin_paths"), f"{PLUGINS}/")


def bosh(bench: Bench) -> None:
    """Browsers reach Prosody through /http-bind."""
    _extend(bench, (bench.instance.domain, "modules_enabled"), "bosh")


def _extend(bench: Bench, option: tuple[str, str], item: str) -> None:
    """Add to a host's list, in the file that has it already."""
    path = ProsodyReading(bench.instance).own_file(*option) or bench.editor.main_path()
    bench.editor.edit_prosody(path, lambda file: file.extend_list(option, [item]).document)


def options_back(bench: Bench) -> None:
    """The main host has its options again, the guest host stands below them."""
    guest, domain = bench.now.guest_domain or "", bench.instance.domain
    path = ProsodyReading(bench.instance).file_of(guest)
    if path is None or path != bench.editor.main_path():
        raise bench.by_hand(f"{guest} stands in another file than {domain}")

    def move(file: ProsodyFile) -> ProsodyFile:
        block = file.host(guest)
        if block is not None and set(block.options) <= set(_GUEST_OPTIONS):
            return file
        methods = file.places(guest, "authentication")
        method = file.value(methods[0]) if len(methods) == 1 else None
        headers = [header for header in file.headers() if header.host == guest]
        if method not in ANONYMOUS_METHODS or len(headers) != 1:
            raise bench.by_hand(f"which options belong to {guest} is not certain")
        for option in _own_options(headers[0]):
            file = file.remove((guest, option)).document
        alone = _without_head(file, guest)
        if alone is None:
            raise bench.by_hand(f"{guest} does not stand on a line of its own")
        wanted: dict[str, Value] = {"authentication": method, "c2s_require_encryption": False}
        return alone.add_virtual_host(guest, wanted, after=domain).document

    bench.editor.edit_prosody(path, move)
    bench.guests = True


def _own_options(header: Header) -> list[str]:
    """What was written for the guest host itself: it stands directly below its line."""
    own = []
    for place in header.places:
        if place.option not in _GUEST_OPTIONS or place.option in own:
            break
        own.append(place.option)
    return own


def _without_head(file: ProsodyFile, host: str) -> ProsodyFile | None:
    """The line goes that opens a host, so that what follows belongs to the host above."""
    header = next(header for header in file.headers() if header.host == host)
    start, end = line_start(file.text, header.start), line_end(file.text, header.head_end)
    line = file.text[start:end].partition("--")[0]
    head = file.text[header.start : header.head_end]
    if header.table is not None or line.strip() != head.strip():
        return None
    above = next((h for h in reversed(list(file.headers())) if h.start < header.start), None)
    if above is None or above.table is not None:
        return None
    return ProsodyFile.parse(file.text[:start] + file.text[end + 1 :], file.file)


def served(bench: Bench) -> None:
    """The running Prosody serves the main host."""
    option = (bench.instance.domain, "enabled")
    reading = ProsodyReading(bench.instance)
    if reading.value(*option) is not False:
        restart(bench)
        return
    path = reading.own_file(*option)
    if path is None:
        raise bench.by_hand(f"which line turns {bench.instance.domain} off is not certain")
    bench.editor.edit_prosody(path, lambda file: file.remove(option).document)


def focus(bench: Bench) -> None:
    """People reach Jicofo through the component that stands for it, as the packages have it."""
    name, domain = bench.now.focus, bench.instance.domain
    jicofo = JicofoReading(bench.instance)
    user = jicofo.text(*_CLIENT, "username")
    if user is None:
        raise bench.by_hand("this Jicofo comes as a component of its own, with a secret")
    if "client_proxy" not in bench.instance.prosody.plugins:
        raise bench.by_hand("mod_client_proxy is missing (package jitsi-meet-prosody)")
    address = f"{user}@{jicofo.text(*_CLIENT, 'domain') or f'auth.{domain}'}"
    if not _ADDRESS.fullmatch(address) or not _ADDRESS.fullmatch(name):
        raise bench.by_hand(f"where Jicofo is to be reached is not certain: {address}")
    path = bench.editor.main_path()

    def add(text: str) -> str:
        before = ProsodyFile.parse(text, path)
        if ProsodyReading(bench.instance).host_place(name) is not None:
            return text
        end = end_of_line(text, 0)
        lines = (f'Component "{name}" "client_proxy"', f'    target_address = "{address}"')
        gap = "" if text.endswith("\n") else end
        whole = f"{text}{gap}{end}{end.join(lines)}{end}"
        after = ProsodyFile.parse(whole, path)
        block = after.host(name)
        ours = {(name, "target_address"): address}
        rest = {s.path: s.value for s in after.settings() if s.path not in ours}
        if (
            block is None
            or (block.module, block.options) != ("client_proxy", {"target_address": address})
            or rest != {s.path: s.value for s in before.settings()}
        ):
            raise bench.by_hand(f"{path} ends in a way that leaves no certain place for it")
        return whole

    bench.editor.edit_text(path, add)
    bench.rooms = True


def include(bench: Bench) -> None:
    """prosody.cfg.lua reads the hosts in conf.d again."""
    main = known(bench.instance.prosody.main_file)
    if main is None or not bench.instance.prosody.aside:
        raise bench.by_hand("no file holds this host")
    text = decode(main.data)
    patterns = [pattern for pattern, _ in ProsodyFile.parse(text, main.real).includes()]
    if any(pattern.endswith("conf.d/*.cfg.lua") for pattern in patterns):
        raise bench.by_hand("conf.d is read, and has no link to the host's file")
    end = "" if not text or text.endswith("\n") else "\n"
    bench.editor.edit_text(main.real, lambda whole: f"{whole}{end}{_INCLUDE}\n")
    bench.reads_aside = True


def one_file(bench: Bench) -> None:
    """One file for a host: one that adds nothing to the other becomes a comment."""
    reading = ProsodyReading(bench.instance)
    done = False
    for host in (bench.instance.domain, bench.now.guest_domain):
        files = reading.files_of(host) if host else []
        if host is None or len(files) < 2:
            continue
        spare = _spare(bench, files)
        if spare is None:
            raise bench.by_hand(
                f"{' and '.join(files)} differ in what they say of {host}: which one is right is"
                " yours to say"
            )
        bench.editor.edit_text(spare, _commented_out)
        done = True
    if not done:
        return


def _spare(bench: Bench, files: list[str]) -> str | None:
    """A file whose hosts all stand in another one, with every option of it alike."""
    parsed = {
        path: ProsodyFile.parse(decode(bench.instance.prosody.files[path].data), path)
        for path in files
    }
    usual = f"{bench.instance.domain}.cfg.lua"
    # The packages' own file is kept where there is a choice.
    for path in sorted(files, key=lambda path: path.endswith(f"/{usual}")):
        mine = parsed[path]
        others = [parsed[other] for other in files if other != path]
        alone = not [s for s in mine.settings() if s.path[0] == ""] and not mine.includes()
        if alone and any(_within(mine, other) for other in others):
            return path
    return None


def _within(mine: ProsodyFile, other: ProsodyFile) -> bool:
    for block in mine.hosts():
        there = other.host(block.name)
        if there is None or there.module != block.module:
            return False
        if any(there.options.get(name) != value for name, value in block.options.items()):
            return False
    return True


def _commented_out(text: str) -> str:
    lines = text.split("\n")
    return "\n".join([_WHY_A_COMMENT, *(f"-- {line}" if line else line for line in lines)])


def _set(bench: Bench, host: str, option: str, value: bool) -> None:
    """Where the option stands, else in the host itself."""
    path = ProsodyReading(bench.instance).own_file(host, option) or bench.editor.main_path()
    bench.editor.edit_prosody(path, lambda file: file.set((host, option), value).document)


MENDS: dict[str, Mend] = {
    "open-server": closed,
    "everyone-is-moderator": closed,
    "token-empty": no_empty_tokens,
    "open-registration": no_registration,
    "guest-lobby": no_lobby_of_guests,
    "component-admins": owners_of_rooms,
    "prosody-port-exposed": local_http,
    "main-host-no-mechanism": passwords_over_bosh,
    "guest-host-took-options": options_back,
    "bosh-missing": bosh,
    "plugin-paths": plugin_paths,
    "main-host-not-served": served,
    "focus-missing": focus,
    "main-host-missing": include,
    "host-twice": one_file,
}
