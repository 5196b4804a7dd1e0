// The search box on every page (ARIA combobox with a list of links): Ctrl/Cmd+K, results while typing, arrows, Enter, Escape.

const PAUSE = 90;
const form = document.querySelector("[data-palette]");
if (form) begin(form, form.querySelector("input"));

function made(tag, words, attributes = {}) {
  const element = document.createElement(tag);
  if (words) element.textContent = words;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function drawing(name) {
  const like = form.querySelector(".icon").cloneNode(true);
  const use = like.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${name}`));
  return like;
}

function begin(form, input) {
  const list = made("div", "", { id: "palette", class: "palette", role: "listbox", "aria-label": form.querySelector("label").textContent, hidden: "" });
  const said = made("p", "", { class: "visually-hidden", role: "status" });
  form.append(list, said);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list" })) {
    input.setAttribute(name, value);
  }
  let options = [], at = -1, timer, asking = null, before = null, isStale = false, taken = null;

  const close = () => {
    clearTimeout(timer);
    asking?.abort();
    list.hidden = true;
    at = -1;
    isStale = false;
    taken = null;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (index) => {
    if (!options.length) return;
    at = (index + options.length) % options.length;
    options.forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
    input.setAttribute("aria-activedescendant", options[at].id);
    options[at].scrollIntoView({ block: "nearest" });
  };
  // Ctrl, Cmd or Shift mean what they mean for any link.
  const follow = (link, { ctrlKey, metaKey, shiftKey }) => {
    link.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey, metaKey, shiftKey }));
  };
  const option = (row, icon) => {
    const link = made("a", "", { role: "option", href: row.href, tabindex: "-1", id: `palette-${options.length}`, "aria-selected": "false" });
    const words = made("span");
    words.append(made("strong", row.title || "—"));
    if (row.detail) words.append(made("small", row.detail));
    link.append(drawing(icon), words);
    options.push(link);
    return link;
  };
  const show = (answer, words) => {
    options = [];
    list.replaceChildren();
    if (answer.told) list.append(made("p", answer.told, { class: "palette-told", role: "presentation" }));
    answer.groups.forEach((group, i) => {
      const part = made("div", "", { class: "palette-group", role: "group", "aria-labelledby": `palette-group-${i}` });
      part.append(made("span", group.label, { id: `palette-group-${i}`, role: "presentation" }));
      for (const row of group.rows) part.append(option(row, group.icon));
      list.append(part);
    });
    if (answer.all) list.append(option(answer.all, "search"));
    said.textContent = answer.said;
    if (!options.length && words) list.append(made("p", answer.said, { class: "palette-told", role: "presentation" }));
    list.hidden = !list.children.length;
    input.setAttribute("aria-expanded", String(options.length > 0));
    at = -1;
    input.removeAttribute("aria-activedescendant");
    if (words) mark(0);
    isStale = false;
    if (taken) {
      const keys = taken;
      taken = null;
      if (options.length) follow(options[0], keys); else form.requestSubmit();
    }
  };
  const ask = async () => {
    asking?.abort();
    const mine = asking = new AbortController();
    const words = input.value.trim();
    const address = new URL(form.dataset.palette, location.href);
    address.searchParams.set("q", words);
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json", "HX-Request": "true" }, signal: mine.signal });
      if (answer.status === 401) { location.href = answer.headers.get("HX-Redirect") ?? location.href; return; }
      if (answer.ok && mine === asking && document.activeElement === input) show(await answer.json(), words);
    } catch (trouble) {
      if (trouble.name !== "AbortError") close();
    }
  };
  const leave = () => { close(); if (before?.isConnected) before.focus(); else input.blur(); before = null; };

  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    if (document.activeElement !== input) before = document.activeElement === document.body ? null : document.activeElement;
    input.focus();
    input.select();
    ask();
  });
  input.addEventListener("input", () => { isStale = true; taken = null; clearTimeout(timer); asking?.abort(); timer = setTimeout(ask, PAUSE); });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") {
      if (list.hidden && input.value && !before) return;
      leave();
    } else if (event.key === "ArrowDown") {
      if (list.hidden) ask(); else mark(at + 1);
    } else if (event.key === "ArrowUp") {
      if (!list.hidden) mark(at < 0 ? options.length - 1 : at - 1);
    } else if (event.key === "Enter" && !list.hidden && isStale) {
      // Enter waits for the answer to all the letters.
      taken = event;
      clearTimeout(timer);
      ask();
    } else if (event.key === "Enter" && !list.hidden && at >= 0) {
      follow(options[at], event);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });
  input.addEventListener("blur", () => setTimeout(() => { if (document.activeElement !== input) close(); }, 150));
  list.addEventListener("mousedown", (event) => { event.preventDefault(); });
}
