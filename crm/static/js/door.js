// The door on the day. What is noted goes into a queue on this phone first and is sent from there, in order: each act has
// a nonce, so that the server does it once however often it arrives. Names leave with the tab.

import { scan } from "./door-camera.js";
import { forget, recalled, remember } from "./door-kept.js";
import { ask, online, queue, recall, scanned, send, tellNet } from "./door-queue.js";
import { count, keep, show } from "./door-signs.js";
import { BADGE, PATIENCE, door, note, part, people, scanner, state } from "./door-state.js";

const AGAIN = 5000; // ms until the next try, and between two looks at what others noted
const SHUT = [403, 404, 410]; // the day of the link is over, or it was taken back
const closes = Number(door.dataset.closes); // 0 for accounts, whose page is not kept on the phone
const FRESH = 60000; // ms after which the names that are kept are said to be of a later minute
let lastTold = 0;
let lastKept = 0;

async function lookAround() {
  try {
    const answer = await fetch(lastTold ? `${state}?since=${lastTold}` : state, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(lastTold ? PATIENCE : 30000) });
    if (closes && SHUT.includes(answer.status)) return shut();
    if (!answer.ok) return;
    const told = await answer.json();
    const unsent = new Set(queue.map((entry) => entry.badge));
    if (!lastTold) for (const badge of people.keys()) if (!unsent.has(badge)) people.delete(badge);
    for (const one of told.people) if (!unsent.has(one[0])) keep(one);
    // A second of overlap: what was being written while this was read comes with the next look.
    lastTold = told.at - 1000;
    tellFigures(told);
    if (closes && (told.people.length || told.at - lastKept > FRESH)) keepNames(told);
    online(true);
    show();
    if (queue.length) send();
  } catch {
    if (closes && closes <= Date.now()) return shut();
    online(false);
    show();
  }
}

// For a reload without network.
function keepNames({ at, counters, quorum }) {
  const known = [...people.values()].map((one) => [one.badge, one.given, one.family, one.organisation, one.seat, one.online, one.since, one.by]);
  lastKept = at;
  remember(note, { closes, at, counters, quorum, people: known });
}

function recallNames() {
  const kept = recalled(note);
  if (!kept) return;
  recall(kept);
  tellFigures(kept);
}

function tellFigures({ counters, quorum }) {
  count(counters);
  if (quorum !== undefined && part("quorum")) part("quorum").textContent = quorum;
}

// Nobody's name stays; with a network the page says in words what has become of the link.
function shut() {
  forget();
  people.clear();
  online(false);
  show();
  if (navigator.onLine) location.reload();
}

// The page can be opened again without network: a worker keeps it, and the files it is made of, for the day of its link.
async function keepPage() {
  if (document.readyState !== "complete") await new Promise((done) => addEventListener("load", done, { once: true }));
  await navigator.serviceWorker.register(door.dataset.worker);
  const { active } = await navigator.serviceWorker.ready;
  active.postMessage({ files: [...performance.getEntriesByType("resource").map((one) => one.name), new URL(scanner, location).href] });
}

addEventListener("online", lookAround);
addEventListener("offline", () => online(false));
setInterval(() => { if (document.visibilityState === "visible" || queue.length) lookAround(); }, AGAIN);

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
if (closes) recallNames();
lookAround();
tellNet();
if (door.dataset.worker && navigator.serviceWorker) keepPage().catch(() => {});
if (queue.length) send();
