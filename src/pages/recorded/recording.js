// @ts-check
import { element } from '../stage.js';

/** What the page says about each of its states. */
const sentences = {
  loading: 'Loading…',
  ready: 'Recording',
  unknown: 'There is no such recording, or you may not play it.',
  busy: 'The server is busy. Load the page again in a while.',
  unreadable: 'The recording is damaged here, or the connection was lost. What is before can be played.',
  unplayable: 'This browser cannot play the codecs of the recording.',
  unsupported: 'This browser cannot play recordings: it lacks Media Source Extensions. Try another browser.',
};

/** @typedef {keyof typeof sentences} RecordingState */

const video = element('video', HTMLVideoElement);

/** @param {RecordingState} state */
function show(state) {
  document.body.dataset['state'] = state;
  element('said', HTMLElement).textContent = sentences[state];
}

/** The recording that the page's address names, with the query that came along. */
function recordingUrl() {
  const url = new URL(location.href);
  const path = url.pathname.replace(/^\/watch\/+/, '').replace(/\/+$/, '');
  url.pathname = `/${path.replace(/\.flv$/, '')}.flv`;
  url.hash = '';
  return url;
}

/**
 * What an error of the library means.
 * @param {string} detail
 * @param {number | undefined} status - of the answer, where there was one that is no media
 * @returns {RecordingState}
 */
function stateOf(detail, status) {
  const { MEDIA_CODEC_UNSUPPORTED, MEDIA_FORMAT_UNSUPPORTED } = mpegts.ErrorDetails;
  if (detail === MEDIA_CODEC_UNSUPPORTED || detail === MEDIA_FORMAT_UNSUPPORTED) return 'unplayable';
  if (detail !== mpegts.ErrorDetails.NETWORK_STATUS_CODE_INVALID || status === undefined) return 'unreadable';
  if (status === 429) return 'busy';
  if (status === 503) return video.readyState === HTMLMediaElement.HAVE_NOTHING ? 'busy' : 'unreadable';
  return 'unknown';
}

/** Plays with the browser's own controls: seeking asks the server for the bytes from the keyframe before. */
function play() {
  const url = recordingUrl();
  const player = mpegts.createPlayer(
    { type: 'flv', isLive: false, url: url.href },
    { enableWorker: false, seekType: 'range', accurateSeek: false },
  );
  let hasFailed = false;
  player.on(mpegts.Events.ERROR, (_type, detail, info) => {
    if (hasFailed) return;
    hasFailed = true;
    show(stateOf(detail, info?.code));
    if (detail === mpegts.ErrorDetails.NETWORK_STATUS_CODE_INVALID) player.unload();
  });
  video.addEventListener('loadedmetadata', () => {
    if (!hasFailed) show('ready');
  });
  player.attachMediaElement(video);
  player.load();
}

const name = decodeURIComponent(recordingUrl().pathname.slice(1, -'.flv'.length));
document.title = name;
element('name', HTMLElement).textContent = name;
video.muted = false; // nothing begins by itself
mpegts.LoggingControl.enableAll = false;
if (mpegts.getFeatureList().msePlayback) play();
else show('unsupported');
