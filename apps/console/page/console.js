import { holdsSelection, keyedList, setText } from "./keyed-list.js";

/** Asks for /console/status.json every second and writes it into the page. */
const everyMs = 1_000;
const number = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const byId = (id) => document.getElementById(id);

function text(id, value) {
  setText(byId(id), value);
}

function count(value) {
  return value === null || value === undefined ? "–" : number.format(value);
}

function ago(timeMs, nowMs) {
  if (!timeMs) return "–";
  const seconds = Math.max(0, Math.round((nowMs - timeMs) / 1_000));
  if (seconds < 90) return `${seconds} s ago`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h ago`;
  return `${Math.round(seconds / 86_400)} days ago`;
}

function showState(status) {
  const problems = status.problems;
  if (problems === null) {
    byId("state").dataset.state = "apart";
    text("state-text", "parts run apart: see Alerts");
    return;
  }
  byId("state").dataset.state = problems.length === 0 ? "good" : "bad";
  text("state-text", problems.length === 0 ? "all parts are ready" : problems.join("; "));
}

function showRate(perSecond) {
  const recent = perSecond.slice(-5);
  text("rate", count(recent.reduce((sum, value) => sum + value, 0) / recent.length));
  const top = Math.max(1, ...perSecond);
  const points = perSecond.map(
    (value, index) => `${(index * 120) / (perSecond.length - 1)} ${30 - (28 * value) / top}`,
  );
  document.querySelector("#spark .line").setAttribute("d", `M${points.join("L")}`);
  document.querySelector("#spark .area").setAttribute("d", `M0 32L${points.join("L")}L120 32Z`);
}

const showTables = keyedList(byId("tables"), {
  keyOf: (table) => table.name,
  create() {
    const group = document.createElement("div");
    group.append(document.createElement("dt"), document.createElement("dd"));
    return group;
  },
  update(group, table) {
    setText(group.children[0], table.name);
    setText(group.children[1], `${count(table.rows)} rows, v${table.version}`);
  },
});

function showModel(model, nowMs) {
  text("model", model ? model.version : "none yet");
  text("model-age", ago(model?.publishedAtMs, nowMs));
  text("model-items", count(model?.items));
  text("model-hits", model?.hitRate === undefined ? "–" : `${(model.hitRate * 100).toFixed(1)} %`);
}

const showRows = keyedList(byId("recent"), {
  keyOf: (event) => event.id,
  create(event) {
    const row = document.createElement("tr");
    for (const value of ["", event.name, event.item, event.visitorId]) {
      const cell = document.createElement("td");
      cell.textContent = value;
      cell.title = value;
      row.append(cell);
    }
    row.children[1].className = "name";
    return row;
  },
  update(row, event, nowMs) {
    setText(row.children[0], ago(event.appendedAtMs, nowMs));
  },
});

function showRecent(events, nowMs) {
  byId("quiet").hidden = events.length > 0;
  // Who has selected text wants to copy it: the rows wait.
  if (!holdsSelection(byId("recent"))) showRows(events, nowMs);
}

/** Statuses of the last seconds, oldest first: rates over one second jump too much to read. */
const recentStatuses = [];
const rateOverMax = 6;

function answerRate(status) {
  recentStatuses.push(status);
  if (recentStatuses.length > rateOverMax) recentStatuses.shift();
  const { nowMs, recommendations } = recentStatuses[0];
  const seconds = (status.nowMs - nowMs) / 1_000;
  return seconds > 0 ? (status.recommendations.answers - recommendations.answers) / seconds : undefined;
}

function show(status) {
  showState(status);
  showRate(status.events.perSecond);
  for (const name of ["accepted", "duplicate", "rejected"]) text(name, count(status.events[name]));
  text("lag", count(status.log.lag));
  text("kept", count(status.log.kept));
  text("partitions", count(status.log.partitions));
  text("open", count(status.windows.open));
  text("open-sessions", count(status.windows.sessions));
  text("late", count(status.windows.late));
  const events = status.lake.find((table) => table.name === "events");
  text("rows", count(events?.rows));
  text("commit", ago(events?.committedAtMs, status.nowMs));
  showTables(status.lake);
  showModel(status.model, status.nowMs);
  text("answers", count(status.recommendations.answers));
  text("answer-rate", count(answerRate(status)));
  showRecent(status.recent, status.nowMs);
}

async function poll() {
  try {
    const response = await fetch("/console/status.json");
    if (!response.ok) throw new Error(`status ${response.status}`);
    show(await response.json());
  } catch {
    byId("state").dataset.state = "bad";
    text("state-text", "no answer; trying again");
  }
  setTimeout(poll, everyMs);
}

void poll();
