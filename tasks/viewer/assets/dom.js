// Elements from data. Names and texts only ever become text nodes and attributes, never markup.

/**
 * Make an element.
 * @param {string} tag
 * @param {Object} properties attributes; `onname` adds a listener, `vars` sets CSS variables,
 *   null and false leave an attribute out.
 * @param {...(Node|string|null|Array)} children
 */
export function element(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

function fill(node, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "vars") setVariables(node, value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...present(children));
  return node;
}

/** What a condition leaves out is null. */
function present(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined);
}

/** Give a node other children. */
export function refill(node, ...children) {
  node.replaceChildren(...present(children));
}

function setVariables(node, variables) {
  for (const [name, value] of Object.entries(variables)) node.style.setProperty(name, value);
}

/** A line icon, drawn on a grid of 24; it is decoration, the button around it has the name. */
export function icon(path) {
  return svg("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" }, svg("path", { d: path }));
}

export function button(label, path, onclick, properties = {}) {
  return element(
    "button",
    { type: "button", class: "tool", title: label, "aria-label": label, onclick, ...properties },
    icon(path),
  );
}

let noticeTimer = 0;

/** Say something briefly, to screen readers too. */
export function notify(text) {
  const notice = document.getElementById("notice");
  notice.replaceChildren(text);
  notice.classList.add("shown");
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => notice.classList.remove("shown"), 6000);
}
