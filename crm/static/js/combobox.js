// A text field that proposes (ARIA combobox with a list): arrows, Enter, Escape; the chosen key goes into the hidden field.

const PAUSE = 150;
let number = 0;

for (const box of document.querySelectorAll("[data-combobox]")) begin(box);

function begin(box) {
  const input = box.querySelector("[data-suggest]");
  const { key: id, keyName: name, keyValue: value } = input.dataset;
  const key = document.getElementById(id) ?? Object.assign(document.createElement("input"), { type: "hidden", id, name, value });
  if (!key.form) input.before(key);
  const list = document.createElement("ul");
  const said = document.createElement("p");
  list.id = `proposals-${++number}`;
  list.className = "combobox-list";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", box.querySelector("label").textContent);
  said.className = "visually-hidden";
  said.setAttribute("role", "status");
  box.append(list, said);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list" })) {
    input.setAttribute(name, value);
  }
  input.classList.toggle("combobox-chosen", Boolean(key.value));
  let timer, asked = 0, at = -1;

  const close = () => { list.hidden = true; at = -1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
  const choose = (option) => {
    input.value = option.dataset.label;
    key.value = option.dataset.value;
    input.classList.add("combobox-chosen");
    close();
    for (const field of [input, key]) field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const mark = (index) => {
    const options = [...list.children];
    at = (index + options.length) % options.length;
    options.forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
    input.setAttribute("aria-activedescendant", options[at].id);
    options[at].scrollIntoView({ block: "nearest" });
  };
  const show = (proposals) => {
    list.replaceChildren(...proposals.map((proposal, i) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${i}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.value = proposal.value;
      option.dataset.label = proposal.label;
      option.append(proposal.label);
      if (proposal.detail) option.append(Object.assign(document.createElement("small"), { textContent: proposal.detail }));
      return option;
    }));
    said.textContent = proposals.length ? input.dataset.found.replace("{number}", proposals.length) : input.dataset.none;
    list.hidden = !proposals.length;
    at = -1;
    input.setAttribute("aria-expanded", String(Boolean(proposals.length)));
    if (proposals.length) list.scrollIntoView({ block: "nearest" });
  };
  const ask = async () => {
    const words = input.value.trim();
    if (words.length < 2) { close(); return; }
    const turn = ++asked;
    const address = new URL(input.dataset.suggest, location.href);
    address.searchParams.set("q", words);
    const answer = await fetch(address, { headers: { Accept: "application/json", "HX-Request": "true" } });
    if (answer.status === 401) { location.href = answer.headers.get("HX-Redirect") ?? location.href; return; }
    if (answer.ok && turn === asked) show(await answer.json());
  };

  input.addEventListener("input", () => {
    key.value = "";
    input.classList.remove("combobox-chosen");
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    const count = list.children.length;
    if (list.hidden && event.key === "ArrowDown") { ask(); return; }
    if (list.hidden || !count) return;
    if (event.key === "ArrowDown") mark(at + 1);
    else if (event.key === "ArrowUp") mark(at < 0 ? count - 1 : at - 1);
    else if (event.key === "Enter" && at >= 0) choose(list.children[at]);
    else if (event.key === "Escape") { close(); event.stopPropagation(); }
    else return;
    event.preventDefault();
  });
  input.addEventListener("blur", () => setTimeout(close, 120));
  list.addEventListener("mousedown", (event) => {
    const option = event.target.closest("[role=option]");
    event.preventDefault();
    if (option) choose(option);
  });
}

// Fields that came into the page later.
document.addEventListener("maillage:shown", (event) => { for (const box of event.target.querySelectorAll("[data-combobox]")) begin(box); });
