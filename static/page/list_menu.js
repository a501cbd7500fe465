/** The lists' menu: which list is shown, its name and sections, import and export, and the columns. */

import { COLUMNS } from "./columns.js";
import { byId, element, option } from "./dom.js";
import { copyRows, exportCsv, exportTradingView } from "./list_text.js";

/** Above this a file is no list. */
const LARGEST_FILE = 1_000_000;

function download(name, type, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  // After the click has been seen to.
  setTimeout(() => URL.revokeObjectURL(link.href));
}

/**
 * `options.lists`: See `createLists`. `options.settings`: See `createSettings`.
 * `options.acts`: `show(id)`, `remove(id)`, `addSection(name)`, `take(text, name)`, and `say(text)`.
 * `options.rows()`: The rows on the screen.
 */
export function createListMenu({ lists, settings, watchlist, store, rows, acts, changed }) {
  const menu = byId("list-menu");
  const choice = byId("list-choice");
  const name = byId("list-name");
  const why = byId("list-why");
  const file = byId("list-file");
  let active = settings.get("list");
  if (!lists.all.some(({ id }) => id === active)) active = 1;

  const current = () => lists.all.find(({ id }) => id === active);

  function showChoice() {
    choice.replaceChildren(...lists.all.map(({ id, name }) => {
      const made = option(String(id), name);
      made.selected = id === active;
      return made;
    }));
    choice.hidden = lists.all.length < 2;
    byId("watch-title").textContent = current().name;
    byId("watch-title").classList.toggle("unseen", lists.all.length > 1);
    byId("list-remove").hidden = active === 1;
  }

  function show(id) {
    if (!lists.all.some((list) => list.id === id)) return;
    active = id;
    settings.set("list", id);
    showChoice();
    acts.show(id);
  }

  function answered(fault) {
    why.textContent = fault === undefined ? "" : `${fault}.`;
    if (fault !== undefined) return;
    name.value = "";
    menu.open = false;
    showChoice();
    changed();
  }

  async function copy(text, what) {
    try {
      await navigator.clipboard.writeText(text);
      acts.say(`${what} copied: paste into a spreadsheet.`);
    } catch {
      // Without https no page may write to the clipboard.
      download("watch-list.tsv", "text/tab-separated-values", text);
    }
  }

  const fileName = () => current().name.replaceAll(/[^\w -]/g, "").trim() || "watch-list";

  const BUTTONS = {
    "list-add"() {
      const made = lists.add(name.value);
      if (typeof made === "string") return answered(made);
      answered();
      show(made.id);
    },
    "list-rename": () => answered(lists.rename(active, name.value)),
    "list-section"() {
      if (name.value.trim() === "") return answered("A section needs a name");
      acts.addSection(name.value.trim());
      answered();
    },
    "list-remove"() {
      const gone = current();
      const back = lists.remove(active);
      menu.open = false;
      show(1);
      acts.say(`The list ${gone.name} is removed.`, () => {
        back();
        show(gone.id);
      });
    },
    "list-import": () => file.click(),
    "list-export-text": () =>
      download(`${fileName()}.txt`, "text/plain", exportTradingView(watchlist.items())),
    "list-export-csv": () => download(`${fileName()}.csv`, "text/csv", exportCsv(watchlist.items())),
    "list-copy": () => copy(copyRows(rows(), store), "All rows"),
  };
  for (const [id, act] of Object.entries(BUTTONS)) byId(id).addEventListener("click", act);
  choice.addEventListener("change", () => show(Number(choice.value)));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    byId("list").focus();
  });
  document.addEventListener("pointerdown", (event) => {
    if (menu.open && !menu.contains(event.target)) menu.open = false;
  });
  file.addEventListener("change", async () => {
    const [chosen] = file.files;
    file.value = "";
    if (chosen === undefined) return;
    if (chosen.size > LARGEST_FILE) return answered("This file is too large for a list");
    const text = await chosen.text();
    answered();
    acts.take(text, chosen.name);
  });

  const hidden = new Set(Array.isArray(settings.get("columns")) ? settings.get("columns") : []);
  for (const { id, label, rank } of COLUMNS) {
    if (rank === 0 || id === "remove") continue;
    const box = element("input", "", element("label", "", byId("list-columns")));
    box.type = "checkbox";
    box.checked = !hidden.has(id);
    box.parentElement.append(` ${label}`);
    box.addEventListener("change", () => {
      if (box.checked) hidden.delete(id);
      else hidden.add(id);
      settings.set("columns", [...hidden]);
      changed();
    });
  }
  showChoice();

  return {
    /** Ids of columns that the user does not want. */
    hidden,
    get active() {
      return active;
    },
    copy,
    /** The list of a digit. */
    showNth(n) {
      const list = lists.all[n - 1];
      if (list !== undefined && list.id !== active) show(list.id);
    },
    /** Another window has changed the lists. */
    reread() {
      if (current() === undefined) show(1);
      showChoice();
    },
  };
}
