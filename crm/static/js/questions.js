// A question that is asked only after some answer to another shows when that answer is given. All are there
// without JavaScript; what is hidden is not sent, and the server decides in either case.
const asked = [...document.querySelectorAll("[data-shown-if]")];
const answersTo = (box) => {
  const named = box.closest("form").elements[box.dataset.shownIf];
  if (!named) return [];
  const fields = named instanceof RadioNodeList ? [...named] : [named];
  const given = fields.filter((field) => !field.disabled && (!/^(radio|checkbox)$/.test(field.type) || field.checked));
  return given.map((field) => field.value);
};
const showAsked = () => {
  for (const box of asked) {
    const values = JSON.parse(box.dataset.shownValues);
    box.hidden = !answersTo(box).some((value) => values.includes(value));
    box.classList.add("question-follows");
    for (const field of box.querySelectorAll("input, select, textarea")) field.disabled = box.hidden;
  }
};
if (asked.length) { document.addEventListener("change", showAsked); showAsked(); }

// The choices of a question are asked for only where it has some.
for (const box of document.querySelectorAll("[data-kinds]")) {
  const kind = box.closest("form").elements.kind;
  const show = () => { box.hidden = !box.dataset.kinds.split(" ").includes(kind.value); };
  kind.addEventListener("change", show);
  show();
}
