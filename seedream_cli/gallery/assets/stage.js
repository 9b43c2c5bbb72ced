// Up to four pictures side by side, zoomed and panned as one.

const CLOSEST = 16;

class Stage {
  /**
   * @param {Element} place - where the pictures go.
   * @param {(step: number) => void} swipe - called with -1 or 1 where a finger wipes over a picture that is not zoomed.
   * @param {(position: number) => void} choose - called with the position of a picture that is clicked.
   */
  constructor(place, { swipe = () => {}, choose = () => {} } = {}) {
    this.place = place;
    this.swipe = swipe;
    this.choose = choose;
    this.fingers = new Map();
    this.fit();
  }

  /** Show drafts; `describe` makes what stands below each, `alt` the words in a picture's place. */
  show(drafts, { describe = () => null, alt = (draft) => draft.prompt } = {}) {
    this.place.replaceChildren(...drafts.map((draft, position) => {
      const view = element("div", { class: "view" }, this.picture(draft, alt(draft, position)));
      this.listen(view, position);
      const caption = describe(draft, position);
      return element("figure", { class: "pane" }, view, caption && element("figcaption", {}, caption));
    }));
    this.fit();
  }

  picture(draft, alt) {
    const full = pictureUrl(draft, "full");
    const thumb = pictureUrl(draft, "thumb");
    if (!full && !thumb) return why(draft);
    const image = element("img", { src: full ?? thumb, alt, draggable: "false" });
    image.addEventListener("error", () => {
      if (thumb && image.getAttribute("src") !== thumb) image.src = thumb;
      else image.replaceWith(element("span", { class: "why" }, "the picture is missing, or is no longer what was drawn"));
    });
    return image;
  }

  setCurrent(position) {
    [...this.place.children].forEach((pane, index) => {
      pane.classList.toggle("current", this.place.children.length > 1 && index === position);
    });
  }

  fit() {
    this.scale = 1;
    this.x = this.y = 0; // of the pictures' top left corner, in widths and heights of their panes
    this.apply();
  }

  apply() {
    const least = 1 - this.scale;
    this.x = Math.min(0, Math.max(least, this.x));
    this.y = Math.min(0, Math.max(least, this.y));
    for (const image of this.place.querySelectorAll(".view img")) {
      image.style.transform = `translate(${this.x * 100}%, ${this.y * 100}%) scale(${this.scale})`;
    }
  }

  /** Zoom by a factor about a point of the pane, given in its widths and heights. */
  zoom(factor, x = 0.5, y = 0.5) {
    const scale = Math.min(CLOSEST, Math.max(1, this.scale * factor));
    this.x = x - ((x - this.x) * scale) / this.scale;
    this.y = y - ((y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.apply();
  }

  pan(x, y) {
    this.x += x;
    this.y += y;
    this.apply();
  }

  listen(view, position) {
    const within = (event) => {
      const box = view.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    };
    view.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 400), ...within(event));
    }, { passive: false });
    view.addEventListener("dblclick", (event) => {
      if (this.scale > 1) this.fit();
      else this.zoom(3, ...within(event));
    });
    view.addEventListener("pointerdown", (event) => {
      view.setPointerCapture(event.pointerId);
      this.fingers.set(event.pointerId, { at: within(event), from: within(event) });
    });
    view.addEventListener("pointermove", (event) => this.drag(event, within(event)));
    view.addEventListener("pointercancel", (event) => this.fingers.delete(event.pointerId));
    view.addEventListener("pointerup", (event) => this.lift(event, within(event), position));
  }

  drag(event, at) {
    const finger = this.fingers.get(event.pointerId);
    if (!finger) return;
    const other = [...this.fingers.entries()].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const span = (one) => Math.hypot(one[0] - other.at[0], one[1] - other.at[1]) || 0.01;
      this.zoom(span(at) / span(finger.at), (at[0] + other.at[0]) / 2, (at[1] + other.at[1]) / 2);
      other.pinched = finger.pinched = true;
    } else {
      this.pan(at[0] - finger.at[0], at[1] - finger.at[1]);
    }
    finger.at = at;
  }

  lift(event, at, position) {
    const finger = this.fingers.get(event.pointerId);
    this.fingers.delete(event.pointerId);
    if (!finger || finger.pinched) return;
    const across = at[0] - finger.from[0];
    const moved = Math.hypot(across, at[1] - finger.from[1]);
    if (moved < 0.02) this.choose(position);
    else if (event.pointerType === "touch" && this.scale === 1 && Math.abs(across) > 0.2) this.swipe(across < 0 ? 1 : -1);
  }
}
