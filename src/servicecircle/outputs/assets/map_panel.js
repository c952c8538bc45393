// The side panel: figures, switches, tables. Each part is { node, update }, made anew when the language changes.

const REASONS = ["covered", "too_far", "unreachable", "off_network"];

function dot(color) {
  const node = el("i", { class: "dot", "aria-hidden": "true" });
  node.style.background = color;
  return node;
}

function section(title, children, kind = "") {
  return el("section", { class: kind, "aria-label": title }, [el("h2", { text: title }), ...children]);
}

function headPart() {
  const share = el("strong", { id: "share" });
  const meaning = el("span");
  const line = el("p", { class: "line", id: "line" });
  const change = el("p", { class: "change", id: "change" });
  const bar = el("div", { class: "bar", "aria-hidden": "true" });
  const rows = REASONS.map((key) => {
    const piece = el("i");
    piece.style.background = data.reasons[key];
    bar.append(piece);
    const [count, part] = [el("td"), el("td")];
    const row = el("tr", {}, [el("th", { scope: "row" }, [dot(data.reasons[key]), say(key)]), count, part]);
    return { piece, count, part, row };
  });
  const total = el("td");
  const ruled = el("p", { class: "rule", id: "rule" });
  const sum = el("tr", { class: "sum" }, [el("th", { scope: "row", text: say("total") }), total, el("td")]);
  const table = el("table", { class: "reasons", "aria-label": say("reasons") }, [
    el("tbody", {}, [...rows.map(({ row }) => row), sum]),
  ]);
  const { estimated } = data.notes;
  const note = estimated && say("estimated", { total: written(halfEven(estimated[0])), buildings: written(estimated[1]) });
  const other = language === "zh" ? "en" : "zh";
  const turn = action(data.texts[other].own_name, () => setLanguage(other), "language");
  turn.lang = other === "zh" ? "zh-CN" : "en";
  return {
    node: el("header", {}, [
      el("div", { class: "title" }, [el("h1", { text: data.name || say("untitled") }), turn]),
      el("p", { class: "headline" }, [share, meaning]),
      line,
      change,
      bar,
      table,
      ruled,
      note && el("p", { class: "estimated", text: note }),
    ]),
    update() {
      const { total: all, parts } = roundedParts(found.sums);
      put(share, percent(found.sums[COVERED], model.total));
      put(meaning, say("covered_words", { minutes: plain(model.minutes[chosen.limit]) }));
      put(line, say("covered_line", { covered: written(parts[0]), total: written(all) }));
      rows.forEach(({ piece, count, part }, i) => {
        piece.style.flexGrow = found.sums[i];
        put(count, written(parts[i]));
        put(part, percent(found.sums[i], model.total));
      });
      put(total, written(all));
      put(ruled, rule(model.minutes[chosen.limit]));
      const more = rounded(found.sums[COVERED]) - rounded(before.sums[COVERED]);
      const text = { people: signed(written(Math.abs(more)), more), share: percent(before.sums[COVERED], model.total) };
      put(change, asFound() ? "" : say("change", text));
    },
  };
}

function districtPart() {
  const heads = ["district", "district_people", "district_covered", "district_share", "district_centers"];
  const head = el("thead", {}, [el("tr", {}, heads.map((key) => el("th", { scope: "col", text: say(key) })))]);
  const names = data.districts.names;
  const rows = [...names, say("outside")].map((name, i) => {
    const place = i < names.length ? action(name, () => goToDistrict(i), "link") : el("span", { text: name });
    const [all, covered, share, places] = ["td", "td", "td", "td"].map((tag) => el(tag));
    const [figure, change] = [el("span"), el("small")];
    const gauge = el("i", { class: "gauge", "aria-hidden": "true" });
    share.append(figure, change, gauge);
    return { node: el("tr", {}, [el("th", { scope: "row" }, [place]), all, covered, share, places]), all, covered, figure, change, gauge, places };
  });
  const table = el("table", { class: "districts" }, [head, el("tbody", {}, rows.map(({ node }) => node))]);
  return {
    node: section(say("districts"), [el("div", { class: "scroll" }, [table]), el("p", { class: "more printed" })], "by-district"),
    update() {
      rows.forEach(({ node, all, covered, figure, change, gauge, places }, i) => {
        const { sums, places: count } = found.districts[i];
        const total = sums.reduce((sum, value) => sum + value, 0);
        const always = i < names.length || total > 0 || count > 0 || before.districts[i].places > 0;
        node.hidden = !always;
        put(all, people(total));
        put(covered, people(sums[COVERED]));
        put(figure, percent(sums[COVERED], total));
        put(change, points(sums[COVERED], before.districts[i].sums[COVERED], total));
        gauge.style.width = total > 0 ? `${(sums[COVERED] / total) * 100}%` : 0;
        put(places, written(count));
      });
    },
  };
}

const LISTED_GAPS = 20;

function gapPart() {
  const more = el("p", { class: "more" });
  // The rows stay, so that whoever stands on one with the keyboard stays there.
  const rows = Array.from({ length: LISTED_GAPS }, (_, i) => {
    const note = el("small");
    const name = el("span", { class: "name", text: say("gap", { rank: String(i + 1) }) });
    const button = el("button", { type: "button", class: "place" }, [el("b", { text: String(i + 1) }), el("span", {}, [name, note])]);
    button.addEventListener("click", () => goToGap(i));
    return { node: el("li", {}, [button]), note };
  });
  const list = el("ol", { class: "places" });
  return {
    node: section(say("gaps"), [list, more], "gaps"),
    update() {
      while (list.children.length > areas.listed.length) list.lastChild.remove();
      areas.listed.forEach((gap, i) => {
        const place = gap.home.size ? most(gap.home) : data.districts ? say("outside") : "";
        put(rows[i].note, [say("people", { people: people(gap.people) }), place].filter(Boolean).join(" · "));
        if (list.children.length <= i) list.append(rows[i].node);
      });
      put(more, gapsBeyond(LISTED_GAPS));
    },
  };
}

// What is said below a list of so many gaps.
function gapsBeyond(listed) {
  const rest = areas.people.slice(listed);
  const left = rest.reduce((sum, amount) => sum + amount, 0);
  const none = areas.people.length ? "" : say("gap_none");
  return rest.length ? say("gap_more", { count: written(rest.length), people: people(left) }) : none;
}

// Each switch stands with the marks it switches, so that switches and legend are one list.
function layerPart() {
  const rows = entries.map((entry) => {
    const box = el("input", { type: "checkbox", id: `layer-${entry.key}` });
    box.checked = entry.on;
    box.addEventListener("change", () => showLayer(entry, box.checked));
    const marks = el("div", { class: "keys" });
    const alone = el("span", { class: "key" });
    const name = el("span", { text: say(entry.key) });
    const node = el("li", { class: entry.on ? "" : "off" }, [el("label", { for: box.id }, [box, name, alone]), marks]);
    box.addEventListener("change", () => node.classList.toggle("off", !box.checked));
    return { entry, node, marks, alone, state: null };
  });
  return {
    node: section(say("layers"), [el("ul", { class: "layers" }, rows.map(({ node }) => node)), el("p", { class: "hint", text: say("hint") })], "switches"),
    update() {
      rows.forEach((row) => {
        const { entry, marks, alone } = row;
        if (row.state === entry.state()) return;
        row.state = entry.state();
        const legend = entry.legend();
        const single = legend.length === 1 && !legend[0][1]; // one mark stands with the name of its layer
        alone.replaceChildren(...(single ? legend[0] : []).filter(Boolean));
        marks.replaceChildren(...(single ? [] : legend.map(([mark, text]) => el("span", { class: "key" }, [mark, text]))));
      });
    },
  };
}

function footPart() {
  const { sources, date, review, unreviewed } = data.notes;
  const lines = [...sources, date && say("date", { date }), review && say("review", { number: review }), unreviewed && say("unreviewed")];
  const tiles = data.base && data.base.attribution;
  return {
    node: el("footer", {}, [
      el("h2", { text: say("sources") }),
      ...[...lines, tiles, say("north")].filter(Boolean).map((text) => el("p", { text })),
      el("p", { class: "printed", id: "printed" }),
    ]),
    update() {},
  };
}
