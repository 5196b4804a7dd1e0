// What is seen, heard and felt at the door, and the list of people.

import { BADGE, door, element, filled, fold, nameOf, part, people, said, since, standing, words } from "./door-state.js";
import { ask, isOnline } from "./door-queue.js";

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

export function tell(outcome, one = null, detail = "") {
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

export function button(label, act, one, className = "") {
  const made = element("button", `btn ${className}`, label);
  made.type = "button";
  made.addEventListener("click", () => ask(act, one.badge));
  return made;
}

export function count(counters) {
  for (const [name, number] of Object.entries(counters)) {
    const place = door.querySelector(`[data-count=${name}]`);
    if (place) place.textContent = number;
  }
}

export function keep([badge, given, family, organisation, seat, online, at, by]) {
  people.set(badge, { badge, given, family, organisation, seat, online, since: at, by, folded: fold(`${given} ${family} ${organisation}`) });
}

export function show() {
  const typed = part("who").value;
  const asked = fold(typed).split(" ").filter(Boolean);
  const found = asked.length ? [...people.values()].filter((one) => asked.every((word) => one.folded.includes(word))) : [];
  part("people").replaceChildren(...found.slice(0, 30).map(row));
  part("none").textContent = found.length > 30 ? filled(words.more, { number: found.length - 30 })
    : asked.length && !people.size && !isOnline && !BADGE.test(typed.trim().toUpperCase()) ? words.nameless
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
