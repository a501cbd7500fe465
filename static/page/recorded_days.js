/** Chooses one of the recorded days, and leads back to the live feed. */

import { byId, option } from "./dom.js";
import { addressOf, dayWords } from "./recorded_day.js";

const NONE = "Nothing is recorded here yet: RECORD=on keeps what comes.";

/**
 * `options.played`: See `recordedDay`. `options.get(path)`: Asks the proxy by HTTP.
 *
 * @returns `load()`: asks anew which days there are; `say(words)`.
 */
export function createRecordedDays({ played, get }) {
  const [section, opener, form, choice, button, live, why] = [
    "replay",
    "replay-open",
    "replay-days",
    "replay-day",
    "replay-go",
    "replay-live",
    "replay-why",
  ].map((id) => byId(id));

  function show(is) {
    section.hidden = !is;
    opener.setAttribute("aria-expanded", String(is));
  }

  function say(words) {
    why.textContent = words;
  }

  async function load() {
    let days;
    try {
      const { data, message } = await get("recordings");
      if (!Array.isArray(data)) throw new Error(message ?? "the proxy does not say");
      days = data;
    } catch (error) {
      return say(`The recorded days cannot be listed: ${error.message}`);
    }
    choice.replaceChildren(
      ...days.toReversed().map((file) => {
        const { date, recorded } = file;
        const made = option(JSON.stringify({ date, recorded }), dayWords(file));
        made.selected = date === played?.date && (played.recorded ?? recorded) === recorded;
        return made;
      }),
    );
    choice.disabled = button.disabled = days.length === 0;
    if (days.length === 0) say(NONE);
  }

  opener.addEventListener("click", () => {
    show(section.hidden);
    if (section.hidden) return;
    say("");
    load().then(() => choice.focus());
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (choice.value !== "") location.assign(addressOf(location, JSON.parse(choice.value)));
  });
  if (played !== undefined) {
    show(true);
    // What is played stays in sight.
    opener.hidden = true;
    live.hidden = false;
    live.href = addressOf(location, undefined);
  }
  return { load, say };
}
