import { MAX_REPORTED } from '../../fleet-link/link-limits.ts';
import type { Departure, PlayerReport, StreamReport, Telemetry } from '../../fleet-link/relay-message.ts';
import { splitReport } from '../../fleet-link/split-report.ts';
import type { FleetEvent, FleetPlayer, RelayReport } from './fleet.ts';
import type { PlayerIndex } from './player-index.ts';

/** A relay reports more than it may; the message of the error says what. */
export class ReportError extends Error {
  override readonly name = 'ReportError';
}

/** Who reports: a process of a relay, by its link to a house. */
export interface Reporter {
  readonly software: string;
  /** Another one after each start of the relay. */
  readonly instance: string;
  /** The house that has the link. */
  readonly house: string;
  /** Milliseconds since 1970. */
  readonly linkedAt: number;
}

/** A report of which parts are still to come. */
interface Unfinished {
  readonly streams: Map<string, StreamReport>;
  /** Players of a whole list so far, by session. */
  readonly whole: Map<string, PlayerReport> | undefined;
  /** Of their texts. */
  characters: number;
  parts: number;
}

/** What one relay has reported, part by part. */
export class ReportedRelay {
  readonly relay: string;
  /** Undefined until its first report is complete. */
  report: RelayReport | undefined;
  /** Whether it was told that the relay is online. */
  isUp = false;
  /** Whether a house has a link of it. */
  isLinked = true;
  reporter: Reporter;
  readonly #index: PlayerIndex;
  readonly #tell: (event: FleetEvent) => void;
  /** By session. */
  readonly #players = new Map<string, FleetPlayer>();
  /** Of their texts. */
  #characters = 0;
  #unfinished: Unfinished | undefined;

  /** @param index - all players of the fleet, those of this relay among them */
  constructor(relay: string, reporter: Reporter, index: PlayerIndex, tell: (event: FleetEvent) => void) {
    this.relay = relay;
    this.reporter = reporter;
    this.#index = index;
    this.#tell = tell;
  }

  /** Whether more of the same report is to come. */
  get isUnfinished(): boolean {
    return this.#unfinished !== undefined;
  }

  get players(): Iterable<FleetPlayer> {
    return this.#players.values();
  }

  /** Reports come by this link from now on; of another process they are about other sessions. */
  linked(reporter: Reporter, now: number): void {
    if (reporter.instance !== this.reporter.instance) this.forget('relay-restarted', now);
    this.reporter = reporter;
    this.isLinked = true;
    this.#unfinished = undefined;
  }

  /**
   * Takes a message of a report.
   * @param at - milliseconds of the clock @param now - milliseconds since 1970
   * @returns whether the report is complete
   * @throws ReportError when it is more than a relay may report
   */
  take(telemetry: Telemetry, at: number, now: number): boolean {
    const unfinished = this.#unfinished ?? begin(telemetry);
    this.#unfinished = unfinished;
    unfinished.parts++;
    if (unfinished.parts > MAX_REPORTED.parts)
      throw new ReportError(`a report in more than ${MAX_REPORTED.parts} messages`);
    for (const stream of telemetry.streams) unfinished.streams.set(stream.key, stream);
    if (unfinished.streams.size > MAX_REPORTED.streams)
      throw new ReportError(`more than ${MAX_REPORTED.streams} streams`);
    this.#takePlayers(telemetry, unfinished);
    if (telemetry.more) return false;
    this.#unfinished = undefined;
    if (unfinished.whole !== undefined) this.#replace(unfinished.whole, now);
    const { software, instance, house } = this.reporter;
    const { state, players, publishers, sentBitsPerSecond, receivedBitsPerSecond, config } = telemetry;
    this.report = {
      ...{ relay: this.relay, at, software, instance, house },
      ...{ state, players, publishers, sentBitsPerSecond, receivedBitsPerSecond, ...config },
      streams: unfinished.streams,
    };
    return true;
  }

  /** Its report counts as so much later, milliseconds. */
  keepUp(ms: number): void {
    if (this.report !== undefined) this.report = { ...this.report, at: this.report.at + ms };
  }

  /** All that is known of it as a report of its own, for a house that has just come; nothing while there is none. */
  *retold(): Generator<Telemetry> {
    const { report } = this;
    if (report === undefined) return;
    const { state, players, publishers, sentBitsPerSecond, receivedBitsPerSecond, revision, problem } =
      report;
    yield* splitReport({
      ...{ type: 'telemetry', whole: true, state, players, publishers },
      ...{ sentBitsPerSecond, receivedBitsPerSecond, config: { revision, problem } },
      streams: [...report.streams.values()],
      joined: Array.from(this.#players.values(), ({ player: _player, relay: _relay, ...own }) => own),
      left: [],
    });
  }

  /** Its players are not known any more. @param now - milliseconds since 1970 */
  forget(reason: string, now: number): void {
    this.#unfinished = undefined;
    for (const player of this.#players.values()) this.#lose(player, secondsOf(player, now), 0, reason);
  }

  #takePlayers({ joined, left }: Telemetry, unfinished: Unfinished): void {
    const { whole } = unfinished;
    for (const player of joined) {
      if (whole === undefined) this.#add(player);
      else {
        whole.set(player.id, player);
        unfinished.characters += charactersOf(player);
      }
    }
    if (Math.max(this.#players.size, whole?.size ?? 0) > MAX_REPORTED.players)
      throw new ReportError(`more than ${MAX_REPORTED.players} players`);
    if (Math.max(this.#characters, unfinished.characters) > MAX_REPORTED.characters)
      throw new ReportError(`more than ${MAX_REPORTED.characters} characters about its players`);
    for (const departure of left) {
      whole?.delete(departure.id);
      this.#onLeft(departure);
    }
  }

  #replace(whole: ReadonlyMap<string, PlayerReport>, now: number): void {
    for (const [id, player] of this.#players)
      if (!whole.has(id)) this.#lose(player, secondsOf(player, now), 0, 'unknown');
    for (const player of whole.values()) this.#add(player);
  }

  #add(report: PlayerReport): void {
    const known = this.#players.get(report.id);
    if (known !== undefined) {
      if (known.stream === report.stream && known.since === report.since) return; // it was told twice
      this.#lose(known, 0, 0, 'unknown');
    }
    const player = { ...report, player: `${this.relay}/${report.id}`, relay: this.relay };
    if (!this.#index.add(player)) return;
    this.#players.set(report.id, player);
    this.#characters += charactersOf(player);
    this.#tell({ what: 'joined', player });
  }

  #onLeft({ id, bytes, seconds, reason }: Departure): void {
    const player = this.#players.get(id);
    if (player !== undefined) this.#lose(player, seconds, bytes, reason);
  }

  #lose(player: FleetPlayer, seconds: number, bytes: number, reason: string): void {
    this.#players.delete(player.id);
    this.#characters -= charactersOf(player);
    this.#index.remove(player);
    this.#tell({ what: 'left', player, bytes, seconds, reason });
  }
}

function begin({ whole }: Telemetry): Unfinished {
  return { streams: new Map(), whole: whole ? new Map() : undefined, characters: 0, parts: 0 };
}

function charactersOf({ id, uid, identity, address, protocol, stream }: PlayerReport): number {
  const labels = (uid?.length ?? 0) + (identity?.length ?? 0);
  return id.length + labels + address.length + protocol.length + stream.length;
}

function secondsOf({ since }: FleetPlayer, now: number): number {
  return Math.max(0, (now - since) / 1000);
}
