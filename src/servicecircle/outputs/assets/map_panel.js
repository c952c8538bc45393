// The side panel: figures, tables, lists, layer switches and legend.

function panelHead(panel, words) {
  const bar = el("div", { class: "bar", "aria-hidden": "true" });
  for (const { part, color } of panel.reasons) {
    const piece = el("i");
    piece.style.flexGrow = part;
    piece.style.background = color;
    bar.append(piece);
  }
  return el("header", {}, [
    el("h1", { text: panel.name }),
    el("p", { class: "headline" }, [el("strong", { id: "share", text: panel.share }), el("span", { text: panel.meaning })]),
    el("p", { class: "line", id: "line", text: panel.line }),
    bar,
    el("table", { class: "reasons", "aria-label": words.reasons }, [
      el("tbody", {}, [
        ...panel.reasons.map(({ key, people, share, color }) =>
          el("tr", {}, [el("th", { scope: "row" }, [dot(color), words[key]]), el("td", { text: people }), el("td", { text: share })]),
        ),
        el("tr", { class: "sum" }, [el("th", { scope: "row", text: words.total }), el("td", { text: panel.total }), el("td")]),
      ]),
    ]),
    el("p", { class: "rule", id: "rule", text: panel.rule }),
    panel.estimated && el("p", { class: "estimated", text: panel.estimated }),
  ]);
}

function dot(color) {
  const node = el("i", { class: "dot", "aria-hidden": "true" });
  node.style.background = color;
  return node;
}

function section(title, children, kind = "") {
  return el("section", { class: kind }, [el("h2", { text: title }), ...children]);
}

function districtTable(rows, words, zoomTo) {
  const heads = ["district", "district_people", "district_covered", "district_share", "district_centers"];
  const head = el("thead", {}, [el("tr", {}, heads.map((key) => el("th", { scope: "col", text: words[key] })))]);
  const body = rows.map(({ name, cells, share, shape }) => {
    const place = shape < 0 ? el("span", { text: name }) : el("button", { type: "button", class: "link", text: name });
    place.addEventListener("click", () => shape >= 0 && zoomTo(shape));
    const row = el("tr", {}, [el("th", { scope: "row" }, [place]), ...cells.map((text) => el("td", { text }))]);
    if (share !== null) {
      const gauge = el("i", { class: "gauge", "aria-hidden": "true" });
      gauge.style.width = `${share * 100}%`;
      row.children[3].append(gauge);
    }
    return row;
  });
  return section(words.districts, [el("div", { class: "scroll" }, [el("table", { class: "districts" }, [head, el("tbody", {}, body)])])]);
}

function placeList(title, kind, items, more, choose) {
  const rows = items.map((item, i) => {
    const button = el("button", { type: "button", class: "place" }, [
      el("b", { text: item.mark }),
      el("span", {}, [el("span", { class: "name", text: item.name }), el("small", { text: item.note })]),
    ]);
    button.addEventListener("click", () => choose(i));
    return el("li", {}, [button]);
  });
  return section(title, [el("ol", { class: "places" }, rows), more && el("p", { class: "more", text: more })], kind);
}

// Each switch stands with the marks it switches, so that switches and legend are one list.
function layerSwitches(words, entries, map) {
  const rows = entries.map(({ key, layer, on, legend }) => {
    const box = el("input", { type: "checkbox", id: `layer-${key}` });
    box.checked = on;
    if (on) layer.addTo(map);
    box.addEventListener("change", () => (box.checked ? layer.addTo(map) : layer.remove()));
    const alone = legend.length === 1 && legend[0][0]; // one mark stands with the name of its layer
    const marks = alone ? [] : legend.map(([mark, text]) => el("span", { class: "key" }, [mark, text]));
    return el("li", {}, [
      el("label", { for: `layer-${key}` }, [box, el("span", { text: words[key] }), alone && el("span", { class: "key" }, [alone])]),
      marks.length > 0 && el("div", { class: "keys" }, marks),
    ]);
  });
  return section(words.layers, [el("ul", { class: "layers" }, rows), el("p", { class: "hint", text: words.hint })], "switches");
}

function panelFoot(panel, words) {
  return el("footer", {}, [
    panel.sources.length > 0 && el("h2", { text: words.sources }),
    ...panel.sources.map((text) => el("p", { text })),
    el("p", { text: words.north }),
  ]);
}
