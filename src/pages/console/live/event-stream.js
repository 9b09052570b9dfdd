// @ts-check

/** An event that never ends is no event, characters. */
const MAX_EVENT_CHARACTERS = 8 * 2 ** 20;

/**
 * @typedef {object} ServerSentEvent
 * @property {string} type
 * @property {string} data
 */

/**
 * Reads server-sent events from text as it comes, cut anywhere.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class EventStreamReader {
  /** The id of the latest event that had one, to go on after it; empty before. */
  lastEventId = '';
  #rest = '';
  #type = '';
  /** @type {string[]} */
  #data = [];
  #characters = 0;

  /**
   * Gives the events that are complete with this text.
   * @param {string} text
   * @returns {Generator<ServerSentEvent>}
   */
  *read(text) {
    const all = this.#rest + text;
    let start = 0;
    for (let end = lineEnd(all, start); end !== undefined; end = lineEnd(all, start)) {
      const line = all.slice(start, end.at);
      start = end.next;
      if (line === '') yield* this.#dispatch();
      else this.#field(line);
    }
    this.#rest = all.slice(start);
    if (this.#characters + this.#rest.length > MAX_EVENT_CHARACTERS) throw new Error('an event without end');
  }

  /** @param {string} line */
  #field(line) {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') this.#type = value;
    else if (name === 'id' && !value.includes('\0')) this.lastEventId = value;
    else if (name === 'data') {
      this.#data.push(value);
      this.#characters += value.length;
    }
  }

  *#dispatch() {
    const event = { type: this.#type || 'message', data: this.#data.join('\n') };
    const isSomething = this.#data.length > 0;
    this.#type = '';
    this.#data = [];
    this.#characters = 0;
    if (isSomething) yield event;
  }
}

/**
 * Where the line that starts here ends, and where the next begins; undefined until all of that is there.
 * @param {string} text @param {number} start
 */
function lineEnd(text, start) {
  const feed = text.indexOf('\n', start);
  const line = feed < 0 ? text.slice(start) : text.slice(start, feed);
  const carriage = line.indexOf('\r');
  if (carriage < 0) return feed < 0 ? undefined : { at: feed, next: feed + 1 };
  const at = start + carriage;
  if (at + 1 === text.length) return undefined; // a line feed may follow
  return { at, next: text[at + 1] === '\n' ? at + 2 : at + 1 };
}
