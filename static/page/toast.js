/** What was just done, for a while, with a way back. */

import { byId } from "./dom.js";

const SHOWN_MS = 10_000;

function createToast() {
  const [toast, text, button] = ["toast", "toast-text", "toast-undo"].map((id) => byId(id));
  let timer;
  let undo;

  function hide() {
    clearTimeout(timer);
    toast.hidden = true;
  }

  button.addEventListener("click", () => {
    hide();
    undo();
    byId("list").focus();
  });

  /** @param back Undoes it; undefined where nothing is to be undone. @param label What else it does. */
  function tell(what, back, label = "Undo") {
    clearTimeout(timer);
    undo = back;
    button.hidden = back === undefined;
    button.textContent = label;
    toast.hidden = false;
    text.textContent = what;
    timer = setTimeout(hide, SHOWN_MS);
  }
  tell.hide = hide;
  return tell;
}

export { createToast };
