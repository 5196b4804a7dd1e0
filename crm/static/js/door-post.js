// Sending one act to the server, which does it once however often its nonce arrives.

export const PATIENCE = 6000; // ms after which a network that does not answer counts as none
const FIELDS = ["given_name", "family_name", "email", "organisation"];

// What the server answered; null when it must be sent again, and `stale` when the page is too old for that.
export async function post(form, address, entry) {
  const body = new FormData(form);
  for (const name of FIELDS) body.set(name, entry.fields[name] ?? "");
  for (const [name, value] of Object.entries({ act: entry.act, badge: entry.badge, nonce: entry.nonce, waited: Math.max(0, Date.now() - entry.at) })) body.set(name, value);
  try {
    const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" }, signal: AbortSignal.timeout(PATIENCE) });
    if (answer.status === 400) return "stale";
    if (answer.status === 409 || answer.status === 429 || answer.status >= 500) return null;
    return await answer.json();
  } catch {
    return null;
  }
}
