// Building a view: the number follows each change; choosing what to ask brings the fields that belong to it.

const PAUSE = 350;
let timer, turn = 0;

document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-asks]");
  if (form) later(form, event.target.matches("[data-shape]") ? 0 : PAUSE, event.target.matches("[data-shape]"));
});
document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-asks]");
  if (form && event.target.matches("input:not([data-suggest])")) later(form, PAUSE, false);
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-asks]")) return;
  event.preventDefault();
  refresh(event.target, true, event.submitter);
});

function later(form, pause, whole) {
  clearTimeout(timer);
  timer = setTimeout(refresh, pause, form, whole);
}

async function refresh(form, whole, submitter) {
  const asked = ++turn;
  const address = new URL(form.action);
  address.search = new URLSearchParams(new FormData(form, submitter?.name ? submitter : undefined));
  const answer = await fetch(address, { headers: { "HX-Request": "true" } });
  if (answer.status === 401) { location.href = answer.headers.get("HX-Redirect") ?? location.href; return; }
  if (!answer.ok || asked !== turn) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.getElementById("outcome").replaceWith(page.getElementById("outcome"));
  // What was pressed is done: the address to share has it no more.
  address.searchParams.delete("act");
  if (!submitter) history.replaceState(null, "", address);
  if (!whole) return;
  const at = document.activeElement?.id;
  form.replaceChildren(...page.getElementById("asks").childNodes);
  form.dispatchEvent(new CustomEvent("maillage:shown", { bubbles: true }));
  if (submitter) history.replaceState(null, "", `${form.action}?${new URLSearchParams(new FormData(form))}`);
  focus(form, at, submitter?.value ?? "");
}

// The field that was in use, or the condition that was just added.
function focus(form, id, act) {
  const [name, path] = act.split(":");
  if (name === "add" || name === "group") {
    const choices = [...form.querySelectorAll("select[id^=is-]")].filter((select) => select.id.startsWith(path ? `is-${path}-` : "is-"));
    (choices.findLast((select) => !select.value) ?? choices.at(-1))?.focus();
  } else if (name === "drop") form.querySelector("select")?.focus();
  else if (id) document.getElementById(id)?.focus();
}
