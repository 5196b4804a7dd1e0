// Rows that are ticked: all of the page at once, and a bar that counts them and holds the acts.

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
