// Search for places and districts, and the filter of centers by tier, kind and function.

const wanted = { tier: "", kind: "", functions: "" };

function passes(number) {
  const place = data.places[number];
  if (place.candidate) return true;
  return Object.entries(wanted).every(([key, value]) => !value || [place[key]].flat().includes(value));
}

function searchPart() {
  const box = el("input", { type: "search", id: "search", placeholder: say("search"), "aria-label": say("search"), autocomplete: "off" });
  const list = el("ul", { class: "results", "aria-label": say("results") });
  const all = [
    ...data.places.map(({ name, id, candidate }, i) => ({ name, id, kind: candidate ? "candidate" : "center", go: () => goToPlace(i) })),
    ...(data.districts ? data.districts.names : []).map((name, i) => ({ name, id: "", kind: "district", go: () => goToDistrict(i) })),
  ].map((item) => ({ ...item, letters: `${item.name} ${item.id}`.toLowerCase() }));
  const find = () => {
    const letters = box.value.trim().toLowerCase();
    const hits = letters ? all.filter((item) => item.letters.includes(letters)) : [];
    hits.sort((a, b) => b.letters.startsWith(letters) - a.letters.startsWith(letters));
    list.replaceChildren(
      ...hits.slice(0, 8).map(({ name, kind, go }) => {
        const button = action(name, go, "result");
        button.append(el("small", { text: say(`result_${kind}`) }));
        return el("li", {}, [button]);
      }),
      ...(letters && !hits.length ? [el("li", { class: "hint", role: "status", text: say("nothing") })] : []),
    );
    return hits;
  };
  box.addEventListener("input", find);
  box.addEventListener("keydown", ({ key }) => {
    const hits = key === "Enter" ? find() : [];
    if (hits.length) hits[0].go();
    if (key === "Escape") {
      box.value = "";
      find();
    }
  });
  return { node: el("div", { class: "search", role: "search" }, [box, list]), update() {} };
}

function filterPart() {
  const centers = data.places.map((_, i) => i).filter((i) => !data.places[i].candidate);
  const selects = Object.keys(wanted).flatMap((key) => {
    const values = [...new Set(centers.flatMap((i) => data.places[i][key]))].filter(Boolean).sort();
    if (!values.length) return [];
    const options = ["", ...values].map((value) => {
      const option = el("option", { text: value || say(`all_${key}`) });
      option.value = value; // as an attribute a strange value would lose letters
      return option;
    });
    const select = el("select", { id: `filter-${key}`, "aria-label": say(`filter_${key}`) }, options);
    select.value = wanted[key];
    select.addEventListener("change", () => {
      wanted[key] = select.value;
      showFiltered();
      tell();
    });
    return [select];
  });
  const said = el("p", { class: "hint", role: "status" });
  const alone = action(say("only_these"), () => {
    chosen.closed = new Set(centers.filter((i) => !passes(i)));
    tellChange();
  });
  const tell = () => {
    const left = centers.filter(passes).length;
    const filtered = left < centers.length;
    said.textContent = filtered ? say("filtered", { count: written(left), all: written(centers.length) }) : "";
    alone.hidden = !filtered || !data.switches;
  };
  tell();
  if (!selects.length) return null;
  return { node: section(say("filter"), [el("div", { class: "filter" }, selects), said, alone], "filters"), update() {} };
}
