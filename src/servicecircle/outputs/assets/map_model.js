// Who walks where, for any open places and any limit: the library's own decisions, looked up.

const COVERED = 0;
const TOO_FAR = 1;
const UNREACHABLE = 2;
const OFF_NETWORK = 3;

// Minutes of each step: twentieths, and the limits that lie between them.
function stepMinutes({ steps, count, odd }) {
  const regular = Array.from({ length: count - odd.length }, (_, i) => i / steps);
  return Float64Array.from([...regular, ...odd]).sort();
}

function running(numbers) {
  const sums = new Int32Array(numbers.length);
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sums[i] = sum += numbers[i];
  return sums;
}

// The pairs facility by facility as they are packed: { start, demand, step }.
function readPairs(counts, ahead, steps) {
  const start = new Int32Array(counts.length + 1);
  for (let i = 0; i < counts.length; i++) start[i + 1] = start[i] + counts[i];
  const demand = new Int32Array(ahead.length);
  for (let place = 0; place < counts.length; place++) {
    let at = 0;
    for (let i = start[place]; i < start[place + 1]; i++) demand[i] = at += ahead[i];
  }
  return { start, demand, step: Uint16Array.from(steps) };
}

// The same pairs demand by demand, the shortest walk first: { start, place, step }.
function byDemand(pairs, size, stepCount) {
  const total = pairs.demand.length;
  const place = new Uint16Array(total);
  for (let i = 0; i + 1 < pairs.start.length; i++) place.fill(i, pairs.start[i], pairs.start[i + 1]);
  // Two stable counting sorts, first by step, then by demand, leave each row in order of step and place.
  const fill = new Int32Array(stepCount + 1);
  for (let i = 0; i < total; i++) fill[pairs.step[i] + 1]++;
  for (let i = 0; i < stepCount; i++) fill[i + 1] += fill[i];
  const order = new Int32Array(total);
  for (let i = 0; i < total; i++) order[fill[pairs.step[i]]++] = i;
  const start = new Int32Array(size + 1);
  for (let i = 0; i < total; i++) start[pairs.demand[i] + 1]++;
  for (let i = 0; i < size; i++) start[i + 1] += start[i];
  const next = start.slice();
  const rows = { start, place: new Uint16Array(total), step: new Uint16Array(total) };
  for (const i of order) {
    const at = next[pairs.demand[i]]++;
    rows.place[at] = place[i];
    rows.step[at] = pairs.step[i];
  }
  return rows;
}

// Walks of one step whose exact lengths are in another order than the numbers of their places.
function turnRows(rows, turned) {
  for (let i = 0; i < turned.length; ) {
    const [demand, count] = [turned[i], turned[i + 1]];
    const first = rows.start[demand];
    const [place, step] = [rows.place.slice(first, first + count), rows.step.slice(first, first + count)];
    for (let k = 0; k < count; k++) {
      rows.place[first + k] = place[turned[i + 2 + k]];
      rows.step[first + k] = step[turned[i + 2 + k]];
    }
    i += 2 + count;
  }
}

function unzigzag(numbers) {
  return Float64Array.from(numbers, (number) => (number % 2 ? -(number + 1) / 2 : number / 2));
}

// The cells gaps are made of and the numbers of the cells around each, -1 for none.
function readCells(east, north, middles) {
  const key = (x, y) => x * 16777216 + y;
  const count = east.length;
  const [xs, ys, numbers] = [running(east), new Int32Array(count), new Map()];
  for (let i = 0, y = 0; i < count; i++) {
    y = east[i] > 0 ? north[i] : y + north[i];
    ys[i] = y;
    numbers.set(key(xs[i], y), i);
  }
  const around = new Int32Array(8 * count).fill(-1);
  const ways = [[-1, -1], [-1, 0], [-1, 1], [0, -1], [0, 1], [1, -1], [1, 0], [1, 1]];
  for (let i = 0; i < count; i++) {
    ways.forEach(([x, y], way) => {
      const found = numbers.get(key(xs[i] + x, ys[i] + y));
      if (found !== undefined) around[8 * i + way] = found;
    });
  }
  return { count, around, middles };
}

async function readModel() {
  const { people: said, walks } = data;
  const texts = ["weight", "off", "island", "district", "cell", "cell_east", "cell_north"].map((key) => said[key]);
  texts.push(...["pairs", "demand", "step", "turned", "far", "far_facility", "far_step"].map((key) => walks[key]));
  const [shapes, cells, numbers] = await Promise.all([
    unpackShapes(said.shapes),
    unpackShapes(said.cells),
    Promise.all(texts.map(unpackNumbers)),
  ]);
  const [weight, off, island, district, cell, east, north, counts, ahead, step, turned, far, farPlace, farStep] = numbers;
  const size = weight.length;
  const pairs = readPairs(counts, ahead, step);
  const rows = byDemand(pairs, size, walks.count);
  turnRows(rows, turned);
  const beyond = { place: new Int32Array(size).fill(-1), minutes: new Float64Array(size) };
  running(far).forEach((demand, i) => {
    beyond.place[demand] = farPlace[i];
    beyond.minutes[demand] = farStep[i] / walks.steps;
  });
  return {
    size,
    points: shapes[0][0],
    weight,
    off,
    island: Int32Array.from(island, (number) => number - 1),
    district: Int32Array.from(district, (number) => number - 1),
    cell: running(unzigzag(cell)),
    cells: readCells(east, north, cells[0][0]),
    minutes: stepMinutes(walks),
    pairs,
    rows,
    beyond,
    total: weight.reduce((sum, value) => sum + value, 0),
  };
}

// Coverage with these places open (1 or 0 each) within this step; the arrays of `spare`, no longer needed, are used again.
function judge(model, open, limit, spare) {
  const { size, rows, beyond, minutes, weight, island, off, district } = model;
  const places = data.places;
  const districts = data.districts ? data.districts.names.length : 0;
  const found = {
    open,
    limit,
    reason: spare ? spare.reason : new Uint8Array(size),
    nearest: (spare ? spare.nearest : new Int32Array(size)).fill(-1),
    walk: (spare ? spare.walk : new Float64Array(size)).fill(Infinity),
    sums: [0, 0, 0, 0],
    districts: Array.from({ length: districts + 1 }, () => ({ sums: [0, 0, 0, 0], places: 0 })),
    within: new Float64Array(places.length),
    around: new Float64Array(places.length), // with those beyond the limit
    far: true, // whether `around` is known: the walk to a candidate is not, where it is long
  };
  const islands = new Set();
  const opened = new Set();
  places.forEach((place, i) => {
    if (!open[i]) return;
    for (const own of place.islands) {
      islands.add(own);
      if (place.candidate) opened.add(own);
    }
    found.districts[place.district < 0 ? districts : place.district].places++;
  });
  for (let i = 0; i < size; i++) {
    let at = rows.start[i];
    const end = rows.start[i + 1];
    while (at < end && !open[rows.place[at]]) at++;
    let reason = UNREACHABLE;
    if (off[i]) {
      reason = OFF_NETWORK;
    } else if (at < end) {
      found.nearest[i] = rows.place[at];
      found.walk[i] = minutes[rows.step[at]];
      reason = rows.step[at] <= limit ? COVERED : TOO_FAR;
    } else if (islands.has(island[i])) {
      const place = beyond.place[i];
      reason = TOO_FAR;
      if (place >= 0 && open[place] && !opened.has(island[i])) {
        found.nearest[i] = place;
        found.walk[i] = beyond.minutes[i];
      } else if (weight[i] > 0) {
        found.far = false;
      }
    }
    found.reason[i] = reason;
    found.sums[reason] += weight[i];
    found.districts[district[i] < 0 ? districts : district[i]].sums[reason] += weight[i];
    if (found.nearest[i] >= 0) {
      found.around[found.nearest[i]] += weight[i];
      if (reason === COVERED) found.within[found.nearest[i]] += weight[i];
    }
  }
  return found;
}

// What most people have; of equals the first; null where nobody has any.
function most(counted) {
  let best = null;
  for (const [key, amount] of counted) {
    if (best === null || amount > counted.get(best) || (amount === counted.get(best) && key < best)) best = key;
  }
  return best;
}

// Uncovered people on cells that touch, also at a corner, are one gap; the largest first.
function findGaps(model, found, spare) {
  const { cell, cells, weight, size } = model;
  const label = (spare ? spare.label : new Int32Array(cells.count)).fill(-1);
  const left = new Uint8Array(cells.count);
  for (let i = 0; i < size; i++) if (found.reason[i] !== COVERED && weight[i] > 0) left[cell[i]] = 1;
  const stack = new Int32Array(cells.count);
  let count = 0;
  for (let first = 0; first < cells.count; first++) {
    if (!left[first] || label[first] >= 0) continue;
    label[first] = count;
    let high = 0;
    stack[high++] = first;
    while (high > 0) {
      const here = stack[--high];
      for (let way = 8 * here; way < 8 * here + 8; way++) {
        const next = cells.around[way];
        if (next >= 0 && left[next] && label[next] < 0) {
          label[next] = count;
          stack[high++] = next;
        }
      }
    }
    count++;
  }
  const people = new Float64Array(count);
  for (let i = 0; i < size; i++) if (found.reason[i] !== COVERED && weight[i] > 0) people[label[cell[i]]] += weight[i];
  const order = Array.from(people, (_, number) => number).sort((a, b) => people[b] - people[a] || a - b);
  const rank = new Int32Array(count);
  order.forEach((number, i) => (rank[number] = i));
  for (let i = 0; i < label.length; i++) if (label[i] >= 0) label[i] = rank[label[i]];
  return { label, people: Float64Array.from(order, (number) => people[number]) };
}

// What is known of some gaps: people, longest walk, nearest places, districts, cells; `unknown` if a walk is too long to tell.
function describeGaps(model, found, { label, people }, ranks) {
  const { cell, cells, weight, size, district } = model;
  const told = new Map(ranks.map((rank) => [rank, { rank, people: people[rank], walk: 0, unknown: false, near: new Map(), home: new Map(), cells: [] }]));
  const wanted = new Uint8Array(people.length);
  for (const rank of ranks) wanted[rank] = 1;
  const add = (counted, key, amount) => counted.set(key, (counted.get(key) || 0) + amount);
  for (let i = 0; i < size; i++) {
    if (found.reason[i] === COVERED || !(weight[i] > 0) || !wanted[label[cell[i]]]) continue;
    const gap = told.get(label[cell[i]]);
    if (district[i] >= 0) add(gap.home, data.districts.names[district[i]], weight[i]);
    if (found.nearest[i] >= 0) {
      gap.walk = Math.max(gap.walk, found.walk[i]);
      add(gap.near, found.nearest[i], weight[i]);
    } else if (found.reason[i] === TOO_FAR) {
      gap.unknown = true;
    }
  }
  for (let i = 0; i < cells.count; i++) if (label[i] >= 0 && wanted[label[i]]) told.get(label[i]).cells.push(i);
  return ranks.map((rank) => told.get(rank));
}

// People each candidate would add now; `counts(i)` may narrow them to some places.
function gains(model, found, counts = () => true) {
  const { pairs, weight } = model;
  return data.places.map((place, number) => {
    if (!place.candidate || found.open[number]) return 0;
    let gain = 0;
    for (let i = pairs.start[number]; i < pairs.start[number + 1]; i++) {
      const demand = pairs.demand[i];
      if (pairs.step[i] <= found.limit && found.reason[demand] !== COVERED && counts(demand)) gain += weight[demand];
    }
    return gain;
  });
}

// Open the candidate that adds most people, again and again.
function greedy(model, found, count) {
  const { pairs } = model;
  const trial = { ...found, reason: found.reason.slice(), open: found.open.slice() };
  const chosen = [];
  while (chosen.length < count) {
    const gain = gains(model, trial);
    const best = gain.reduce((at, value, i) => (value > gain[at] ? i : at), 0);
    if (!(gain[best] > 0)) break;
    chosen.push(best);
    trial.open[best] = 1;
    for (let i = pairs.start[best]; i < pairs.start[best + 1]; i++) {
      if (pairs.step[i] <= found.limit) trial.reason[pairs.demand[i]] = COVERED;
    }
  }
  return chosen;
}
