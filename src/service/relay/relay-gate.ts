import { KeyPattern } from '../../config/key-pattern.ts';
import { NetworkList } from '../../config/networks.ts';
import type { RelaySettings } from '../../config/relay-settings.ts';
import type { PullSource, StreamSettings } from '../../config/stream-settings.ts';
import type { Log } from '../../log.ts';
import type { AccessGate, AccessRequest, Verdict } from '../../session/access.ts';
import type { StreamKeyReading } from '../../stream/stream-key.ts';
import { AccessChain } from '../access/access-chain.ts';
import { drainingRule } from '../access/draining-rule.ts';
import { loopRule } from '../access/loop-rule.ts';
import { networkRule } from '../access/network-rule.ts';
import { relayRule } from '../access/relay-rule.ts';
import { type AccessRule, noOpinion } from '../access/rule.ts';
import { streamEntryRule } from '../access/stream-entry-rule.ts';
import type { StreamPlaces } from './stream-places.ts';

interface StreamEntry {
  readonly pattern: KeyPattern;
  readonly settings: StreamSettings;
}

/** Lets publishers and players to the streams, by the configuration. */
export class RelayGate implements AccessGate {
  readonly #relayId: string;
  readonly #places: StreamPlaces;
  readonly #chain: AccessChain;
  #settings: RelaySettings;
  #players = new NetworkList([]);
  #entries: readonly StreamEntry[] = [];
  /** Whether no new publisher or player is let in any more. */
  isDraining = false;

  constructor(relayId: string, places: StreamPlaces, settings: RelaySettings, log: Log) {
    this.#relayId = relayId;
    this.#places = places;
    this.#settings = settings;
    this.#chain = new AccessChain([], (readings) => this.#choose(readings), log);
    this.configure(settings);
  }

  /** Takes new settings over; what runs goes on. */
  configure(settings: RelaySettings): void {
    this.#settings = settings;
    this.#players = new NetworkList(settings.access.play);
    this.#entries = settings.streams.map((stream) => ({
      pattern: new KeyPattern(stream.match),
      settings: stream,
    }));
    this.#chain.configure([
      networkRule(settings.access),
      drainingRule(() => this.isDraining),
      relayRule(settings.access.relays),
      loopRule(this.#relayId),
      streamEntryRule((key) => this.#entryOf(key)),
      this.#pulls,
    ]);
  }

  /** Whether the client at this address may play. */
  mayPlay(address: string): boolean {
    return this.#players.contains(address);
  }

  /** A stream that is granted has a home from then on. */
  async ask(request: AccessRequest, signal: AbortSignal): Promise<Verdict> {
    const verdict = await this.#chain.ask(request, signal);
    if ('release' in verdict && verdict.key !== '' && !request.isLook) {
      try {
        await this.#places.find([verdict.key]);
        signal.throwIfAborted();
      } catch (error) {
        verdict.release();
        throw error;
      }
    }
    return verdict;
  }

  /** How the stream of a key is pulled, if it is. */
  pullOf(key: string): PullSource | undefined {
    const source = this.#entryOf(key)?.source;
    return source?.type === 'pull' ? source : undefined;
  }

  /** The settings of a stream's forwards. */
  forwardsOf(key: string): readonly string[] {
    return this.#entryOf(key)?.forward ?? [];
  }

  /** How a player begins that does not say so itself. */
  get lateJoin(): 'keyframeGroup' | 'live' {
    return this.#settings.cache.lateJoin;
  }

  readonly #pulls: AccessRule = {
    name: 'pulls',
    judge: async ({ verb, key }) => {
      const pull = this.pullOf(key);
      if (verb !== 'play' || pull === undefined) return noOpinion;
      return (await this.#places.find([key])).refusal(pull) ?? noOpinion;
    },
  };

  async #choose(readings: readonly StreamKeyReading[]): Promise<StreamKeyReading> {
    const place = await this.#places.find(readings.map(({ key }) => key));
    return readings.find(({ key }) => key === place.key) ?? { key: place.key, query: '' };
  }

  #entryOf(key: string): StreamSettings | undefined {
    return this.#entries.find(({ pattern }) => pattern.matches(key))?.settings;
  }
}
