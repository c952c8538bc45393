// The signs of all places on one canvas. The page has a button at each, to click and to reach with the keyboard, but
// an empty one: hundreds of drawings that are objects of the page take longer to paint than everything else together.

const PATHS = TIERS.map(({ path }) => new Path2D(path));
const RING = new Path2D("M-5,0A5,5,0,1,1,5,0A5,5,0,1,1,-5,0Z");
const DISC = new Path2D("M-7.5,0A7.5,7.5,0,1,1,7.5,0A7.5,7.5,0,1,1,-7.5,0Z");
const PLUS = new Path2D("M-3,0H3M0,-3V3");
const STAR = new Path2D(`M${star(15, 9).replaceAll(" ", "L")}Z`);
const SMALL = 0.46; // of a star without room for its number

const small = []; // by number: whether a proposed site is drawn without its number

function drawPlaces(context, view) {
  const on = shownPlaces();
  const scale = Math.min(1, Math.max(0.6, 0.6 + (view.zoom - 11) / 7.5));
  context.lineJoin = "round";
  for (const number of drawingOrder()) {
    if (!on(number)) continue;
    const { unit, rank } = data.places[number];
    const [x, y] = [view.x(unit[0]), view.y(unit[1])];
    if (!view.sees([unit[0], unit[1], unit[0], unit[1]], 20)) continue;
    context.save();
    context.translate(x, y);
    const size = rank ? (small[number] ? SMALL : 1) : scale;
    context.scale(size, size);
    drawSign(context, number);
    context.restore();
  }
}

function drawSign(context, number) {
  const place = data.places[number];
  const open = isOpen(number);
  const sign = (path, fill, stroke, width) => {
    context.fillStyle = fill;
    context.strokeStyle = stroke;
    context.lineWidth = width;
    context.fill(path);
    context.stroke(path);
  };
  if (!place.candidate) {
    const tier = data.tiers.length ? place.mark : ROUND;
    if (!open) context.setLineDash([2.5, 2]);
    sign(PATHS[tier], open ? TIERS[tier].color : "#fff", open ? "#fff" : "#6b7680", 1.6);
  } else if (!place.rank) {
    sign(open ? DISC : RING, open ? "#f0b429" : "#fff", "#3d2c00", 1.4);
    context.stroke(PLUS);
  } else {
    sign(STAR, open ? "#f0b429" : "#fff4d2", "#3d2c00", open ? 1.6 : 1.2);
    if (small[number]) return;
    context.font = "700 11px system-ui, sans-serif";
    context.textAlign = "center";
    context.fillStyle = "#241a00";
    context.fillText(String(place.rank), 0, 4);
  }
}

// Other candidates lowest, then centers with the highest tier on top, then proposed sites with the first on top.
function drawingOrder() {
  const height = ({ candidate, rank, mark }) => (candidate ? (rank ? 1e6 - rank : -1) : 10 - mark);
  return data.places.map((_, i) => i).sort((a, b) => height(data.places[a]) - height(data.places[b]) || a - b);
}

// Tells of a number whether its layer is on and the filter lets it pass.
function shownPlaces() {
  const on = new Set(entries.filter((entry) => entry.on).map(({ key }) => key));
  return (number) => on.has(data.places[number].candidate ? "candidates" : "centers") && passes(number);
}

// Of proposed sites that would lie on each other the first in rank keeps its number, the others are drawn small.
function declutter() {
  const zoom = map.getZoom();
  const whole = [];
  for (const number of drawingOrder().reverse()) {
    if (!data.places[number].rank) break;
    const at = map.project(data.places[number].at, zoom);
    const box = boxAround(at.x, at.y, 27, 27);
    small[number] = whole.some((other) => overlap(box, other));
    if (!small[number]) whole.push(box);
    sizeMark(number);
  }
  placeNames();
}

// On a small star there is less to click on.
function sizeMark(number) {
  const node = marks[number].getElement();
  if (node) node.classList.toggle("small", Boolean(small[number]));
}

// Where signs stand on a canvas, so that nothing is written below them.
function signBoxes(view) {
  const on = shownPlaces();
  return data.places.flatMap(({ unit, rank }, i) => {
    const side = rank && !small[i] ? 26 : 12;
    return on(i) ? [boxAround(view.x(unit[0]), view.y(unit[1]), side, side)] : [];
  });
}

// On paper each button holds its own drawing, which is sharper there than a canvas.
function fillMarks(filled) {
  marks.forEach((mark, number) => {
    const node = mark.getElement();
    const place = data.places[number];
    if (!node) return;
    const sign = place.candidate ? candidateMark(place, isOpen(number)) : centerMark(place.mark, data.tiers);
    node.replaceChildren(...(filled ? [sign] : []));
  });
}
