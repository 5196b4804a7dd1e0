// Rows that are ticked: all of the page at once, and a bar that counts them and holds the acts. Filters that fold on a phone.

for (const form of document.querySelectorAll("[data-selection]")) {
  const all = form.querySelector("[data-select-all]");
  const bar = form.querySelector("[data-bulk]");
  const ticks = () => [...form.querySelectorAll("input[name=chosen]")];
  const count = () => {
    const chosen = ticks().filter((tick) => tick.checked).length;
    if (all) { all.checked = chosen > 0 && chosen === ticks().length; all.indeterminate = chosen > 0 && !all.checked; }
    if (bar) { bar.hidden = !chosen; bar.querySelector(".bulk-count").textContent = bar.dataset.words.replace("{number}", chosen); }
  };
  all?.addEventListener("change", () => { for (const tick of ticks()) tick.checked = all.checked; count(); });
  form.addEventListener("change", count);
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
