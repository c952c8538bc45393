// The cards behind marks and gaps, and behind any place one clicks.

function placeName(number) {
  return data.places[number].name;
}

// How far those walk whose nearest open place this is.
function walksTo(number) {
  const ends = [...data.bands.map(({ minutes }) => minutes), model.minutes[chosen.limit]];
  const bins = [...new Set(ends)].sort((a, b) => a - b).map((end) => ({ end, people: 0 }));
  const beyond = { end: Infinity, people: 0 };
  for (let i = 0; i < model.size; i++) {
    if (found.nearest[i] !== number) continue;
    (bins.find(({ end }) => found.walk[i] <= end) || beyond).people += model.weight[i];
  }
  return [...bins, beyond];
}

function walkChart(number) {
  const bins = walksTo(number);
  const most = Math.max(...bins.map((bin) => bin.people));
  if (!(most > 0)) return null;
  const limit = model.minutes[chosen.limit];
  const rows = bins.map(({ end, people: count }, i) => {
    const low = i ? plain(bins[i - 1].end) : "0";
    const name = end === Infinity ? say("over", { minutes: low }) : say("between", { low, high: plain(end) });
    const bar = el("i", { class: end <= limit ? "inside" : "outside" });
    bar.style.width = `${(count / most) * 100}%`;
    return el("tr", {}, [el("th", { scope: "row", text: name }), el("td", { class: "bars" }, [bar]), el("td", { text: people(count) })]);
  });
  return el("table", { class: "walks" }, [el("caption", { text: say("center_walks") }), el("tbody", {}, rows)]);
}

function load({ capacity }, within) {
  const parts = { people: people(within), capacity: written(capacity) };
  return capacity > 0 ? say("load", { ...parts, share: percent(within / data.people.unit, capacity) }) : say("load_none", parts);
}

function switchOf(number) {
  const { candidate } = data.places[number];
  if (!data.switches) return null;
  const open = isOpen(number);
  const text = say(open ? (candidate ? "shut_candidate" : "shut_center") : candidate ? "open_candidate" : "open_center");
  return action(text, () => setOpen([number], !open));
}

function placeCard(number) {
  const place = data.places[number];
  const minutes = plain(model.minutes[chosen.limit]);
  const rows = ["tier", "kind"].filter((key) => place[key]).map((key) => [say(`center_${key}`), place[key]]);
  if (place.functions.length) rows.push([say("center_functions"), place.functions.join(" · ")]);
  if (place.rank) rows.push([say("site_rank"), String(place.rank)]);
  if (found.open[number]) {
    rows.push([say("center_within", { minutes }), say("people", { people: people(found.within[number]) })]);
    if (found.far) rows.push([say("center_catchment"), say("people", { people: people(found.around[number]) })]);
    if (place.capacity !== null) rows.push([say("center_load"), load(place, found.within[number])]);
  } else if (place.candidate && data.switches) {
    rows.push([say("site_gain", { minutes }), say("people", { people: people(gains(model, found)[number]) })]);
  } else if (!place.candidate) {
    rows.push([say("center_state"), say("closed")]);
  }
  return card(place.name, rows, [found.open[number] ? walkChart(number) : null, switchOf(number)]);
}

function gapWalk(gap) {
  if (gap.unknown) return say("over", { minutes: plain(model.minutes[model.minutes.length - 1]) });
  return gap.walk > 0 ? walkText(gap.walk) : say("no_walk");
}

function bestCandidate(rank) {
  const gain = gains(model, found, (demand) => areas.label[model.cell[demand]] === rank);
  const best = gain.reduce((at, value, i) => (value > gain[at] ? i : at), 0);
  return gain[best] > 0 ? { number: best, gain: gain[best] } : null;
}

function gapOf(rank) {
  return areas.listed[rank] || describeGaps(model, found, areas, [rank])[0];
}

function gapCard(rank) {
  const gap = gapOf(rank);
  const near = most(gap.near);
  const rows = [
    [say("gap_people"), people(gap.people)],
    [say("gap_share"), percent(gap.people, model.total)],
    [say("gap_walk"), gapWalk(gap)],
    [say("gap_nearest"), near === null ? say("none") : action(placeName(near), () => goToPlace(near), "link")],
  ];
  if (gap.home.size) rows.push([say("district"), most(gap.home)]);
  const best = data.switches ? bestCandidate(rank) : null;
  if (best) {
    rows.push([
      say("gap_best"),
      [
        action(placeName(best.number), () => goToPlace(best.number), "link"),
        ` +${people(best.gain)}`,
      ],
    ]);
  }
  return card(say("gap", { rank: String(rank + 1) }), rows, best ? [switchOf(best.number)] : []);
}

// The open places nearest to the homes that are nearest to a click.
function homeCard(demand) {
  const { rows, minutes } = model;
  const near = [];
  for (let i = rows.start[demand]; i < rows.start[demand + 1] && near.length < 3; i++) {
    if (found.open[rows.place[i]]) near.push([rows.place[i], minutes[rows.step[i]]]);
  }
  if (!near.length && found.nearest[demand] >= 0) near.push([found.nearest[demand], found.walk[demand]]);
  const facts = near.map(([number, walk]) => [action(placeName(number), () => goToPlace(number), "link"), walkText(walk)]);
  const list = el("dl", {}, facts.flatMap(([place, walk]) => [el("dt", {}, [place]), el("dd", { text: walk })]));
  const reason = ["covered", "too_far", "unreachable", "off_network"][found.reason[demand]];
  return card(say("home"), [
    [say("gap_people"), people(model.weight[demand])],
    [say("home_state"), say(reason)],
  ], [near.length ? el("p", { class: "hint", text: say("home_near") }) : null, near.length ? list : null]);
}

// The demand nearest to a place of the map, at most some pixels away.
function demandAt(latlng) {
  const at = map.project(latlng, 0).divideBy(256);
  const reach = 14 / (256 * 2 ** map.getZoom());
  let best = -1;
  let least = reach * reach;
  for (let i = 0; i < model.size; i++) {
    const [x, y] = [model.points[2 * i] - at.x, model.points[2 * i + 1] - at.y];
    if (x * x + y * y < least && model.weight[i] > 0) {
      least = x * x + y * y;
      best = i;
    }
  }
  return best;
}
