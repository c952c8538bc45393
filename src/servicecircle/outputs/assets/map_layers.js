// The layers from the bottom up, each with its legend, and the marks that follow the switches.

const entries = []; // { key, layer, legend, on }
const FEW_DOTS = 2000;

// `state` says in a text what the legend depends on.
function add(key, layer, legend, on = true, state = () => "") {
  entries.push({ key, layer, legend, on, state });
}

function showLayer(entry, on) {
  entry.on = on;
  if (on) entry.layer.addTo(map);
  else entry.layer.remove();
  if (["centers", "candidates", "districts"].includes(entry.key)) redrawPlaces();
}

const canvases = {}; // by name

function canvas(name, height, draw) {
  canvases[name] = new CanvasLayer(name, height, draw);
  return canvases[name];
}

// A layer anew, or what lies in a box of it.
function redraw(name, box) {
  const layer = canvases[name];
  if (!layer || !map.hasLayer(layer)) return;
  if (box) layer.touch(box);
  else layer.redraw();
}

function swatch(kind, color) {
  const node = el("i", { class: `swatch ${kind}` });
  if (color) node.style.background = color;
  return node;
}

function bandName(i) {
  const high = plain(data.bands[i].minutes);
  return i ? say("between", { low: plain(data.bands[i - 1].minutes), high }) : say("within", { minutes: high });
}

function addAreas(isochrones, place, band) {
  const list = isochrones.map((parts_, i) => ({ parts: parts_, place: place[i], band: band[i], box: boxOf(parts_) }));
  const shown = () => ({ only: alone, open: found.open, minutes: alone === null ? model.minutes[chosen.limit] : Infinity });
  const legend = () => {
    const limit = model.minutes[chosen.limit];
    const rows = data.bands.flatMap(({ minutes, color }, i) => {
      if (minutes <= limit) return [[swatch("band", color), bandName(i)]];
      return partly(i, limit) ? [[swatch("band partly", color), say("partly", { band: bandName(i) })]] : [];
    });
    const drawn = data.bands.map(({ minutes }) => plain(minutes)).join(language === "zh" ? "、" : ", ");
    if (Number.isInteger(bandOf(chosen.limit))) return rows;
    return [...rows, [null, say("between_bands", { bands: drawn, minutes: plain(limit) })]];
  };
  add("area", canvas("area", 410, drawAreas(list, shown)), legend, true, () => String(chosen.limit));
  return list;
}

function showAlone(number) {
  const own = number === null ? [] : shapes.areas.filter(({ place }) => place === number);
  alone = own.length ? number : null;
  stage.classList.toggle("one-center", alone !== null);
  redraw("area");
  if (alone === null || stage.clientHeight < 560) return; // on a phone the card fills the map
  const bounds = boundsOf(own[own.length - 1].parts);
  const size = map.latLngToLayerPoint(bounds.getSouthEast()).distanceTo(map.latLngToLayerPoint(bounds.getNorthWest()));
  // Seen from afar the card would hide what one can walk to.
  if (size < 320) map.fitBounds(bounds, { paddingTopLeft: [30, 110], paddingBottomRight: [30, 30], maxZoom: 15, animate: !still });
}

function addDistricts(outlines) {
  const look = { className: "district", fill: false, interactive: false, smoothFactor: 0.5 };
  const lines = outlines.map((rings) => L.polygon(rings.map(latLngsOf), look));
  add("districts", L.layerGroup([...lines, ...addNames(outlines)]), () => [[swatch("outline")]]);
}

function addGaps() {
  add("gaps", canvas("gaps", 435, drawGaps(model.cells.middles, cellSide, () => areas)), () => [[swatch("gap")]]);
}

function addPlaces(candidate) {
  const numbers = data.places.map((_, i) => i).filter((i) => Boolean(data.places[i].candidate) === candidate);
  for (const number of numbers) {
    const place = data.places[number];
    const height = candidate ? (place.rank ? 400 : 0) : 200 - 50 * place.mark;
    const { x, y } = map.project(place.at, 0).divideBy(256);
    place.unit = [x, y];
    const mark = named(marker(place.at, candidate && place.rank ? 34 : 20, place.name, { zIndexOffset: height }), place.name);
    marks[number] = withCard(mark, () => placeCard(number))
      .on("popupopen", () => showAlone(number))
      .on("popupclose", () => showAlone(null));
    marks[number].on("add", () => {
      markState(number);
      sizeMark(number);
    });
  }
  return numbers;
}

function addCenters() {
  const numbers = addPlaces(false);
  const legend = () => {
    const names = data.tiers.length ? data.tiers : [null];
    const rows = names.map((name, i) => [centerMark(i, data.tiers), name]);
    return chosen.closed.size ? [...rows.map(([mark, name]) => [mark, name || say("open_state")]), [shutMark(), say("closed")]] : rows;
  };
  add("centers", L.layerGroup(numbers.map((i) => marks[i])), legend, true, () => String(chosen.closed.size > 0));
}

function shutMark() {
  const mark = centerMark(0, []);
  mark.classList.add("shut");
  return mark;
}

function addCandidates() {
  const numbers = addPlaces(true);
  if (!numbers.length) return;
  const legend = () => {
    const rows = [];
    if (numbers.some((i) => data.places[i].rank)) rows.push([candidateMark({ rank: 0 }, false), say("sites")]);
    if (numbers.some((i) => !data.places[i].rank)) rows.push([candidateMark({ rank: null }, false), say("other_candidates")]);
    if (data.switches) rows.push([candidateMark({ rank: null }, true), say("open_state")]);
    return rows;
  };
  add("candidates", L.layerGroup(numbers.map((i) => marks[i])), legend);
}

function markState(number) {
  const node = marks[number].getElement();
  if (!node) return;
  const open = isOpen(number);
  const place = data.places[number];
  node.classList.toggle("shut", !place.candidate && !open);
  node.classList.toggle("filtered", !passes(number));
  node.dataset.open = open;
  node.setAttribute("aria-label", open || place.candidate ? place.name : `${place.name} (${say("closed")})`);
}

// Signs, and the names of districts and numbers of gaps, which make room for them.
function redrawPlaces() {
  placeNames();
  redraw("places");
  redraw("gaps");
}

function showFiltered() {
  marks.forEach((_, number) => markState(number));
  redrawPlaces();
  parts.forEach((part) => part.update());
}

// The covered are drawn apart: in a city their dots would hide the walking times.
function addPeople() {
  const colors = REASONS.map((key) => data.reasons[key]);
  const layer = (name, some) => canvas(name, 430, drawPeople(model, some, () => found));
  const few = before.reason.reduce((count, reason) => count + (reason === COVERED), 0) <= FEW_DOTS;
  add("people_covered", layer("people_covered", [colors[0], null, null, null]), () => [[dot(colors[0])]], few);
  const legend = () => REASONS.slice(1).map((key) => [dot(data.reasons[key]), say(key)]);
  add("people_left", layer("people_left", [null, ...colors.slice(1)]), legend);
}

async function addLayers() {
  const packed = (layer) => (layer ? unpackShapes(layer.shapes) : []);
  const [water, districts, isochrones, streets, place, band] = await Promise.all([
    data.water && unpackShapes(data.water),
    packed(data.districts),
    packed(data.isochrones),
    data.streets && unpackShapes(data.streets),
    data.isochrones && unpackNumbers(data.isochrones.place),
    data.isochrones && unpackNumbers(data.isochrones.band),
  ]);
  if (water) add("water", canvas("water", 405, drawWater(water)), () => [[swatch("area", WATER)]]);
  shapes = { districts, areas: data.isochrones ? addAreas(isochrones, place, band) : [], boxes: new Map() };
  for (const area of shapes.areas) shapes.boxes.set(area.place, [...(shapes.boxes.get(area.place) || []), area.box]);
  if (streets) add("streets", canvas("streets", 420, drawStreets(streets[0])), () => [[swatch("line")]]);
  addPeople();
  if (data.districts) addDistricts(districts);
  if (data.gaps) addGaps();
  addCenters();
  addCandidates();
  declutter();
  entries.filter(({ on }) => on).forEach(({ layer }) => layer.addTo(map));
  map.on("zoomend", declutter);
  canvas("places", 595, drawPlaces).addTo(map);
}
