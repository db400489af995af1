// A box that a person draws on the scan, around a character that was missed.

import { svg } from "./dom.js";

const SMALLEST = 4; // pixels of the page: less is a click

export class BoxDrawing {
  /**
   * @param {Scan} scan
   * @param {{width: number, height: number}} page
   * @param {function(number[])} ondraw gets x, y, width and height in whole pixels of the page
   */
  constructor(scan, page, ondraw) {
    Object.assign(this, { scan, page, ondraw, isOn: false, start: null });
    this.node = svg("rect", { class: "drawn" });
    const { viewer } = scan;
    viewer.addHandler("canvas-press", ({ position }) => {
      if (this.isOn && scan.item) this.start = this.place(position);
    });
    viewer.addHandler("canvas-drag", (event) => {
      if (!this.start) return;
      event.preventDefaultAction = true;
      this.draw(this.boxTo(event.position));
    });
    viewer.addHandler("canvas-drag-end", (event) => {
      event.preventDefaultAction = this.isOn; // no flick
      if (this.start) this.finish(this.boxTo(event.position));
    });
  }

  /** Begin to draw the next box, or do not. */
  toggle(on = !this.isOn) {
    this.isOn = on;
    this.start = null;
    this.node.remove();
    this.scan.viewer.element.classList.toggle("drawing", on);
    document.getElementById("add")?.setAttribute("aria-pressed", String(on));
  }

  finish(box) {
    if (Math.min(box[2], box[3]) < SMALLEST) return;
    this.toggle(false);
    requestAnimationFrame(() => this.ondraw(box)); // OpenSeadragon takes the focus first
  }

  draw([x, y, width, height]) {
    for (const [name, value] of Object.entries({ x, y, width, height })) this.node.setAttribute(name, value);
    this.scan.layer.append(this.node);
  }

  boxTo(position) {
    const end = this.place(position);
    const [left, right] = [this.start[0], end[0]].sort((a, b) => a - b);
    const [top, bottom] = [this.start[1], end[1]].sort((a, b) => a - b);
    return [left, top, right - left, bottom - top];
  }

  /** The whole pixel of the page at a point of the element. */
  place(position) {
    const { x, y } = this.scan.item.viewerElementToImageCoordinates(position);
    const within = (value, end) => Math.min(Math.max(Math.round(value), 0), end);
    return [within(x, this.page.width), within(y, this.page.height)];
  }
}
