/** Rows of the watch list are put in order with the pointer: a row is dropped above another one. */

/**
 * `options.keyOf(line)`: The key of what a row element shows.
 * `options.movable()`: Whether the rows stand in the list's own order.
 * `options.move(key, before)`: `before` is undefined for the end.
 */
export function listenDrag(body, { keyOf, movable, move }) {
  let dragged;
  let over;

  const lineOf = (event) => event.target.closest?.(".row");

  function mark(line) {
    if (over === line) return;
    delete over?.dataset.drop;
    over = line;
    if (over) over.dataset.drop = "";
  }

  body.addEventListener("pointerdown", (event) => {
    const line = lineOf(event);
    // A finger scrolls.
    if (line) line.draggable = event.pointerType === "mouse" && movable();
  });
  body.addEventListener("dragstart", (event) => {
    dragged = keyOf(lineOf(event));
    if (dragged === undefined) return event.preventDefault();
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged);
  });
  body.addEventListener("dragover", (event) => {
    if (dragged === undefined) return;
    event.preventDefault();
    mark(lineOf(event));
  });
  body.addEventListener("drop", (event) => {
    if (dragged === undefined) return;
    event.preventDefault();
    move(dragged, keyOf(lineOf(event)));
  });
  body.addEventListener("dragend", () => {
    dragged = undefined;
    mark(undefined);
  });
}
