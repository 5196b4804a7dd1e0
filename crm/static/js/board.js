// Cards dragged from stage to stage: a drop presses the button of the card's own “move to” menu.

const board = document.querySelector("[data-board]");
const place = "board-scroll";
const region = board?.parentElement;

if (board && globalThis.Sortable) {
  for (const list of board.querySelectorAll("[data-stage]")) {
    globalThis.Sortable.create(list, {
      group: "stages",
      sort: false,
      animation: 120,
      ghostClass: "is-ghost",
      filter: ".move",
      preventOnFilter: false,
      delay: 150,
      delayOnTouchOnly: true,
      onEnd: ({ item, from, to }) => {
        if (from === to) return;
        const form = item.querySelector("[data-move]");
        const button = form?.querySelector(`button[value="${to.dataset.stage}"]`);
        if (!button) { from.append(item); return; }
        sessionStorage.setItem(place, String(region.scrollLeft));
        form.requestSubmit(button);
      },
    });
  }
  board.classList.add("can-drag");
  region.scrollLeft = Number(sessionStorage.getItem(place) ?? 0);
  sessionStorage.removeItem(place);
}
