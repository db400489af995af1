// The scan in OpenSeadragon, with boxes and readings drawn over it.

import { tileSource } from "./data.js";
import { svg } from "./dom.js";
import { BoxDrawing } from "./drawing.js";
import { say } from "./messages.js";
import { shape, usualSize } from "./shapes.js";

const { OpenSeadragon } = window;
const LEGIBLE = 28; // pixels of the screen; a smaller character is enlarged when it is jumped to
const ENLARGED = 52; // to so many, if twelve of its size still fit
const MARGIN = 0.12; // of the view: nearer to its edge, a character is moved to the middle

export class Scan {
  /**
   * @param {HTMLElement} element holds it
   * @param {Object} page
   * @param {{onselect: function(number|null), onhover: function(number|null, number, number),
   *   ondraw: function(number[]), onmissing: function()}} listeners
   */
  constructor(element, page, listeners) {
    this.characters = [];
    this.shapes = [];
    this.selected = null;
    this.layer = svg("g");
    this.svg = svg("svg", { class: "overlay", "aria-hidden": "true" }, this.layer);
    this.viewer = OpenSeadragon({ element, tileSources: tileSource(page), ...SETTINGS, animationTime: animationTime() });
    this.viewer.canvas.append(this.svg);
    this.viewer.canvas.setAttribute("role", "application");
    this.viewer.canvas.setAttribute("aria-label", say("scan"));
    this.drawing = new BoxDrawing(this, page, listeners.ondraw);
    this.listen(listeners);
  }

  listen({ onselect, onhover, onmissing }) {
    const { viewer } = this;
    for (const name of ["open", "update-viewport", "resize"]) viewer.addHandler(name, () => this.follow());
    // The first choice opens the panel below, and the scan gets smaller.
    viewer.addHandler("after-resize", () => requestAnimationFrame(() => {
      if (this.selected !== null) this.show(this.characters[this.selected].box);
    }));
    viewer.addHandler("canvas-click", (event) => {
      if (event.quick) onselect(this.at(event.position));
    });
    // Letters are the page's own shortcuts; arrows and + - 0 stay OpenSeadragon's while it has the focus.
    viewer.addHandler("canvas-key", (event) => {
      if (/^[a-z]$/i.test(event.originalEvent.key)) event.preventDefaultAction = true;
    });
    let reported = false;
    for (const name of ["open-failed", "tile-load-failed"]) {
      viewer.addHandler(name, () => {
        if (!reported) onmissing();
        reported = true;
      });
    }
    viewer.canvas.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "mouse" || event.buttons) return onhover(null);
      const { left, top } = viewer.canvas.getBoundingClientRect();
      return onhover(this.at(new OpenSeadragon.Point(event.clientX - left, event.clientY - top)), event.clientX, event.clientY);
    });
    viewer.canvas.addEventListener("pointerleave", () => onhover(null));
  }

  /** Draw all characters anew. */
  draw(characters, hits, selected) {
    this.characters = characters;
    this.size = usualSize(characters);
    this.shapes = characters.map((character, index) => shape(character, hits.has(index), this.size));
    this.layer.replaceChildren(...this.shapes);
    this.select(selected, false);
    this.follow();
  }

  /** Mark one character and, if asked for, bring it into view. */
  select(index, show) {
    this.layer.querySelector(".selected")?.classList.remove("selected");
    this.selected = index;
    if (index === null) return;
    this.shapes[index].classList.add("selected");
    this.layer.append(this.shapes[index]); // on top of its neighbours
    if (show) this.show(this.characters[index].box);
  }

  show([x, y, width, height]) {
    const { viewport } = this.viewer;
    if (!viewport || !this.item) return;
    const around = this.item.imageToViewportRectangle(x, y, width, height);
    const bounds = viewport.getBounds();
    const screen = viewport.getContainerSize();
    const isLegible = (around.height / bounds.height) * screen.y > LEGIBLE;
    const center = around.getCenter();
    if (!isLegible) {
      const near = Math.min(12, Math.min(screen.x, screen.y) / ENLARGED);
      const size = this.item.imageToViewportRectangle(0, 0, this.size, this.size).width * near;
      viewport.fitBounds(new OpenSeadragon.Rect(center.x - size / 2, center.y - size / 2, size, size));
    } else if (!isInside(bounds, center)) viewport.panTo(center);
  }

  zoom(factor) {
    this.viewer.viewport.zoomBy(factor).applyConstraints();
  }

  whole() {
    this.viewer.viewport.goHome();
  }

  close() {
    this.viewer.destroy();
  }

  get item() {
    return this.viewer.world.getItemAt(0);
  }

  /** Keep the drawing on the picture while it moves. */
  follow() {
    const { item, viewer } = this;
    if (!item || !viewer.viewport) return;
    const origin = viewer.viewport.pixelFromPoint(item.imageToViewportCoordinates(0, 0, true), true);
    const scale = item.viewportToImageZoom(viewer.viewport.getZoom(true));
    this.layer.setAttribute("transform", `translate(${origin.x} ${origin.y}) scale(${scale})`);
    // Thin lines on small characters, thick ones on large.
    this.svg.style.setProperty("--pen", `${Math.min(1.6, Math.max(0.4, (this.size * scale) / 22))}px`);
  }

  /** The character at a point of the element; of several, that with the nearest middle. */
  at(point) {
    if (!this.item) return null;
    const { x, y } = this.item.viewerElementToImageCoordinates(point);
    let best = null;
    let bestDistance = Infinity;
    this.characters.forEach(({ box: [left, top, width, height] }, index) => {
      const distance = Math.max(Math.abs(x - left - width / 2) / width, Math.abs(y - top - height / 2) / height);
      if (distance <= 0.5 && distance < bestDistance) [best, bestDistance] = [index, distance];
    });
    return best;
  }
}

const SETTINGS = {
  drawer: "canvas",
  showNavigationControl: false,
  visibilityRatio: 0.4,
  minZoomImageRatio: 0.8,
  maxZoomPixelRatio: 4,
  gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
  gestureSettingsTouch: { clickToZoom: false, dblClickToZoom: true },
  gestureSettingsPen: { clickToZoom: false, dblClickToZoom: true },
};

function animationTime() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 0.6;
}

function isInside({ x, y, width, height }, point) {
  const across = (point.x - x) / width;
  const down = (point.y - y) / height;
  return Math.min(across, down) > MARGIN && Math.max(across, down) < 1 - MARGIN;
}
