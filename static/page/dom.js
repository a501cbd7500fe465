/** What the page does to its document in many places. Text goes in as text; nothing is read as HTML. */

/** @param {string} id Of an element that stands in `client.html`. @returns {any} */
export function byId(id) {
  return document.getElementById(id);
}

/**
 * @param {string} tag
 * @param {string} [className]
 * @param {Element} [parent] Gets it as its last child.
 * @returns {any}
 */
export function element(tag, className, parent) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  parent?.append(made);
  return made;
}

/** Text that is written only when it has changed: a thousand rows write on every frame. */
export function textCell(parent, className = undefined) {
  const node = document.createTextNode("");
  const holder = className === undefined ? parent : element("span", className, parent);
  holder.append(node);
  let shown = "";
  return (text) => {
    if (text === shown) return;
    shown = text;
    node.data = text;
  };
}

/** A `data-` attribute that is written only when it has changed. */
export function dataCell(target, name) {
  let shown;
  return (value) => {
    if (value === shown) return;
    shown = value;
    target.dataset[name] = value;
  };
}

/** Writes the text of an element where it has changed. */
export function put(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** A choice of a `select`. */
export function option(value, text, parent = undefined) {
  const made = element("option", "", parent);
  made.value = value;
  made.textContent = text;
  return made;
}

export function span(className, text, parent) {
  const made = element("span", className, parent);
  made.textContent = text;
  return made;
}
