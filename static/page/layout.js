/** Which panels are open: as they were left, and else those for which there is room. */

/** `options.panels`: The folded panels. `options.open`: The ids of those that are open at first. */
export function rememberPanels({ panels, open, settings }) {
  const stored = settings.get("panels");
  const chosen = stored !== null && typeof stored === "object" ? { ...stored } : {};
  for (const panel of panels) {
    const own = Object.hasOwn(chosen, panel.id) ? chosen[panel.id] : undefined;
    panel.open = typeof own === "boolean" ? own : open.includes(panel.id);
    let was = panel.open;
    panel.addEventListener("toggle", () => {
      // The first one only tells how it was opened.
      if (panel.open === was) return;
      was = panel.open;
      chosen[panel.id] = was;
      settings.set("panels", chosen);
    });
  }
}
