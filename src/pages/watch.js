// @ts-check
import { StreamConnection } from './connection.js';
import { showFacts, showName, showNotice } from './facts.js';
import { FlvProbe } from './flv-probe.js';
import { LiveEdge } from './live-edge.js';
import { Meter } from './meter.js';
import { Picture } from './picture.js';
import { element, Stage } from './stage.js';

const TICK_MS = 200;
const FACTS_MS = 1000;

/** Between two tries, milliseconds: less the last part by chance, since a thousand others try as well. */
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 10_000;
/** Where trying again can hardly help, milliseconds. */
const RARE_RETRY_MS = 30_000;
/** A try that lasted so long was none in vain, milliseconds. */
const GOOD_TRY_MS = 4000;

/** How long the page says nothing of these, milliseconds. */
const WAITING_AFTER_MS = 600;
const BUFFERING_AFTER_MS = 500;
const INTERRUPTED_AFTER_MS = 1500;
/** Media arrives and the picture stands still: it does not come back by itself, milliseconds. */
const STUCK_MS = 5000;
/** A stream that is stopped by hand is still received for so long, milliseconds. */
const KEEP_PAUSED_MS = 15_000;

/** @typedef {import('./connection.js').Ending} Ending */
/** @typedef {import('./flv-probe.js').Codec} Codec */
/** @typedef {import('./notices.js').WatchState} WatchState */

/** Plays one stream, again and again. */
class Watch {
  #place;
  #name;
  #stage = new Stage(() => this.#toggle());
  #video = this.#stage.video;
  #edge = new LiveEdge(this.#video);
  #meter = new Meter(this.#video);
  /** @type {WatchState} */
  #state = 'connecting';
  /** @type {StreamConnection | undefined} */
  #connection;
  #probe = new FlvProbe();
  /** What came before the codecs were known; undefined once they are. @type {Uint8Array<ArrayBuffer>[] | undefined} */
  #pending;
  /** Of this connection or, until that one has any, of one before. @type {Picture | undefined} */
  #picture;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pauseEnd;
  #retryMs = FIRST_RETRY_MS;
  #connectedAt = 0;
  #bytesAt = 0;
  #movedAt = 0;
  #time = 0;
  #wantsToPlay = true;
  #isPausedByHiding = false;

  /**
   * @param {import('./connection.js').Place} place - of the stream
   * @param {string} name - for people
   */
  constructor(place, name) {
    this.#place = place;
    this.#name = name;
    this.#video.addEventListener('pause', () => this.#onPause());
    this.#video.addEventListener('resize', () => this.#showFacts());
    element('again', HTMLButtonElement).addEventListener('click', () => this.#onButton());
    addEventListener('online', () => this.#resume());
    document.addEventListener('visibilitychange', () => this.#onVisibility());
    setInterval(() => this.#tick(), TICK_MS);
    setInterval(() => this.#showFacts(), FACTS_MS);
    this.#connect();
  }

  // --- the connection

  /** Connects by itself, if that is any good. */
  #resume() {
    if (this.#state !== 'refused' && this.#state !== 'over') this.#connect();
  }

  #connect() {
    this.#stop();
    this.#probe = new FlvProbe();
    this.#pending = [];
    this.#connectedAt = performance.now();
    if (!this.#isSaid) this.#show('connecting');
    this.#connection = new StreamConnection(
      this.#place,
      (bytes) => this.#onBytes(bytes),
      (ending) => this.#onEnd(ending),
    );
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  #onBytes(bytes) {
    const now = performance.now();
    if (now - this.#bytesAt > INTERRUPTED_AFTER_MS) this.#edge.jump();
    this.#bytesAt = now;
    this.#meter.receive(bytes.length);
    this.#probe.push(bytes);
    if (this.#pending === undefined) this.#picture?.push(bytes);
    else {
      this.#pending.push(bytes);
      if (this.#probe.isComplete) this.#begin(this.#pending);
    }
  }

  /** @param {Ending} ending */
  #onEnd(ending) {
    this.#connection = undefined;
    if (ending.how === 'ended') this.#tryAgain('ended');
    else if (ending.how === 'lost') this.#tryAgain(navigator.onLine ? 'lost' : 'offline');
    else if (ending.how === 'nobody') this.#tryAgain('refused', ending.sentence, RARE_RETRY_MS);
    else if (ending.status === 406) void this.#sendElsewhere();
    else if (ending.status === 404) this.#tryAgain(this.#state === 'ended' ? 'ended' : 'waiting');
    else if (ending.status === 429) this.#tryAgain('later', ending.sentence);
    else if (ending.status === 503) this.#tryAgain('busy', ending.sentence);
    else if (ending.status === 401 || ending.status === 403) this.#turnAway(ending.sentence);
    else this.#tryAgain('refused', ending.sentence, RARE_RETRY_MS);
  }

  /** What no browser plays is for other programs; another publisher may send something else. */
  async #sendElsewhere() {
    this.#tryAgain('elsewhere', '', RARE_RETRY_MS);
    try {
      const { showAddresses } = await import('./players/addresses.js');
      const said = element('said', HTMLElement);
      showAddresses(element('addresses', HTMLElement), this.#place.url, (text) => {
        said.textContent = text;
      });
    } catch {
      // the server has gone meanwhile: at the next try
    }
  }

  /** Who may not watch is not asked again with the same credentials: each time would count as a guess. @param {string} sentence */
  #turnAway(sentence) {
    this.#stop();
    this.#show(this.#pending === undefined ? 'over' : 'refused', sentence);
  }

  /**
   * @param {WatchState} state - what the page says until then
   * @param {string} [detail]
   * @param {number} [delayMs]
   */
  #tryAgain(state, detail, delayMs) {
    this.#stop();
    this.#show(state, detail);
    const isGood = performance.now() - this.#connectedAt > GOOD_TRY_MS;
    this.#retryMs = isGood ? FIRST_RETRY_MS : Math.min(MAX_RETRY_MS, this.#retryMs * 2);
    const ms = (delayMs ?? this.#retryMs) * (0.5 + Math.random() / 2);
    this.#retry = setTimeout(() => this.#connect(), ms);
  }

  // --- the picture

  /** @param {Uint8Array<ArrayBuffer>[]} pending */
  #begin(pending) {
    const { audio, video } = this.#probe;
    if (video === undefined ? !plays(audio) : !plays(video)) {
      this.#giveUp();
      return;
    }
    const hasAudio = plays(audio);
    this.#pending = undefined;
    this.#picture?.destroy();
    this.#edge.reset();
    this.#meter.reset();
    this.#time = -1;
    this.#movedAt = performance.now();
    this.#picture = new Picture(this.#video, hasAudio, (isCodec) => this.#onFail(isCodec));
    for (const bytes of pending) this.#picture.push(bytes);
    this.#stage.setSound(hasAudio && (audio !== undefined || !this.#probe.announced?.audio));
    if (this.#wantsToPlay) void this.#play();
  }

  /** @param {boolean} isCodec */
  #onFail(isCodec) {
    const isOnlySound = plays(this.#probe.video) && !plays(this.#probe.audio);
    if (isCodec && !isOnlySound) this.#giveUp();
    else this.#tryAgain('lost'); // without the sound, if that is what failed
  }

  #giveUp() {
    this.#picture?.destroy();
    this.#picture = undefined;
    const { audio, video } = this.#probe;
    const culprit = video === undefined ? audio : video;
    const kind = video === undefined ? 'audio' : 'video';
    this.#tryAgain(
      'unplayable',
      culprit === undefined ? '' : `${kind} codec, ${culprit.name}`,
      RARE_RETRY_MS,
    );
  }

  async #play() {
    try {
      await this.#video.play();
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return;
      this.#wantsToPlay = false;
      this.#show('blocked');
    }
  }

  // --- what the person does

  #onButton() {
    if (this.#state === 'blocked') this.#toggle();
    else this.#connect();
  }

  #toggle() {
    this.#wantsToPlay = !this.#wantsToPlay;
    clearTimeout(this.#pauseEnd);
    if (this.#wantsToPlay) {
      if (this.#connection === undefined) this.#connect();
      else this.#edge.jump();
      if (this.#picture !== undefined) void this.#play();
    } else {
      this.#video.pause();
      this.#pauseEnd = setTimeout(() => this.#stop(), KEEP_PAUSED_MS);
    }
  }

  /** Nothing comes any more; the picture stays. */
  #stop() {
    clearTimeout(this.#retry);
    this.#connection?.close();
    this.#connection = undefined;
  }

  /** Also by what is no button of ours: a key of the keyboard, or the system. */
  #onPause() {
    if (!this.#video.paused || this.#picture === undefined || !this.#wantsToPlay) return;
    if (document.hidden) this.#isPausedByHiding = true;
    else this.#toggle();
  }

  #onVisibility() {
    if (document.hidden) return;
    this.#edge.jump();
    if (this.#connection === undefined && this.#wantsToPlay) this.#resume();
    if (this.#isPausedByHiding && this.#wantsToPlay) void this.#play();
    this.#isPausedByHiding = false;
  }

  // --- what the page shows

  /** Whether the page says something that stays until there is a picture. */
  get #isSaid() {
    return this.#state === 'ended' || this.#state === 'unplayable' || this.#state === 'elsewhere';
  }

  #tick() {
    this.#edge.tick();
    this.#meter.tick();
    if (this.#connection === undefined) return;
    const now = performance.now();
    const quietMs = now - Math.max(this.#bytesAt, this.#connectedAt);
    if (this.#pending !== undefined) {
      if (quietMs > WAITING_AFTER_MS && !this.#isSaid) this.#show('waiting');
      return;
    }
    if (this.#video.currentTime !== this.#time) {
      this.#time = this.#video.currentTime;
      this.#movedAt = now;
    }
    const stillMs = now - this.#movedAt;
    if (this.#video.paused) {
      this.#movedAt = now;
      if (this.#state !== 'blocked') this.#show(this.#wantsToPlay ? 'connecting' : 'paused');
    } else if (stillMs === 0) {
      if (this.#video.readyState > HTMLMediaElement.HAVE_CURRENT_DATA) this.#show('live');
    } else if (stillMs > BUFFERING_AFTER_MS) {
      if (quietMs > INTERRUPTED_AFTER_MS) this.#show('interrupted');
      else if (stillMs > STUCK_MS) this.#tryAgain('lost');
      else if (this.#state === 'live') {
        this.#edge.onStall();
        this.#show('buffering');
      }
    }
  }

  /** @param {WatchState} state @param {string} [detail] */
  #show(state, detail = '') {
    if (state === 'live') this.#retryMs = FIRST_RETRY_MS;
    if (state === this.#state && state !== 'connecting') return;
    this.#state = state;
    showNotice(state, this.#name, detail);
    this.#showFacts();
  }

  #showFacts() {
    const isLive = this.#state === 'live' || this.#state === 'buffering';
    showFacts({
      ...(this.#picture === undefined ? {} : { size: this.#video }),
      ...(isLive ? { meter: this.#meter, edge: this.#edge } : {}),
      codecs: [this.#probe.video, this.#probe.audio].flatMap((codec) => codec?.name ?? []),
      isSilent: !plays(this.#probe.audio),
      transport: this.#connection?.transport ?? '',
    });
  }
}

/** Whether this browser, with the library's help, plays a codec; what is not there does no harm. @param {Codec | undefined} codec */
function plays(codec) {
  if (codec === undefined) return true;
  const source =
    /** @type {any} */ (globalThis)['MediaSource'] ?? /** @type {any} */ (globalThis)['ManagedMediaSource'];
  return codec.type !== undefined && source.isTypeSupported(codec.type);
}

/** The stream that the page's address names, with the query that came along. */
function streamUrl() {
  const url = new URL(location.href);
  const path = url.pathname.replace(/^\/watch\/+/, '').replace(/\/+$/, '');
  url.pathname = `/${path.replace(/\.flv$/, '')}.flv`;
  url.hash = '';
  return url;
}

/** @param {URL} url */
function nameOf({ pathname }) {
  const encoded = pathname.slice(1, -'.flv'.length);
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

const url = streamUrl();
const name = nameOf(url);
showName(name);
element('video', HTMLVideoElement).requestVideoFrameCallback?.(() => performance.mark('first frame'));
mpegts.LoggingControl.enableAll = false;
if (mpegts.getFeatureList().mseLivePlayback)
  new Watch({ url, key: name, resolveAt: document.body.dataset['resolveAt'] }, name);
else showNotice('unsupported', name, '');
