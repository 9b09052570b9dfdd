// @ts-check
import { notices } from './notices.js';
import { element } from './stage.js';

/** @typedef {import('./notices.js').WatchState} WatchState */

/**
 * What is known of the stream and how it plays; what is left out is shown as not known.
 * @typedef {object} Facts
 * @property {{ readonly videoWidth: number, readonly videoHeight: number }} [size]
 * @property {{ readonly bitRate: number | undefined, readonly frameRate: number | undefined }} [meter]
 * @property {{ readonly buffer: number, readonly delay: number | undefined }} [edge] - seconds
 * @property {readonly string[]} codecs
 * @property {boolean} isSilent - whether the sound cannot be played
 * @property {string} transport
 */

/** Writes the line below the picture. @param {Facts} facts */
export function showFacts({ size, meter, edge, codecs, isSilent, transport }) {
  const { bitRate, frameRate } = meter ?? {};
  write('resolution', size?.videoWidth ? `${size.videoWidth} × ${size.videoHeight}` : undefined);
  write('frame-rate', frameRate === undefined ? undefined : `${Math.round(frameRate)} fps`);
  write('bit-rate', bitRate === undefined ? undefined : bits(bitRate));
  write('buffer', edge === undefined ? undefined : seconds(edge.buffer));
  write('delay', edge?.delay === undefined ? undefined : seconds(edge.delay));
  const silent = isSilent ? ' (no sound: this browser does not support it)' : '';
  write('codecs', codecs.length === 0 ? undefined : `${codecs.join(', ')}${silent}`);
  document.body.dataset['transport'] = transport;
}

/** @param {string} name - of the stream */
export function showName(name) {
  write('name', name);
}

/**
 * Writes what the page has to say over the picture.
 * @param {WatchState} state
 * @param {string} name - of the stream
 * @param {string} detail
 */
export function showNotice(state, name, detail) {
  const { word, sentence, isBusy, button } = /** @type {import('./notices.js').Notice} */ (
    notices[state]({ name, detail })
  );
  document.body.dataset['state'] = state;
  write('state', word);
  element('notice', HTMLElement).hidden = sentence === undefined;
  element('spinner', HTMLElement).hidden = isBusy !== true;
  write('sentence', sentence);
  write('said', sentence ?? word);
  element('again', HTMLButtonElement).hidden = button === undefined;
  write('again', button);
  document.title = state === 'live' ? name : `${name} – ${word}`;
}

/** @param {string} id @param {string | undefined} text */
function write(id, text = '–') {
  const target = element(id, HTMLElement);
  if (target.textContent !== text) target.textContent = text;
}

/** @param {number} rate - bits a second */
function bits(rate) {
  return rate < 1e6 ? `${Math.round(rate / 1e3)} kbit/s` : `${(rate / 1e6).toFixed(1)} Mbit/s`;
}

/** @param {number} time */
function seconds(time) {
  return `${time.toFixed(1)} s`;
}
