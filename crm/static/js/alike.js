// Who may be in the directory already, asked while a new record is being typed; heard by screen readers.

const PAUSE = 400;

for (const box of document.querySelectorAll("[data-alike]")) begin(box);

function begin(box) {
  const form = box.closest("form");
  const list = box.querySelector("[data-alike-list]");
  const said = box.querySelector("[data-alike-said]");
  let timer, asked = 0, shown = "";

  const line = (found) => {
    const item = document.createElement("li");
    const inner = document.createElement("div");
    inner.append(Object.assign(document.createElement("a"), { href: found.address, textContent: found.name, target: "_blank" }));
    if (found.detail) inner.append(Object.assign(document.createElement("div"), { textContent: found.detail }));
    const why = document.createElement("div");
    why.append(Object.assign(document.createElement("small"), { textContent: found.why }));
    inner.append(why);
    item.append(inner);
    return item;
  };
  const show = (found) => {
    const now = JSON.stringify(found);
    if (now === shown) return;
    shown = now;
    list.replaceChildren(...found.map(line));
    box.hidden = !found.length;
    said.textContent = found.length ? box.dataset.alikeWords.replace("{number}", found.length) : "";
  };
  const ask = async () => {
    const turn = ++asked;
    const address = new URL(box.dataset.alike, location.href);
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && value && !["csrf_token", "form_key", "notes"].includes(name)) address.searchParams.set(name, value);
    }
    const answer = await fetch(address, { headers: { Accept: "application/json", "HX-Request": "true" } });
    if (answer.ok && turn === asked) show(await answer.json());
  };

  for (const event of ["input", "change"]) {
    form.addEventListener(event, () => { clearTimeout(timer); timer = setTimeout(ask, PAUSE); });
  }
}
