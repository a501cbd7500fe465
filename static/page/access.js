/**
 * Where the proxy lets in only those with an access token: asks for it, and sends it as the first message of each
 * connection. It is kept for this tab, and on this device only where the user says so.
 */

import { byId } from "./dom.js";

/** The proxy's close code for a token that is missing or wrong. */
const REFUSED = 1008;

const STORED_AS = "smartapi-proxy.token";

/** What the form says, and nothing else on the page says otherwise. */
const WORDS = {
  asked: "",
  trying: "Asking the proxy…",
  unreached: "The proxy cannot be reached; it is asked as soon as it answers.",
};

/** @returns What is stored, and undefined where that is refused. */
function stored(storage) {
  try {
    return storage?.getItem(STORED_AS) ?? undefined;
  } catch {
    return undefined;
  }
}

function store(storage, token) {
  try {
    if (token === undefined) storage?.removeItem(STORED_AS);
    else storage?.setItem(STORED_AS, token);
  } catch {
    // Then it is asked for again.
  }
}

/**
 * `options.send`: Sends a command as it is. `options.retry`: Connects at once.
 * `options.tab`, `options.device`: As `sessionStorage` and `localStorage`, or undefined.
 * `options.locked`: Told whether the proxy answers, and lets nobody in without a token.
 */
function createAccess({ send, retry, tab = undefined, device = undefined, locked }) {
  const [form, input, button, remember, why] = [
    "access",
    "access-token",
    "access-connect",
    "access-remember",
    "access-why",
  ].map((id) => byId(id));
  let token = stored(tab) ?? stored(device);
  remember.checked = stored(device) !== undefined;
  /** The proxy waits for a token on this connection. */
  let asked = false;
  /** One was sent on this connection, and not answered yet. */
  let tried = false;

  /** @param words Of the proxy, or of `WORDS`. @param pending Whether an answer is waited for. */
  function say(words, pending = false) {
    why.textContent = words;
    // One answer at a time: a second token would be taken for the first one's correction, and is not.
    button.disabled = input.readOnly = pending;
  }

  function give() {
    asked = false;
    tried = true;
    say(WORDS.trying, true);
    send({ command: "authenticate", token });
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = input.value.trim();
    if (typed === "" || tried) return;
    token = typed;
    if (asked) return give();
    say(WORDS.trying, true);
    retry();
  });

  return {
    /** @returns Whether the message was about this and nothing else. */
    message({ type, status }) {
      if (type === "info") {
        locked(false);
        // Only a token that was good is kept.
        if (tried) {
          store(tab, token);
          if (!form.hidden) store(device, remember.checked ? token : undefined);
        }
        tried = asked = false;
        form.hidden = true;
        input.value = "";
        say(WORDS.asked);
      }
      if (type !== "system" || status !== "token_required") return false;
      asked = true;
      locked(true);
      if (token !== undefined) give();
      else if (form.hidden) {
        form.hidden = false;
        say(WORDS.asked);
        input.focus();
      }
      return true;
    },

    lost({ code, reason }) {
      if (code === REFUSED && tried) {
        token = undefined;
        store(tab, undefined);
        store(device, undefined);
        form.hidden = false;
        say(`${reason}.`);
      } else if (code !== REFUSED) {
        locked(false);
        if (!form.hidden) say(token === undefined ? WORDS.asked : WORDS.unreached, token !== undefined);
      }
      asked = tried = false;
    },

    /** Asks by HTTP with the same token. @param path Beside the page. @returns The body, whatever its status. */
    async get(path) {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      return (await fetch(path, { headers })).json();
    },
  };
}

export { createAccess };
