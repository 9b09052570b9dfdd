// @ts-check
import { byId, write } from '../../console/elements.js';
import { countOf, UNKNOWN } from '../../console/figures.js';

/** @import { TokenDialog } from '../../console/dialogs/token-dialog.js' */
/** @import { ApiClient } from '../../console/live/api-client.js' */
/** @import { PlayerEntry } from '../api.js' */

/** Asks whether a player is to be kicked, and has the house do it. */
export class PlayerKickDialog {
  #api;
  #token;
  #onKicked;
  #dialog = byId('kick-dialog', HTMLDialogElement);
  #whom = byId('kick-whom', HTMLSelectElement);
  #ban = byId('kick-ban', HTMLSelectElement);
  #reason = byId('kick-reason', HTMLInputElement);
  #confirm = byId('kick-confirm', HTMLButtonElement);
  #fault = byId('kick-fault', HTMLElement);
  /** @type {PlayerEntry | undefined} */
  #player;

  /**
   * @param {ApiClient} api @param {TokenDialog} token
   * @param {(sentence: string) => void} onKicked
   */
  constructor(api, token, onKicked) {
    this.#api = api;
    this.#token = token;
    this.#onKicked = onKicked;
    byId('kick-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#kick();
    });
    byId('kick-cancel', HTMLButtonElement).addEventListener('click', () => this.#dialog.close());
  }

  /** @param {PlayerEntry} player */
  open(player) {
    this.#player = player;
    write(byId('kick-who', HTMLElement), player.address);
    write(byId('kick-what', HTMLElement), `${player.stream}, ${player.protocol}`);
    write(byId('kick-where', HTMLElement), player.relay);
    write(byId('kick-uid', HTMLElement), player.uid ?? UNKNOWN);
    write(this.#fault, '');
    this.#whom.value = 'id';
    this.#whom.options.item(2)?.toggleAttribute('disabled', player.uid === null);
    this.#ban.value = '';
    this.#reason.value = '';
    this.#dialog.showModal();
    byId('kick-cancel', HTMLButtonElement).focus();
  }

  async #kick() {
    const player = this.#player;
    if (player === undefined || this.#confirm.disabled) return;
    this.#confirm.disabled = true;
    write(this.#fault, '');
    try {
      const { ended, unreached } = await this.#token.allow('To kick somebody', () => this.#ask(player));
      this.#dialog.close();
      const missed =
        unreached.length === 0 ? '' : ` ${countOf(unreached.length, 'relay')} could not be told.`;
      this.#onKicked(`${countOf(ended, 'session')} ended.${missed}`);
    } catch (error) {
      write(this.#fault, `Nobody was kicked: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.#confirm.disabled = false;
    }
  }

  /** @param {PlayerEntry} player @returns {Promise<{ ended: number, unreached: readonly object[] }>} */
  #ask({ id, address, uid, stream }) {
    const reason = this.#reason.value.trim();
    const terms = {
      ...(reason === '' ? {} : { reason }),
      ...(this.#ban.value === '' ? {} : { banSeconds: Number(this.#ban.value) }),
    };
    const whom = this.#whom.value;
    if (whom === 'id') return this.#api.send('POST', `players/${encodeURIComponent(id)}/kick`, terms);
    const filter = whom === 'address' ? { address } : whom === 'uid' ? { uid } : { stream };
    return this.#api.send('POST', 'kick', { ...filter, ...terms });
  }
}
