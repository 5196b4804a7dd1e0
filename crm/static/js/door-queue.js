// Noting, and sending what was noted: an act waits on this phone until the server has answered for its nonce.

import { BADGE, KEY, filled, hour, element, nameOf, note, part, people, said, since, words } from "./door-state.js";
import { post } from "./door-post.js";
import { button, count, keep, show, tell } from "./door-signs.js";
import { awake } from "./door-camera.js";

export let queue = JSON.parse(localStorage.getItem(KEY) ?? "[]");
export let isOnline = true;
let isSending = false;
let isStale = false;
let asOf = 0; // the moment of which the names are that were kept over a reload

export function tellNet() {
  const line = part("net");
  line.textContent = isStale ? words.reload : isOnline ? (queue.length ? filled(words.sending, { number: queue.length }) : "")
    : [queue.length ? filled(words.toSend, { number: queue.length }) : words.offline, asOf && filled(words.asOf, { hour: hour(asOf) })].filter(Boolean).join(" ");
  line.hidden = !line.textContent;
}

export function scanned(text) {
  const badge = BADGE.exec(text.trim().toUpperCase())?.[1];
  if (badge) ask("enter", badge);
  else tell("not_ours");
}

export function ask(act, badge, fields = {}) {
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

// Names of before a reload, with what was noted here since.
export function recall({ at, people: known }) {
  asOf = at;
  for (const one of known) keep(one);
  for (const { act, badge, at: noted } of queue) if (people.has(badge)) Object.assign(people.get(badge), { since: act === "undo" ? 0 : noted, by: "" });
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

export async function send() {
  if (isSending) return;
  isSending = true;
  try {
    while (queue.length) {
      const entry = queue[0];
      const answer = await post(part("walk-in").querySelector("form"), note, entry);
      isStale = answer === "stale";
      if (isStale || answer === null) return wait();
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

export function online(is) {
  isOnline = is;
  if (is) asOf = 0;
  tellNet();
}
