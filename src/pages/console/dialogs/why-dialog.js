// @ts-check
import { byId, make, write } from '../../console/elements.js';

/** @import { WhyAnswer } from '../api.js' */

/** Says how it stands with something, and why. */
export class WhyDialog {
  #dialog = byId('why-dialog', HTMLDialogElement);
  #verdict = byId('why-verdict', HTMLElement);
  #findings = byId('why-findings', HTMLElement);
  #asked = 0;

  constructor() {
    byId('why-close', HTMLButtonElement).addEventListener('click', () => this.#dialog.close());
  }

  /** @param {string} subject - what it is about @param {() => Promise<WhyAnswer>} ask */
  async open(subject, ask) {
    const asked = ++this.#asked;
    write(byId('why-stream', HTMLElement), subject);
    write(this.#verdict, 'Asking…');
    this.#findings.replaceChildren();
    this.#dialog.showModal();
    try {
      const answer = await ask();
      if (this.#asked === asked) this.#show(answer);
    } catch (error) {
      if (this.#asked === asked) write(this.#verdict, error instanceof Error ? error.message : String(error));
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
