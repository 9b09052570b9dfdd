// @ts-check
import { byId, make, write } from '../elements.js';

/** @import { WhyAnswer } from '../api.js' */
/** @import { ApiClient } from '../live/api-client.js' */

/** Says how it stands with a stream, live or not, and why. */
export class WhyDialog {
  #api;
  #dialog = byId('why-dialog', HTMLDialogElement);
  #verdict = byId('why-verdict', HTMLElement);
  #findings = byId('why-findings', HTMLElement);
  #asked = '';

  /** @param {ApiClient} api */
  constructor(api) {
    this.#api = api;
    byId('why-close', HTMLButtonElement).addEventListener('click', () => this.#dialog.close());
    byId('why-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      const key = byId('why-key', HTMLInputElement).value.trim();
      if (key !== '') void this.open(key);
    });
  }

  /** @param {string} stream - its key */
  async open(stream) {
    this.#asked = stream;
    write(byId('why-stream', HTMLElement), stream);
    write(this.#verdict, 'Asking the relay…');
    this.#findings.replaceChildren();
    this.#dialog.showModal();
    try {
      const answer = await this.#api.get('why', { stream });
      if (this.#asked === stream) this.#show(answer);
    } catch (error) {
      if (this.#asked === stream)
        write(this.#verdict, error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {WhyAnswer} answer */
  #show({ verdict, findings }) {
    write(this.#verdict, verdict);
    const items = findings.map(({ about, ok, text }) => {
      const word = ok === null ? 'note' : ok ? 'in order' : 'a problem';
      return make(
        'li',
        { 'data-is': ok === null ? 'note' : ok ? 'fine' : 'fault' },
        make('span', { class: 'unseen' }, `${word}: `),
        make('span', { class: 'about' }, about),
        make('span', { class: 'text' }, text),
      );
    });
    this.#findings.replaceChildren(...items);
  }
}
