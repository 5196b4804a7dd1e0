// Rows that are ticked: all of the page at once, and a bar that counts them and holds the acts. Filters that fold on a phone.

for (const form of document.querySelectorAll("[data-selection]")) {
  const all = form.querySelector("[data-select-all]");
  const bar = form.querySelector("[data-bulk]");
  const whole = form.querySelector("[data-select-everything]");
  const ticks = () => [...form.querySelectorAll("input[name=chosen]")];
  const count = () => {
    const chosen = ticks().filter((tick) => tick.checked).length;
    if (all) { all.checked = chosen > 0 && chosen === ticks().length; all.indeterminate = chosen > 0 && !all.checked; }
    if (bar) {
      bar.hidden = !chosen && !whole?.checked;
      bar.querySelector(".bulk-count").textContent = whole?.checked ? whole.dataset.words : bar.dataset.words.replace("{number}", chosen);
    }
  };
  all?.addEventListener("change", () => { for (const tick of ticks()) tick.checked = all.checked; count(); });
  form.addEventListener("change", count);
  // With Shift, all rows from the last one ticked to this one; Escape unticks them all.
  let last = null;
  form.addEventListener("click", (event) => {
    if (event.target.name !== "chosen") return;
    const rows = ticks();
    if (event.shiftKey && last) {
      const [from, to] = [rows.indexOf(last), rows.indexOf(event.target)].sort((one, other) => one - other);
      for (const tick of rows.slice(from, to + 1)) tick.checked = event.target.checked;
      count();
    }
    last = event.target;
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || bar?.hidden) return;
    for (const tick of ticks()) tick.checked = false;
    if (whole) whole.checked = false;
    count();
  });
  count();
}

for (const form of document.querySelectorAll("[data-fold]")) {
  const others = [...form.querySelectorAll(":scope > .field, :scope > .drop")].slice(1);
  const used = others.some((part) => [...part.querySelectorAll("input, select")].some((field) => field.value && !field.matches("select:has(option:first-child:checked)")));
  if (!others.length || used || !matchMedia("(max-width: 40rem)").matches) continue;
  const button = Object.assign(document.createElement("button"), { type: "button", className: "btn", textContent: form.dataset.fold });
  const fold = (closed) => { for (const part of others) part.hidden = closed; button.setAttribute("aria-expanded", String(!closed)); };
  button.addEventListener("click", () => fold(button.getAttribute("aria-expanded") === "true"));
  form.querySelector(":scope > button:last-of-type").before(button);
  fold(true);
}
