// Names of districts keep off signs and off each other; one without room in its district is shown once one zooms in.

const districtNames = []; // { marker, text, rings, unit, shown, wide }
const LINE = 19; // height of a name, pixels
const LONGEST = 220; // as the style sheet has it
const HIDDEN_SHARE = 0.3; // of a name below signs: from here on it cannot be read

function addNames(outlines) {
  const texts = outlines.length > 1 ? data.districts.names : []; // one district is the whole map
  return texts.map((text, i) => {
    const { x, y } = map.project(data.districts.at[i], 0).divideBy(256);
    const name = { marker: label(data.districts.at[i], text, "district-name"), text, rings: outlines[i], unit: [x, y] };
    districtNames.push({ ...name, home: name.unit, shown: false });
    return name.marker.on("add", () => showName(districtNames[i]));
  });
}

function showName({ marker, shown }) {
  const node = marker.getElement();
  if (node) node.hidden = !shown;
}

// Even-odd, so that a hole is outside.
function contains(rings, x, y) {
  let inside = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
      if (ring[i + 1] > y === ring[j + 1] > y) continue;
      if (x < ((ring[j] - ring[i]) * (y - ring[i + 1])) / (ring[j + 1] - ring[i + 1]) + ring[i]) inside = !inside;
    }
  }
  return inside;
}

function common(one, other) {
  const wide = Math.min(one[2], other[2]) - Math.max(one[0], other[0]);
  const high = Math.min(one[3], other[3]) - Math.max(one[1], other[1]);
  return wide > 0 && high > 0 ? wide * high : 0;
}

// Shifts in pixels, the nearest first: along the line by parts of the name, and up and down by lines.
function shiftsOf(wide) {
  const shifts = [];
  for (let down = -3; down <= 3; down += 0.5) {
    for (let right = -1; right <= 1; right += 0.25) shifts.push([right * wide, down * LINE]);
  }
  return shifts.sort((a, b) => Math.hypot(...a) - Math.hypot(...b));
}

// The nearest place without signs, else the one that hides least of the name; none beyond all districts.
function roomFor(name, scale, signs, taken) {
  const [x, y] = name.home.map((unit) => unit * scale);
  const [west, north, east, south] = boxOf(districtNames.flatMap(({ rings }) => rings)).map((unit) => unit * scale);
  let best = null;
  for (const [right, down] of shiftsOf(name.wide)) {
    if (!contains(name.rings, (x + right) / scale, (y + down) / scale)) continue;
    const box = boxAround(x + right, y + down, name.wide, LINE);
    if (box[0] < west || box[1] < north || box[2] > east || box[3] > south) continue;
    if (taken.some((other) => overlap(box, other))) continue;
    const hidden = signs.reduce((sum, sign) => sum + common(box, sign), 0) / (name.wide * LINE);
    if (!best || hidden < best.hidden) best = { box, hidden };
    if (!hidden) break;
  }
  return best && best.hidden < HIDDEN_SHARE ? best.box : null;
}

function placeNames() {
  const scale = 256 * 2 ** map.getZoom();
  const flat = (unit) => unit * scale;
  const signs = signBoxes({ x: flat, y: flat });
  const pen = document.createElement("canvas").getContext("2d");
  const { fontFamily } = getComputedStyle(map.getContainer());
  pen.font = `600 ${window.matchMedia("(max-width: 760px)").matches ? 11 : 13}px ${fontFamily}`;
  const taken = [];
  for (const name of districtNames) {
    name.wide = Math.min(LONGEST, 1.03 * pen.measureText(name.text).width + 0.4 * [...name.text].length);
    const box = roomFor(name, scale, signs, taken);
    name.shown = Boolean(box);
    if (box) {
      taken.push(box);
      name.unit = [(box[0] + box[2]) / 2 / scale, (box[1] + box[3]) / 2 / scale];
      name.marker.setLatLng(unitToLatLng(...name.unit));
    }
    showName(name);
  }
}

// Where names stand on a canvas, so that no number is written below them.
function nameBoxes(view) {
  if (!entries.some(({ key, on }) => key === "districts" && on)) return [];
  const shown = districtNames.filter((name) => name.shown);
  return shown.map(({ unit, wide }) => boxAround(view.x(unit[0]), view.y(unit[1]), wide, LINE));
}
