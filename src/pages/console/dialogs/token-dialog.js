// @ts-check
import { byId, write } from '../elements.js';
import { ApiRefusal } from '../live/api-client.js';

/** @import { ApiClient } from '../live/api-client.js' */

/** Asks for a token, which is kept for this tab and for no longer. */
export class TokenDialog {
  #api;
  #dialog = byId('token-dialog', HTMLDialogElement);
  #field = byId('token', HTMLInputElement);
  /** @type {((isGiven: boolean) => void) | undefined} */
  #settle;

  /** @param {ApiClient} api */
  constructor(api) {
    this.#api = api;
    byId('token-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      this.#api.setToken(this.#field.value.trim());
      this.#close(true);
    });
    byId('token-forget', HTMLButtonElement).addEventListener('click', () => {
      this.#api.setToken('');
      this.#close(true);
    });
    byId('token-cancel', HTMLButtonElement).addEventListener('click', () => this.#close(false));
    this.#dialog.addEventListener('close', () => this.#close(false)); // the Escape key
  }

  /** Asks for one. @param {string} why - a sentence @returns {Promise<boolean>} whether there is another than before */
  ask(why) {
    this.#close(false);
    write(byId('token-why', HTMLElement), why);
    byId('token-forget', HTMLButtonElement).hidden = !this.#api.hasToken;
    this.#dialog.showModal();
    this.#field.focus();
    return new Promise((settle) => {
      this.#settle = settle;
    });
  }

  /**
   * Does something that takes rights; who lacks them is asked for a token, and it is tried once more.
   * @template T
   * @param {string} what - as the beginning of a sentence: `To end a session`
   * @param {() => Promise<T>} work
   */
  async allow(what, work) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ApiRefusal && error.isAboutRights)) throw error;
      const isGiven = await this.ask(
        `${what} takes a token of the role operate. The server says: ${error.message}`,
      );
      if (!isGiven) throw error;
      return await work();
    }
  }

  /** @param {boolean} isGiven */
  #close(isGiven) {
    const settle = this.#settle;
    this.#settle = undefined;
    this.#field.value = '';
    this.#dialog.close();
    settle?.(isGiven);
  }
}
