"""The first row of a table of people: which column is the name, which the password. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

# Without accents, spaces and case; what names an account best comes first.
_ACCOUNT_WORDS = (
    *("username", "user", "jid", "login", "userid", "account", "accountname", "moderator"),
    *("benutzername", "benutzer", "nutzername", "anmeldename", "nomdutilisateur", "utilisateur"),
    *("identifiant", "compte", "nombredeusuario", "usuario", "cuenta", "nomeutente", "utente"),
    *("nomedeusuario", "nomedeutilizador", "utilizador", "conta", "gebruikersnaam", "gebruiker"),
    *("anvandarnamn", "anvandare", "brukernavn", "bruker", "brugernavn", "bruger"),
    *("kayttajatunnus", "kayttajanimi", "kayttaja", "uzivatelskejmeno", "uzivatel"),
    *("nazwauzytkownika", "uzytkownik", "felhasznalonev", "felhasznalo", "kullaniciadi"),
    *("numeutilizator", "utilizator", "имяпользователя", "пользователь", "логин"),
    *(
        "имякористувача",
        "користувач",
        "ονομαχρηστη",
        "用户名",
        "用戶名",
        "ユーザー名",
        "사용자이름",
    ),
    *("name", "nom", "nombre", "nome", "naam", "namn", "navn", "nimi", "jmeno", "nazwa", "nev"),
    *("ad", "nume", "имя", "імя", "ονομα", "姓名", "名前", "이름"),
    *("address", "adresse", "email", "emailaddress", "mail"),
)
_PASSWORD_WORDS = (
    *("password", "passphrase", "passwd", "pass", "pwd", "pw", "secret", "passwort", "kennwort"),
    *("motdepasse", "mdp", "contrasena", "clave", "senha", "palavrapasse", "wachtwoord"),
    *("losenord", "passord", "adgangskode", "kodeord", "salasana", "heslo", "haslo", "jelszo"),
    *("sifre", "parola", "пароль", "κωδικος", "密码", "密碼", "パスワード", "비밀번호"),
)


def _plain(cell: str) -> str:
    """``Nom d'utilisateur`` as ``nomdutilisateur``."""
    apart = unicodedata.normalize("NFKD", cell.casefold())
    kept = "".join(c for c in apart if c.isalnum())
    return unicodedata.normalize("NFC", kept)


_KNOWN = {
    "name": tuple(map(_plain, _ACCOUNT_WORDS)),
    "password": tuple(map(_plain, _PASSWORD_WORDS)),
}


def columns(cells: Sequence[str]) -> Mapping[str, int] | None:
    """Where ``name`` and ``password`` stand; ``None``: this is no heading.

    A heading may lack the one or the other.
    """
    words = [_plain(cell) for cell in cells]
    found: dict[str, int] = {}
    for what, known in _KNOWN.items():
        at = next((words.index(word) for word in known if word in words), None)
        if at is not None:
            found[what] = at
    return found or None
