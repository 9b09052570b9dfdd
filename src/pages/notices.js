// @ts-check

/**
 * What the page says about a state: a word for the line below the picture, a sentence over the picture if there is nothing to
 * see, and what the person can do about it.
 * @typedef {object} Notice
 * @property {string} word
 * @property {string} [sentence]
 * @property {boolean} [isBusy] - whether it goes on by itself
 * @property {string} [button] - what a button says that tries again
 */

/** A state of the page. @typedef {keyof typeof notices} WatchState */

/** @satisfies {Record<string, (about: { name: string, detail: string }) => Notice>} */
export const notices = {
  connecting: () => ({ word: 'Connecting', sentence: 'Connecting…', isBusy: true }),
  waiting: ({ name }) => ({
    word: 'Waiting',
    sentence: `${name} is not live yet, or its next keyframe is still to come. It will play here by itself.`,
    isBusy: true,
  }),
  buffering: () => ({ word: 'Buffering', sentence: 'Buffering…', isBusy: true }),
  live: () => ({ word: 'Live' }),
  paused: () => ({ word: 'Paused' }),
  blocked: () => ({
    word: 'Ready',
    sentence: 'Press Play to start watching.',
    button: 'Play',
  }),
  interrupted: () => ({
    word: 'Interrupted',
    sentence: 'The stream was interrupted. It will resume here as soon as it is back.',
    isBusy: true,
  }),
  ended: () => ({
    word: 'Ended',
    sentence: 'The stream has ended. If it starts again, it will play here.',
    isBusy: true,
  }),
  lost: () => ({
    word: 'Reconnecting',
    sentence: 'The connection to the server was lost. Reconnecting…',
    isBusy: true,
    button: 'Try now',
  }),
  offline: () => ({
    word: 'Offline',
    sentence: 'You are offline. The stream will resume when you are back online.',
  }),
  busy: ({ detail }) => ({
    word: 'Server busy',
    sentence: `The server is busy${said(detail)}. Trying again…`,
    isBusy: true,
    button: 'Try now',
  }),
  later: ({ detail }) => ({
    word: 'Not now',
    sentence: `You cannot watch this stream now${said(detail)}. Trying again…`,
    isBusy: true,
    button: 'Try now',
  }),
  refused: ({ detail }) => ({
    word: 'Refused',
    sentence: `You cannot watch this stream${said(detail)}.`,
    button: 'Try again',
  }),
  over: ({ detail }) => ({
    word: 'Over',
    sentence: `You cannot watch this stream any longer${said(detail)}.`,
    button: 'Try again',
  }),
  unplayable: ({ detail }) => ({
    word: 'Not supported',
    sentence: `This browser cannot play this stream${detail === '' ? '' : `: its ${detail}, is not supported`}.`,
    button: 'Try again',
  }),
  elsewhere: ({ name }) => ({
    word: 'Not for browsers',
    sentence: `Browsers cannot play ${name}: it is sent as Windows Media (ASF). Open one of these addresses in a player.`,
  }),
  unsupported: () => ({
    word: 'Not supported',
    sentence: 'This browser cannot play live streams: it lacks Media Source Extensions. Try another browser.',
  }),
};

/** @param {string} detail */
function said(detail) {
  return detail === '' ? '' : `: ${detail}`;
}
