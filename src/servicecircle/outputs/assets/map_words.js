// Words and figures in the language in force, written as in every other output.

const data = JSON.parse(document.getElementById("study-data").textContent);
let language = data.language;

function say(key, values = {}) {
  return data.texts[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function halfEven(value) {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 ? rounded - 1 : rounded;
}

// Whole numbers of the unit people are kept in become people, to what the study can tell.
function rounded(units) {
  const parts = units * data.parts;
  const rest = parts % data.people.unit;
  const whole = (parts - rest) / data.people.unit;
  const up = 2 * rest > data.people.unit || (2 * rest === data.people.unit && whole % 2 === 1);
  return (whole + (up ? 1 : 0)) / data.parts;
}

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });

function written(value) {
  return grouped.format(value);
}

function people(units) {
  return written(rounded(units));
}

function signed(text, value) {
  return value < 0 ? `−${text}` : `+${text}`;
}

function oneDecimal(value) {
  // A tie goes to the even digit, as everywhere; only quarters are ties in binary.
  return (value * 4) % 2 === 1 ? (Math.floor(value) + (value % 1 < 0.5 ? 0.2 : 0.8)).toFixed(1) : value.toFixed(1);
}

function percent(part, whole) {
  if (!(whole > 0)) return say("not_available");
  return `${oneDecimal((part / whole) * 100)}${language === "en" ? "\u00a0%" : "%"}`;
}

function points(part, before, whole) {
  const change = whole > 0 ? Number(oneDecimal((part / whole) * 100)) - Number(oneDecimal((before / whole) * 100)) : 0;
  return Math.abs(change) < 0.05 ? "" : signed(Math.abs(change).toFixed(1), change);
}

function plain(minutes) {
  return String(Number(minutes.toFixed(3)));
}

// Walks are kept rounded up to a step; the tenth nearest to the walk itself lies just below.
function walkText(minutes) {
  return say("minutes", { minutes: (minutes - 1e-6).toFixed(1) });
}

function rule(minutes) {
  if (data.speed === null) return say("limit_only", { minutes: plain(minutes) });
  const metres = halfEven((minutes * data.speed * 1000) / 60);
  const line = say("rule_line", { minutes: plain(minutes), speed: data.speed.toFixed(1), metres: String(metres) });
  return [line, data.notes.rules[language]].filter(Boolean).join(" · ");
}

// Whole units are divided in proportion; what flooring leaves goes to the largest remainders.
function largestRemainder(values, units) {
  const total = values.reduce((sum, value) => sum + value, 0);
  if (!(total > 0) || units <= 0) return values.map(() => 0);
  const exact = values.map((value) => (value / total) * units);
  const whole = exact.map(Math.floor);
  const order = exact.map((_, i) => i).sort((a, b) => exact[b] - whole[b] - (exact[a] - whole[a]) || a - b);
  order.slice(0, units - whole.reduce((sum, value) => sum + value, 0)).forEach((i) => whole[i]++);
  return whole;
}

// Covered, too far, unreachable, off the network: rounded so that they add up to the rounded total.
function roundedParts(sums) {
  const total = rounded(sums.reduce((sum, value) => sum + value, 0));
  const covered = rounded(sums[0]);
  const rest = largestRemainder(sums.slice(1), Math.round((total - covered) * data.parts));
  return { total, parts: [covered, ...rest.map((value) => value / data.parts)] };
}
