// What every page does: copying, menus that close, progress that moves, messages that are heard.

const live = () => document.getElementById("flashes");

export function tell(words) {
  const region = live();
  if (!region) return;
  const flash = document.createElement("div");
  flash.className = "flash flash-done";
  flash.append(Object.assign(document.createElement("p"), { textContent: words }));
  region.append(flash);
  setTimeout(() => flash.remove(), 6000);
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const open = event.target.closest?.("details.drop[open]") ?? document.querySelector("details.drop[open]");
    if (open) { open.open = false; open.querySelector("summary").focus(); }
  }
});

document.addEventListener("click", async (event) => {
  for (const open of document.querySelectorAll("details.drop[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  const source = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
  await navigator.clipboard.writeText(source ? (source.value ?? source.innerText) : button.dataset.copy);
  const label = button.querySelector("span");
  const words = label.textContent;
  label.textContent = button.dataset.done;
  button.classList.add("is-done");
  tell(button.dataset.done);
  setTimeout(() => { label.textContent = words; button.classList.remove("is-done"); }, 2500);
});

// Work under way: the same fragment is asked for again until it no longer says `data-refresh`.
async function refresh(box) {
  const answer = await fetch(box.dataset.refresh, { headers: { "HX-Request": "true" } });
  if (answer.status === 401) { location.href = answer.headers.get("HX-Redirect") ?? location.href; return; }
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector(`[data-refresh="${CSS.escape(box.dataset.refresh)}"]`) ?? page.querySelector(".progress-line");
  if (!fresh || !fresh.dataset.refresh) { location.reload(); return; }
  box.replaceWith(fresh);
  setTimeout(refresh, 3000, fresh);
}
for (const box of document.querySelectorAll("[data-refresh]")) setTimeout(refresh, 3000, box);

document.querySelector("[data-focus]")?.focus();
for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => print());

// On a narrow screen the tab one is at may lie beyond the edge of its row.
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  const row = tab.closest(".tabs");
  row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
}
