import type { RosterEntry } from '../../../config/house/roster-settings.ts';
import { isRelayKey } from '../../../credentials/relay-key.ts';
import type { Clock } from '../../../stream/clock.ts';
import type { FailedAttempts } from '../../access/credentials/failed-attempts.ts';
import type { Roster } from '../roster/roster.ts';
import type { Decisions } from '../store/house-store.ts';

/** Where somebody comes from who says that it is a relay. */
export interface LinkPeer {
  /** Normalized. */
  readonly address: string;
  /** Whether nobody on the way can read what it sends. */
  readonly isTls: boolean;
  /** Of the certificate that it has shown, if its chain leads to an authority that is believed. */
  readonly certificateNames: readonly string[];
}

/** Who somebody has proven to be, or what it is told. */
export type RelayProof =
  | { readonly is: 'proven'; readonly entry: RosterEntry }
  | {
      readonly is: 'refused';
      readonly status: 401 | 403 | 429;
      readonly sentence: string;
      /** As it says itself, where it does. */
      readonly id: string | undefined;
    };

/** What is needed to tell who a relay is. */
export interface ProverParts {
  readonly roster: Roster;
  /** Has the relays that wait for approval. */
  readonly store: { readonly decisions: Decisions };
  readonly failures: FailedAttempts;
  readonly clock: Clock;
  /** How long the answer to a wrong key takes at least, milliseconds; may change. */
  readonly failureSettings: { readonly delayMs: number };
}

/** Neither says whether there is such a relay. */
const UNKNOWN = 'the id, the key or the certificate is none of a relay of this fleet';
const UNSHOWN = 'a relay has to show its id and its key (Authorization: Basic), or its certificate';

/** So many answers to wrong keys wait at a time; more are given at once. */
const MAX_WAITING = 1000;

const MAX_HEADER_LENGTH = 1024;

/** Finds out which relay somebody is. */
export class RelayProver {
  readonly #parts: ProverParts;
  #waiting = 0;

  constructor(parts: ProverParts) {
    this.#parts = parts;
  }

  /**
   * @param authorization - header of the request, if it has one
   * @param signal - it has left
   */
  async prove(authorization: string | undefined, peer: LinkPeer, signal: AbortSignal): Promise<RelayProof> {
    const { failures, clock } = this.#parts;
    const shown = shownBy(authorization);
    const id = shown?.id ?? peer.certificateNames.find((name) => this.#find(name) !== undefined);
    const refuse = (status: 401 | 403 | 429, sentence: string): RelayProof => ({
      ...{ is: 'refused', status, sentence, id },
    });
    if (failures.isBlocked(peer.address))
      return refuse(429, 'too many wrong keys came from your address: try again in a while');
    const begun = clock.now();
    const found = id === undefined ? undefined : this.#find(id);
    const { entry } = found ?? {};
    const hasKey = shown !== undefined && isRelayKey(storedKey(entry), shown.key);
    const hasCertificate = id !== undefined && peer.certificateNames.includes(id);
    if (entry === undefined || !isProven(entry, hasKey, hasCertificate)) {
      failures.note(peer.address);
      await this.#pause(begun, signal);
      return refuse(401, authorization === undefined ? UNSHOWN : UNKNOWN);
    }
    if (found?.isApproved === false)
      return refuse(403, `relay ${entry.id} is not approved yet: an operator of the house has to`);
    return { is: 'proven', entry };
  }

  #find(id: string): { readonly entry: RosterEntry; readonly isApproved: boolean } | undefined {
    const { roster, store } = this.#parts;
    const entry = roster.entries.get(id);
    if (entry !== undefined) return { entry, isApproved: true };
    return store.decisions.provisioned.find((one) => one.entry.id === id);
  }

  /** Until a wrong key has taken as long as any other. */
  async #pause(begun: number, signal: AbortSignal): Promise<void> {
    const { clock, failureSettings } = this.#parts;
    const ms = begun + failureSettings.delayMs - clock.now();
    if (ms <= 0 || signal.aborted || this.#waiting >= MAX_WAITING) return;
    this.#waiting++;
    await new Promise<void>((resolve) => {
      const stop = clock.after(ms, resolve);
      const leave = (): void => {
        stop();
        resolve();
      };
      signal.addEventListener('abort', leave, { once: true });
    });
    this.#waiting--;
  }
}

/** Undefined where a key proves nothing. */
function storedKey(entry: RosterEntry | undefined): string | undefined {
  return entry?.auth === 'certificate' ? undefined : (entry?.key ?? undefined);
}

function isProven({ auth }: RosterEntry, hasKey: boolean, hasCertificate: boolean): boolean {
  if (auth === 'key') return hasKey;
  return auth === 'certificate' ? hasCertificate : hasKey && hasCertificate;
}

/** Id and key of a Basic authorization. @see RFC 7617 */
function shownBy(header: string | undefined): { readonly id: string; readonly key: string } | undefined {
  const [, encoded] = /^Basic +([\w+/=-]+) *$/i.exec((header ?? '').slice(0, MAX_HEADER_LENGTH)) ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { id: text.slice(0, colon), key: text.slice(colon + 1) };
}
