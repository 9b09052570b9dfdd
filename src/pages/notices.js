// @ts-check

/**
 * What the page tells about a state: a word for the line below the picture, a sentence over the picture if there is nothing to
 * be seen, and what the person can do about it.
 * @typedef {object} Notice
 * @property {string} word
 * @property {string} [sentence]
 * @property {boolean} [isBusy] - whether it goes on by itself
 * @property {string} [button] - what a button says that tries again
 */

/** A state of the page. @typedef {keyof typeof notices} WatchState */

/** @satisfies {Record<string, (about: { name: string, detail: string }) => Notice>} */
export const notices = {
  connecting: () => ({ word: 'Connecting', sentence: 'Connecting …', isBusy: true }),
  waiting: ({ name }) => ({
    word: 'Waiting',
    sentence: `Waiting for ${name}. It starts here as soon as the stream begins.`,
    isBusy: true,
  }),
  buffering: () => ({ word: 'Buffering', sentence: 'Buffering …', isBusy: true }),
  live: () => ({ word: 'Live' }),
  paused: () => ({ word: 'Paused' }),
  blocked: () => ({
    word: 'Ready',
    sentence: 'Your browser waits for you to start the video.',
    button: 'Play',
  }),
  interrupted: () => ({
    word: 'Interrupted',
    sentence: 'The stream is interrupted. It goes on here as soon as it is back.',
    isBusy: true,
  }),
  ended: () => ({
    word: 'Ended',
    sentence: 'The stream has ended. It goes on here if it comes back.',
    isBusy: true,
  }),
  lost: () => ({
    word: 'Reconnecting',
    sentence: 'The connection to the server is lost. Trying again …',
    isBusy: true,
    button: 'Try now',
  }),
  offline: () => ({
    word: 'Offline',
    sentence: 'This device is offline. The stream goes on when it is back.',
  }),
  busy: ({ detail }) => ({
    word: 'Server busy',
    sentence: `The server has no room at the moment${said(detail)}. Trying again …`,
    isBusy: true,
    button: 'Try now',
  }),
  refused: ({ detail }) => ({
    word: 'Refused',
    sentence: `You cannot watch this stream${said(detail)}.`,
    button: 'Try again',
  }),
  unplayable: ({ detail }) => ({
    word: 'Cannot be played',
    sentence: `This browser cannot play this stream${detail === '' ? '' : `: its ${detail}, which is not supported here`}.`,
    button: 'Try again',
  }),
  unsupported: () => ({
    word: 'Cannot be played',
    sentence:
      'This browser cannot play live streams: it lacks Media Source Extensions. Another browser will do.',
  }),
};

/** @param {string} detail */
function said(detail) {
  return detail === '' ? '' : `: ${detail}`;
}
