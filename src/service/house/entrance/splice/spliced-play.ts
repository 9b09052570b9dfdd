import type { AmfObject, AmfValue } from '../../../../protocol/amf/amf-value.ts';
import { encodeChunks } from '../../../../protocol/rtmp/chunk/chunk-writer.ts';
import type { ServerRefusal } from '../../../../protocol/rtmp/dialogue/net-stream.ts';
import { type Status, StatusCode } from '../../../../protocol/rtmp/dialogue/status.ts';
import { type MediaType, MessageType } from '../../../../protocol/rtmp/message/message.ts';
import { UserControlEvent } from '../../../../protocol/rtmp/message/user-control.ts';
import { decodePath, encodePath, PATH_NAME } from '../../../../protocol/rtmp/relay-path.ts';
import type { Challenge, Grant, Refusal } from '../../../../session/access.ts';
import { playDenial, playEnding } from '../../../../session/rtmp/rtmp-status.ts';
import type { PlayerLeft, Revocation, SessionRole } from '../../../../session/session.ts';
import { Flow } from './flow.ts';
import type { RelayLine } from './relay-line.ts';
import { Splice } from './splice.ts';

/** What a relay says of each play by itself, as the house does: once is enough. */
const SAMPLE_ACCESS = Buffer.from('\x02\x00\x11|RtmpSampleAccess', 'latin1');

/** A play: media goes from the relay to the client. */
export class SplicedPlay extends Splice {
  readonly verb = 'play';
  protected readonly farewell = ['play-end', 'stopped playing'] as const;
  #line: RelayLine | undefined;
  readonly #flow = new Flow(this.host.writer, {
    hold: () => this.#line?.hold(),
    goOn: () => this.#line?.goOn(),
  });
  /** What the client has said of the play before it began, each command once. */
  readonly #said = new Map<string, AmfValue[]>();
  /** What the client does not want, whatever is on its way yet. */
  readonly #unwanted = new Set<MediaType>();
  #isCorked = false;
  #firstMediaMs: number | undefined;

  get firstMediaMs(): number | undefined {
    return this.#firstMediaMs;
  }

  protected get roleOnceStarted(): SessionRole {
    return this.isRelay ? 'relay' : 'player';
  }

  onGranted(grant: Grant): undefined {
    this.#line = this.openLine(grant);
  }

  // --- what the client wishes

  override pause(isPaused: boolean): void {
    this.#tell('pause', isPaused, 0);
  }

  override receive(kind: 'audio' | 'video', isWanted: boolean): void {
    if (isWanted) this.#unwanted.delete(MessageType[kind]);
    else this.#unwanted.add(MessageType[kind]);
    this.#tell(kind === 'audio' ? 'receiveAudio' : 'receiveVideo', isWanted);
  }

  #tell(command: string, ...args: AmfValue[]): void {
    if (this.isStarted) this.#line?.tell(command, ...args);
    else this.#said.set(command, args);
  }

  // --- what the relay tells

  protected onAccepted(information: AmfObject): void {
    const path = this.isRelay ? decodePath(information[PATH_NAME]) : undefined;
    const more = path === undefined ? {} : { [PATH_NAME]: encodePath(path) };
    this.host.dialogue.startPlay(this.messageStreamId, `playing ${this.name}`, more);
    this.host.onPlaying();
    for (const [command, args] of this.#said) this.#line?.tell(command, ...args);
    this.#said.clear();
  }

  onMedia(type: MediaType, timestamp: number, payload: Buffer): void {
    if (
      !this.isStarted ||
      this.#unwanted.has(type) ||
      (type === MessageType.dataAmf0 && isSampleAccess(payload))
    )
      return;
    this.#firstMediaMs ??= Math.round(this.host.onFirstMedia());
    this.#cork();
    this.#flow.write(encodeChunks({ type, timestamp, messageStreamId: this.messageStreamId }, payload));
  }

  override onStatus(code: string, information: AmfObject): void {
    if (!this.isRelay || !this.isStarted) return;
    if (code === StatusCode.reconnectRequest) {
      this.host.askToReconnect(null); // the house knows better than the relay where to
      return;
    }
    const path = code === StatusCode.playPathNotify ? decodePath(information[PATH_NAME]) : undefined;
    if (path === undefined) return;
    const description = 'the stream now takes another path';
    const status = { level: 'status', code: StatusCode.playPathNotify, description } as const;
    this.host.dialogue.status(this.messageStreamId, status, { [PATH_NAME]: encodePath(path) });
  }

  override onDry(isDry: boolean): void {
    if (!this.isRelay || !this.isStarted) return;
    const event = isDry ? UserControlEvent.streamDry : UserControlEvent.streamBegin;
    this.host.dialogue.userControl(event, this.messageStreamId);
  }

  onRefused({ code: said, description }: ServerRefusal): void {
    const code = this.codeOf(said, StatusCode.playFailed);
    const isUnknown = code === StatusCode.playStreamNotFound;
    if (!this.isStarted)
      this.host.reject({ refused: isUnknown ? 'not-found' : 'access', description }, this.key);
    const reason = isUnknown ? 'not-found' : 'closed';
    this.#tellEnd(reason, { level: 'error', code, description }, description);
    this.others.checkIdle();
  }

  onEnded(): void {
    this.#tellEnd('ended', playEnding('ended', `${this.name} has ended`));
    this.others.checkIdle();
  }

  protected onGone(sentence: string, why: string): void {
    this.#tellEnd('closed', { level: 'error', code: StatusCode.playFailed, description: sentence }, why);
    this.others.closeIfIdle(sentence);
  }

  // --- the end

  protected tellRefusal(denial: Refusal | Challenge): void {
    this.host.dialogue.endPlay(this.messageStreamId, playDenial(denial));
  }

  protected leaveLine(line: RelayLine, _reason: PlayerLeft): void {
    line.close();
  }

  protected end(end: Revocation | 'shutdown', sentence: string): void {
    this.#tellEnd(end, playEnding(end, sentence), end === 'revoked' ? sentence : undefined);
    this.others.closeIfIdle(sentence);
  }

  #tellEnd(reason: PlayerLeft, status: Status, why?: string): void {
    this.leave(reason, why);
    this.others.onOver(this.messageStreamId);
    this.host.run(() => this.host.dialogue.endPlay(this.messageStreamId, status));
  }

  /** What comes in one go is written in one go. */
  #cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.host.writer.cork();
    this.host.context.clock.next(() => {
      this.#isCorked = false;
      this.host.writer.uncork();
    });
  }
}

function isSampleAccess(payload: Buffer): boolean {
  return (
    payload.length >= SAMPLE_ACCESS.length &&
    payload.compare(SAMPLE_ACCESS, 0, SAMPLE_ACCESS.length, 0, SAMPLE_ACCESS.length) === 0
  );
}
