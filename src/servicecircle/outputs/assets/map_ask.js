// What if: the limit, the changes made, the best sites, and lists of all places with their switches.

function sliderPart() {
  const { offered } = data.walks;
  const slider = el("input", { type: "range", id: "limit", min: 0, max: offered.length - 1, step: 1 });
  const value = el("output", { for: "limit", id: "limit-value" });
  slider.addEventListener("input", () => setLimit(offered[Number(slider.value)]));
  const ends = [offered[0], offered[offered.length - 1]].map((step) => say("minutes", { minutes: plain(model.minutes[step]) }));
  return {
    node: el("div", { class: "slider" }, [
      el("label", { for: "limit", text: say("limit") }),
      value,
      slider,
      el("div", { class: "ends", "aria-hidden": "true" }, ends.map((text) => el("span", { text }))),
    ]),
    update() {
      const text = say("minutes", { minutes: plain(model.minutes[chosen.limit]) });
      slider.value = offered.indexOf(chosen.limit);
      slider.setAttribute("aria-valuetext", text);
      put(value, text);
    },
  };
}

function bestButtons() {
  const planned = data.places.map((place, i) => [place.rank, i]).filter(([rank]) => rank);
  const candidates = data.places.filter((place) => place.candidate).length;
  const count = el("input", { type: "number", id: "best-count", min: 1, max: candidates, value: Math.min(planned.length || 5, candidates) });
  const best = () => setOpen(greedy(model, found, Math.max(1, Math.floor(Number(count.value) || 1))), true);
  const [ahead, behind] = say("best", { count: "\n" }).split("\n");
  return [
    planned.length && action(say("open_plan", { count: String(planned.length) }), () => setOpen(planned.map(([, i]) => i), true)),
    candidates && el("span", { class: "best" }, [action(say("best_open"), best), el("label", { for: "best-count" }, [ahead, count, behind])]),
  ];
}

// Closed and opened places, each with a way back.
function changeList() {
  const list = el("ul", { class: "changes", "aria-label": say("changes") });
  return {
    node: list,
    update() {
      const rows = [...[...chosen.closed].map((i) => [i, "closed_now"]), ...[...chosen.opened].map((i) => [i, "opened_now"])];
      list.replaceChildren(
        ...rows.map(([number, key]) => {
          const text = say(key, { name: placeName(number) });
          const back = action("×", () => setOpen([number], !isOpen(number)), "back");
          back.setAttribute("aria-label", say("undo", { name: text }));
          return el("li", { class: key }, [action(text, () => goToPlace(number), "link"), back]);
        }),
      );
    },
  };
}

function askPart() {
  const [slider, changes] = [sliderPart(), changeList()];
  const back = action(say("reset"), reset);
  const said = el("span", { class: "said", role: "status" });
  const copy = action(say("copy"), async () => (said.textContent = say((await copyText(asList())) ? "copied" : "not_copied")));
  const save = action(say("save_csv"), () => saveFile(`${say("file")}.csv`, asTable()));
  const tools = el("div", { class: "tools" }, [back, copy, save, said]);
  const buttons = data.switches ? el("div", { class: "tools" }, bestButtons()) : null;
  return {
    node: section(say("ask"), [slider.node, buttons, changes.node, tools, data.switches && el("p", { class: "hint", text: say("ask_hint") })], "ask"),
    update() {
      slider.update();
      changes.update();
      back.disabled = asFound();
      put(said, "");
    },
  };
}

// One list of places with switches; rows of what the filter leaves out are hidden.
function placesPart(title, kind, numbers, columns) {
  const rows = numbers.map((number) => {
    const place = data.places[number];
    const box = el("input", { type: "checkbox", "aria-label": say("open_switch", { name: place.name }) });
    box.disabled = !data.switches;
    box.addEventListener("change", () => setOpen([number], box.checked));
    const figure = el("td");
    const name = action(place.name, () => goToPlace(number), "link");
    const rank = place.rank ? el("b", { text: String(place.rank) }) : null;
    const node = el("tr", {}, [el("td", {}, [box]), el("th", { scope: "row" }, [rank, name]), figure]);
    return { number, node, box, figure };
  });
  const heads = ["open_head", ...columns].map((key) => el("th", { scope: "col", text: say(key) }));
  const table = el("table", { class: "switchable" }, [el("thead", {}, [el("tr", {}, heads)]), el("tbody", {}, rows.map(({ node }) => node))]);
  const count = el("span", { class: "count" });
  const box = el("details", { class: kind }, [el("summary", {}, [el("h2", { text: title }), count]), el("div", { class: "tall" }, [table])]);
  const fill = () => {
    if (!box.open) return;
    const gain = kind === "candidates" ? gains(model, found) : null;
    rows.forEach(({ number, node, box: own, figure }) => {
      own.checked = isOpen(number);
      put(figure, gain ? (isOpen(number) ? "–" : `+${people(gain[number])}`) : people(found.within[number]));
      const shown = passes(number);
      if (node.hidden === shown) node.hidden = !shown;
    });
  };
  box.addEventListener("toggle", fill);
  return {
    node: box,
    update() {
      const open = numbers.filter(isOpen).length;
      put(count, say("open_of", { open: written(open), all: written(numbers.length) }));
      if (box.open) afterPicture(fill); // a table of hundreds of rows is laid out as a whole
    },
  };
}
