// The door on the day. What is noted goes into a queue on this phone first and is sent from there, in order: each act has
// a nonce, so that the server does it once however often it arrives. Names are kept in memory alone and leave with the page.

const door = document.getElementById("door");
const { note, state, zone, language, scanner } = door.dataset;
const said = JSON.parse(door.dataset.said);
const words = JSON.parse(door.dataset.words);
const part = (id) => document.getElementById(id);
const BADGE = /^(?:MAILLAGE:)?([0-9A-HJKMNP-TV-Z]{20})$/;
const KEY = `door ${note}`;
const PATIENCE = 6000; // ms after which a network that does not answer counts as none
const AGAIN = 5000; // ms until the next try, and between two looks at what others noted

const people = new Map(); // badge: {badge, given, family, organisation, seat, online, since, by, folded}
let queue = JSON.parse(localStorage.getItem(KEY) ?? "[]");
let lastTold = 0;
let isOnline = true;
let isSending = false;
let isStale = false;

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/œ/g, "oe").replace(/[^\p{L}\p{N}]+/gu, " ").trim();
const filled = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? "");
const hour = (moment) => {
  const parts = new Intl.DateTimeFormat("fr", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone }).formatToParts(moment);
  const of = (type) => parts.find((one) => one.type === type).value;
  return language === "en" ? `${of("hour")}:${of("minute")}` : `${Number(of("hour"))}\u202fh\u202f${of("minute")}`;
};
const since = (one) => one.since ? filled(one.by ? words.since : words.sinceOnly, { hour: hour(one.since), name: one.by }) : "";
const element = (tag, className, text = "") => Object.assign(document.createElement(tag), { className, textContent: text });
const nameOf = (one) => `${one.given} ${one.family}`.trim();
const standing = (one) => [one.organisation, one.online ? words.online : ""].filter(Boolean).join(" · ");

// What is seen, heard and felt

let audio = null;
const TUNES = { good: [[880, 0], [1320, 0.11]], wait: [[520, 0], [520, 0.18]], bad: [[190, 0], [150, 0.2]], plain: [[660, 0]] };
function sound(tone) {
  navigator.vibrate?.({ good: 60, wait: [80, 60, 80], bad: [250] }[tone] ?? 30);
  if (!part("sound").checked) return;
  audio ??= new AudioContext();
  audio.resume();
  for (const [pitch, after] of TUNES[tone] ?? []) {
    const [voice, volume, at] = [audio.createOscillator(), audio.createGain(), audio.currentTime + after];
    voice.type = tone === "bad" ? "square" : "sine";
    voice.frequency.value = pitch;
    volume.gain.setValueAtTime(0.25, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.16);
    voice.connect(volume).connect(audio.destination);
    voice.start(at);
    voice.stop(at + 0.17);
  }
  door.dataset.sounded = tone;
}

function tell(outcome, one = null, detail = "") {
  const { tone, word, detail: usual } = said[outcome];
  const box = part("told");
  box.className = `door-told door-${tone}`;
  box.querySelector("[data-told=word]").textContent = word;
  box.querySelector("[data-told=name]").textContent = one ? nameOf(one) : "";
  box.querySelector("[data-told=organisation]").textContent = one ? standing(one) : "";
  box.querySelector("[data-told=detail]").textContent = detail || (one && since(one)) || usual;
  const acts = box.querySelector("[data-told=acts]");
  acts.replaceChildren();
  if (one && ["in", "already", "queued"].includes(outcome)) acts.append(button(words.undo, "undo", one));
  if (one && ["waiting", "withdrawn"].includes(outcome)) acts.append(button(words.admit, "admit", one));
  sound(tone);
  box.scrollIntoView({ block: "nearest" });
}

function button(label, act, one, className = "") {
  const made = element("button", `btn ${className}`, label);
  made.type = "button";
  made.addEventListener("click", () => ask(act, one.badge));
  return made;
}

function count(counters) {
  for (const [name, number] of Object.entries(counters)) {
    const place = door.querySelector(`[data-count=${name}]`);
    if (place) place.textContent = number;
  }
}

function tellNet() {
  const line = part("net");
  line.textContent = isStale ? words.reload : isOnline ? (queue.length ? filled(words.sending, { number: queue.length }) : "")
    : queue.length ? filled(words.toSend, { number: queue.length }) : words.offline;
  line.hidden = !line.textContent;
}

// The list

function keep([badge, given, family, organisation, seat, online, at, by]) {
  people.set(badge, { badge, given, family, organisation, seat, online, since: at, by, folded: fold(`${given} ${family} ${organisation}`) });
}

function show() {
  const typed = part("who").value;
  const asked = fold(typed).split(" ").filter(Boolean);
  const found = asked.length ? [...people.values()].filter((one) => asked.every((word) => one.folded.includes(word))) : [];
  part("people").replaceChildren(...found.slice(0, 30).map(row));
  part("none").textContent = found.length > 30 ? filled(words.more, { number: found.length - 30 })
    : asked.length && people.size && !found.length && !BADGE.test(typed.trim().toUpperCase()) ? words.none : "";
}

function row(one) {
  const line = element("li", "");
  const who = element("span", "door-who");
  who.append(element("strong", "", `${one.given} ${one.family}`.trim()));
  if (one.organisation) who.append(" ", element("small", "", one.organisation));
  if (one.since) who.append(element("small", "door-since", since(one)));
  else if (one.seat !== "confirmed") who.append(element("small", "door-odd", one.seat === "withdrawn" ? words.withdrawn : words.waiting));
  line.append(who, one.since ? button(words.undo, "undo", one)
    : one.seat === "confirmed" ? button(words.letIn, "enter", one, "btn-primary") : button(words.admit, "admit", one));
  return line;
}

// Noting, and sending what was noted

function scanned(text) {
  const badge = BADGE.exec(text.trim().toUpperCase())?.[1];
  if (badge) ask("enter", badge);
  else tell("not_ours");
}

function ask(act, badge, fields = {}) {
  awake();
  const entry = { act, badge, fields, nonce: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`, at: Date.now() };
  queue.push(entry);
  save();
  if (isOnline) send();
  else guess(entry);
  part("who").value = "";
  show();
  tellNet();
}

// Without network the device answers from what it was told last; the server has the last word.
function guess(entry) {
  entry.guessed = true;
  save();
  const one = people.get(entry.badge);
  if (entry.act === "walk_in") return tell("queued", { given: entry.fields.given_name, family: entry.fields.family_name, organisation: entry.fields.organisation });
  if (!one) return tell("unsure");
  if (entry.act === "undo") { one.since = 0; return tell("undone", one); }
  if (one.since) return tell("already", one);
  if (entry.act === "enter" && one.seat !== "confirmed") { queue = queue.filter((other) => other !== entry); save(); return tell(one.seat === "withdrawn" ? "withdrawn" : "waiting", one); }
  one.since = entry.at;
  one.by = "";
  tell("queued", one, `${since(one)} · ${said.queued.detail}`);
}

function save() { localStorage.setItem(KEY, JSON.stringify(queue)); }

async function send() {
  if (isSending) return;
  isSending = true;
  try {
    while (queue.length) {
      const entry = queue[0];
      const answer = await post(entry);
      if (answer === null) return wait();
      queue = queue.filter((other) => other.nonce !== entry.nonce);
      save();
      learn(entry, answer);
    }
    online(true);
  } finally {
    isSending = false;
    tellNet();
  }
}

function wait() {
  online(false);
  for (const entry of queue.filter((one) => !one.guessed)) guess(entry);
  show();
}

// The server's answer; null when there is none yet and the same must be sent again.
async function post(entry) {
  const body = new FormData(part("walk-in").querySelector("form"));
  for (const name of ["given_name", "family_name", "email", "organisation"]) body.set(name, entry.fields[name] ?? "");
  for (const [name, value] of Object.entries({ act: entry.act, badge: entry.badge, nonce: entry.nonce, waited: Math.max(0, Date.now() - entry.at) })) body.set(name, value);
  try {
    const answer = await fetch(note, { method: "POST", body, headers: { Accept: "application/json" }, signal: AbortSignal.timeout(PATIENCE) });
    isStale = answer.status === 400;
    if (isStale || answer.status === 409 || answer.status === 429 || answer.status >= 500) return null;
    return await answer.json();
  } catch {
    return null;
  }
}

function learn(entry, answer) {
  if (answer.counters) count(answer.counters);
  const { outcome, badge } = answer;
  if (badge) keep([badge, answer.given, answer.family, answer.organisation, answer.seat, answer.online, answer.outcome === "undone" ? 0 : answer.since, answer.by]);
  const one = people.get(badge ?? entry.badge) ?? null;
  if (answer.error !== undefined && entry.act === "walk_in") again(entry);
  if (!entry.guessed) tell(answer.error !== undefined ? "refused" : outcome, one, answer.error ?? "");
  else if (answer.error !== undefined || !["in", "already", "undone", "not_in"].includes(outcome)) look(entry, one, answer);
  show();
}

// A refused walk-in is typed once only.
function again({ fields }) {
  part("walk-in").open = true;
  for (const [name, value] of Object.entries(fields)) part("walk-in").querySelector("form").elements[name].value = value;
}

// What was let in without network, and should not have been: somebody must look at it again.
function look(entry, one, answer) {
  const line = element("li", "");
  const who = element("span", "door-who");
  who.append(element("strong", "", one ? nameOf(one) : [entry.fields.given_name, entry.fields.family_name].filter(Boolean).join(" ") || entry.badge));
  who.append(element("small", "door-odd", answer.error ?? `${said[answer.outcome].word} · ${hour(entry.at)}`));
  line.append(who);
  if (one && answer.outcome) line.append(button(words.admit, "admit", one));
  part("odds").querySelector("ul").append(line);
  part("odds").hidden = false;
}

function online(is) {
  isOnline = is;
  tellNet();
}

async function lookAround() {
  try {
    const answer = await fetch(lastTold ? `${state}?since=${lastTold}` : state, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(lastTold ? PATIENCE : 30000) });
    if (!answer.ok) return;
    const told = await answer.json();
    const unsent = new Set(queue.map((entry) => entry.badge));
    for (const one of told.people) if (!unsent.has(one[0])) keep(one);
    // A second of overlap: what was being written while this was read comes with the next look.
    lastTold = told.at - 1000;
    count(told.counters);
    if (told.quorum !== undefined && part("quorum")) part("quorum").textContent = told.quorum;
    online(true);
    show();
    if (queue.length) send();
  } catch {
    online(false);
  }
}

addEventListener("online", lookAround);
addEventListener("offline", () => online(false));
setInterval(() => { if (document.visibilityState === "visible" || queue.length) lookAround(); }, AGAIN);

// The camera: the browser's own reader where there is one, else jsQR, loaded when it is needed

let stream = null;
async function reader() {
  const known = await globalThis.BarcodeDetector?.getSupportedFormats?.().catch(() => []) ?? [];
  if (known.includes("qr_code")) {
    const wanted = ["qr_code", "ean_13", "ean_8", "upc_a", "code_128", "code_39"].filter((one) => known.includes(one));
    const own = new BarcodeDetector({ formats: wanted });
    return async (video) => (await own.detect(video))[0]?.rawValue ?? "";
  }
  if (!globalThis.jsQR) await new Promise((done, failed) => document.head.append(Object.assign(document.createElement("script"), { src: scanner, onload: done, onerror: failed })));
  const canvas = document.createElement("canvas");
  return async (video) => {
    const scale = Math.min(1, 800 / Math.max(video.videoWidth, 1));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    if (!canvas.width || !canvas.height) return "";
    const drawn = canvas.getContext("2d", { willReadFrequently: true });
    drawn.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data } = drawn.getImageData(0, 0, canvas.width, canvas.height);
    return globalThis.jsQR(data, canvas.width, canvas.height, { inversionAttempts: "dontInvert" })?.data ?? "";
  };
}

async function scan() {
  if (stream) return stop();
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
    const read = await reader();
    const video = part("camera");
    video.srcObject = stream;
    part("view").hidden = false;
    part("start").querySelector("span").dataset.words ??= part("start").textContent;
    part("start").querySelector("span").textContent = words.stop;
    await video.play();
    awake();
    watch(video, read);
  } catch {
    stop();
    part("net").textContent = words.noCamera;
    part("net").hidden = false;
  }
}

async function watch(video, read) {
  let [last, seen] = ["", 0];
  while (stream) {
    const text = await read(video).catch(() => "");
    // The same code is read again only once it was away for two seconds.
    if (text && (text !== last || Date.now() - seen > 2000)) scanned(text);
    if (text) [last, seen] = [text, Date.now()];
    await new Promise((later) => setTimeout(later, 120));
  }
}

function stop() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  part("view").hidden = true;
  const label = part("start").querySelector("span");
  label.textContent = label.dataset.words ?? label.textContent;
}

// The screen stays awake while people arrive.
let lock = null;
async function awake() {
  if (lock && !lock.released) return;
  lock = await navigator.wakeLock?.request("screen").catch(() => null) ?? null;
}
document.addEventListener("visibilitychange", () => { if (lock && document.visibilityState === "visible") awake(); });

part("start").addEventListener("click", scan);
part("scan").hidden = !navigator.mediaDevices?.getUserMedia;
part("sound").checked = localStorage.getItem("door sound") !== "off";
part("sound").addEventListener("change", (event) => localStorage.setItem("door sound", event.target.checked ? "on" : "off"));
part("who").addEventListener("input", show);
part("find-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const typed = part("who").value.trim();
  const buttons = part("people").querySelectorAll("button");
  // Scanners that type end with Enter: what holds digits and is no name is a code.
  if (BADGE.test(typed.toUpperCase()) || (/\d{6}/.test(typed) && !buttons.length)) { scanned(typed); part("who").value = ""; show(); }
  else if (buttons.length === 1) buttons[0].focus();
});
part("walk-in").querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  const fields = Object.fromEntries(["given_name", "family_name", "email", "organisation"].map((name) => [name, form.elements[name].value.trim()]));
  const missing = ["given_name", "family_name"].find((name) => !fields[name]);
  if (missing) { form.elements[missing].focus(); return; }
  ask("walk_in", "", fields);
  form.reset();
  part("walk-in").open = false;
});
for (const form of part("people").querySelectorAll("form")) form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask(form.elements.act.value, form.elements.badge.value);
});
lookAround();
tellNet();
if (queue.length) send();
