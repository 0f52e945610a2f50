import { html, render, useState } from "./vendor/preact.js";
import { readAddress, writeAddress } from "./logs/address.js";
import { Fields } from "./logs/fields.js";
import { Help } from "./logs/help.js";
import { LevelHistogram } from "./logs/histogram.js";
import { moveLine } from "./logs/move-line.js";
import { QueryBox } from "./logs/query-box.js";
import { toggleTerm } from "./logs/query-terms.js";
import { Results } from "./logs/results.js";
import { TailBar } from "./logs/tail-bar.js";
import { useSearch } from "./logs/use-search.js";
import { useTail } from "./logs/use-tail.js";
import { TimePicker } from "./time-picker.js";
import { useAddress } from "./use-address.js";
import { useKeys } from "./use-keys.js";

/** A change of what is searched becomes a step of the browser's history. */
const isStep = (patch) => ["q", "order", "time"].some((name) => name in patch);

function Logs() {
  const [state, change] = useAddress(readAddress, writeAddress, isStep);
  const [turn, setTurn] = useState(0);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const search = useSearch(state, turn);
  const tail = useTail(state.q, state.live);
  const { q, order, time, live, row, around } = state;

  const again = (patch) => {
    change({ row: "", around: false, ...patch });
    setTurn((before) => before + 1);
  };
  /** An opened line keeps the range it was found in: the address shows the same lines later. */
  const toggle = (id) =>
    change(id === row ? { row: "", around: false } : { row: id, around: false, time: search.boundsNow(), live: false });
  const showNew = () => void search.add(tail.take());
  const goLive = (isLive) => change(isLive ? { live: true, time: relative(time) } : { live: false });
  const onTerm = (filter, sign) => again({ q: toggleTerm(q, filter, sign) });
  const detail = {
    q,
    around,
    onTerm,
    onOnly: (filter) => again({ q: filter }),
    onAround: (is) => change({ around: is }),
  };
  useKeys({
    "/": () => document.getElementById("q").focus(),
    j: () => moveLine(1),
    k: () => moveLine(-1),
    p: () => goLive(!live),
    n: showNew,
    "?": () => setHelpOpen(true),
    Escape: () => (row ? change({ row: "", around: false }) : document.activeElement?.blur()),
  });

  return html`<div class="logs" data-ready=${search.busy ? "false" : "true"}>
    <${QueryBox} q=${q} problem=${search.problem} onSearch=${(text) => again({ q: text })} />
    <div class="bar">
      <${TimePicker}
        time=${time}
        bounds=${search.bounds}
        isLive=${live}
        onChange=${(chosen) => again({ time: chosen })}
      />
      <button
        type="button"
        onClick=${() => again({ order: order === "newest" ? "oldest" : "newest" })}
        disabled=${live}
      >
        ${order === "newest" ? "Newest first" : "Oldest first"}
      </button>
      <${TailBar} tail=${tail} isLive=${live} onLive=${goLive} onShow=${showNew} />
      <${ShareButton} linkTo=${() => writeAddress({ ...state, live: false, time: search.boundsNow() })} />
      <button type="button" onClick=${() => setHelpOpen(true)} aria-label="Help">?</button>
    </div>
    <${LevelHistogram} chart=${search.chart} onZoom=${(from, to) => again({ time: { from, to }, live: false })} />
    <div class="columns">
      <${Fields} rows=${search.rows} q=${q} onTerm=${onTerm} />
      <${Results} search=${search} state=${state} detail=${detail} onToggle=${toggle} onReset=${again} />
    </div>
    <${Help} isOpen=${isHelpOpen} onClose=${() => setHelpOpen(false)} />
  </div>`;
}

/** What is live ends now. */
function relative(time) {
  return time.range === undefined ? { range: "1h" } : time;
}

/** Copies an address that shows the same lines later, too. */
function ShareButton({ linkTo }) {
  const [said, setSaid] = useState("");
  const copy = async () => {
    const link = new URL(linkTo(), location.href).href;
    try {
      await navigator.clipboard.writeText(link);
      setSaid("copied");
    } catch {
      history.replaceState(null, "", link);
      setSaid("not copied; the address of this page is the link");
    }
  };
  return html`<span class="share">
    <button type="button" onClick=${copy}>Copy link</button> <span role="status">${said}</span>
  </span>`;
}

render(html`<${Logs} />`, document.getElementById("logs"));
