// What the parts of the door share: the page and its words, and the people that this phone was told of.

export const door = document.getElementById("door");
export const { note, state, zone, language, scanner } = door.dataset;
export const said = JSON.parse(door.dataset.said);
export const words = JSON.parse(door.dataset.words);
export const part = (id) => document.getElementById(id);
export const BADGE = /^(?:MAILLAGE:)?([0-9A-HJKMNP-TV-Z]{20})$/;

export const KEY = `door ${note}`;
export { PATIENCE } from "./door-post.js";

export const people = new Map(); // badge: {badge, given, family, organisation, seat, online, since, by, folded}

export const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/œ/g, "oe").replace(/[^\p{L}\p{N}]+/gu, " ").trim();
export const filled = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? "");
export const hour = (moment) => {
  const parts = new Intl.DateTimeFormat("fr", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone }).formatToParts(moment);
  const of = (type) => parts.find((one) => one.type === type).value;
  return language === "en" ? `${of("hour")}:${of("minute")}` : `${Number(of("hour"))}\u202fh\u202f${of("minute")}`;
};
export const since = (one) => one.since ? filled(one.by ? words.since : words.sinceOnly, { hour: hour(one.since), name: one.by }) : "";
export const element = (tag, className, text = "") => Object.assign(document.createElement(tag), { className, textContent: text });
export const nameOf = (one) => `${one.given} ${one.family}`.trim();
export const standing = (one) => [one.organisation, one.online ? words.online : ""].filter(Boolean).join(" · ");
