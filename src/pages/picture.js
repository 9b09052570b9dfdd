// @ts-check

/** What was shown is kept for at most this long, seconds. */
const KEEP_SECONDS = 30;
const KEEP_AT_LEAST_SECONDS = 10;

/** How the library sees what brings the bytes: here the page does. */
const IDLE = 0;
const READING = 2;
const DONE = 4;

/** One FLV stream on its way into a video element: mpegts.js makes of it what browsers play. */
export class Picture {
  #player;
  #feed = new Feed();
  #video;
  #onError;

  /**
   * @param {HTMLVideoElement} video
   * @param {boolean} hasAudio - false to leave the sound out
   * @param {(isCodec: boolean) => void} onFail - told at most once; whether it is the codec that cannot be played
   */
  constructor(video, hasAudio, onFail) {
    this.#video = video;
    const feed = this.#feed;
    function PageLoader() {
      return feed; // the library wants to make it, and the page to have it
    }
    const source = { type: 'flv', isLive: true, url: 'page', ...(hasAudio ? {} : { hasAudio }) };
    this.#player = mpegts.createPlayer(source, {
      customLoader: /** @type {any} */ (PageLoader),
      enableStashBuffer: false,
      lazyLoad: false,
      autoCleanupSourceBuffer: true,
      autoCleanupMaxBackwardDuration: KEEP_SECONDS,
      autoCleanupMinBackwardDuration: KEEP_AT_LEAST_SECONDS,
    });
    let hasFailed = false;
    const fail = (/** @type {boolean} */ isCodec) => {
      if (hasFailed) return;
      hasFailed = true;
      queueMicrotask(() => onFail(isCodec)); // not while the library is in the middle of it
    };
    this.#onError = () => fail(video.error?.code === MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED);
    video.addEventListener('error', this.#onError);
    this.#player.on(mpegts.Events.ERROR, (_type, detail, info) => {
      const isRefusedByBrowser = info?.code === DOMException.NOT_SUPPORTED_ERR;
      fail(detail === mpegts.ErrorDetails.MEDIA_CODEC_UNSUPPORTED || isRefusedByBrowser);
    });
    this.#player.attachMediaElement(video);
    this.#player.load();
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes - the next of the stream */
  push(bytes) {
    this.#feed.push(bytes);
  }

  /** Takes the picture off the video element. */
  destroy() {
    this.#video.removeEventListener('error', this.#onError);
    this.#player.destroy();
  }
}

/** What the library calls a loader. */
class Feed {
  type = 'page';
  status = IDLE;
  needStashBuffer = false;
  /** @type {((bytes: ArrayBuffer, byteStart: number, received: number) => void) | null} */
  onDataArrival = null;
  /** Not used: the page knows the end of the stream first. */
  onContentLengthKnown = null;
  onURLRedirect = null;
  onComplete = null;
  onError = null;
  #received = 0;
  /** What came before the library was ready for it. @type {Uint8Array<ArrayBuffer>[]} */
  #early = [];

  open() {
    this.status = READING;
    for (const bytes of this.#early.splice(0)) this.push(bytes);
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  push(bytes) {
    if (this.status === IDLE) this.#early.push(bytes);
    if (this.status !== READING) return;
    const start = this.#received;
    this.#received += bytes.length;
    const isWhole = bytes.length === bytes.buffer.byteLength;
    this.onDataArrival?.(isWhole ? bytes.buffer : bytes.slice().buffer, start, this.#received);
  }

  isWorking() {
    return this.status === READING;
  }

  abort() {
    this.status = DONE;
  }

  destroy() {
    this.status = DONE;
    this.onDataArrival = null;
  }
}
