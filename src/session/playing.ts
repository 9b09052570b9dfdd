import type { Preface } from '../stream/cache/preface-store.ts';
import type { MediaKinds, WireForm } from '../stream/fan-out/wire-form.ts';
import type { MediaFamily } from '../stream/media-family.ts';
import type { PlayEndReason, Player, PlayStanding } from '../stream/player.ts';
import type { ResumePoint } from '../stream/resuming/resume-point.ts';
import type { Play } from '../stream/stream-registry.ts';
import type { Challenge, Grant, Refusal } from './access.ts';
import { Activity } from './activity.ts';
import type { Connection, Wish } from './connection.ts';
import { type Asker, Inquiry } from './inquiry.ts';
import type { PlayerLeft, Revocation, SessionRole } from './session.ts';

/** Why a play that was accepted is over, though its peer is still there. */
export type PlayEnd = PlayEndReason | Revocation;

/** How a play looks in a protocol. What a protocol has no words for is left out. */
export interface PlayWire {
  /** What the client calls the stream. */
  readonly name: string;
  /** The client-id by which the client is known, where a protocol has one. */
  readonly clientId?: number;
  /** Where the client says that it left off, which counts of relays only; undefined where it says nothing. */
  readonly resume?: ResumePoint | undefined;
  onDenied(denial: Refusal | Challenge): void;
  /** The client has not done in time what it had to; the connection is of no use any more. */
  onMissed(what: string): void;
  /** The play is accepted; the stream may be there or not. */
  onAccepted(): void;
  /**
   * The stream is there: media follows as soon as this returns.
   * @param path - for relays: ids of those that bring it, this one first; empty for others
   */
  onStarted(kinds: MediaKinds, path: readonly string[]): void;
  /** For relays: there is nothing to send though all is well, or there is again. */
  onDry?(isDry: boolean): void;
  /** For relays: the stream comes on another path, this relay first. */
  onPath?(path: readonly string[]): void;
  /** It is over, not by the peer's wish. @param sentence - why, for people */
  onEnded(end: PlayEnd, sentence: string): void;
}

type State =
  | { readonly at: 'new' }
  | { readonly at: 'asked'; readonly inquiry: Inquiry }
  | { readonly at: 'waiting'; readonly play: Play }
  | { readonly at: 'started'; readonly play: Play }
  | { readonly at: 'over' };

/** What somebody wants who asks for a stream: to be sent it, or only to be told what it is, which nobody counts as a play. */
export type PlayPurpose = 'play' | 'describe';

/** One play of a stream, from the asking to the end, whatever its protocol and format. */
export class Playing extends Activity implements Player, Asker {
  readonly verb = 'play';
  readonly #wire: PlayWire;
  readonly #purpose: PlayPurpose;
  #form: WireForm;
  #state: State = { at: 'new' };
  /** From the asking to the first media, milliseconds; -1 until then. */
  #firstMediaMs = -1;
  /** How it kept up, once it is over. */
  #lastStanding: PlayStanding | undefined;

  constructor(connection: Connection, wire: PlayWire, form: WireForm, purpose: PlayPurpose = 'play') {
    super(connection);
    this.#purpose = purpose;
    this.#wire = wire;
    this.#form = form;
  }

  get role(): SessionRole {
    if (this.#state.at === 'waiting') return 'waiting';
    if (this.#state.at === 'started') return this.isRelay ? 'relay' : 'player';
    return 'pending';
  }

  standing(): PlayStanding | undefined {
    return this.#play?.standing() ?? this.#lastStanding;
  }

  get clientId(): number | undefined {
    return this.#wire.clientId;
  }

  get firstMediaMs(): number | undefined {
    return this.#firstMediaMs < 0 ? undefined : this.#firstMediaMs;
  }

  // --- what the peer wishes

  /** Asks whether it may play. */
  begin(wish: Wish): void {
    this.#state = { at: 'asked', inquiry: new Inquiry(this.connection, this, 'play', wish) };
  }

  /** Ends it without a word to the peer, who knows or has gone; nothing is written any more. @param why - as for {@link logEnd} */
  leave(reason: PlayerLeft, why?: string): void {
    const state = this.#state;
    if (state.at === 'over') return;
    this.#state = { at: 'over' };
    if (state.at === 'asked') state.inquiry.cancel();
    else if (state.at !== 'new') {
      const did = state.at === 'started' ? 'stopped playing' : 'stopped waiting for';
      this.#lastStanding = state.play.standing();
      if (this.#purpose === 'play') {
        this.logEnd('play-end', did, reason, why);
        this.connection.context.events.onOver(this, reason);
      }
      state.play.stop();
    }
    this.giveBack();
  }

  /** Metadata and headers of the stream as they are now; none before it is there. */
  prefaces(): readonly Preface[] {
    return this.#play?.prefaces() ?? [];
  }

  pause(isPaused: boolean): void {
    this.#play?.pause(isPaused);
  }

  /** The peer wants other bytes of the stream from now on. */
  change(form: WireForm): void {
    this.#form = form;
    this.#play?.change(form);
  }

  // --- what access says

  onGranted(grant: Grant): undefined {
    this.goBy(grant);
    const { address, context } = this.connection;
    const resume = this.isRelay ? this.#wire.resume : undefined;
    const play = context.streams.play(grant, this, { form: this.#form, resume, address });
    this.#state = { at: 'waiting', play };
    if (this.#purpose === 'play') {
      this.logBegin('play', play.isLive ? 'plays' : 'waits for');
      context.events.onBegun(this);
    }
    this.connection.accept();
    this.#wire.onAccepted();
  }

  onDenied(denial: Refusal | Challenge): void {
    this.#state = { at: 'over' };
    this.#wire.onDenied(denial);
  }

  protected override onGoesOn(): void {
    this.connection.context.events.onGoesOn(this);
  }

  onMissed(what: string): void {
    this.leave('timeout');
    this.#wire.onMissed(what);
  }

  // --- what the stream tells

  get backlogBytes(): number {
    return this.connection.writer.backlogBytes;
  }

  get takenBytes(): number {
    return this.connection.writer.takenBytes;
  }

  write(bytes: Buffer, onTaken?: () => void): void {
    if (this.#firstMediaMs < 0) this.#firstMediaMs = Math.round(this.connection.onFirstMedia());
    this.connection.writer.write(bytes, onTaken);
  }

  cork(): void {
    this.connection.writer.cork();
  }

  uncork(): void {
    this.connection.writer.uncork();
  }

  onStart(path: readonly string[]): void {
    const play = this.#play;
    if (play === undefined) return;
    this.#state = { at: 'started', play };
    this.endWait();
    this.connection.run(() =>
      this.#wire.onStarted(play.kinds(), this.isRelay ? this.#throughHere(path) : []),
    );
  }

  onDry(isDry: boolean): void {
    if (this.isRelay && this.#play !== undefined) this.connection.run(() => this.#wire.onDry?.(isDry));
  }

  onPath(path: readonly string[]): void {
    if (!this.isRelay || this.#state.at !== 'started') return;
    this.connection.run(() => this.#wire.onPath?.(this.#throughHere(path)));
  }

  onEnd(reason: PlayEndReason): void {
    if (this.#play !== undefined) this.connection.run(() => this.#onEnd(reason));
  }

  #onEnd(reason: PlayEndReason): void {
    const { name } = this.#wire;
    if (reason === 'stalled') {
      const text = `took no data of ${this.key} for too long and was disconnected`;
      this.connection.log.warn('stalled', text, { stream: this.key });
    }
    const sentence =
      reason === 'format'
        ? otherFormat(name, this.#play?.family(), this.#form.family)
        : sentences[reason](name);
    if (reason === 'format' && this.#state.at === 'waiting')
      this.#deny({ refused: reason, description: sentence });
    else this.end(reason, sentence);
  }

  /** What it was let in for is nothing that it can be sent. */
  #deny(refusal: Refusal): void {
    this.leave('format');
    this.connection.reject(refusal, this.key);
    this.#wire.onDenied(refusal);
  }

  protected end(end: PlayEnd, sentence: string): void {
    const { at } = this.#state;
    if (at === 'over') return;
    this.leave(end, end === 'revoked' ? sentence : undefined);
    this.#wire.onEnded(end, sentence);
  }

  #throughHere(path: readonly string[]): readonly string[] {
    return [this.connection.context.streams.relayId, ...path];
  }

  get #play(): Play | undefined {
    const state = this.#state;
    return state.at === 'waiting' || state.at === 'started' ? state.play : undefined;
  }
}

/**
 * Why a stream cannot be sent, and where it can be had.
 * @param name - of the stream
 * @param has - what it is
 * @param asked - what it was to be; the same where its headers have changed in a way that such players cannot follow
 */
export function otherFormat(name: string, has: MediaFamily | undefined, asked: MediaFamily): string {
  if (has === asked) return `${name} goes on with another header than it began with: play it again`;
  const sentence = `${name} is not available in this format`;
  if (has === undefined) return sentence;
  const addresses = (has.addressesOf?.(name) ?? []).join(' and ');
  return `${sentence}: it is ${has.name}${addresses === '' ? '' : `, at ${addresses}`}`;
}

const sentences: Readonly<Record<Exclude<PlayEndReason, 'format'>, (name: string) => string>> = {
  ended: (name) => `${name} has ended`,
  'not-found': (name) => `there is no stream ${name}, and none came in time`,
  shutdown: () => 'the relay is shutting down',
  stalled: (name) => `no data of ${name} was taken for too long`,
};
