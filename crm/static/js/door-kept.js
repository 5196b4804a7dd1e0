// The names that this phone was told of, kept for a reload without network: in this tab alone, and not beyond the
// hour at which the door closes. They leave with the tab, with a link that was taken back, and at that hour.

const NAMES = "door names ";

export function remember(address, told) {
  try {
    sessionStorage.setItem(NAMES + address, JSON.stringify(told));
  } catch {
    forget(); // A phone without room, or that keeps nothing: codes still work.
  }
}

export function recalled(address) {
  try {
    const told = JSON.parse(sessionStorage.getItem(NAMES + address));
    if (told?.closes > Date.now()) return told;
  } catch { /* as if nothing had been kept */ }
  forget();
  return null;
}

export function forget() {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(NAMES)) sessionStorage.removeItem(key);
  } catch { /* nothing was kept */ }
}
