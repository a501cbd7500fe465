/** Light or dark: as the system has it, or as the user wants it. */

const THEMES = ["system", "light", "dark"];

const WORDS = { system: "Theme: as the system", light: "Theme: light", dark: "Theme: dark" };

/** `options.root`: The element that carries the choice. `options.button`: Goes on to the next one. */
export function createTheme({ root, button, settings, changed = () => {} }) {
  let theme = THEMES.includes(settings.get("theme")) ? settings.get("theme") : "system";

  function show() {
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    button.textContent = WORDS[theme];
    changed();
  }

  button.addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    settings.set("theme", theme === "system" ? undefined : theme);
    show();
  });
  show();
}

/** Whether the page is dark now. */
export function isDark(root = document.documentElement) {
  const { theme } = root.dataset;
  return theme === undefined ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
}
