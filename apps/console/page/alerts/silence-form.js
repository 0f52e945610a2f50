import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { change } from "./change.js";

const durations = [
  ["30 min", 1_800_000],
  ["2 h", 7_200_000],
  ["8 h", 28_800_000],
  ["1 d", 86_400_000],
  ["7 d", 604_800_000],
];
/** Who silences is asked once a browser. */
const nameKey = "footfall-operator";

/** Mutes notices of an alert; its labels are the matchers to begin with. */
export function SilenceForm({ labels, onDone, onCancel }) {
  const [draft, setDraft] = useState(() => ({
    matchers: Object.entries(labels)
      .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
      .join("\n"),
    durationMs: 7_200_000,
    createdBy: localStorage.getItem(nameKey) ?? "",
    comment: "",
  }));
  const [problem, setProblem] = useState();
  const first = useRef();
  useEffect(() => first.current.focus(), []);
  const on = (name) => (event) => setDraft({ ...draft, [name]: event.target.value });
  const submit = async (event) => {
    event.preventDefault();
    const matchers = draft.matchers.split("\n").filter((line) => line.trim() !== "");
    try {
      await change("POST", "/alerts-api/silences", { ...draft, matchers, durationMs: Number(draft.durationMs) });
      localStorage.setItem(nameKey, draft.createdBy);
      onDone();
    } catch (refused) {
      setProblem(refused);
    }
  };
  const lines = draft.matchers.split("\n").length;
  return html`<form class="silence-form" aria-label=${`Silence ${labels.alertname}`} onSubmit=${submit}>
    <label class="whole"
      >Matchers, one a line; all must match
      <textarea
        ref=${first}
        rows=${Math.max(2, lines)}
        spellcheck="false"
        value=${draft.matchers}
        onInput=${on("matchers")}
      />
    </label>
    <label
      >For
      <select value=${draft.durationMs} onChange=${on("durationMs")}>
        ${durations.map(
          ([label, ms]) =>
            html`<option key=${ms} value=${ms} selected=${Number(draft.durationMs) === ms}>${label}</option>`,
        )}
      </select>
    </label>
    <label>Who <input name="who" required maxlength="200" value=${draft.createdBy} onInput=${on("createdBy")} /></label>
    <label>Why <input name="why" required maxlength="2000" value=${draft.comment} onInput=${on("comment")} /></label>
    <div class="ways">
      <button type="submit">Silence</button>
      <button type="button" onClick=${onCancel}>Cancel</button>
    </div>
    ${problem && html`<p class="problem whole" role="alert">${problem.detail}</p>`}
  </form>`;
}
