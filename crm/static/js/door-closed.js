// The page of a door that is closed: names go, and what this phone noted while it was open is sent now.

import { forget } from "./door-kept.js";
import { post } from "./door-post.js";

const left = document.getElementById("left");
const { note, isTaking, isEarly } = left.dataset;
const words = JSON.parse(left.dataset.words);
const AGAIN = 20000; // ms until the next try
const KEY = `door ${note}`;
let queue = JSON.parse(localStorage.getItem(KEY) ?? "[]");
let refused = 0;
let isSending = false;

function tell(word, number) {
  left.textContent = words[word].replace("{number}", number);
  left.hidden = false;
}

async function send() {
  if (isSending || !queue.length) return;
  isSending = true;
  while (queue.length) {
    tell("sending", queue.length);
    const answer = await post(document.getElementById("left-form"), note, queue[0]);
    if (answer === null || answer === "stale") break;
    refused += answer.error === undefined ? 0 : 1;
    queue = queue.slice(1);
    localStorage.setItem(KEY, JSON.stringify(queue));
  }
  isSending = false;
  if (queue.length) return tell("later", queue.length);
  localStorage.removeItem(KEY);
  tell(refused ? "refused" : "done", refused);
}

forget();
if (queue.length && isTaking) {
  addEventListener("online", send);
  setInterval(send, AGAIN);
  send();
} else if (!isEarly) {
  localStorage.removeItem(KEY);
  if (queue.length) tell("refused", queue.length);
}
