import { Work } from '../protocol/work-meter.ts';
import { type Frame, type PrefaceFrame, trackCount } from '../stream/frame.ts';
import type { ResumePoint } from '../stream/resuming/resume-point.ts';
import type { RecordingState, Source, SourceLeft, WishedRecording } from '../stream/source.ts';
import type { Publication } from '../stream/stream-registry.ts';
import { type Challenge, type Grant, isChallenge, isRefusal, type Refusal } from './access.ts';
import { Activity } from './activity.ts';
import type { Connection, Wish } from './connection.ts';
import { Deadline } from './deadline.ts';
import { type Asker, Inquiry } from './inquiry.ts';
import type { MessageRate } from './published/message-rate.ts';
import { PublisherWatch } from './published/publisher-watch.ts';
import type { SeriesWatches } from './published/series-watches.ts';
import { Silence } from './published/silence.ts';
import type { ActivityEnd, Revocation, SessionRole } from './session.ts';

/** Why a publication that was accepted is over, though its peer is still there. */
export type PublicationEnd = 'replaced' | 'shutdown' | Revocation;

/** How a publication looks in a protocol. What a protocol has no words for is left out. */
export interface PublicationWire {
  /** What the client calls the stream. */
  readonly name: string;
  onDenied(denial: Refusal | Challenge): void;
  /** The client has not done in time what it had to. */
  onMissed(what: string): void;
  /** How long it may send nothing, milliseconds, where that is not `deadlines.silenceMs`. */
  readonly silenceMs?: number;
  /**
   * Media may come.
   * @param goesOnFrom - metadata and headers that hold, where it goes on with a series
   * @param resumePoint - how far the stream has come, where a relay may go on with it
   */
  onAccepted(key: string, goesOnFrom?: readonly PrefaceFrame[], resumePoint?: ResumePoint): void;
  /** It is over, not by the peer's wish. @param sentence - why, for people */
  onEnded(end: PublicationEnd, sentence: string): void;
  /** What becomes of the wish to have it recorded. @param sentence - for people */
  onRecording?(state: RecordingState | 'denied', sentence: string): void;
}

/** What a publisher asks for. */
export interface PublishWish extends Wish {
  /** Whether it wishes to be recorded: in a run of its own, or behind what was recorded of the stream before. */
  readonly record?: WishedRecording['run'] | undefined;
}

/** What publications are parts of that bring one programme in turn. */
export interface PublicationSeries {
  /** @see Source.series */
  readonly id: string;
  readonly watches: SeriesWatches;
}

type State =
  | { readonly at: 'new' }
  | { readonly at: 'asked'; readonly inquiry: Inquiry }
  | { readonly at: 'accepted'; readonly publication: Publication }
  | { readonly at: 'over' };

/** What the log of a takeover says to whoever did not want it. */
const FORBID_TAKEOVERS = 'set publish.onConflict to "reject" to refuse a second publisher instead';

/**
 * One publication of a stream, from the asking to the end, whatever its protocol and format. It belongs to a session and not
 * to a request: a protocol may bring its media in many.
 */
export class Publishing extends Activity implements Asker {
  readonly verb = 'publish';
  readonly #wire: PublicationWire;
  readonly #messageRate: MessageRate;
  readonly #silence = new Silence();
  /** Only where the stream has limits. */
  #watch: PublisherWatch | undefined;
  /** For the media; {@link Inquiry} has its own for the verdict. */
  readonly #deadline: Deadline;
  #state: State = { at: 'new' };
  #series: PublicationSeries | undefined;
  /** As it was asked for, where it is to be recorded. */
  #toRecord: PublishWish | undefined;

  constructor(connection: Connection, wire: PublicationWire) {
    super(connection);
    const { clock } = connection.context;
    this.#wire = wire;
    this.#messageRate = connection.messageRate;
    this.#deadline = new Deadline(clock, (what) => {
      connection.run(() => {
        connection.miss(what);
        this.onMissed(what);
      });
    });
  }

  get role(): SessionRole {
    return this.#state.at === 'accepted' ? 'publisher' : 'pending';
  }

  /** Whether nothing of it counts any more. */
  get isOver(): boolean {
    return this.#state.at === 'over';
  }

  // --- what the peer wishes

  /** Asks whether it may publish. @param series - that it is a part of */
  begin(wish: PublishWish, series?: PublicationSeries): void {
    this.#series = series;
    if (wish.record !== undefined) this.#toRecord = wish;
    this.#state = { at: 'asked', inquiry: new Inquiry(this.connection, this, 'publish', wish) };
  }

  /** Media has come: the frame is handed over for good. */
  receive(frame: Frame): void {
    const state = this.#state;
    if (state.at !== 'accepted') return;
    this.#messageRate.count();
    if (this.#watch !== undefined && this.#isTooMuch(this.#watch, frame)) return;
    const tracks = trackCount(frame);
    if (tracks > 1) this.connection.meter.spend(Work.track * tracks, 0);
    if (this.#silence.passes(frame)) state.publication.receive(frame);
    if (this.#state !== state || !state.publication.counts) return; // replaced from within, or nothing to take over with
    this.#expectMedia();
  }

  #expectMedia(): void {
    this.#deadline.expect('media', this.#wire.silenceMs ?? this.connection.context.deadlines.silenceMs);
  }

  /**
   * Ends it without a word to the peer: the log says so, it leaves the stream, and what access took for it is given back.
   * @param reason - `ended` as the peer wished; after anything else it may come back
   * @param why - as for {@link logEnd}
   */
  leave(reason: ActivityEnd, why?: string): void {
    this.#leave(reason, reason === 'ended' ? 'ended' : 'lost', why);
  }

  /**
   * Ends it without a word to the peer, who is to go on with the next of its series.
   * @param onPaused - called when that may come, perhaps before this returns
   */
  pause(onPaused: () => void): void {
    if (this.#watch !== undefined) this.#series?.watches.keep(this.#series.id, this.#watch);
    this.#leave('ended', 'paused', 'the next part is to follow', onPaused);
  }

  #leave(reason: ActivityEnd, how: SourceLeft, why?: string, onPaused?: () => void): void {
    const state = this.#state;
    if (state.at === 'over') return;
    this.#state = { at: 'over' };
    this.#deadline.clear();
    if (state.at === 'asked') state.inquiry.cancel();
    else if (state.at === 'accepted') {
      const lost = reason === 'closed' ? 'the connection was lost' : undefined;
      this.logEnd('unpublish', 'stopped publishing', reason, why ?? lost);
      this.connection.context.events.onOver(this, reason);
      state.publication.leave(how, onPaused);
    }
    this.giveBack();
  }

  // --- what access says

  async onGranted(grant: Grant, signal: AbortSignal): Promise<Refusal | undefined> {
    this.goBy(grant);
    const { context, client, id: session, protocol } = this.connection;
    const { peer } = context;
    const asked = this.#toRecord && (await this.#askToRecord(this.#toRecord, grant, signal));
    const source: Source = {
      address: peer,
      origin: { type: 'push', protocol, peer, client, session },
      path: grant.path,
      mayGoOn: grant.path.length > 0,
      series: this.#series?.id,
      recording: typeof asked === 'string' ? undefined : asked,
      onReplaced: (by) => this.connection.run(() => this.#onReplaced(by)),
    };
    const publication = await context.streams.publish(grant, source, signal);
    if (isRefusal(publication)) return publication;
    if (this.#state.at !== 'asked') {
      publication.leave('lost'); // who asked has gone meanwhile, or was replaced
      return undefined;
    }
    this.#state = { at: 'accepted', publication };
    const { key } = publication;
    const limits = context.streams.publisherLimits(key);
    if (limits !== undefined)
      this.#watch = this.#watchBefore(publication) ?? new PublisherWatch(context.clock, limits);
    if (publication.goesOnFrom === undefined)
      this.#deadline.expect('first media', context.deadlines.firstMediaMs);
    else this.#expectMedia();
    this.logBegin('publish', 'publishes');
    context.events.onBegun(this);
    this.connection.run(() => {
      this.connection.accept();
      this.#wire.onAccepted(key, publication.goesOnFrom, publication.resumePoint);
      if (typeof asked === 'string') this.#wire.onRecording?.('denied', asked);
    });
    return undefined;
  }

  /** @returns the recording, a sentence why there is none, or nothing where nobody records anything */
  async #askToRecord(
    wish: PublishWish,
    { key, identity }: Grant,
    signal: AbortSignal,
  ): Promise<WishedRecording | string | undefined> {
    const { connection } = this;
    const { context } = connection;
    const setting = context.streams.recordWish?.(key);
    if (setting === undefined || wish.record === undefined) return undefined;
    if (setting === 'never') return `${key} is not recorded here`;
    const verdict = await context.gate.ask(connection.request('record', wish, 'begin'), signal);
    if (isRefusal(verdict) || isChallenge(verdict)) {
      connection.log.info('refused', `may not have ${key} recorded: ${verdict.description}`, {
        stream: key,
        reason: isRefusal(verdict) ? verdict.refused : 'credentials',
      });
      return setting === 'always' ? undefined : verdict.description;
    }
    verdict.release(); // it holds for what begins now
    return {
      run: wish.record,
      by: `publisher:${verdict.identity ?? identity ?? ''}@${context.address}`,
      onState: (state, sentence) =>
        this.connection.run(() => {
          if (this.#state.at === 'accepted') this.#wire.onRecording?.(state, sentence);
        }),
    };
  }

  onDenied(denial: Refusal | Challenge): void {
    this.#state = { at: 'over' };
    this.giveBack();
    this.#wire.onDenied(denial);
  }

  protected override onGoesOn(): void {
    this.connection.context.events.onGoesOn(this);
  }

  onMissed(what: string): void {
    this.leave('timeout');
    this.#wire.onMissed(what);
  }

  #watchBefore({ goesOnFrom }: Publication): PublisherWatch | undefined {
    return goesOnFrom && this.#series?.watches.take(this.#series.id);
  }

  /** Whether the frame makes more of the stream than is allowed, so that it is over. */
  #isTooMuch(watch: PublisherWatch, frame: Frame): boolean {
    const excess = watch.count(frame);
    if (excess === undefined) return false;
    const { log, context } = this.connection;
    const { key: stream } = this;
    if (context.streams.publisherLimits(stream)?.onExcess !== 'end') {
      log.warn('publisher-limit', `sends ${stream} with ${excess}`, { stream });
      return false;
    }
    context.events.onRejected('publisher-limit');
    this.end('revoked', `${this.#wire.name} has ${excess}`);
    return true;
  }

  // --- the end

  #onReplaced({ address }: Source): void {
    if (this.#state.at === 'over') return;
    const text = `lost ${this.key} to a publisher from ${address}; ${FORBID_TAKEOVERS}`;
    this.connection.log.info('taken-over', text, { ...this.account('replaced'), by: address });
    this.end('replaced', `${this.key} was taken over by another publisher`);
  }

  protected end(end: PublicationEnd, sentence: string): void {
    const { at } = this.#state;
    if (at === 'over') return;
    this.leave(end, end === 'revoked' ? sentence : undefined);
    this.#wire.onEnded(end, sentence);
    if (at === 'asked') this.connection.onDecided(); // what was held for the verdict need not wait for it
  }
}
