// Forms: nothing typed is lost by accident, counts and gauges, words inserted at the cursor, rich text.

for (const form of document.querySelectorAll("form[data-guard]")) {
  let changed = Boolean(form.querySelector(".error-summary"));
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("trix-change", () => { changed = true; });
  form.addEventListener("submit", () => { changed = false; });
  // Said by what saves by itself while one writes.
  form.addEventListener("saved", () => { changed = false; });
  addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
}

for (const line of document.querySelectorAll("[data-count-of]")) {
  const field = document.getElementById(line.dataset.countOf);
  const most = Number(line.dataset.countMost);
  const count = () => {
    line.textContent = line.dataset.countWords.replace("{used}", field.value.length).replace("{most}", most);
    line.classList.toggle("counted-over", field.value.length > most);
  };
  field.addEventListener("input", count);
  count();
}

// How long a mailto: link becomes once its subject and body are encoded; mail programs cut long ones.
for (const line of document.querySelectorAll("[data-gauge]")) {
  const fields = line.dataset.gauge.split(" ").map((id) => document.getElementById(id));
  const most = Number(line.dataset.gaugeMost ?? 1900);
  const encoded = (text) => encodeURIComponent(text.trim().replace(/\r?\n/g, "\r\n"));
  const measure = () => {
    const length = fields.reduce((sum, field) => sum + encoded(field.value).length, "mailto:?subject=&body=".length);
    line.textContent = line.dataset.gaugeWords.replace("{used}", length).replace("{most}", most);
    line.classList.toggle("counted-over", length > most);
  };
  for (const field of fields) field.addEventListener("input", measure);
  measure();
}

// {{ insert }} buttons put their words where the cursor last was.
let last = null;
document.addEventListener("focusin", (event) => {
  if (event.target.matches("input[type=text], textarea, trix-editor")) last = event.target;
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button) return;
  const named = button.closest("[data-insert-into]")?.dataset.insertInto.split(" ").map((id) => document.getElementById(id)) ?? [];
  const targets = named.flatMap((field) => [field, field?.closest(".rich")?.querySelector("trix-editor")]).filter(Boolean);
  const target = targets.includes(last) ? last : targets.at(-1) ?? last;
  if (!target) return;
  if (target.editor) {
    target.focus();
    const chip = chips?.chip(button.dataset.insert, target);
    if (chip) target.editor.insertAttachment(chip); else target.editor.insertString(button.dataset.insert);
    return;
  }
  target.focus();
  target.setRangeText(button.dataset.insert, target.selectionStart, target.selectionEnd, "end");
  target.dispatchEvent(new Event("input", { bubbles: true }));
});

// Rich text: Trix is loaded only where it is needed, with the nonce that its style sheet asks for; no files in texts.
let chips = null;
const rich = [...document.querySelectorAll("[data-rich]")];
if (rich.length) {
  const { buttons, nonce, script, style } = rich[0].dataset;
  document.head.append(
    Object.assign(document.createElement("meta"), { name: "trix-csp-nonce", content: nonce }),
    Object.assign(document.createElement("link"), { rel: "stylesheet", href: style }),
  );
  addEventListener("trix-file-accept", (event) => event.preventDefault());
  const trix = Object.assign(document.createElement("script"), { src: script });
  trix.addEventListener("load", async () => {
    Object.assign(Trix.config.lang, JSON.parse(buttons));
    if (document.querySelector("[data-chips]")) chips = await import("./chips.js");
    rich.forEach(dress);
  });
  document.head.append(trix);
}

function dress(box) {
  const area = box.querySelector("textarea");
  const hidden = Object.assign(document.createElement("input"), { type: "hidden", name: area.name, value: area.value, id: `${area.id}-value` });
  const editor = document.createElement("trix-editor");
  const id = area.id;
  editor.setAttribute("input", hidden.id);
  editor.setAttribute("aria-label", box.dataset.label);
  if (box.dataset.words) editor.setAttribute("aria-describedby", box.dataset.words);
  chips?.dress(box, hidden, editor);
  area.replaceWith(hidden, editor);
  editor.id = id;
}
