// The chosen state as text to paste and as a table to open.

function stateRows() {
  return data.places.map((place, i) => ({
    ...place,
    kind_word: say(place.candidate ? "result_candidate" : "result_center"),
    state: say(isOpen(i) ? "open_state" : "closed"),
    within: found.open[i] ? rounded(found.within[i]) : 0,
    changed: chosen.closed.has(i) || chosen.opened.has(i),
  }));
}

function asList() {
  const lines = [
    data.name || say("untitled"),
    rule(model.minutes[chosen.limit]),
    `${percent(found.sums[COVERED], model.total)} · ${document.getElementById("line").textContent}`,
  ];
  const change = document.getElementById("change").textContent;
  if (change) lines.push(change);
  for (const i of chosen.closed) lines.push(`− ${say("closed_now", { name: `${placeName(i)} (${data.places[i].id})` })}`);
  for (const i of chosen.opened) lines.push(`+ ${say("opened_now", { name: `${placeName(i)} (${data.places[i].id})` })}`);
  return lines.join("\n");
}

// A cell that a spreadsheet would take for a formula gets an apostrophe before it; every text is quoted.
function cell(value) {
  if (typeof value === "number") return String(value);
  const text = /^[\s\u0000-\u001f]*[=+\-@＝＋－＠]|^[\t\r\n]/.test(value) ? `'${value}` : value;
  return `"${text.replaceAll('"', '""')}"`;
}

function asTable() {
  const minutes = model.minutes[chosen.limit];
  const heads = ["head_what", "head_id", "head_name", "center_tier", "center_kind", "head_lon", "head_lat", "head_state", "head_changed", "head_minutes", "head_people"];
  const rows = stateRows().map((place) => [
    place.kind_word,
    place.id,
    place.name,
    place.tier,
    place.kind,
    place.true[1],
    place.true[0],
    place.state,
    say(place.changed ? "yes" : "no"),
    minutes,
    place.within,
  ]);
  return `\ufeff${[heads.map((key) => say(key)), ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without the right to the clipboard a selected text field is copied in the old way.
    const field = el("textarea", { class: "unseen", "aria-hidden": "true" });
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

function saveFile(name, text) {
  const link = el("a", { download: name });
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
