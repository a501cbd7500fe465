// @ts-check
/** The access token: brought to each connection that asks for one, and what it means when it does not help. */

import { CommandError } from "./requests.js";

/** The proxy's close code for a token that is missing or wrong; before its greeting it has no other meaning. */
const REFUSED = 1008;

/** @type {import("./parts.d.ts").CreateAccess} */
export const createAccess = ({ token, shown, failed, fault }) => {
  if (token !== undefined && typeof token !== "string" && typeof token !== "function") {
    throw new TypeError("options.token is a string, or a function that gives one");
  }
  /** Of the connection that asked; a token that is had later is not for the next one. */
  let turn = 0;
  let waits = false;
  /** @type {string | undefined} Sent on this connection, and neither taken nor refused yet. */
  let sent;

  /** @param {import("./parts.d.ts").Answer} answer @param {string} own */
  function bring(answer, own) {
    if (own === "") return missing(typeof token === "function" ? "the function gave none" : "it is empty");
    waits = false;
    sent = own;
    answer.send(JSON.stringify({ command: "authenticate", token: own }));
  }

  /** @param {string} why */
  function missing(why) {
    failed(new CommandError("token_required", `${shown} asks for an access token (options.token): ${why}`));
  }

  return {
    asked(answer) {
      if (token === undefined) return missing("none was given");
      if (typeof token === "string") return bring(answer, token);
      const mine = ++turn;
      waits = true;
      new Promise((resolve) => resolve(token())).then(
        // What is no text is none, and must not be printed as if it were.
        (own) => mine === turn && bring(answer, typeof own === "string" ? own : ""),
        (cause) => {
          if (mine !== turn) return;
          waits = false;
          // It may be a matter of the moment, as where it is fetched from elsewhere.
          fault(new Error("The function options.token failed; it is asked again", { cause }));
          answer.drop("no token");
        },
      );
    },

    welcomed() {
      sent = undefined;
    },

    gone(code, reason) {
      const [late, tried] = [waits, sent];
      turn++;
      waits = false;
      sent = undefined;
      if (code !== REFUSED) return;
      if (tried !== undefined) {
        const why = reason.replaceAll(tried, "…") || "it did not say why";
        failed(new CommandError("token_refused", `${shown} refused the access token: ${why}`));
      } else if (late) {
        fault(new Error("The function options.token took too long; it is asked again"));
      }
    },
  };
};
