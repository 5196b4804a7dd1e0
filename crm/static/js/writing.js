// Writing a mailing: the draft saves itself, blocks come from a menu, an image is sent in without leaving the page.

const QUIET = 2500;
const APART = 10_000;

for (const form of document.querySelectorAll("form[data-autosave]")) keepSaved(form);

function keepSaved(form) {
  const line = document.querySelector("[data-saved-line]");
  const words = line.dataset;
  let timer = null, busy = false, changed = false, stopped = false, last = 0;

  const say = (sentence, tone = "") => { line.textContent = sentence; line.dataset.tone = tone; };
  const later = (wait) => { clearTimeout(timer); timer = setTimeout(save, wait); };

  form.addEventListener("input", (event) => {
    if (stopped || !event.target.name) return;
    changed = true;
    if (!busy) later(Math.max(QUIET, last + APART - Date.now()));
  });
  form.addEventListener("submit", () => { stopped = true; clearTimeout(timer); });
  document.addEventListener("visibilitychange", () => { if (document.hidden && changed && !busy) save(); });

  async function save() {
    if (stopped || busy) return;
    busy = true;
    changed = false;
    last = Date.now();
    try {
      const answer = await fetch(form.dataset.autosave, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
      if (stopped) return;
      const told = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
      if (answer.ok && told.version) take(told);
      else refuse(answer.status, told.said ?? told.error);
    } catch {
      changed = true;
      say(words.offline, "bad");
      later(3 * APART);
    } finally {
      busy = false;
    }
    if (changed && !stopped) later(APART);
  }

  function take(told) {
    form.elements.version.value = told.version;
    form.elements.shown.value = told.shown;
    if (told.edit && form.getAttribute("action") !== told.edit) {
      form.setAttribute("action", told.edit);
      form.dataset.autosave = told.autosave;
      history.replaceState(null, "", told.edit);
    }
    say(told.said, "good");
    if (!changed) form.dispatchEvent(new Event("saved"));
  }

  function refuse(status, sentence) {
    // Somebody else saved it: only a person can put both together, with the button.
    if (status === 409) { stopped = true; say(sentence, "bad"); return; }
    say(sentence ?? words.failed, "bad");
  }
}

// Before forms.js looks what a button inserts: say it, from the menu beside it.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert-from], [data-insert-button]");
  if (!button) return;
  if (button.dataset.insertFrom) {
    button.dataset.insert = document.getElementById(button.dataset.insertFrom).value;
  } else {
    const [label, url] = button.dataset.fields.split(" ").map((id) => document.getElementById(id));
    if (!label.value.trim()) { event.stopImmediatePropagation(); label.focus(); return; }
    if (!/^https?:\/\/[^\s|]+\.[^\s|]+$/.test(url.value.trim())) { event.stopImmediatePropagation(); url.focus(); return; }
    button.dataset.insert = `[[${button.dataset.insertButton} ${label.value.trim().replaceAll("|", "/")} | ${url.value.trim()}]]`;
    label.value = url.value = "";
  }
  button.closest("details").open = false;
}, true);

const dialog = document.getElementById("picture-dialog");
let asked = null;
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-new-picture]");
  if (!opener || !dialog) return;
  event.preventDefault();
  asked = opener;
  opener.closest("details").open = false;
  dialog.showModal();
});
dialog?.querySelector("[data-close]").addEventListener("click", () => dialog.close());
dialog?.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const wrong = dialog.querySelector("[data-wrong]");
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } }).catch(() => null);
  const told = await answer?.json().catch(() => ({})) ?? {};
  if (!answer?.ok) { wrong.textContent = told.said ?? wrong.dataset.wrong; wrong.hidden = false; return; }
  const { learn } = await import("./chips.js");
  for (const select of document.querySelectorAll("[data-pictures]")) {
    select.prepend(new Option(told.name, told.marker, true, true));
    select.disabled = false;
    learn(told.marker, told.label, select);
  }
  wrong.hidden = true;
  form.reset();
  form.elements.form_key.value = crypto.randomUUID();
  dialog.close();
  asked.closest(".block-menu").querySelector("[data-insert-picture]").click();
});
