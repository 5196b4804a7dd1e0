// People named in a text: typing @ and a name in the rich text proposes people; choosing one writes a link to their page.
// Without JavaScript the form has a field for them.

const PAUSE = 150;
const TYPED = /(?:^|[\s(])@([\p{L}\p{M}’'.-][\p{L}\p{M}’'. -]{1,38})$/u;

for (const box of document.querySelectorAll("[data-mentions]")) begin(box);

function begin(box) {
  const list = document.createElement("ul");
  const said = Object.assign(document.createElement("p"), { className: "visually-hidden" });
  list.id = "mention-proposals";
  list.className = "combobox-list";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "@");
  said.setAttribute("role", "status");
  box.classList.add("mentions");
  box.append(list, said);
  const chosen = new Set();
  let editor, timer, asked = 0, at = -1, from = 0;

  const close = () => { list.hidden = true; at = -1; editor?.removeAttribute("aria-activedescendant"); };
  // What is being typed after an @; a name that was chosen already is none.
  const typing = () => {
    const typed = TYPED.exec(before());
    return typed && ![...chosen].some((name) => typed[1].startsWith(name)) ? typed[1] : null;
  };
  const before = () => editor.editor.getDocument().toString().slice(0, editor.editor.getPosition());
  const mark = (index) => {
    const options = [...list.children];
    at = (index + options.length) % options.length;
    options.forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
    editor.setAttribute("aria-activedescendant", options[at].id);
    options[at].scrollIntoView({ block: "nearest" });
  };
  const choose = (option) => {
    const link = Object.assign(document.createElement("a"), { textContent: `@${option.dataset.label}` });
    chosen.add(option.dataset.label);
    link.href = new URL(`/people/${option.dataset.value}`, location.origin).href;
    editor.editor.setSelectedRange([from, editor.editor.getPosition()]);
    editor.editor.insertHTML(link.outerHTML);
    editor.editor.deactivateAttribute("href");
    editor.editor.insertString(" ");
    close();
  };
  const show = (proposals) => {
    list.replaceChildren(...proposals.map((proposal, i) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${i}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      Object.assign(option.dataset, { value: proposal.value, label: proposal.label });
      option.append(proposal.label);
      if (proposal.detail) option.append(Object.assign(document.createElement("small"), { textContent: proposal.detail }));
      return option;
    }));
    said.textContent = box.dataset.mentionsWords.replace("{number}", proposals.length);
    list.hidden = !proposals.length;
    at = -1;
    if (proposals.length) mark(0);
  };
  const ask = async () => {
    const typed = typing();
    if (!typed) { close(); return; }
    from = editor.editor.getPosition() - typed.length - 1;
    const turn = ++asked;
    const address = new URL(box.dataset.mentions, location.href);
    address.searchParams.set("q", typed.trim());
    const answer = await fetch(address, { headers: { Accept: "application/json", "HX-Request": "true" } });
    if (answer.ok && turn === asked) show(await answer.json());
  };

  box.addEventListener("trix-change", (event) => {
    editor = event.target;
    clearTimeout(timer);
    if (typing()) timer = setTimeout(ask, PAUSE);
    else { ++asked; close(); }
  });
  box.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") mark(at + 1);
    else if (event.key === "ArrowUp") mark(at - 1);
    else if ((event.key === "Enter" || event.key === "Tab") && at >= 0) choose(list.children[at]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  box.addEventListener("focusout", () => setTimeout(close, 120));
  list.addEventListener("mousedown", (event) => {
    const option = event.target.closest("[role=option]");
    event.preventDefault();
    if (option) choose(option);
  });
}
