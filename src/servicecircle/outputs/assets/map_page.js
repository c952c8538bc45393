// Puts the page together from the data block.

const stage = map.getContainer().parentElement;
const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
const CARD = 190; // room above a place for its card, pixels
let model;
let before; // coverage as the study found it
let found; // coverage as chosen
let areas; // its gaps: { label, people, listed }
let alone = null; // the place whose isochrones stand alone while its card is open
let shapes; // districts and isochrones
const marks = [];
let parts = [];

function compute() {
  found = judge(model, openPlaces(), chosen.limit, found);
  areas = data.gaps ? findGaps(model, found, areas) : { label: [], people: [] };
  const listed = Array.from(areas.people.slice(0, LISTED_GAPS), (_, rank) => rank);
  areas.listed = describeGaps(model, found, areas, listed);
  for (const gap of areas.listed) gap.middle = gapMiddle(gap);
}

// A card that opens on the way would push the map aside, so it waits for the arrival.
function goTo(bounds, open) {
  document.getElementById("study").classList.remove("tall"); // on a phone the map must be seen to be looked at
  map.stop().closePopup();
  if (open) map.once("moveend", open);
  const above = open ? CARD : 36;
  map.fitBounds(bounds, { paddingTopLeft: [36, above], paddingBottomRight: [36, 36], maxZoom: 16.5, animate: !still });
}

// The whole study; on a phone the credits take half the width of the map, so it stands above them.
function wholeView(margin) {
  const credits = document.querySelector(".credits");
  const narrow = credits && stage.clientWidth < 600;
  const low = narrow ? stage.getBoundingClientRect().bottom - credits.getBoundingClientRect().top : 0;
  return { paddingTopLeft: [margin, margin], paddingBottomRight: [margin, Math.max(margin, low + 6)], maxZoom: 16.5 };
}

function goToPlace(number) {
  goTo(L.latLng(data.places[number].at).toBounds(1500), () => {
    const { candidate } = data.places[number];
    const entry = entries.find(({ key }) => key === (candidate ? "candidates" : "centers"));
    if (!map.hasLayer(entry.layer)) document.getElementById(`layer-${entry.key}`).click();
    marks[number].openPopup();
  });
}

function goToDistrict(i) {
  goTo(boundsOf(shapes.districts[i]));
}

function cellSide(y) {
  // The side of a cell in the unit square, where the map is larger away from the equator.
  return (data.people.cell_m * Math.cosh((0.5 - y) * 2 * Math.PI)) / 40075016.7;
}

// Its middle cell, so that the number stands on the gap.
function gapMiddle(gap) {
  const { middles } = model.cells;
  const mean = [0, 1].map((axis) => gap.cells.reduce((sum, i) => sum + middles[2 * i + axis], 0) / gap.cells.length);
  const away = (i) => Math.hypot(middles[2 * i] - mean[0], middles[2 * i + 1] - mean[1]);
  const best = gap.cells.reduce((at, i) => (away(i) < away(at) ? i : at), gap.cells[0]);
  return [middles[2 * best], middles[2 * best + 1]];
}

function gapPlace(gap) {
  return unitToLatLng(...gapMiddle(gap));
}

function gapBounds(gap) {
  const { middles } = model.cells;
  const corners = gap.cells.flatMap((i) => {
    const half = 0.75 * cellSide(middles[2 * i + 1]);
    return [middles[2 * i] - half, middles[2 * i + 1] - half, middles[2 * i] + half, middles[2 * i + 1] + half];
  });
  return boundsOf([corners]);
}

function openGap(rank, at) {
  L.popup({ maxWidth: 300, minWidth: 200, autoPanPadding: [24, 24] }).setLatLng(at).setContent(() => gapCard(rank)).openOn(map);
}

function goToGap(rank) {
  const gap = gapOf(rank);
  goTo(gapBounds(gap), () => openGap(rank, gapPlace(gap)));
}

// A click on the map itself: homes come before the gap they lie in.
function clickMap({ latlng }) {
  const demand = demandAt(latlng);
  const popup = (content) => L.popup({ maxWidth: 300, minWidth: 200 }).setLatLng(latlng).setContent(content).openOn(map);
  if (demand >= 0) popup(() => homeCard(demand));
  else if (gapAt(latlng) >= 0) openGap(gapAt(latlng), latlng);
}

function gapAt(latlng) {
  const at = map.project(latlng, 0).divideBy(256);
  const { middles } = model.cells;
  const half = 0.75 * cellSide(at.y);
  for (let i = 0; i < areas.label.length; i++) {
    if (areas.label[i] < 0) continue;
    if (Math.abs(middles[2 * i] - at.x) <= half && Math.abs(middles[2 * i + 1] - at.y) <= half) return areas.label[i];
  }
  return -1;
}

// After every change: figures, colours, gaps, marks, the card that is open.
function follow() {
  const was = { open: found.open, limit: found.limit, reason: found.reason.slice() };
  compute();
  const turned = data.places.map((_, i) => i).filter((i) => was.open[i] !== found.open[i]);
  if (bandOf(was.limit) !== bandOf(found.limit)) redraw("area");
  else if (turned.length) redraw("area", boxOfAll(turned.flatMap((i) => shapes.boxes.get(i) || [])));
  const people_ = changedPeople(was.reason);
  for (const name of ["people_covered", "people_left"]) redraw(name, people_);
  redraw("gaps");
  if (turned.length) redraw("places", boxOfAll(turned.map((i) => [...data.places[i].unit, ...data.places[i].unit])));
  turned.forEach(markState);
  parts.forEach((part) => part.update());
  if (map._popup && map.hasLayer(map._popup)) map._popup.update();
  summarise();
}

// How the areas look at a limit: a whole number where it is one of theirs, a half between two.
function bandOf(limit) {
  const minutes = model.minutes[limit];
  const within = data.bands.filter((band) => band.minutes <= minutes).length;
  return data.bands.some((band) => band.minutes === minutes) ? within : within + 0.5;
}

// Smallest rectangle around those who are judged otherwise than before.
function changedPeople(reason) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < model.size; i++) {
    if (reason[i] === found.reason[i]) continue;
    const [x, y] = [model.points[2 * i], model.points[2 * i + 1]];
    if (x < box[0]) box[0] = x;
    if (y < box[1]) box[1] = y;
    if (x > box[2]) box[2] = x;
    if (y > box[3]) box[3] = y;
  }
  return box;
}

// One sentence for those who hear the page.
function summarise() {
  const sentence = [document.getElementById("share").textContent, say("covered_words", { minutes: plain(model.minutes[chosen.limit]) })];
  const rest = [document.getElementById("line").textContent, document.getElementById("change").textContent];
  if (data.gaps) rest.push(say("gap_count", { count: written(areas.people.length) }));
  put(document.getElementById("summary"), `${sentence.join(" ")}. ${rest.filter(Boolean).join(". ")}.`);
}

let controls = [];

function addControls() {
  controls.forEach((control) => control.remove());
  const home = L.control({ position: "topright" });
  home.onAdd = () => {
    const button = el("button", { type: "button", class: "home", title: say("whole"), "aria-label": say("whole") }, [
      drawing(18, [["path", { d: "M-7,-2V-7H-2M2,-7H7V-2M7,2V7H2M-2,7H-7V2", fill: "none", stroke: "#333", "stroke-width": 1.8 }]]),
    ]);
    L.DomEvent.disableClickPropagation(button);
    button.addEventListener("click", () => {
      document.getElementById("study").classList.remove("tall");
      map.stop().closePopup().fitBounds(data.bounds, { ...wholeView(36), animate: !still });
    });
    return el("div", { class: "leaflet-bar" }, [button]);
  };
  const north = L.control({ position: "topright" });
  north.onAdd = () =>
    el("div", { class: "north", role: "img", "aria-label": say("north"), title: say("north") }, [
      drawing(30, [
        ["path", { d: "M0,-14L5,-2H-5Z", fill: "#333" }],
        ["text", { y: 11, "text-anchor": "middle", "font-size": 12, "font-weight": 700, fill: "#333" }, "N"],
      ]),
    ]);
  const credits = L.control({ position: "bottomright" });
  const { sources, date, review, unreviewed } = data.notes;
  const lines = [...sources, date, review && say("review", { number: review }), unreviewed && say("unreviewed")];
  credits.onAdd = () =>
    el("div", { class: "credits", text: ["Leaflet", data.base && data.base.attribution, ...lines].filter(Boolean).join(" · ") });
  controls = [
    L.control.zoom({ position: "topright", zoomInTitle: say("zoom_in"), zoomOutTitle: say("zoom_out") }),
    home,
    north,
    L.control.scale({ imperial: false, maxWidth: 140 }),
    credits,
  ];
  controls.forEach((control) => control.addTo(map));
}

function addTiles() {
  if (!data.base) return;
  const { addresses, hosts } = data.base;
  const layers = addresses.map((address) => L.tileLayer(address, { subdomains: hosts, maxZoom: 19, maxNativeZoom: 18 }));
  add("base", L.layerGroup(layers), () => []);
}

function fillPanel() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = data.name || say("untitled");
  document.getElementById("panel").setAttribute("aria-label", say("panel_name"));
  map.getContainer().setAttribute("aria-label", say("map_name"));
  const toggle = el("button", { type: "button", id: "toggle", "aria-label": say("panel"), title: say("panel") });
  toggle.addEventListener("click", () => document.getElementById("study").classList.toggle("tall"));
  const numbers = (candidate) => data.places.map((_, i) => i).filter((i) => Boolean(data.places[i].candidate) === candidate);
  const byRank = numbers(true).sort((a, b) => (data.places[a].rank || Infinity) - (data.places[b].rank || Infinity) || a - b);
  parts = [
    headPart(),
    searchPart(),
    askPart(),
    layerPart(),
    data.districts && districtPart(),
    data.gaps && gapPart(),
    byRank.length && placesPart(say("candidates"), "candidates", byRank, ["head_name", "gain_head"]),
    filterPart(),
    placesPart(say("centers"), "centers", numbers(false), ["head_name", "within_head"]),
    footPart(),
  ].filter(Boolean);
  const summary = el("p", { class: "unseen", id: "summary", role: "status" });
  document.getElementById("panel").replaceChildren(toggle, ...parts.map(({ node }) => node), summary);
  parts.forEach((part) => part.update());
  summarise();
}

function setLanguage(other) {
  language = other;
  map.closePopup();
  addControls();
  fillPanel();
  marks.forEach((_, number) => markState(number));
  document.querySelector(".language").focus();
  writeAddress();
}

function followSize() {
  const printing = () => document.body.classList.contains("printing");
  new ResizeObserver(() => printing() || map.invalidateSize({ animate: false })).observe(stage);
}

async function start() {
  map.createPane("labels").style.pointerEvents = "none";
  map.getPane("labels").style.zIndex = 590;
  map.fitBounds(data.bounds, { ...wholeView(24), animate: false });
  document.addEventListener("keydown", ({ key }) => key === "Escape" && map.closePopup());
  map.on("popupopen", ({ popup }) => {
    popup.options.maxHeight = Math.max(120, stage.clientHeight - 90); // a longer card scrolls
    popup.update();
    stage.classList.add("reading"); // on a phone the card takes the place of the buttons
    popup.getElement().querySelector(".leaflet-popup-close-button").setAttribute("aria-label", say("close"));
  });
  map.on("popupclose", () => stage.classList.remove("reading"));
  if (typeof DecompressionStream === "undefined") {
    document.getElementById("panel").append(el("p", { role: "alert", class: "alert", text: say("too_old") }));
    return;
  }
  model = await readModel();
  readAddress();
  before = judge(model, Uint8Array.from(data.places, ({ candidate }) => (candidate ? 0 : 1)), data.walks.now);
  compute();
  addControls();
  map.fitBounds(data.bounds, { ...wholeView(24), animate: false });
  addTiles();
  await addLayers();
  fillPanel();
  changed.push(follow);
  window.addEventListener("hashchange", () => {
    const spoken = language;
    readAddress();
    if (language !== spoken) setLanguage(language);
    follow();
  });
  map.on("click", clickMap);
  preparePrinting();
  followSize();
  document.documentElement.dataset.ready = "true";
}

start();
