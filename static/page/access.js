/**
 * Where the proxy lets in only those with an access token: asks for it, and sends it as the first message of each
 * connection. It is held in this page's memory alone, and is gone with the page.
 */

import { byId } from "./dom.js";

/** The proxy's close code for a token that is missing or wrong. */
const REFUSED = 1008;

/** `options.send`: Sends a command as it is. `options.retry`: Connects at once. */
function createAccess({ send, retry }) {
  const [form, input, why] = ["access", "access-token", "access-why"].map((id) => byId(id));
  let token;
  /** The proxy waits for a token on this connection. */
  let asked = false;
  /** One was sent on this connection, and not answered yet. */
  let tried = false;

  function give() {
    asked = false;
    tried = true;
    send({ command: "authenticate", token });
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    token = input.value.trim();
    if (token === "") return;
    why.textContent = "";
    if (asked) give();
    else retry();
  });

  return {
    /** @returns Whether the message was about this and nothing else. */
    message({ type, status }) {
      if (type === "info") {
        tried = false;
        form.hidden = true;
        input.value = "";
      }
      if (type !== "system" || status !== "token_required") return false;
      asked = true;
      if (token !== undefined) give();
      else if (form.hidden) {
        form.hidden = false;
        input.focus();
      }
      return true;
    },

    lost({ code, reason }) {
      if (code === REFUSED && tried) {
        token = undefined;
        form.hidden = false;
        why.textContent = `${reason}.`;
      }
      asked = tried = false;
    },
  };
}

export { createAccess };
