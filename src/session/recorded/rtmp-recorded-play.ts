import { type RtmpWish, rtmpWireForm } from '../../family/flv/rtmp-wire-form.ts';
import type { AmfValue } from '../../protocol/amf/amf-value.ts';
import { StatusCode } from '../../protocol/rtmp/dialogue/status.ts';
import type { Challenge, Refusal } from '../access.ts';
import { Allowance } from '../allowance.ts';
import { Deadline } from '../deadline.ts';
import { type OtherActivities, RtmpActivity } from '../rtmp/rtmp-activity.ts';
import { playDenial } from '../rtmp/rtmp-status.ts';
import type { SocketWriter } from '../socket-writer.ts';
import { PacedPlayer, type PlayerEvents } from './paced-player.ts';
import type { NamedForm, PlayedPart } from './packed-span.ts';
import type { RecordedFile } from './recorded-file.ts';
import { type RecordedEnd, RecordedPlaying, type RecordedWire } from './recorded-playing.ts';
import type { RecordingLibrary } from './recording-library.ts';

/** How often a player may go elsewhere: so many times at once, and so many a second. Each costs reading, and what was sent already. */
const SEEKS_AT_ONCE = 32;
const SEEKS_PER_SECOND = 4;

/** The play of a recording on one message stream. */
export class RtmpRecordedPlay extends RtmpActivity implements RecordedWire, PlayerEvents {
  readonly activity: RecordedPlaying;
  readonly #library: RecordingLibrary;
  readonly #seeks: Allowance;
  #wish: RtmpWish = { messageStreamId: this.messageStreamId, audio: true, video: true };
  #part: PlayedPart;
  #file: RecordedFile | undefined;
  #player: PacedPlayer | undefined;
  /** Of a play of which all is sent. */
  readonly #end: Deadline;

  /** @param args - start and length in milliseconds, as the client has sent them */
  constructor(
    others: OtherActivities,
    messageStreamId: number,
    name: string,
    args: readonly AmfValue[],
    library: RecordingLibrary,
  ) {
    super(others, messageStreamId, name);
    this.#library = library;
    this.#part = partOf(args);
    this.#seeks = new Allowance(library.clock, SEEKS_AT_ONCE, SEEKS_PER_SECOND);
    this.#end = new Deadline(library.clock, () => this.#onWatched());
    this.activity = new RecordedPlaying(this.host, library, this, 'FLV');
  }

  // --- what the client wants

  override pause(isPaused: boolean, timeMs: number): void {
    const player = this.#player;
    if (isPaused) player?.pause();
    else player?.resume(timeMs > 0 && this.#seeks.take() ? timeMs + this.#part.baseMs : undefined);
  }

  seek(timeMs: number): boolean {
    const { dialogue } = this.host;
    const refuse = (code: string, description: string): true => {
      dialogue.status(this.messageStreamId, { level: 'error', code, description });
      return true;
    };
    const durationMs = this.#file?.recording.durationMs ?? 0;
    if (timeMs > durationMs)
      return refuse(StatusCode.seekInvalidTime, `the recording ends at ${seconds(durationMs)} s`);
    if (!this.#seeks.take())
      return refuse(StatusCode.seekFailed, `more than ${SEEKS_PER_SECOND} seeks a second`);
    dialogue.seekRecorded(this.messageStreamId, `goes on at the keyframe before ${seconds(timeMs)} s`);
    this.#part = { ...this.#part, fromMs: timeMs, baseMs: 0 };
    this.#play(this.#part);
    return true;
  }

  buffer(ms: number): void {
    if (this.#player !== undefined && ms > 0) this.#player.bufferMs = ms;
  }

  override receive(kind: 'audio' | 'video', isWanted: boolean): void {
    this.#wish = { ...this.#wish, [kind]: isWanted };
    this.#player?.change(this.#form);
  }

  // --- what access and the recording tell

  onDenied(denial: Refusal | Challenge): void {
    this.others.onOver(this.messageStreamId);
    this.host.dialogue.endPlay(this.messageStreamId, playDenial(denial));
    this.others.onDenied('play', denial.description);
  }

  onAccepted(file: RecordedFile): void {
    this.#file = file;
    this.#player = new PacedPlayer(this.#library, file, this.#form, this);
    this.host.dialogue.startRecorded(this.messageStreamId, `playing ${file.key}`);
    this.host.onPlaying();
    this.#play(this.#part);
  }

  onEnded(end: RecordedEnd, sentence: string): void {
    this.others.onOver(this.messageStreamId);
    if (end === 'stalled') {
      this.host.destroy();
      return;
    }
    const isOver = end === 'shutdown';
    const status = isOver
      ? ({ level: 'status', code: StatusCode.playStop } as const)
      : ({ level: 'error', code: StatusCode.playFailed } as const);
    this.host.dialogue.endPlay(this.messageStreamId, { ...status, description: sentence });
    if (end === 'unreadable') this.others.checkIdle();
    else this.others.closeIfIdle(sentence);
  }

  onLeft(): void {
    this.#end.clear();
    this.#player?.stop();
  }

  // --- what the player tells

  get writer(): SocketWriter {
    return this.host.writer;
  }

  onSending(): void {
    this.activity.onMedia();
  }

  onComplete(): void {
    this.host.run(() => {
      const { bytes } = this.activity.progress();
      const duration = (this.#file?.recording.durationMs ?? 0) / 1000;
      this.activity.isComplete = true;
      this.host.dialogue.completePlay(this.messageStreamId, `played ${this.name}`, { duration, bytes });
      // what is in the player's buffer is seen only now: whoever watches may want to go back
      this.#end.expect('seek', this.host.context.deadlines.idleMs);
    });
  }

  onStalled(): void {
    this.activity.onStalled();
  }

  onFailed(error: unknown): void {
    this.activity.onFailed(error);
  }

  #play(part: PlayedPart): void {
    const isHeardOnly = this.#file?.recording.hasVideo === false; // then any tag is a beginning
    this.#end.clear();
    this.activity.isComplete = false;
    this.#player?.play(isHeardOnly ? { ...part, behindMs: part.fromMs - 1 } : part);
  }

  #onWatched(): void {
    this.host.run(() => {
      this.activity.leave('ended');
      this.others.onOver(this.messageStreamId);
      this.host.dialogue.leaveStream(this.messageStreamId);
      this.others.checkIdle();
    });
  }

  get #form(): NamedForm {
    const { messageStreamId, audio, video } = this.#wish;
    return { form: rtmpWireForm(this.#wish), name: `rtmp ${messageStreamId} ${audio} ${video}` };
  }
}

/**
 * -2, -1 and whatever else is less than 0 begin at the beginning; without a length, or with none above 0, all is played. Times are then
 * counted from the start that was asked for, which librtmp 2.4 adds to them.
 */
function partOf([start, length]: readonly AmfValue[]): PlayedPart {
  const fromMs = typeof start === 'number' && start > 0 ? start : 0;
  const lengthMs = typeof length === 'number' && length > 0 ? length : Number.POSITIVE_INFINITY;
  return { fromMs, untilMs: fromMs + lengthMs, behindMs: -1, isContinued: false, baseMs: fromMs };
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3).replace(/\.?0+$/, '');
}
