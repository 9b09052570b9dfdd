import { KeyPattern } from '../../config/key-pattern.ts';
import type { RecordWish } from '../../config/recordings/recording-settings.ts';
import type { RelaySettings } from '../../config/relay-settings.ts';
import type { PullSource, PushSource, StreamSettings } from '../../config/stream-settings.ts';
import { permitParameter, withoutPermit } from '../../credentials/permit.ts';
import type { Log } from '../../log.ts';
import { parseMediaUrl } from '../../media-url.ts';
import { type AccessGate, type AccessRequest, isRefusal, type Verdict } from '../../session/access.ts';
import type { StreamKeyReading } from '../../stream/stream-key.ts';
import { AccessChain } from '../access/access-chain.ts';
import type { Objection } from '../access/access-sweep.ts';
import type { BanCheck } from '../access/bans/ban-ledger.ts';
import { banRule } from '../access/bans/ban-rule.ts';
import { connectRule } from '../access/credentials/connect-rule.ts';
import { CredentialCheck } from '../access/credentials/credential-check.ts';
import type { FailedAttempts } from '../access/credentials/failed-attempts.ts';
import type { KeySets } from '../access/credentials/key-sets/key-sets.ts';
import { RuleBook } from '../access/credentials/rule-book.ts';
import type { VerifierParts } from '../access/credentials/verifier.ts';
import { unprovenRules, writtenRules } from '../access/credentials/written-rules.ts';
import { drainingRule } from '../access/draining-rule.ts';
import { type JoinRuleParts, joinRule } from '../access/joining/join-rule.ts';
import type { SentSweep } from '../access/joining/sent-sweep.ts';
import { ShareList } from '../access/joining/share-list.ts';
import { loopRule } from '../access/loop-rule.ts';
import { networkRule } from '../access/network-rule.ts';
import { PermitCheck } from '../access/permits/permit-check.ts';
import { permitRule, unpermitted, withoutPermits } from '../access/permits/permit-rule.ts';
import { recordingKeyRule } from '../access/recording-key-rule.ts';
import { relayRule } from '../access/relay-rule.ts';
import { streamEntryRule } from '../access/stream-entry-rule.ts';
import { welcomeRule } from '../access/welcome-rule.ts';
import type { AskedHooks } from '../hooks/asked/asked-hooks.ts';
import type { StreamRules } from './explaining/stream-facts.ts';
import { streamRules } from './explaining/stream-rules.ts';
import type { Welcome } from './house/house-member.ts';
import type { MayOpen } from './permission.ts';
import type { StreamHomes } from './stream-homes.ts';

/** What the gate of a relay needs of it. */
export interface RelayGateParts extends Pick<VerifierParts, 'clock' | 'passwords' | 'challenges'> {
  readonly relayId: string;
  /** What plays recordings, for which keys that begin with `recordings/` are kept then; undefined where nothing does. */
  readonly playback: object | undefined;
  readonly homes: StreamHomes;
  readonly joins: Omit<JoinRuleParts, 'pullOf' | 'sent' | 'shares'>;
  readonly sent: Pick<SentSweep, 'add' | 'remove' | 'configure'>;
  readonly log: Log;
  readonly bans: BanCheck;
  readonly failures: FailedAttempts;
  readonly hooks: AskedHooks;
  readonly keySets: KeySets;
}

type StreamEntry = readonly [pattern: KeyPattern, settings: StreamSettings];

/** Says who may do what, by the configuration: every rule of access is named here. */
export class RelayGate implements AccessGate {
  readonly #parts: RelayGateParts;
  readonly #chain: AccessChain;
  readonly #verifying: VerifierParts;
  #settings: RelaySettings;
  #book: RuleBook;
  #entries: readonly StreamEntry[] = [];
  #permitted: PermitCheck | null = null;
  /** Whether no new publisher or player is let in any more. */
  isDraining = false;
  /** Whom else it lets in. */
  welcomes: Welcome = 'everybody';

  constructor(parts: RelayGateParts, settings: RelaySettings) {
    this.#parts = parts;
    this.#settings = settings;
    const { clock, passwords, challenges, keySets } = parts;
    const own = { wallMs: Date.now, relayName: settings.name };
    this.#verifying = { clock, passwords, challenges, keySets, ...own };
    this.#book = new RuleBook([], this.#verifying);
    this.#chain = new AccessChain([], (readings) => this.#choose(readings), parts.log);
    this.configure(settings);
  }

  /** Takes new settings over; what runs goes on, until somebody asks for {@link objections}. */
  configure(settings: RelaySettings): void {
    const { rules, relays, permits } = settings.access;
    const hidden = permits === null ? [] : [permitParameter];
    const book = new RuleBook(rules, this.#verifying, hidden); // may throw: then nothing has changed
    const check = new CredentialCheck(this.#parts, settings.access.failures.delayMs);
    this.#parts.keySets.settle();
    this.#settings = settings;
    this.#book = book;
    this.goByStreams(settings.streams);
    const shares = new ShareList(settings.limits.shares);
    const { joins, sent, bans } = this.#parts;
    sent.configure(shares);
    const written = writtenRules(book, networkRule(settings.access), check);
    const permitted = permits && new PermitCheck(permits, this.#verifying, this.#permitted);
    this.#permitted = permitted;
    const isOnlyWay = permits?.only === true;
    const hooks = this.#parts.hooks.rules((query) => book.publicQuery(query));
    this.#chain.configure([
      drainingRule(() => this.isDraining),
      ...(this.#parts.playback !== undefined ? [recordingKeyRule] : []),
      banRule(bans),
      ...(isOnlyWay ? [] : [connectRule(book, check)]), // whom nothing else would let in is not asked for it
      permitted === null ? written : permitRule(permitted, book, written, check),
      relayRule(book, isOnlyWay ? [] : relays),
      ...(settings.house === null ? [] : [welcomeRule(() => this.welcomes)]),
      loopRule(this.#parts.relayId),
      streamEntryRule((key) => this.#entryOf(key)),
      ...(permitted === null ? hooks : hooks.map(withoutPermits)),
      banRule(bans), // again: now it is known who it is
      joinRule({ ...joins, sent, shares, pullOf: (key) => this.pullOf(key) }),
    ]);
  }

  /** Other entries hold for streams from now on, the first that matches. */
  goByStreams(streams: readonly StreamSettings[]): void {
    this.#entries = streams.map((stream) => [new KeyPattern(stream.match), stream]);
  }

  /** A stream that is granted has a home from then on. */
  async ask(request: AccessRequest, signal: AbortSignal): Promise<Verdict> {
    for (;;) {
      const settings = this.#settings;
      const verdict = await this.#judge(request, signal);
      if (settings === this.#settings || !('release' in verdict)) return verdict;
      verdict.release(); // by settings that do not hold any more
    }
  }

  publicKeyOf(key: string): string {
    return this.#book.publicKeyOf(key);
  }

  /** What the settings of now have against what was granted before. */
  objections(): Objection {
    const { access } = this.#settings;
    const rules = unprovenRules(this.#book, networkRule(access));
    const unproven = access.permits?.only === true ? unpermitted(rules) : rules;
    const ofStreams = this.streamObjections();
    return ({ verb, key }, address) => {
      const said = unproven.judge({ verb, key, address });
      return isRefusal(said) ? said : ofStreams({ verb, key }, address);
    };
  }

  /** The same, as far as it is about which streams there are. Which entry a stream has is looked up once for all who have it. */
  streamObjections(): Objection {
    const entries = new Map<string, StreamSettings | undefined>();
    const rule = streamEntryRule((key) => {
      if (!entries.has(key)) entries.set(key, this.#entryOf(key));
      return entries.get(key);
    });
    return ({ verb, key }, address) => {
      const said = rule.judge({ verb, key, address });
      return isRefusal(said) ? said : undefined;
    };
  }

  async #judge(request: AccessRequest, signal: AbortSignal): Promise<Verdict> {
    const { permits } = this.#settings.access;
    const said = await this.#chain.ask(request, signal);
    // whoever hears of what was granted is told nothing of the permit
    const verdict =
      permits === null || !('release' in said) ? said : { ...said, query: withoutPermit(said.query) };
    const isOfStream = request.verb !== 'playback' && request.verb !== 'connect';
    if ('release' in verdict && isOfStream && request.intent === 'begin') {
      try {
        const found = this.#parts.homes.find([verdict.key]);
        if (found instanceof Promise) await found;
        signal.throwIfAborted();
      } catch (error) {
        verdict.release();
        throw error;
      }
    }
    return verdict;
  }

  /** Whether the relay itself may connect to another server, for a stream. */
  readonly mayOpen: MayOpen = ({ verb, key, url }, signal) => {
    const { protocol = '', host = '', isTls = false } = parseMediaUrl(url) ?? {};
    const own = { credentials: {}, client: '', origin: undefined, session: '', path: [] };
    const asked = { ...own, verb, readings: [{ key, query: '' }], address: host, protocol, isTls };
    return this.#chain.ask({ ...asked, intent: 'begin' }, signal);
  };

  /** A query without what rules take as credentials, for others. */
  publicQuery(query: string): string {
    return this.#book.publicQuery(query);
  }

  /** How the stream of a key is pulled, if it is. */
  pullOf(key: string): PullSource | undefined {
    const source = this.#entryOf(key)?.source;
    return source?.type === 'pull' ? source : undefined;
  }

  /** How a stream may be that a publisher brings; undefined where nothing is limited. */
  publisherLimits(key: string): PushSource | undefined {
    const source = this.#entryOf(key)?.source;
    if (source?.type !== 'push') return undefined;
    const { maxBitsPerSecond, maxFramesPerSecond, maxKeyframeIntervalMs } = source;
    const isLimited = (maxBitsPerSecond ?? maxFramesPerSecond ?? maxKeyframeIntervalMs) !== null;
    return isLimited ? source : undefined;
  }

  /** What the settings say about a stream, for people. */
  rulesOf(key: string): StreamRules {
    return streamRules(key, { settings: this.#settings, entry: this.#entryOf(key), book: this.#book });
  }

  /** Whether a stream is recorded. */
  recordWishOf(key: string): RecordWish {
    return this.#entryOf(key)?.record ?? 'never';
  }

  /** The settings of a stream's forwards. */
  forwardsOf(key: string): readonly string[] {
    return this.#entryOf(key)?.forward ?? [];
  }

  /** How a player begins that does not say so itself. */
  get lateJoin(): 'keyframeGroup' | 'live' {
    return this.#settings.cache.lateJoin;
  }

  /** The reading whose stream is there, else the likeliest. */
  async #choose(readings: readonly StreamKeyReading[]): Promise<StreamKeyReading> {
    const home = await this.#parts.homes.find(readings.map(({ key }) => key));
    return readings.find(({ key }) => key === home.key) ?? { key: home.key, query: '' };
  }

  #entryOf(key: string): StreamSettings | undefined {
    return this.#entries.find(([pattern]) => pattern.matches(key))?.[1];
  }
}
