// The camera: the browser's own reader where there is one, else jsQR, loaded when it is needed.

import { part, scanner, words } from "./door-state.js";
import { scanned } from "./door-queue.js";

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

export async function scan() {
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
export async function awake() {
  if (lock && !lock.released) return;
  lock = await navigator.wakeLock?.request("screen").catch(() => null) ?? null;
}
document.addEventListener("visibilitychange", () => { if (lock && document.visibilityState === "visible") awake(); });
