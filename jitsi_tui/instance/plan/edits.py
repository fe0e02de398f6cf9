"""The edits behind a plan: what each of the three places must say, in their own syntax."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jitsi_tui.configs import hocon, meet, properties, prosody
from jitsi_tui.configs.document import Value, decode, encode
from jitsi_tui.digits import whole

from ..logins import (
    AUTO_LOGIN,
    AUTO_OWNER,
    LIFETIME,
    OLD_LIFETIME,
    OLD_NO_AUTO_LOGIN,
    OLD_NO_AUTO_OWNER,
    logins,
    written,
)
from ..model import Fact, FileChange, Instance, Policy, RefusedError, SourceFile, known
from ..posture import ANONYMOUS_METHODS, LEGACY_URL, Settings
from ..readings import JicofoReading, ProsodyReading

_MECHANISMS = "disable_sasl_mechanisms"
_AUTHENTICATION = ("jicofo", "authentication")
_ANONYMOUS_DOMAIN = ("hosts", "anonymousdomain")
_ACCOUNT_METHOD = "internal_hashed"


class Editor:
    """Collects the edits of one plan, file by file. Raises ``ConfigError`` for what it can't edit.

    Each method asks for one state of the server and edits only what says otherwise.
    """

    def __init__(self, instance: Instance, now: Settings) -> None:
        self._instance = instance
        self._now = now
        self._reading = ProsodyReading(instance)
        self._texts: dict[str, str] = {}
        self.warnings: list[str] = []

    def changes(self) -> list[FileChange]:
        """The files that became others, in the order they were first touched."""
        sources = self._sources()
        found = []
        for path, text in self._texts.items():
            before = sources[path].data
            after = encode(text)
            if after != before:
                found.append(FileChange(path, before, after))
        return found

    def close(self, guest_domain: str | None) -> None:
        """All three places ask for accounts; guests log in on their domain, or there are none."""
        self.ask_for_accounts()
        if guest_domain is None:
            self.remove_guests()
        else:
            self.let_guests_in(guest_domain)
        self.let_jicofo_ask()

    def ask_for_accounts(self) -> None:
        """The main host takes accounts; an account method that is there is kept."""
        domain = self._instance.domain
        if self._now.main_authentication in ANONYMOUS_METHODS:
            self.edit_prosody(
                self._only_path(),
                lambda file: file.set((domain, "authentication"), _ACCOUNT_METHOD).document,
            )
        if self._offers_oauthbearer():
            self.turn_oauthbearer_off()

    def turn_oauthbearer_off(self) -> None:
        """The main host no longer offers what Jitsi's client takes for a token."""
        if "OAUTHBEARER" in self._now.disabled_mechanisms:
            return
        self.edit_prosody(
            self.main_path(),
            lambda file: (
                file.extend_list(
                    (self._instance.domain, _MECHANISMS),
                    ["OAUTHBEARER"],
                    # The option replaces Prosody's default, which must stay in force.
                    default=list(self._now.disabled_mechanisms) or ["DIGEST-MD5"],
                ).document
            ),
        )

    def ask_for_nothing(self) -> None:
        """The main host lets everyone in, the way its guest host did."""
        domain = self._instance.domain
        if self._now.main_authentication not in ANONYMOUS_METHODS:
            self.edit_prosody(
                self._only_path(),
                lambda file: (
                    file.set((domain, "authentication"), self._anonymous_method()).document
                ),
            )
        if "OAUTHBEARER" in self._now.disabled_mechanisms:
            self.edit_prosody(self.main_path(), self._without_oauthbearer)

    def let_guests_in(self, guest_domain: str) -> None:
        """A guest host in Prosody, and its name in config.js."""
        now = self._now
        if now.guest_domain and now.guest_domain != guest_domain:
            self._remove_guest_host(now.guest_domain)
        self._add_guest_host(guest_domain)
        if now.anonymousdomain != guest_domain:
            self.edit_meet(lambda file: file.set(_ANONYMOUS_DOMAIN, guest_domain).document)
        self._settle_meet()

    def remove_guests(self) -> None:
        """No guest host, and no name of one in config.js."""
        if self._now.guest_domain:
            self._remove_guest_host(self._now.guest_domain)
        if self._now.anonymousdomain is not None:
            self.edit_meet(lambda file: file.remove(_ANONYMOUS_DOMAIN).document)

    def let_jicofo_ask(self) -> None:
        """Jicofo takes only people of the main domain. The legacy property wins where present."""
        domain = self._instance.domain
        legacy = self._now.legacy_url
        hocon_file = known(self._instance.jicofo.hocon)
        if legacy is not None or hocon_file is None:
            wanted = f"XMPP:{domain}"
            if legacy != wanted:
                self.edit_properties(lambda file: file.set((LEGACY_URL,), wanted).document)
            return
        self.set_jicofo_authentication()

    def set_jicofo_authentication(self) -> None:
        """jicofo.conf asks for accounts of the main domain."""
        wanted_keys: dict[tuple[str, ...], Value] = {
            (*_AUTHENTICATION, "enabled"): True,
            (*_AUTHENTICATION, "type"): "XMPP",
            (*_AUTHENTICATION, "login-url"): self._instance.domain,
        }
        self.edit_hocon(lambda file: file.set_many(wanted_keys).document)

    def drop_legacy_url(self) -> None:
        """The old property goes, from whichever file holds it."""
        key = (LEGACY_URL,)
        if known(self._instance.jicofo.properties) is not None:
            self.edit_properties(lambda file: file.remove(key).document)
        path = tuple(LEGACY_URL.split("."))
        if known(self._instance.jicofo.hocon) is not None:
            self.edit_hocon(lambda file: file.remove(path).document if file.get(path) else file)

    def remember_logins(self, policy: Policy) -> None:
        """How long logins are remembered, and who owns rooms where nobody logs in."""
        now = logins(self._instance)
        seconds = policy.login_lifetime
        if seconds is not None and now.lifetime != seconds:
            self._jicofo(LIFETIME, OLD_LIFETIME, written(seconds), str(seconds * 1000))
        if policy.auto_login is not None and now.auto_login is not policy.auto_login:
            old = "false" if policy.auto_login else "true"
            self._jicofo(AUTO_LOGIN, OLD_NO_AUTO_LOGIN, policy.auto_login, old)
        if policy.auto_owner is not None and now.auto_owner is not policy.auto_owner:
            old = "false" if policy.auto_owner else "true"
            self._jicofo(AUTO_OWNER, OLD_NO_AUTO_OWNER, policy.auto_owner, old)

    def _jicofo(self, path: tuple[str, ...], old_key: str, value: Value, old_value: str) -> None:
        """Where the older file has it, that wins; without a jicofo.conf it is all there is."""
        there = JicofoReading(self._instance).property(old_key) is not None
        if there or known(self._instance.jicofo.hocon) is None:
            self.edit_properties(lambda file: file.set((old_key,), old_value).document)
        else:
            self.edit_hocon(lambda file: file.set(path, value).document)

    def let_jicofo_rest(self) -> None:
        """Jicofo checks nobody."""
        if self._now.legacy_url is not None:
            self.edit_properties(lambda file: file.remove((LEGACY_URL,)).document)
        hocon_file = known(self._instance.jicofo.hocon)
        if hocon_file is not None:
            self.edit_hocon(_without_authentication)

    def load_modules(self, names: Sequence[str]) -> None:
        """Modules of Prosody's on the main host, beside those that it has."""
        option = (self._instance.domain, "modules_enabled")
        self.edit_prosody(
            self.main_path(), lambda file: file.extend_list(option, list(names)).document
        )

    # -- the guest host ------------------------------------------------------------------------

    def _add_guest_host(self, guest_domain: str) -> None:
        method = self._anonymous_method()
        wanted: dict[str, Value] = {"authentication": method, "c2s_require_encryption": False}
        existing = self._reading.file_of(guest_domain)
        if existing is None:
            self.edit_prosody(
                self.main_path(),
                lambda file: (
                    file.add_virtual_host(
                        guest_domain, wanted, after=self._instance.domain
                    ).document
                ),
            )
            return
        method_there = self._reading.method(guest_domain)
        if method_there not in ANONYMOUS_METHODS and guest_domain != self._now.guest_domain:
            logins = f"with {method_there!r} logins" if method_there else "where nobody logs in"
            raise RefusedError(
                f"{guest_domain} is a host of its own already, {logins}",
                "choose another guest domain",
            )
        if method_there not in ANONYMOUS_METHODS:
            self.edit_prosody(
                existing, lambda file: file.set((guest_domain, "authentication"), method).document
            )
        if self._reading.value(guest_domain, "c2s_require_encryption") is not False:
            self.edit_prosody(
                existing,
                lambda file: file.set((guest_domain, "c2s_require_encryption"), False).document,
            )

    def _remove_guest_host(self, guest_domain: str) -> None:
        if guest_domain != self._instance.domain:
            for path in self._reading.files_of(guest_domain):
                self.edit_prosody(
                    path, lambda file: file.remove_virtual_host(guest_domain).document
                )

    def _only_path(self) -> str:
        """The file that says how people log in on the main host. Raises where two do."""
        domain = self._instance.domain
        rivals = self._reading.rivals(domain, "authentication")
        if rivals:
            raise RefusedError(
                f"{' and '.join(rivals)} both say how people log in on {domain}, and Prosody reads"
                " them in no certain order",
                "keep one of them: jitsi-tui mend DEST host-twice",
            )
        return self.main_path()

    def _anonymous_method(self) -> str:
        for method in (self._now.main_authentication, self._now.guest_authentication):
            if method in ANONYMOUS_METHODS:
                assert method is not None
                return method
        has_plugin = "auth_jitsi-anonymous" in self._instance.prosody.plugins
        return "jitsi-anonymous" if has_plugin else "anonymous"

    def _offers_oauthbearer(self) -> bool:
        version = known(self._instance.prosody.version) or ""
        major = version.split(".", maxsplit=1)[0]
        return (whole(major) or 0) >= 13

    def _without_oauthbearer(self, file: prosody.ProsodyFile) -> prosody.ProsodyFile:
        option = (self._instance.domain, _MECHANISMS)
        setting = file.get(option)
        if setting is None:
            return file
        rest = (
            [m for m in setting.value if m != "OAUTHBEARER"]
            if isinstance(setting.value, list)
            else []
        )
        if rest in ([], ["DIGEST-MD5"]):
            return file.remove(option).document
        return file.shrink_list(option, ["OAUTHBEARER"]).document

    def _settle_meet(self) -> None:
        """What else in config.js would keep accounts from logging in."""
        if self._now.conference_request_url is not None:
            self.edit_meet(lambda file: file.remove(("conferenceRequestUrl",)).document)
            self.warnings.append(
                "conferenceRequestUrl is removed from config.js: requests sent that way carry no "
                "account, and Jicofo would refuse everyone"
            )

    def edit_text(self, path: str, edit: Callable[[str], str]) -> None:
        """Edit one of Prosody's files as text."""
        self._texts[path] = edit(self._text(path))

    # -- files ---------------------------------------------------------------------------------

    def _sources(self) -> dict[str, SourceFile]:
        instance = self._instance
        found = dict(instance.prosody.files)
        facts: tuple[Fact[SourceFile], ...] = (
            instance.meet,
            instance.jicofo.hocon,
            instance.jicofo.properties,
        )
        for fact in facts:
            file = known(fact)
            if file is not None:
                found[file.real] = file
        return found

    def _text(self, path: str) -> str:
        if path not in self._texts:
            self._texts[path] = decode(self._sources()[path].data)
        return self._texts[path]

    def main_path(self) -> str:
        """The file that holds the main host."""
        if self._now.main_file is None:
            problems = self._now.problems
            broken = next((problems[p] for p in self._instance.prosody.files if p in problems), "")
            raise RefusedError(
                f"Prosody's files hold no virtual host {self._instance.domain}",
                f"mend that file first: {broken}" if broken else "is Prosody on another machine?",
            )
        return self._now.main_file

    def edit_prosody(
        self, path: str, edit: Callable[[prosody.ProsodyFile], prosody.ProsodyFile]
    ) -> None:
        """Edit one of Prosody's files."""
        file = prosody.ProsodyFile.parse(self._text(path), file=path)
        self._texts[path] = edit(file).text

    def edit_meet(self, edit: Callable[[meet.MeetConfig], meet.MeetConfig]) -> None:
        """Edit config.js."""
        source = known(self._instance.meet)
        if source is None:
            raise RefusedError(
                f"there is no config.js for {self._instance.domain} that we could edit",
                "is the web server on another machine?",
            )
        file = meet.MeetConfig.parse(self._text(source.real), file=source.real)
        self._texts[source.real] = edit(file).text

    def edit_hocon(self, edit: Callable[[hocon.Hocon], hocon.Hocon]) -> None:
        """Edit jicofo.conf."""
        source = known(self._instance.jicofo.hocon)
        if source is None:
            raise RefusedError(
                "there is no jicofo.conf that we could edit", "is Jicofo on another machine?"
            )
        file = hocon.Hocon.parse(self._text(source.real), file=source.real)
        self._texts[source.real] = edit(file).text

    def edit_properties(
        self, edit: Callable[[properties.Properties], properties.Properties]
    ) -> None:
        """Edit Jicofo's sip-communicator.properties."""
        source = known(self._instance.jicofo.properties)
        if source is None:
            raise RefusedError(
                "sip-communicator.properties is missing",
                "create it, owned by jicofo, and try again",
            )
        file = properties.Properties.parse(self._text(source.real), file=source.real)
        self._texts[source.real] = edit(file).text


def _without_authentication(file: hocon.Hocon) -> hocon.Hocon:
    """Without the three keys; an object that is empty then goes too."""
    for key in ("enabled", "type", "login-url"):
        path = (*_AUTHENTICATION, key)
        if file.get(path) is not None or file.undecided(path):
            file = file.remove(path).document
    return file
