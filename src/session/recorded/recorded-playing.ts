import { RecordingError } from '../../recording/recording-error.ts';
import { type Challenge, type Grant, isChallenge, type Refusal, type RefusalReason } from '../access.ts';
import { Activity } from '../activity.ts';
import type { Connection, Wish } from '../connection.ts';
import { type Asker, Inquiry } from '../inquiry.ts';
import type { PlayerLeft, Revocation, SessionRole } from '../session.ts';
import type { RecordedFile } from './recorded-file.ts';
import type { RecordingLibrary } from './recording-library.ts';

/** Why the play of a recording is over, though its peer is still there. */
export type RecordedEnd = Revocation | 'shutdown' | 'stalled' | 'unreadable';

/** How the play of a recording looks in a protocol. */
export interface RecordedWire {
  onDenied(denial: Refusal | Challenge): void;
  onMissed(what: string): void;
  /** It may play: media is to be sent from now on. */
  onAccepted(file: RecordedFile): void;
  /** Nothing is sent any more, for whatever reason. */
  onLeft(): void;
  /** It is over, not by the peer's wish. @param sentence - why, for people */
  onEnded(end: RecordedEnd, sentence: string): void;
}

/** What whoever may not play a recording is told, be it there or not. */
export const unknownRecording: Refusal = {
  refused: 'not-found',
  description: 'there is no such recording, or it may not be played by whoever asks like this',
};

const tlsOnly: Refusal = { refused: 'access', description: 'recordings are played over TLS only' };

/** Refusals that would say more of recordings than that. */
const revealing: ReadonlySet<RefusalReason> = new Set([
  'access',
  'credentials',
  'expired',
  'format',
  'hook',
  'key',
  'no-source',
  'not-found',
]);

type State =
  | { readonly at: 'new' }
  | { readonly at: 'asked'; readonly inquiry: Inquiry }
  | { readonly at: 'playing' }
  | { readonly at: 'over' };

/** The play of a recording, from the asking to the end, whatever its protocol. */
export class RecordedPlaying extends Activity implements Asker {
  readonly verb = 'playback';
  readonly #library: RecordingLibrary;
  readonly #wire: RecordedWire;
  /** In which it is played: recordings of another family are none. */
  readonly #family: RecordedFile['recording']['family'];
  #state: State = { at: 'new' };
  #firstMediaMs = -1;
  /** All is sent that was wanted: whoever goes now has not left in the middle. */
  isComplete = false;

  constructor(
    connection: Connection,
    library: RecordingLibrary,
    wire: RecordedWire,
    family: RecordedFile['recording']['family'],
  ) {
    super(connection);
    this.#library = library;
    this.#wire = wire;
    this.#family = family;
  }

  get role(): SessionRole {
    return this.#state.at === 'playing' ? 'player' : 'pending';
  }

  get firstMediaMs(): number | undefined {
    return this.#firstMediaMs < 0 ? undefined : this.#firstMediaMs;
  }

  /** Asks whether it may play. */
  begin(wish: Wish): void {
    const objection = objectionTo(this.connection, this.#library);
    if (objection === undefined) {
      this.#state = { at: 'asked', inquiry: new Inquiry(this.connection, this, this.verb, wish) };
      return;
    }
    this.connection.reject(objection, wish.readings[0]?.key);
    this.onDenied(objection);
  }

  /** Ends it without a word to the peer, who knows or has gone. @param why - as for {@link logEnd} */
  leave(left: PlayerLeft, why?: string): void {
    const state = this.#state;
    if (state.at === 'over') return;
    this.#state = { at: 'over' };
    if (state.at === 'asked') state.inquiry.cancel();
    if (state.at === 'playing') {
      const reason = this.isComplete && left === 'closed' ? 'ended' : left;
      this.logEnd('play-end', 'stopped playing', reason, why);
      this.connection.context.events.onOver(this, reason);
      this.#library.note(this.key, this.#by, reason);
      this.#wire.onLeft();
    }
    this.giveBack();
  }

  /** Media is about to be written. */
  onMedia(): void {
    if (this.#firstMediaMs < 0) this.#firstMediaMs = Math.round(this.connection.onFirstMedia());
  }

  /** The player has taken nothing for too long. */
  onStalled(): void {
    const text = `took no data of ${this.key} for too long and was disconnected`;
    this.connection.log.warn('stalled', text, { stream: this.key });
    this.end('stalled', `no data of ${this.key} was taken for too long`);
  }

  /** The recording cannot be read on. */
  onFailed(error: unknown): void {
    this.connection.run(() => {
      if (!(error instanceof RecordingError)) throw error;
      this.connection.log.warn('playback-failed', `cannot be sent more of ${this.key}: ${error.message}`, {
        stream: this.key,
        reason: error.code,
      });
      this.end('unreadable', faultSentence(error));
    });
  }

  async onGranted(grant: Grant, signal: AbortSignal): Promise<Refusal | undefined> {
    this.goBy(grant);
    const found = await openRecording(this.#library, grant.key, this.#family, this.connection);
    if (signal.aborted) return undefined;
    if ('refused' in found) {
      this.giveBack();
      return found;
    }
    this.connection.run(() => this.#accept(found));
    return undefined;
  }

  onDenied(denial: Refusal | Challenge): void {
    this.#state = { at: 'over' };
    this.#wire.onDenied(toldOf(denial));
  }

  onMissed(what: string): void {
    this.leave('timeout');
    this.#wire.onMissed(what);
  }

  protected override onGoesOn(): void {
    this.connection.context.events.onGoesOn(this);
  }

  protected end(end: RecordedEnd, sentence: string): void {
    if (this.#state.at === 'over') return;
    this.leave(end, end === 'revoked' ? sentence : undefined);
    this.#wire.onEnded(end, sentence);
  }

  #accept(file: RecordedFile): void {
    this.#state = { at: 'playing' };
    this.logBegin('play', 'plays');
    this.connection.context.events.onBegun(this);
    this.connection.accept();
    this.#wire.onAccepted(file);
  }

  /** For the audit log. */
  get #by(): string {
    return `${this.identity ?? ''}@${this.connection.address}`;
  }
}

/** Why no recording is played there, whichever it is. */
export function objectionTo(
  { isTls }: Pick<Connection, 'isTls'>,
  { limits }: Pick<RecordingLibrary, 'limits'>,
): Refusal | undefined {
  if (isTls || !limits.tlsOnly) return undefined;
  return tlsOnly;
}

/** A recording that is granted, or why it cannot be played: then the log has the reason. */
export async function openRecording(
  library: RecordingLibrary,
  key: string,
  family: RecordedFile['recording']['family'],
  { log }: Pick<Connection, 'log'>,
): Promise<RecordedFile | Refusal> {
  try {
    const file = await library.open(key);
    if (file === undefined) return unknownRecording;
    if (file.recording.family === family) return file;
    const { family: has } = file.recording;
    const where = has === 'ASF' ? `/${key}.asf over HTTP` : `/${key}.flv over HTTP, or over RTMP`;
    return { refused: 'format', description: `the recording is ${has}: it is at ${where}` };
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    if (error.code === 'not-found') return unknownRecording;
    log.warn('playback-failed', `cannot be sent ${key}: ${error.message}`, {
      stream: key,
      reason: error.code,
    });
    return { refused: 'unavailable', description: faultSentence(error) };
  }
}

/** What of a denial the peer is told: who may not play learns nothing of what there is. */
export function toldOf(denial: Refusal | Challenge): Refusal | Challenge {
  if (isChallenge(denial)) return { ...denial, description: unknownRecording.description };
  if (denial === tlsOnly || !revealing.has(denial.refused)) return denial;
  const { challenges } = denial;
  return challenges === undefined ? unknownRecording : { ...unknownRecording, challenges };
}

function faultSentence({ code }: RecordingError): string {
  return code === 'damaged'
    ? 'the recording is damaged: what follows cannot be played'
    : 'the recording cannot be read at the moment';
}
