// Merge fields and blocks as chips of the editor. What is sent and stored are their words, as one would type them.
// `data-chips` around an editor gives, by those words, what each chip is called.

const WORDS = /\{\{[^{}]{1,60}\}\}|\[\[[^[\]]{1,500}\]\]/g;
const BUTTON = /^\[\[(?:bouton|button) (.+?) ?\|/i;
const KIND = "application/vnd.maillage.words";

const plain = (words) => words.replace(/[\s\u00a0]+/g, " ");
const parsed = (html) => new DOMParser().parseFromString(html, "text/html").body;

function names(element) {
  const box = element.closest("[data-chips]");
  if (box && !box.chipNames) box.chipNames = JSON.parse(box.dataset.chips);
  return box?.chipNames ?? {};
}

function name(words, known) {
  const button = BUTTON.exec(words);
  return known[words] ?? (button ? (known["[[button]]"] ?? "{}").replace("{}", button[1]) : null);
}

function attributes(words, known) {
  const label = name(words, known);
  if (!label) return null;
  const chip = Object.assign(document.createElement("span"), { className: words.startsWith("[[") ? "word-chip word-block" : "word-chip", textContent: label });
  return { contentType: KIND, content: chip.outerHTML, words };
}

// The words as something that the editor inserts at its cursor; null for words that are no chip.
export function chip(words, editor) {
  const told = attributes(plain(words), names(editor));
  return told && new Trix.Attachment(told);
}

// A chip that was not there when the page was made.
export function learn(words, label, element) {
  names(element)[plain(words)] = label;
}

function withChips(html, known) {
  const page = parsed(html);
  const walk = document.createTreeWalker(page, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walk.nextNode()) texts.push(walk.currentNode);
  for (const text of texts) {
    const pieces = [];
    let at = 0;
    for (const found of text.data.matchAll(WORDS)) {
      const told = attributes(plain(found[0]), known);
      if (!told) continue;
      // Not a figure: that would end the paragraph that it stands in.
      const place = document.createElement("span");
      place.dataset.trixAttachment = JSON.stringify(told);
      pieces.push(text.data.slice(at, found.index), place);
      at = found.index + found[0].length;
    }
    if (at) text.replaceWith(...pieces, text.data.slice(at));
  }
  return page.innerHTML;
}

function withWords(html) {
  const page = parsed(html);
  for (const figure of page.querySelectorAll("figure[data-trix-attachment]")) {
    figure.replaceWith(JSON.parse(figure.dataset.trixAttachment).words ?? "");
  }
  return page.innerHTML;
}

// The editor works on a field of its own; the one that is sent follows it, with words for chips.
export function dress(box, hidden, editor) {
  if (!box.closest("[data-chips]")) return;
  const own = Object.assign(document.createElement("input"), { type: "hidden", id: `${hidden.id}-editor`, value: withChips(hidden.value, names(box)) });
  box.append(own);
  editor.setAttribute("input", own.id);
  editor.addEventListener("trix-change", () => {
    const words = withWords(own.value);
    if (words === hidden.value) return;
    hidden.value = words;
    hidden.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
