// @ts-check

/** A WebSocket that is not open after this time is taken for blocked, milliseconds. */
const OPEN_MS = 4000;

/** An answer to where the stream is that takes longer is none, milliseconds. */
const RESOLVE_MS = 8000;

/** The close code that means a status of HTTP is that much larger. */
const CODE_OF_STATUS = 4000;
const CLOSE_NORMAL = 1000;

/**
 * How a connection ended: the stream has `ended`, the server said `no` with a status of HTTP and a sentence, there is `nobody` who
 * would serve the visitor, or it was `lost`.
 * @typedef {{ readonly how: 'ended' } | { readonly how: 'lost' } | { readonly how: 'no', readonly status: number, readonly sentence: string } | { readonly how: 'nobody', readonly sentence: string }} Ending
 */

/**
 * Where a stream is.
 * @typedef {object} Place
 * @property {URL} url - where it would be over HTTP if it was where the page is, with what the visitor shows
 * @property {string} key
 * @property {string | undefined} resolveAt - where it is asked each time at which server it is; without it, it is where the page is
 */

/** Fetches one stream as FLV: over WebSocket, or over plain HTTP where WebSocket does not get through. */
export class StreamConnection {
  /** Whether WebSocket has failed where HTTP did not: it is not tried again on this page. */
  static isWebSocketBlocked = false;

  /** What carries the stream. @type {'WebSocket' | 'HTTP'} */
  transport = 'WebSocket';
  #place;
  #onBytes;
  #onEnd;
  /** Once it is aborted nothing is told any more. */
  #life = new AbortController();

  /**
   * @param {Place} place
   * @param {(bytes: Uint8Array<ArrayBuffer>) => void} onBytes
   * @param {(ending: Ending) => void} onEnd - nothing comes after it
   */
  constructor(place, onBytes, onEnd) {
    this.#place = place;
    this.#onBytes = onBytes;
    this.#onEnd = onEnd;
    if (StreamConnection.isWebSocketBlocked) void this.#openHttp();
    else void this.#openWebSocket();
  }

  /** Nothing is told any more. */
  close() {
    this.#life.abort();
  }

  async #openWebSocket() {
    const url = await this.#find('ws');
    if (url === undefined) return;
    /** @type {WebSocket} */
    let socket;
    try {
      socket = new WebSocket(url);
    } catch {
      void this.#openHttp();
      return;
    }
    const { signal } = this.#life;
    signal.addEventListener('abort', () => socket.close());
    socket.binaryType = 'arraybuffer';
    let isOpen = false;
    const impatience = setTimeout(() => socket.close(), OPEN_MS);
    socket.onopen = () => {
      isOpen = true;
      clearTimeout(impatience);
    };
    socket.onmessage = ({ data }) => {
      if (data instanceof ArrayBuffer) this.#receive(new Uint8Array(data));
    };
    socket.onclose = ({ code, reason }) => {
      clearTimeout(impatience);
      if (signal.aborted) return;
      if (!isOpen) void this.#openHttp();
      else if (code === CLOSE_NORMAL) this.#end({ how: 'ended' });
      else if (code < CODE_OF_STATUS) this.#end({ how: 'lost' });
      else this.#end({ how: 'no', status: code - CODE_OF_STATUS, sentence: reason });
    };
  }

  async #openHttp() {
    this.transport = 'HTTP';
    const { signal } = this.#life;
    const url = await this.#find('http');
    if (url === undefined) return;
    try {
      const options = /** @type {const} */ ({ cache: 'no-store', referrerPolicy: 'no-referrer', signal });
      const response = await fetch(url, options);
      StreamConnection.isWebSocketBlocked = true; // the server is there, so it is the way that was not
      if (!response.ok) {
        const sentence = (await response.text()).trim();
        this.#end({ how: 'no', status: response.status, sentence });
        return;
      }
      await response.body?.pipeTo(new WritableStream({ write: (bytes) => this.#receive(bytes) }));
      this.#end({ how: 'ended' });
    } catch {
      this.#end({ how: 'lost' });
    }
  }

  /**
   * Where the stream is now; undefined where that is not to be had, which has been told.
   * @param {'ws' | 'http'} scheme
   */
  async #find(scheme) {
    const { url: here, key, resolveAt } = this.#place;
    const full = here.protocol.replace('http', scheme);
    if (resolveAt === undefined) return new URL(here.href.replace(here.protocol, full));
    const protocol = full.replace(':', '-flv');
    const more = here.search.replace('?', '&');
    const { signal } = this.#life;
    try {
      const response = await fetch(
        `${resolveAt}?stream=${encodeURIComponent(key)}&protocol=${protocol}${more}`,
        {
          cache: 'no-store',
          signal: AbortSignal.any([signal, AbortSignal.timeout(RESOLVE_MS)]),
        },
      );
      const { url = '', message: sentence = '' } = await response.json();
      if (response.ok) return new URL(url);
      this.#end(
        response.status === 404
          ? { how: 'nobody', sentence }
          : { how: 'no', status: response.status, sentence },
      );
    } catch {
      this.#end({ how: 'lost' });
    }
    return undefined;
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  #receive(bytes) {
    if (!this.#life.signal.aborted) this.#onBytes(bytes);
  }

  /** @param {Ending} ending */
  #end(ending) {
    if (this.#life.signal.aborted) return;
    this.close();
    this.#onEnd(ending);
  }
}
