/** How an alarm is heard and seen from another window: two tones, a notification of the system, and the page's title. */

/** Two tones up for an alert; two down for a feed that is lost. Hz. */
const TONES = { alert: [880, 1_175], lost: [587, 392] };
const TONE_S = 0.22;

/** `options.Audio`, `options.Notify`, `options.permissions`: The browser's `AudioContext`, `Notification` and `navigator.permissions`, or undefined. */
export function createBell({
  Audio = globalThis.AudioContext,
  Notify = globalThis.Notification,
  permissions = globalThis.navigator?.permissions,
  focused = () => document.hasFocus(),
} = {}) {
  let audio;
  let title = "";
  // `Notify.permission` waits for another process of the browser: too long to be read with each drawing.
  let denied = false;
  permissions?.query({ name: "notifications" }).then((status) => {
    const read = () => denied = status.state === "denied";
    read();
    status.addEventListener("change", read);
  }, () => {});

  /** The browser lets a page sound after its user has touched it, and not before. */
  function wake() {
    if (Audio === undefined) return;
    try {
      audio ??= new Audio();
      if (audio.state === "suspended") audio.resume().catch(() => {});
    } catch {
      // No sound device.
    }
  }

  function sound(kind) {
    wake();
    if (audio?.state !== "running") return;
    TONES[kind].forEach((frequency, i) => {
      const from = audio.currentTime + i * TONE_S;
      const tone = audio.createOscillator();
      const gain = audio.createGain();
      tone.frequency.value = frequency;
      gain.gain.setValueAtTime(0.2, from);
      gain.gain.exponentialRampToValueAtTime(0.001, from + TONE_S);
      tone.connect(gain).connect(audio.destination);
      tone.start(from);
      tone.stop(from + TONE_S);
    });
  }

  return {
    wake,

    /** What stands before the page's title until the user has come back to it. */
    get title() {
      return title;
    },

    /** The user is here. @returns Whether the title was an alarm's. */
    seen() {
      const was = title !== "";
      title = "";
      return was;
    },

    /** To be called in answer to a click: asks once whether the system may show notifications. */
    async ask() {
      wake();
      if (Notify?.permission === "default") await Notify.requestPermission();
      denied = Notify?.permission === "denied";
    },

    /** What keeps an alarm from being noticed elsewhere, as a sentence; undefined for nothing. */
    get limits() {
      if (Notify === undefined) {
        return "This browser shows notifications only over https, or from this machine.";
      }
      if (denied) {
        return "The browser has been told to show no notifications of this page.";
      }
      return undefined;
    },

    /** `kind`: `alert` or `lost`. */
    ring(kind, text, { loud = true } = {}) {
      if (loud) sound(kind);
      if (focused()) return;
      title = `● ${text} · `;
      if (Notify?.permission !== "granted") return;
      try {
        new Notify(text, { tag: `smartapi-proxy ${text}`, icon: "favicon.svg" });
      } catch {
        // Android wants a service worker for that; the title and the tones remain.
      }
    },
  };
}
