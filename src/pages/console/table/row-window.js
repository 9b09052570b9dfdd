// @ts-check

/** Rows kept ready above and below those that can be seen. */
const SPARE_ROWS = 6;

/**
 * A row on the page, which shows one entry after another.
 * @template Row
 * @typedef {object} RowView
 * @property {HTMLElement} element
 * @property {(row: Row, index: number) => void} update
 */

/**
 * Shows as many rows of a long list as can be seen. An entry keeps its element, and with it the focus, for as long as it is shown;
 * only one row is a stop of the Tab key, and the arrow keys go from there.
 * @template Row
 */
export class RowWindow {
  #scroller;
  #body;
  #ruler;
  #head;
  #keyOf;
  #makeView;
  /** @type {readonly Row[]} */
  #rows = [];
  /** @type {Map<string, RowView<Row>>} */
  #shown = new Map();
  /** @type {RowView<Row>[]} */
  #spare = [];
  #rowHeight = 0;
  #height = 0;
  #headHeight = 0;
  #top = 0;
  #isAsked = false;
  /** Key of the row that Tab goes to. */
  #current = '';

  /**
   * @param {{ scroller: HTMLElement, head: HTMLElement, body: HTMLElement, ruler: HTMLElement }} parts - the ruler is as high as a row
   * @param {(row: Row) => string} keyOf
   * @param {() => RowView<Row>} makeView
   */
  constructor({ scroller, head, body, ruler }, keyOf, makeView) {
    this.#scroller = scroller;
    this.#head = head;
    this.#body = body;
    this.#ruler = ruler;
    this.#keyOf = keyOf;
    this.#makeView = makeView;
    scroller.addEventListener('scroll', () => this.#ask(), { passive: true });
    body.addEventListener('keydown', (event) => this.#onKey(event));
    body.addEventListener('focusin', (event) => this.#onFocus(event));
    const sizes = new ResizeObserver(() => this.#ask());
    for (const part of [scroller, ruler, head]) sizes.observe(part);
  }

  /** Shows these from now on. @param {readonly Row[]} rows */
  show(rows) {
    this.#rows = rows;
    this.#render();
  }

  /** Whether somebody is at work in the rows, with the keyboard or a pointer. */
  get isInUse() {
    return this.#body.matches(':hover') || this.#body.contains(document.activeElement);
  }

  /** Has it measured and shown again with the next picture. */
  #ask() {
    if (this.#isAsked) return;
    this.#isAsked = true;
    requestAnimationFrame(() => {
      this.#isAsked = false;
      this.#measure();
      this.#render();
    });
  }

  #measure() {
    this.#rowHeight = this.#ruler.offsetHeight;
    this.#headHeight = this.#head.offsetHeight;
    this.#height = this.#scroller.clientHeight;
    this.#top = this.#scroller.scrollTop;
  }

  #render() {
    const height = this.#rowHeight;
    const { length } = this.#rows;
    this.#body.style.height = `${length * height}px`;
    if (height === 0) return; // not laid out yet
    const lastTop = Math.max(0, length * height + this.#headHeight - this.#height);
    const top = Math.min(this.#top, lastTop);
    const first = Math.max(0, Math.floor(top / height) - SPARE_ROWS);
    const end = Math.min(length, Math.ceil((top + this.#height) / height) + SPARE_ROWS);
    const focused = this.#focusedKey();
    const wanted = this.#indexesOf(first, end, focused);
    this.#letGo(wanted, focused);
    this.#place(wanted, focused);
    this.#setTabStop(wanted);
  }

  /**
   * Keys of the rows to be shown, with their places in the list: those in the window, and that which has the focus, wherever it is.
   * @param {number} first @param {number} end @param {string | undefined} focused
   */
  #indexesOf(first, end, focused) {
    /** @type {Map<string, number>} */
    const wanted = new Map();
    for (let index = first; index < end; index++) wanted.set(this.#keyAt(index), index);
    if (focused === undefined || wanted.has(focused)) return wanted;
    const index = this.#rows.findIndex((row) => this.#keyOf(row) === focused);
    if (index < 0) return wanted;
    return index < first ? new Map([[focused, index], ...wanted]) : wanted.set(focused, index);
  }

  /** @param {Map<string, number>} wanted @param {string | undefined} focused */
  #letGo(wanted, focused) {
    for (const [key, view] of this.#shown) {
      if (wanted.has(key)) continue;
      if (key === focused) this.#scroller.focus({ preventScroll: true }); // the entry has gone: its neighbours are near
      view.element.remove();
      this.#shown.delete(key);
      this.#spare.push(view);
    }
  }

  /** @param {Map<string, number>} wanted @param {string | undefined} focused */
  #place(wanted, focused) {
    let next = this.#body.firstElementChild;
    for (const [key, index] of wanted) {
      const view = this.#shown.get(key) ?? this.#spare.pop() ?? this.#makeView();
      const { element } = view;
      this.#shown.set(key, view);
      if (element.dataset['key'] !== key) element.dataset['key'] = key;
      const row = this.#rows[index];
      if (row !== undefined) view.update(row, index);
      const place = `translateY(${index * this.#rowHeight}px)`;
      if (element.style.transform !== place) element.style.transform = place;
      // an element that is moved loses the focus, so the others make way
      while (key === focused && next !== null && next !== element) {
        const gone = next;
        next = next.nextElementSibling;
        gone.remove();
      }
      if (next === element) next = next.nextElementSibling;
      else this.#body.insertBefore(element, next);
    }
  }

  /** @param {Map<string, number>} wanted */
  #setTabStop(wanted) {
    const [first = ''] = wanted.keys();
    const stop = wanted.has(this.#current) ? this.#current : first;
    for (const [key, { element }] of this.#shown) {
      const tabIndex = key === stop ? 0 : -1;
      for (const button of element.getElementsByTagName('button')) {
        if (button.tabIndex !== tabIndex) button.tabIndex = tabIndex;
      }
    }
  }

  /** @param {number} index */
  #keyAt(index) {
    const row = this.#rows[index];
    return row === undefined ? '' : this.#keyOf(row);
  }

  #focusedKey() {
    const { activeElement } = document;
    return activeElement === null || !this.#body.contains(activeElement)
      ? undefined
      : keyOfRow(activeElement);
  }

  /** @param {FocusEvent} event */
  #onFocus({ target }) {
    if (target instanceof Element) this.#current = keyOfRow(target) ?? this.#current;
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const key = this.#focusedKey();
    const from = this.#rows.findIndex((row) => this.#keyOf(row) === key);
    const to = this.#target(event.key, from);
    if (from < 0 || to === undefined) return;
    event.preventDefault();
    const name = /** @type {HTMLElement} */ (event.target).dataset['act'];
    this.#reveal(to);
    this.#current = this.#keyAt(to);
    this.#render();
    const row = this.#shown.get(this.#current)?.element;
    const button = row?.querySelector(`[data-act="${name}"]`);
    if (button instanceof HTMLElement) button.focus({ preventScroll: true });
  }

  /** @param {string} key @param {number} from */
  #target(key, from) {
    const page = Math.max(1, Math.floor(this.#height / this.#rowHeight) - 1);
    const steps = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -from,
      End: this.#rows.length,
    };
    const step = /** @type {Readonly<Record<string, number>>} */ (steps)[key];
    return step === undefined ? undefined : Math.min(this.#rows.length - 1, Math.max(0, from + step));
  }

  /** @param {number} index */
  #reveal(index) {
    const above = index * this.#rowHeight;
    const below = above + this.#rowHeight + this.#headHeight - this.#height;
    if (above < this.#top) this.#scroller.scrollTop = above;
    else if (below > this.#top) this.#scroller.scrollTop = below;
    this.#top = this.#scroller.scrollTop;
  }
}

/** @param {Element} element */
function keyOfRow(element) {
  const row = element.closest('[data-key]');
  return row instanceof HTMLElement ? row.dataset['key'] : undefined;
}
