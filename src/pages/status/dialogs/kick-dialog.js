// @ts-check
import { byId, write } from '../../console/elements.js';
import { countOf, UNKNOWN } from '../../console/figures.js';

/** @import { SessionEntry } from '../api.js' */
/** @import { ApiClient } from '../../console/live/api-client.js' */
/** @import { TokenDialog } from '../../console/dialogs/token-dialog.js' */

/** Asks whether a session is to end, and has the relay end it. */
export class KickDialog {
  #api;
  #token;
  #onEnded;
  #dialog = byId('kick-dialog', HTMLDialogElement);
  #whom = byId('kick-whom', HTMLSelectElement);
  #ban = byId('kick-ban', HTMLSelectElement);
  #confirm = byId('kick-confirm', HTMLButtonElement);
  #fault = byId('kick-fault', HTMLElement);
  /** @type {SessionEntry | undefined} */
  #session;

  /**
   * @param {ApiClient} api @param {TokenDialog} token
   * @param {(sentence: string) => void} onEnded
   */
  constructor(api, token, onEnded) {
    this.#api = api;
    this.#token = token;
    this.#onEnded = onEnded;
    byId('kick-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#end();
    });
    byId('kick-cancel', HTMLButtonElement).addEventListener('click', () => this.#dialog.close());
  }

  /** @param {SessionEntry} session */
  open(session) {
    this.#session = session;
    write(byId('kick-who', HTMLElement), session.address);
    write(byId('kick-what', HTMLElement), `${session.role}, ${session.stream ?? 'no stream'}`);
    write(byId('kick-client', HTMLElement), session.client || UNKNOWN);
    write(byId('kick-id', HTMLElement), session.id);
    write(this.#fault, '');
    this.#whom.value = 'id';
    this.#whom.options.item(2)?.toggleAttribute('disabled', session.stream === null);
    this.#ban.value = '';
    this.#dialog.showModal();
    byId('kick-cancel', HTMLButtonElement).focus();
  }

  async #end() {
    const session = this.#session;
    if (session === undefined || this.#confirm.disabled) return;
    const banMs = this.#ban.value;
    this.#confirm.disabled = true;
    write(this.#fault, '');
    try {
      const { ended } = await this.#ask(session, banMs === '' ? {} : { banMs });
      this.#dialog.close();
      this.#onEnded(
        ended === 1 ? `The session ${session.id} has ended.` : `${countOf(ended, 'session')} have ended.`,
      );
    } catch (error) {
      write(this.#fault, `The session goes on: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.#confirm.disabled = false;
    }
  }

  /**
   * @param {SessionEntry} session @param {Record<string, string>} ban
   * @returns {Promise<{ ended: number }>}
   */
  async #ask({ id, address, stream }, ban) {
    const whom = this.#whom.value;
    const path = whom === 'id' ? `sessions/${encodeURIComponent(id)}` : 'sessions';
    const filter = whom === 'address' ? { address } : whom === 'stream' ? { stream: stream ?? '' } : {};
    const query = { ...filter, ...ban };
    return this.#token.allow('To end a session', () => this.#api.delete(path, query));
  }
}
