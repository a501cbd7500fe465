/** On a narrow screen the details are a sheet over the list, and Back closes it instead of leaving the page. */

/**
 * `options.narrow()`: Whether it is a sheet now. `options.close`: The user has gone back.
 * `options.pages`: As `history`. `options.target`: Where `popstate` is told.
 */
export function createSheet({ narrow, close, pages, target }) {
  /** There is an entry of the history that stands for the open sheet. */
  let entered = false;

  target.addEventListener("popstate", () => {
    if (!entered) return;
    entered = false;
    close();
  });

  return {
    /** @param key Of the row that is looked at, or undefined. */
    shows(key) {
      if (key !== undefined && !entered && narrow()) {
        entered = true;
        pages.pushState({ sheet: true }, "");
      } else if (key === undefined && entered) {
        entered = false;
        pages.back();
      }
    },
  };
}
