"use strict";
(() => {
// Everything that people read, one table a language; English is complete, others may lack keys.
const TEXTS = {
  en: {
    invitedTitle: "You are invited to open meetings",
    invitedText: "Choose a name and a password. Nobody else gets to know your password, not even those who run this server.",
    givenText: "Choose a password. Nobody else gets to know it, not even those who run this server.",
    resetTitle: "Choose a new password",
    resetText: "Your old password stops working. Nobody else gets to know the new one, not even those who run this server.",
    name: "Name",
    nameNote: "You log in with it. Others in a meeting see the name that you choose there.",
    givenNote: "This invitation is for this name.",
    storedAs: "You will log in as {name}.",
    password: "Password",
    show: "Show",
    hide: "Hide",
    create: "Create my account",
    set: "Set my new password",
    working: "Asking the server …",
    strength0: "Several words that don't belong together make a good one.",
    strength1: "Too weak.",
    strength2: "Fair. Longer is better.",
    strength3: "Good.",
    strength4: "Strong.",
    nameMissing: "Please choose a name.",
    nameForbidden: "{char} may not stand in a name. Use letters, digits, dots, - or _.",
    nameSpace: "A name holds no spaces. Use letters, digits, dots, - or _.",
    nameRefused: "The server does not accept this name. Use letters, digits, dots, - or _.",
    nameTaken: "This name is taken already. Please choose another one.",
    givenTaken: "There is an account of this name already. Ask for an invitation to reset its password.",
    passwordMissing: "Please choose a password.",
    passwordWeak: "This password is too weak: it could be guessed. Make it longer.",
    passwordControl: "This password holds a character that can't be typed at a login. Please leave it out.",
    passwordRefused: "The server does not accept this password. Please use ordinary letters, digits and signs.",
    offline: "The server can't be reached. Check your internet connection and try again; nothing was lost.",
    busy: "The server does not answer properly right now. Please try again in a minute.",
    tooMany: "Too many accounts were made from your network just now. Please try again later.",
    refused: "The server refused it ({why}). Please tell whoever invited you.",
    unsure: "The connection broke in the middle. Try to log in with this name and password; if that fails, use this link again.",
    doneTitle: "Done",
    doneText: "Your account is ready. With it you can open meetings on this server.",
    resetDone: "Your new password counts from now on.",
    yourName: "Your name at the login",
    open: "Open a meeting",
    openNote: "Give the meeting a name. When you are asked who you are, log in with your name and password.",
    deadTitle: "This invitation does not work",
    deadUsed: "It was used already, it has expired, or it was taken back.",
    deadBroken: "The link is not complete: its end is missing. Open it again just as you got it.",
    deadNote: "Please ask whoever invited you for a new one.",
    deadHost: "This server has no accounts for {server}."
  }
};
const language = [...(navigator.languages || []), "en"]
  .map((tag) => tag.toLowerCase().split("-")[0]).find((tag) => TEXTS[tag]);
const text = (key, values = {}) => (TEXTS[language][key] || TEXTS.en[key])
  .replace(/\{(\w+)\}/g, (_, name) => values[name]);

const $ = (id) => document.getElementById(id);
const server = location.hostname;
const wishes = new URLSearchParams(location.search);
const given = (wishes.get("name") || "").slice(0, 255);
const reset = wishes.has("reset") && given !== "";
let token = "";
try {
  token = decodeURIComponent(location.hash.slice(1));
} catch { /* an address that was cut in the middle of a character */ }

// --- the way to Prosody: BOSH (XEP-0124, XEP-0206) before any login ------------------------------

class Trouble extends Error {
  constructor(kind, detail = "") {
    super(kind);
    this.kind = kind;
    this.detail = detail;
  }
}

const HTTPBIND = "http://jabber.org/protocol/httpbind";
const escapeXml = (value) => value.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

class Session {
  constructor() {
    const random = crypto.getRandomValues(new Uint32Array(2));
    this.rid = random[0] * 1024 + random[1] % 1024;
    this.sid = "";
    this.count = 0;
  }

  async open() {
    const body = await this.post(
      `to="${escapeXml(server)}" xml:lang="en" wait="5" hold="1" ver="1.6" ` +
      'content="text/xml; charset=utf-8" xmpp:version="1.0" xmlns:xmpp="urn:xmpp:xbosh"', "");
    this.sid = body.getAttribute("sid") || "";
    if (!this.sid) throw new Trouble("busy");
  }

  // One IQ before the login, and its answer: nothing where it worked, else throws what was said.
  async ask(payload) {
    const id = `i${++this.count}`;
    let body = await this.post("", `<iq xmlns="jabber:client" type="set" id="${id}">${payload}</iq>`);
    for (let tries = 0; tries < 12; tries++) {
      const answer = [...body.children].find((e) => e.localName === "iq" && e.getAttribute("id") === id);
      if (answer && answer.getAttribute("type") === "result") return;
      if (answer) throw refusal(answer);
      body = await this.post("", "");
    }
    throw new Trouble("busy");
  }

  close() {
    if (this.sid) this.post('type="terminate"', "").catch(() => {});
    this.sid = "";
  }

  async post(attributes, payload) {
    this.rid += 1;
    const sid = this.sid ? `sid="${escapeXml(this.sid)}"` : "";
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), 20000);
    let answer;
    let said;
    try {
      answer = await fetch("/http-bind", {
        method: "POST",
        body: `<body xmlns="${HTTPBIND}" rid="${this.rid}" ${sid} ${attributes}>${payload}</body>`,
        headers: { "Content-Type": "text/xml; charset=utf-8" },
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
        referrerPolicy: "no-referrer",
        signal: giveUp.signal
      });
      said = await answer.text();
    } catch {
      throw new Trouble("offline");
    } finally {
      clearTimeout(timer);
    }
    if (!answer.ok) throw new Trouble("busy");
    const body = new DOMParser().parseFromString(said, "text/xml").documentElement;
    if (body.localName !== "body") throw new Trouble("busy");
    if (body.getAttribute("type") === "terminate" && attributes !== 'type="terminate"') {
      const why = body.getAttribute("condition") || "";
      throw new Trouble(/improper-addressing|host-unknown|host-gone/.test(why) ? "host" : "busy");
    }
    return body;
  }
}

function refusal(answer) {
  const error = [...answer.children].find((e) => e.localName === "error");
  const parts = error ? [...error.children] : [];
  const condition = (parts.find((e) => e.localName !== "text") || { localName: "" }).localName;
  const words = (parts.find((e) => e.localName === "text") || { textContent: "" }).textContent;
  if (condition === "conflict") return new Trouble("taken");
  if (/encryption|IP address is/i.test(words)) return new Trouble("refused", condition);
  if (condition === "forbidden" || /invitation|invite/i.test(words)) return new Trouble("dead");
  if (condition === "policy-violation") return new Trouble("tooMany");
  if (/username/i.test(words)) return new Trouble("name");
  if (/password|sasl/i.test(words)) return new Trouble("password");
  return new Trouble("refused", condition || "?");
}

async function withInvitation(work) {
  const session = new Session();
  try {
    await session.open();
    await session.ask(`<preauth xmlns="urn:xmpp:pars:0" token="${escapeXml(token)}"/>`);
    if (work) await work(session);
  } finally {
    session.close();
  }
}

function register(name, password) {
  let asked = false;
  return withInvitation(async (session) => {
    asked = true;
    await session.ask('<query xmlns="jabber:iq:register">' +
      `<username>${escapeXml(name)}</username><password>${escapeXml(password)}</password></query>`);
  }).catch((trouble) => {
    throw asked && trouble.kind === "offline" ? new Trouble("unsure") : trouble;
  });
}

// --- what is good enough -------------------------------------------------------------------------

const COMMON = [
  "password", "passwort", "passwd", "passw0rd", "qwertyuiop", "qwertzuiop", "qwerty", "qwertz",
  "asdfghjkl", "asdfgh", "yxcvbnm", "zxcvbnm", "letmein", "welcome", "willkommen", "iloveyou", "admin",
  "secret", "geheim", "dragon", "monkey", "football", "sunshine", "princess", "master", "jitsi",
  "meeting", "meet", "moderator", "changeme", "default", "test", "hallo", "hello", "login", "abc123"
];

// A cautious guess at bits: what is common counts as one character, what is repeated or in a row hardly
// counts, and a letter inside of a word tells less than one on its own.
const WORD_BITS = 2.8;

function bits(password, ...near) {
  let rest = password.toLowerCase();
  const words = [...COMMON, ...near.map((word) => word.toLowerCase()).filter((word) => word.length > 2)];
  words.sort((a, b) => b.length - a.length);
  for (const word of words) rest = rest.split(word).join("\u0001");
  const kinds = [[/[a-z]/, 26], [/[A-Z]/, 26], [/[0-9]/, 10], [/[^a-zA-Z0-9\u0080-\u{10ffff}]/u, 33], [/[\u0080-\u{10ffff}]/u, 100]];
  const pool = kinds.reduce((sum, [kind, size]) => sum + (kind.test(password) ? size : 0), 0);
  const each = Math.log2(Math.max(pool, 2));
  let sum = 0;
  let before = 0;
  let step = NaN;
  for (const part of rest.match(/\p{L}{4,}|[^]/gu) || []) {
    const most = part.length > 3 ? Math.min(each, WORD_BITS) : each;
    for (const char of part) {
      const code = char.codePointAt(0);
      const moved = code - before;
      sum += most * (moved === step && Math.abs(moved) <= 1 ? 0.15 : moved === 0 ? 0.4 : 1);
      step = moved;
      before = code;
    }
  }
  return Math.min(sum, new Set(rest).size * 2.5 * each);
}

const level = (password, name) => {
  if (!password) return 0;
  const strength = bits(password, name, ...server.split("."));
  return [...password].length < 8 || strength < 45 ? 1 : strength < 60 ? 2 : strength < 80 ? 3 : 4;
};

// The name as Prosody keeps it, near enough to be shown: nodeprep is the server's to decide.
const prepared = (typed) => {
  const bare = typed.trim().normalize("NFKC");
  const at = bare.lastIndexOf("@");
  const local = at > 0 && bare.slice(at + 1).toLowerCase() === server ? bare.slice(0, at) : bare;
  return local.toLowerCase();
};

function nameTrouble(name) {
  if (!name) return text("nameMissing");
  if (/\s/.test(name)) return text("nameSpace");
  const bad = name.match(/["&'/:<>@\u0000-\u001f\u007f]/);
  return bad ? text("nameForbidden", { char: bad[0] }) : "";
}

function passwordTrouble(password, name) {
  if (!password) return text("passwordMissing");
  if (/[\u0000-\u001f\u007f]/.test(password)) return text("passwordControl");
  return level(password, name) < 2 ? text("passwordWeak") : "";
}

// --- the page ------------------------------------------------------------------------------------

let busy = false;

function show(section) {
  for (const id of ["ask", "done", "dead"]) $(id).hidden = id !== section;
  document.title = $(`${section}-title`).textContent;
  $(`${section}-title`).focus();
}

function mark(field, words) {
  $(`${field}-wrong`).textContent = words;
  if (words) $(field).setAttribute("aria-invalid", "true");
  else $(field).removeAttribute("aria-invalid");
}

function complain(words) {
  $("trouble").textContent = words;
  $("trouble").hidden = !words;
}

function dead(words) {
  $("password").value = "";
  $("dead-title").textContent = text("deadTitle");
  $("dead-text").textContent = words;
  show("dead");
}

function done(name) {
  history.replaceState(null, "", location.pathname);
  token = "";
  $("password").value = "";
  $("done-title").textContent = text("doneTitle");
  $("done-text").textContent = text(reset ? "resetDone" : "doneText");
  $("done-name").textContent = name;
  show("done");
}

function wrongField(field, words) {
  mark(field, words);
  $(field).focus();
}

function told(trouble) {
  switch (trouble.kind) {
    case "dead": return dead(text("deadUsed"));
    case "host": return dead(text("deadHost", { server }));
    case "taken": return wrongField("name", text(given ? "givenTaken" : "nameTaken"));
    case "name": return wrongField("name", text("nameRefused"));
    case "password": return wrongField("password", text("passwordRefused"));
    case "refused": return complain(text("refused", { why: trouble.detail }));
    default: return complain(text(TEXTS.en[trouble.kind] ? trouble.kind : "busy"));
  }
}

function work(on) {
  busy = on;
  $("submit").setAttribute("aria-disabled", String(on));
  $("progress").textContent = on ? text("working") : "";
}

async function submitted(event) {
  event.preventDefault();
  if (busy) return;
  const name = given || prepared($("name").value);
  const password = $("password").value;
  const wrong = { name: nameTrouble(name), password: passwordTrouble(password, name) };
  complain("");
  for (const field of ["password", "name"]) {
    mark(field, wrong[field]);
    if (wrong[field]) $(field).focus();
  }
  if (wrong.name || wrong.password) return;
  work(true);
  try {
    await register(name, password);
    work(false);
    done(name);
  } catch (trouble) {
    work(false);
    told(trouble instanceof Trouble ? trouble : new Trouble("busy"));
  }
}

function strengthChanged() {
  const name = given || prepared($("name").value);
  const reached = level($("password").value, name);
  $("bar").dataset.level = String(reached);
  $("strength").textContent = text(`strength${reached}`);
}

function nameChanged() {
  const typed = $("name").value.trim();
  const name = prepared(typed);
  const other = name !== typed && !nameTrouble(name);
  $("name-note").textContent = other ? text("storedAs", { name }) : text("nameNote");
  mark("name", "");
}

function toggle() {
  const seen = $("password").type === "text";
  $("password").type = seen ? "password" : "text";
  $("show").textContent = text(seen ? "show" : "hide");
  $("show").setAttribute("aria-pressed", String(!seen));
}

function begin() {
  $("stopped").hidden = true;
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = text(element.dataset.text);
  }
  for (const element of document.querySelectorAll("[data-server]")) element.textContent = server;
  if (!/^[A-Za-z0-9_-]{8,128}$/.test(token)) return dead(text("deadBroken"));
  $("ask-title").textContent = text(reset ? "resetTitle" : "invitedTitle");
  $("ask-text").textContent = text(reset ? "resetText" : given ? "givenText" : "invitedText");
  $("submit").textContent = text(reset ? "set" : "create");
  if (given) {
    $("name").value = given;
    $("name").readOnly = true;
  }
  $("name-note").textContent = text(given ? "givenNote" : "nameNote");
  strengthChanged();
  $("form").addEventListener("submit", submitted);
  if (!given) $("name").addEventListener("input", nameChanged);
  $("password").addEventListener("input", () => { mark("password", ""); strengthChanged(); });
  $("show").addEventListener("click", toggle);
  show("ask");
  // A dead invitation is told before anybody thinks of a password; who is offline is told later.
  return withInvitation(null).catch((trouble) => {
    if (trouble.kind === "dead" || trouble.kind === "host") told(trouble);
  });
}

addEventListener("hashchange", () => location.reload());
begin();
})();
