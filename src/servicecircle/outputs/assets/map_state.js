// What is chosen: the limit, closed centers, opened candidates, the language. The address keeps it.

const chosen = { limit: data.walks.now, closed: new Set(), opened: new Set() };
const changed = []; // called after every change

const numberOf = new Map(); // places by kind and id
data.places.forEach(({ id, candidate }, i) => numberOf.set(`${candidate ? "candidate" : "center"} ${id}`, i));

function isOpen(number) {
  return data.places[number].candidate ? chosen.opened.has(number) : !chosen.closed.has(number);
}

function openPlaces() {
  return Uint8Array.from(data.places, (_, number) => (isOpen(number) ? 1 : 0));
}

function asFound() {
  return chosen.limit === data.walks.now && !chosen.closed.size && !chosen.opened.size;
}

function setOpen(numbers, open) {
  for (const number of numbers) {
    const { candidate } = data.places[number];
    const set = candidate ? chosen.opened : chosen.closed;
    if (open === Boolean(candidate)) set.add(number);
    else set.delete(number);
  }
  tellChange();
}

function setLimit(step) {
  chosen.limit = step;
  tellChange();
}

function reset() {
  chosen.limit = data.walks.now;
  chosen.closed.clear();
  chosen.opened.clear();
  tellChange();
}

function tellChange() {
  for (const listener of changed) listener();
  afterPicture(writeLater);
}

// What need not be seen at once waits until the next picture is drawn; asked for twice it is done once.
const waiting = new Set();

function afterPicture(act) {
  if (waiting.has(act)) return;
  waiting.add(act);
  requestAnimationFrame(() =>
    setTimeout(() => {
      waiting.delete(act);
      act();
    }),
  );
}

// A browser counts how often a page writes its address: while the slider is dragged it is written once a rest.
const REST_MS = 150;
let writing = 0;

function writeLater() {
  clearTimeout(writing);
  writing = setTimeout(writeAddress, REST_MS);
}

// Half a character, which a damaged id may hold, has no place in an address.
const idsOf = (numbers) =>
  [...numbers].sort((a, b) => a - b).map((i) => encodeURIComponent(data.places[i].id.replace(/\p{Cs}/gu, "\ufffd"))).join(",");

function address() {
  const said = new URLSearchParams();
  if (chosen.limit !== data.walks.now) said.set("limit", plain(model.minutes[chosen.limit]));
  if (chosen.closed.size) said.set("closed", idsOf(chosen.closed));
  if (chosen.opened.size) said.set("opened", idsOf(chosen.opened));
  if (language !== data.language) said.set("language", language);
  return said.toString();
}

function writeAddress() {
  try {
    history.replaceState(null, "", `#${address()}`);
  } catch {
    // Inside a notebook's frame a page has no address of its own.
  }
}

// What the address does not say is as in the study; what it says of unknown places or limits is passed over.
function readAddress() {
  const said = new URLSearchParams(location.hash.slice(1));
  const numbers = (key, kind) =>
    (said.get(key) || "").split(",").filter(Boolean).flatMap((part) => {
      let id = part;
      try {
        id = decodeURIComponent(part);
      } catch {
        return []; // a stray % is no id
      }
      const number = numberOf.get(`${kind} ${id}`);
      return number === undefined ? [] : [number];
    });
  chosen.limit = data.walks.offered.find((step) => plain(model.minutes[step]) === said.get("limit")) ?? data.walks.now;
  chosen.closed = new Set(data.switches ? numbers("closed", "center") : []);
  chosen.opened = new Set(data.switches ? numbers("opened", "candidate") : []);
  language = data.texts[said.get("language")] ? said.get("language") : data.language;
}
