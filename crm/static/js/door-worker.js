// Keeps the page of a door of this day, so that it can be opened again without network: the page as a helper opened it and
// the files that it is made of, and nothing else; it holds the name of nobody who is registered. The network is asked first.

const ROOT = location.pathname.replace(/\/c\/[^/]*$/, "");
const DOOR = new RegExp(`^${ROOT.replace(/[^\w/]/g, "\\$&")}/c/[\\w-]+$`);
const FILES = `${ROOT}/static/`;
const GONE = [403, 404, 410]; // taken back, or its day is over
const PATIENCE = 6000; // ms after which a network that does not answer counts as none
const NAME = "door ";

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(Promise.all([clients.claim(), sweep()])));

// The page says which files it is made of, each time that it was loaded.
addEventListener("message", (event) => {
  const { pathname } = new URL(event.source.url);
  if (DOOR.test(pathname)) event.waitUntil(keep(pathname, event.data.files).catch(() => {}));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  const page = pathname.replace(/\/state$/, "");
  if (pathname.startsWith(FILES)) event.respondWith(fetch(request).catch(() => kept(request.url)));
  else if (request.mode === "navigate" && DOOR.test(pathname) && /^(\?lang=\w+)?$/.test(search)) event.respondWith(opened(event, page));
  else if (page !== pathname && DOOR.test(page)) event.respondWith(asked(request, page));
});

async function opened(event, page) {
  const answer = asked(event.request, page);
  const copy = await sweep().then(() => kept(page));
  if (copy.type === "error") return answer;
  const late = new Promise((done) => { setTimeout(done, PATIENCE, copy); });
  // A server that starts again, or what stands before it, says so with an error page: that is no door.
  return Promise.race([answer.then((told) => (told.status >= 500 ? copy : told), () => copy), late]);
}

async function asked(request, page) {
  const answer = await fetch(request);
  if (GONE.includes(answer.status)) await drop(page);
  return answer;
}

async function kept(address) {
  return await caches.match(address, { ignoreVary: true }) ?? Response.error();
}

async function keep(page, files) {
  const answer = await fetch(page);
  if (!answer.ok || !answer.headers.has("Door-Closes")) return drop(page);
  const addresses = [...new Set(files)].filter((file) => new URL(file, location).origin === location.origin && new URL(file, location).pathname.startsWith(FILES));
  const parts = await Promise.all(addresses.map((address) => fetch(address)));
  if (!parts.every((part) => part.ok)) return;
  await caches.delete(NAME + page);
  const cache = await caches.open(NAME + page);
  await cache.put(page, answer);
  await Promise.all(addresses.map((address, number) => cache.put(address, parts[number])));
}

// What belongs to a day that is over goes.
async function sweep() {
  for (const name of await caches.keys()) {
    if (!name.startsWith(NAME)) continue;
    const copy = await caches.match(name.slice(NAME.length), { cacheName: name, ignoreVary: true });
    if (!(Number(copy?.headers.get("Door-Closes")) > Date.now())) await drop(name.slice(NAME.length));
  }
}

// With the last page this worker goes too.
async function drop(page) {
  await caches.delete(NAME + page);
  if (!(await caches.keys()).some((name) => name.startsWith(NAME))) await registration.unregister();
}
