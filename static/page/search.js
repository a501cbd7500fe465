/** Adds instruments: a search over the proxy's list of them, with the mode they are to come in. */

import { byId, element } from "./dom.js";
import { factWords } from "./facts.js";

/** Typing that goes on is waited for. */
const PAUSE_MS = 120;

const LIMIT = 40;

const EXCHANGES = ["nse", "nfo", "bse", "bfo", "mcx", "cds", "ncdex"];

/** "nfo nifty 24800" looks for "nifty 24800" at one exchange. */
function questionOf(text) {
  const [first, ...rest] = text.trim().split(/\s+/);
  const exchange = first.toLowerCase();
  return rest.length > 0 && EXCHANGES.includes(exchange)
    ? { query: rest.join(" "), exchange }
    : { query: text.trim() };
}

/** Several names at once, as pasted from elsewhere. */
function namesOf(text) {
  return text.split(/[,;\n]/).map((name) => name.trim()).filter(Boolean);
}

/**
 * `options.ask`: Sends a command to the proxy.
 * `options.subscriptions`: See `createSubscriptions`.
 * `options.added`: Told the key of each instrument that was chosen.
 */
function createSearch({ ask, subscriptions, watchlist, added }) {
  const [box, input, popup, options, note, refused] = [
    "search",
    "search-input",
    "search-popup",
    "search-options",
    "search-note",
    "search-refused",
  ].map((id) => byId(id));
  let found = [];
  let active = -1;
  let asked = 0;
  let timer;

  const mode = () => box.querySelector("input[name=mode]:checked").value;

  function open() {
    popup.hidden = false;
    input.setAttribute("aria-expanded", "true");
  }

  function close() {
    clearTimeout(timer);
    asked++;
    popup.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    refused.replaceChildren();
  }

  function say(text) {
    note.textContent = text;
    note.hidden = text === "";
  }

  function show(rows) {
    found = rows;
    options.replaceChildren(...rows.map(optionOf));
    options.hidden = rows.length === 0;
    activate(rows.length > 0 ? 0 : -1);
  }

  function activate(index) {
    options.children[active]?.setAttribute("aria-selected", "false");
    active = index;
    const option = options.children[active];
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
  }

  function optionOf(row, i) {
    const option = element("li");
    option.id = `found-${i}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    element("span", "found-symbol", option).textContent = row.symbol;
    element("span", "tag", option).textContent = String(row.exchange).toUpperCase();
    element("span", "found-words", option).textContent = factWords(row).join(" · ");
    element("span", "found-state", option);
    mark(option, row);
    return option;
  }

  function mark(option, { exchange, token }) {
    const there = watchlist.has(`${exchange}:${token}`);
    option.classList.toggle("there", there);
    option.lastChild.textContent = there ? "✓ in the list" : "";
  }

  async function look() {
    const text = input.value;
    const turn = ++asked;
    const names = namesOf(text);
    if (text.trim() === "") {
      show([]);
      return say(
        "Type a name, a symbol or a strike, with an exchange in front to narrow it: nfo nifty 24800",
      );
    }
    if (names.length > 1) {
      show([]);
      return say(`Enter adds these ${names.length} names.`);
    }
    try {
      const { data } = await ask({ command: "search", limit: LIMIT, ...questionOf(text) });
      if (turn !== asked) return;
      const rows = data.filter(({ exchange, token, symbol }) =>
        [exchange, token, symbol].every((field) => typeof field === "string")
      );
      show(rows);
      say(
        rows.length === 0
          ? "Nothing found. Enter asks for the name as it stands."
          : rows.length === LIMIT
          ? `The first ${LIMIT}; more words find the others.`
          : "",
      );
    } catch (error) {
      if (turn !== asked) return;
      show([]);
      say(`The proxy could not be asked: ${error.message}`);
    }
  }

  async function choose(index) {
    const row = found[index];
    const key = `${row.exchange}:${row.token}`;
    await subscriptions.add(key, { mode: mode(), symbol: row.symbol });
    if (options.children[index]?.id === `found-${index}` && found[index] === row) {
      mark(options.children[index], row);
    }
    added(key);
  }

  async function addNames(names) {
    say("Asking the proxy…");
    const results = await subscriptions.addNames(names, mode());
    const good = results.filter(({ status }) => status === "accepted");
    const bad = results.filter(({ status }) => status !== "accepted");
    say(good.length > 0 ? `Added ${good.map(({ symbol }) => symbol).join(", ")}.` : "");
    refused.replaceChildren(...bad.map(refusalOf));
    if (good.length > 0) added(good[0].instrument);
    if (bad.length === 0) input.value = "";
  }

  function refusalOf({ instrument, code, message, suggestions = [] }) {
    const item = element("li");
    element("strong", "", item).textContent = instrument;
    element("span", "", item).textContent = ` ${message} (${code})`;
    if (suggestions.length > 0) {
      const line = element("span", "suggestions", item);
      line.append("Did you mean ");
      for (const suggestion of suggestions) {
        const button = element("button", "", line);
        button.type = "button";
        button.textContent = suggestion;
        button.addEventListener("click", () => {
          // Before the button goes, or the focus would leave with it.
          input.focus();
          item.remove();
          addNames([suggestion]);
        });
      }
    }
    return item;
  }

  input.addEventListener("focus", () => {
    if (popup.hidden) {
      open();
      look();
    }
  });
  input.addEventListener("input", () => {
    open();
    refused.replaceChildren();
    clearTimeout(timer);
    // What is on the screen answers another question from now on.
    asked++;
    timer = setTimeout(look, PAUSE_MS);
  });
  input.addEventListener("keydown", (event) => {
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") {
      if (found.length > 0) {
        activate((active + (key === "ArrowDown" ? 1 : -1) + found.length) % found.length);
      }
    } else if (key === "Enter") {
      if (active >= 0) choose(active);
      else if (namesOf(input.value).length > 0) addNames(namesOf(input.value));
    } else if (key === "Escape") {
      input.value = "";
      show([]);
      close();
      byId("list").focus();
    } else return;
    event.preventDefault();
  });
  // The focus stays in the field, so that the next name can be typed.
  options.addEventListener("mousedown", (event) => event.preventDefault());
  options.addEventListener("click", (event) => {
    const option = event.target.closest("li");
    if (option) choose([...options.children].indexOf(option));
  });
  box.addEventListener("focusout", ({ relatedTarget }) => {
    if (!box.contains(relatedTarget)) close();
  });
  // A tap on what takes no focus, such as the note, must not close it.
  popup.addEventListener("mousedown", (event) => {
    if (event.target.closest("button, label, input") === null) event.preventDefault();
  });

  return {
    /** @param text What to look for at once. */
    open(text = "") {
      input.value = text;
      close();
      input.focus();
      open();
      look();
    },
  };
}

export { createSearch };
