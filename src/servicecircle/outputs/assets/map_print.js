// One A4 page, landscape: figures and legend at the left, the map at the right.

// The map keeps the size it has on the screen and is printed larger or smaller as a whole: Chromium prints a
// canvas that is redrawn on the way to the printer on a white ground, which hides what lies below it.
const WIDE = 706; // room for the map within the margins, in pixels
const LEAST = 200; // so high it is at the least
const PRINTED = { districts: 14, gaps: 8, changes: 12 };

function cutRows(rows, most, note) {
  const shown = [...rows].filter((row) => !row.hidden);
  shown.forEach((row, i) => row.classList.toggle("unprinted", i >= most));
  if (note) note.textContent = shown.length > most ? say("not_printed", { count: written(shown.length - most) }) : "";
}

// As many districts as the column has room for: a long legend or long names leave less of it.
function fitDistricts() {
  const part = document.querySelector(".by-district");
  if (!part) return;
  for (let most = PRINTED.districts; most > 0; most--) {
    cutRows(part.querySelectorAll("tbody tr"), most, part.querySelector(".more"));
    if (part.scrollHeight <= part.clientHeight) return;
  }
}

// How high the map may be above what is printed below it: changes, gaps, credits.
function roomBelow() {
  const parts = [...document.querySelectorAll("#panel > .ask, #panel > .gaps, #panel > footer")];
  const lower = parts.filter((part) => part.offsetHeight).map((part) => part.getBoundingClientRect().top);
  const { top } = document.getElementById("study").getBoundingClientRect();
  return Math.max(LEAST, Math.min(...lower) - top - 12);
}

// Fewer gaps are printed than listed; the line below them speaks of all others.
function tellGaps(listed) {
  const more = document.querySelector(".gaps .more");
  if (more) more.textContent = gapsBeyond(listed);
}

function preparePrinting() {
  window.addEventListener("beforeprint", () => {
    const { clientWidth: wide, clientHeight: high } = stage;
    stage.style.setProperty("--wide", `${wide}px`);
    stage.style.setProperty("--high", `${high}px`);
    stage.style.setProperty("--fit", LEAST / high);
    const gaps = asFound() ? PRINTED.gaps : PRINTED.gaps / 2;
    cutRows(document.querySelectorAll(".gaps .places li"), gaps, null);
    tellGaps(gaps);
    cutRows(document.querySelectorAll(".changes li"), PRINTED.changes, null);
    const day = new Date();
    const number = (value) => String(value).padStart(2, "0");
    const date = [day.getFullYear(), number(day.getMonth() + 1), number(day.getDate())].join("-");
    document.getElementById("printed").textContent = say("printed", { date });
    fillMarks(true);
    document.body.classList.add("printing");
    stage.style.setProperty("--fit", Math.min(WIDE / wide, roomBelow() / high));
    fitDistricts();
  });
  window.addEventListener("afterprint", () => {
    document.body.classList.remove("printing");
    fillMarks(false);
    tellGaps(LISTED_GAPS);
  });
}
