import type { AccessLogSettings } from '../../config/log-settings.ts';
import type { Log } from '../../log.ts';
import { Allowance } from '../../session/allowance.ts';
import type { AcceptedActivity, ActivityEnd, PlaybackReport, Session } from '../../session/session.ts';
import type { Clock } from '../../stream/clock.ts';
import type { Follower } from '../followers.ts';
import { type AccessEntry, activityEntry, idleEntry } from './access-entry.ts';
import { type AccessLine, accessLines } from './access-line.ts';

/** All may leave at once that a rate allows in so many seconds. */
const AT_ONCE_SECONDS = 10;

/** Lines that were left out are told so long after the first of them, milliseconds. */
const TELL_MS = 10_000;

/** Takes whole lines, with their ends. */
export interface LineWriter {
  write(line: string): void;
}

/** What an access log needs. */
export interface AccessLogParts extends LineWriter {
  readonly clock: Clock;
  readonly log: Log;
  /** The relay's name. */
  readonly relay: string;
  readonly settings: Pick<AccessLogSettings, 'format' | 'linesPerSecond'>;
  /** Takes credentials out of a query. */
  publicQuery(query: string): string;
}

/** Writes a line for each publication and play of a thread at its end, and for each connection that came to neither. */
export class AccessLog implements Follower {
  readonly #parts: AccessLogParts;
  readonly #line: AccessLine;
  readonly #rate: Allowance;
  /** Connections of which there is a line. */
  readonly #told = new Set<string>();
  /** Connections that play, by the client-ids of their players. */
  readonly #players = new Map<number, string>();
  /** What players have reported and no line has told yet, by their connections. */
  readonly #reports = new Map<string, string>();
  #leftOut = 0;

  constructor(parts: AccessLogParts) {
    const { clock, settings } = parts;
    this.#parts = parts;
    this.#line = accessLines[settings.format];
    this.#rate = new Allowance(clock, settings.linesPerSecond * AT_ONCE_SECONDS, settings.linesPerSecond);
  }

  onBegun({ clientId, session }: AcceptedActivity): void {
    if (clientId !== undefined) this.#players.set(clientId, session.id);
  }

  /** It is told with its play, if that is known and not over; else with the connection that has brought it. */
  onReported({ clientId, session, text }: PlaybackReport): void {
    this.#reports.set(this.#players.get(clientId) ?? session.id, text);
  }

  onOver(activity: AcceptedActivity, reason: ActivityEnd): void {
    const { clientId, session } = activity;
    if (clientId !== undefined && this.#players.get(clientId) === session.id) this.#players.delete(clientId);
    this.#told.add(session.id);
    const report = this.#take(session.id);
    const publicQuery = (query: string): string => this.#parts.publicQuery(query);
    this.#write((at) => ({ ...activityEntry(activity, reason, at, publicQuery), report }));
  }

  onClosed(session: Session): void {
    const report = this.#take(session.id);
    if (this.#told.delete(session.id) && report === undefined) return;
    const ms = this.#parts.clock.now() - session.since;
    this.#write((at) => ({ ...idleEntry(session, ms, at), report }));
  }

  #take(connection: string): string | undefined {
    const report = this.#reports.get(connection);
    this.#reports.delete(connection);
    return report;
  }

  #write(entryAt: (endedAt: Date) => AccessEntry): void {
    if (this.#rate.take()) this.#parts.write(this.#line(entryAt(new Date()), this.#parts.relay));
    else if (this.#leftOut++ === 0) this.#parts.clock.after(TELL_MS, () => this.#tell());
  }

  #tell(): void {
    const lines = this.#leftOut;
    this.#leftOut = 0;
    const text = `the access log lacks ${lines} lines: there were more than accessLog.linesPerSecond`;
    this.#parts.log.warn('access-log', text, { lines });
  }
}

/** Says in the log that the access log lacks lines because its file did not take them in time. */
export function tellMissingLines(log: Log, lines: number): void {
  log.error('access-log', `the access log lacks ${lines} lines: its file did not take them`, { lines });
}
