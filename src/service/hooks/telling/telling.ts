import type { HookSettings } from '../../../config/hooks/hook-settings.ts';
import type { ToldHookSample } from '../../../metrics/metrics-source.ts';
import type { Followers } from '../../followers.ts';
import type { FunctionHook } from '../functions/function-hooks.ts';
import { hookSecret } from '../hook-secret.ts';
import type { HookState } from '../hook-state.ts';
import { HookNews } from './hook-news.ts';
import { Tellers, type TellersHost } from './tellers.ts';

/** What telling needs of the relay. */
export interface TellingHost extends TellersHost {
  readonly followers: Followers;
  /** A query without what rules take as credentials. */
  readonly publicQuery: (query: string) => string;
  /** Hooks that are functions. */
  readonly functions?: readonly FunctionHook[];
}

/** Hooks that are told what happens. Where there is none, nothing follows what happens. */
export class Telling {
  readonly #host: TellingHost;
  readonly #tellers: Tellers;
  #unfollow: (() => void) | undefined;

  constructor(host: TellingHost) {
    this.#host = host;
    this.#tellers = new Tellers(host);
  }

  /** Other hooks are told from now on. @throws CredentialFileError when a secret cannot be read: then nothing has changed */
  configure(hooks: readonly HookSettings[]): void {
    const { followers, clock, publicQuery, functions = [] } = this.#host;
    this.#tellers.configure([
      ...functions.map((hook) => ({ ...hook, secret: undefined })),
      ...hooks.map((settings, index) => ({ name: `hooks.${index}`, settings, secret: hookSecret(settings) })),
    ]);
    if (this.#tellers.isIdle) {
      this.#unfollow?.();
      this.#unfollow = undefined;
    } else this.#unfollow ??= followers.add(new HookNews({ clock, publicQuery, listener: this.#tellers }));
  }

  /** Tells what is left, as far as it can be told within `ms` milliseconds, and nothing more. */
  async finish(ms: number): Promise<void> {
    await this.#tellers.finish(ms);
    this.#unfollow?.();
  }

  /** How each of them does. */
  states(): readonly HookState[] {
    return this.#tellers.states();
  }

  samples(): Iterable<ToldHookSample> {
    return this.#tellers.samples();
  }
}
