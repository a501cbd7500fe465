// @ts-check
"use strict";
/**
 * Starts the page, which is made of modules. A browser loads modules from a server only, so a page that was opened from
 * the disk goes on to the page of the proxy: that of `?proxy=` in its address, or the one on this machine.
 */
(() => {
  const RETRY_EVERY_MS = 3_000;

  const fromDisk = location.protocol === "file:";
  const proxy = new URL(new URLSearchParams(location.search).get("proxy") ?? "http://localhost:8765/");
  const box = document.getElementById("boot");
  const text = document.getElementById("boot-text");

  async function start() {
    if (fromDisk) return await goToProxy();
    try {
      await import(new URL("page/main.js", document.baseURI).href);
    } catch (error) {
      console.error(error);
      tell("The page could not be loaded. Is the proxy running?");
    }
  }

  async function goToProxy() {
    // Without CORS, since it only matters that something answers.
    const answers = await fetch(new URL("healthz", proxy), { mode: "no-cors" }).then(() => true, () => false);
    if (answers) return location.replace(proxy);
    tell(
      `No connection to the proxy: nothing answers at ${proxy.host}. Start it on this machine, then try again.`,
    );
    setTimeout(start, RETRY_EVERY_MS);
  }

  /** @param {string} message */
  function tell(message) {
    if (!box || !text) return;
    text.textContent = message;
    box.hidden = false;
  }

  document.getElementById("boot-retry")?.addEventListener(
    "click",
    () => fromDisk ? start() : location.reload(),
  );
  start();
})();
