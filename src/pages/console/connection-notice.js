// @ts-check
import { byId, write } from './elements.js';
import { duration } from './figures.js';

/** @import { FeedState } from './live/feed.js' */

/** @type {Readonly<Record<FeedState['at'], string>>} */
const words = {
  connecting: 'Connecting…',
  live: 'Live',
  asleep: 'Paused',
  lost: 'Lost',
  refused: 'Not allowed',
};

/** Says how it stands between the page and its service: in the head, in a bar when it is not well, and once to who listens. */
export class ConnectionNotice {
  #bar = byId('lost', HTMLElement);
  #text = byId('lost-text', HTMLElement);
  #act = byId('lost-act', HTMLButtonElement);
  #noun;
  #said = byId('said', HTMLElement);
  /** @type {FeedState} */
  #state = { at: 'connecting' };
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #counting;

  /** @param {'relay' | 'house'} noun - what it is @param {() => void} onAct - somebody wants to try again, or to give a token */
  constructor(noun, onAct) {
    this.#noun = noun;
    this.#act.addEventListener('click', onAct);
  }

  /** @param {FeedState} state */
  show(state) {
    const before = this.#state.at;
    this.#state = state;
    document.body.dataset['feed'] = state.at;
    write(byId('feed', HTMLElement), words[state.at]);
    clearInterval(this.#counting);
    if (state.at === 'lost') {
      this.#counting = setInterval(() => this.#countDown(), 1000);
      this.#countDown();
    }
    if (state.at === 'refused')
      write(this.#text, `The ${this.#noun} shows this to whoever has a token. It says: ${state.sentence}`);
    write(this.#act, state.at === 'refused' ? 'Give a token…' : 'Try now');
    this.#bar.hidden = state.at !== 'lost' && state.at !== 'refused';
    if (state.at === 'lost' && before !== 'lost')
      this.say(`The ${this.#noun} was lost. The page goes on trying.`);
    if (state.at === 'live' && before === 'lost') this.say(`The ${this.#noun} is back.`);
  }

  /** Tells somebody who does not see it. @param {string} sentence */
  say(sentence) {
    this.#said.textContent = sentence;
  }

  #countDown() {
    if (this.#state.at !== 'lost') return;
    const noun = this.#noun;
    const { since, retryAt, why } = this.#state;
    const ago = duration((Date.now() - since) / 1000);
    const next = Math.ceil((retryAt - Date.now()) / 1000);
    const what = why === '' ? `The ${noun} was lost ${ago} ago.` : `For ${ago} the ${noun} has said: ${why}.`;
    const then = next > 0 ? `Next try in ${next} s.` : 'Trying…';
    write(this.#text, `${what} What you see is from then. ${then}`);
  }
}
