// A kit's page tells that it was opened by a person, and asks again whether the letter left once one comes back to it.

const own = document.querySelector("[data-seen]");

function tellSeen(facts) {
  const said = new FormData(own);
  said.set("form_key", crypto.randomUUID());
  said.set("token", own.dataset.token);
  for (const [name, value] of Object.entries(facts)) said.set(name, value);
  fetch(own.dataset.seen, { method: "POST", body: said, keepalive: true });
}

if (own?.dataset.token) {
  const once = () => {
    if (document.visibilityState !== "visible") return;
    document.removeEventListener("visibilitychange", once);
    tellSeen({});
  };
  document.addEventListener("visibilitychange", once);
  once();
}

let waiting = null;
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-channel]");
  if (!link) return;
  if (own) tellSeen({ parliamentarian: link.dataset.about, channel: link.dataset.channel });
  waiting = document.querySelector(`#p${link.dataset.about} .declare button`);
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible" || !waiting) return;
  waiting.closest(".declare").classList.add("is-asked");
  waiting.focus();
  waiting = null;
});
