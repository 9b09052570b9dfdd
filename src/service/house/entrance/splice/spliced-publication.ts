import type { AmfObject } from '../../../../protocol/amf/amf-value.ts';
import type { ServerRefusal } from '../../../../protocol/rtmp/dialogue/net-stream.ts';
import { type Status, StatusCode } from '../../../../protocol/rtmp/dialogue/status.ts';
import type { MediaType } from '../../../../protocol/rtmp/message/message.ts';
import type { Challenge, Grant, Refusal } from '../../../../session/access.ts';
import { Deadline } from '../../../../session/deadline.ts';
import { decodeResume, RESUME_NAME, resumeProperty } from '../../../../session/resume-text.ts';
import { publicationEnding, publishDenial } from '../../../../session/rtmp/rtmp-status.ts';
import type { PlayerLeft, Revocation } from '../../../../session/session.ts';
import { Flow } from './flow.ts';
import type { RelayLine } from './relay-line.ts';
import { Splice } from './splice.ts';

/** A publication: media goes from the client to the relay. */
export class SplicedPublication extends Splice {
  readonly verb = 'publish';
  protected readonly roleOnceStarted = 'publisher';
  protected readonly farewell = ['unpublish', 'stopped publishing'] as const;
  readonly #deadline = new Deadline(this.host.context.clock, (what) =>
    this.host.run(() => {
      this.host.miss(what);
      this.onMissed();
    }),
  );
  #line: RelayLine | undefined;
  #flow: Flow | undefined;
  /** Ends the wait for the relay's word. */
  #settle: (refusal?: Refusal) => void = () => {};

  onGranted(grant: Grant): Promise<Refusal | undefined> {
    const { promise, resolve } = Promise.withResolvers<Refusal | undefined>();
    this.#settle = resolve;
    this.#line = this.openLine(grant);
    return promise;
  }

  onMedia(type: MediaType, timestamp: number, payload: Buffer): void {
    if (!this.isStarted || this.#line === undefined) return;
    this.host.messageRate.count();
    this.#deadline.expect('media', this.host.context.deadlines.silenceMs);
    this.#flow?.write(this.#line.messageOf(type, timestamp, payload));
  }

  // --- what the relay tells

  protected onAccepted(information: AmfObject): void {
    const { writer } = this.#line ?? {};
    if (writer !== undefined)
      this.#flow = new Flow(writer, { hold: () => this.#hold(), goOn: () => this.#goOn() });
    this.#deadline.expect('first media', this.host.context.deadlines.firstMediaMs);
    const more = resumeProperty(decodeResume(information[RESUME_NAME])); // of a relay that may go on there
    this.host.dialogue.acceptPublish(this.messageStreamId, `${this.key} is now published`, more);
    this.host.onPublishing();
    this.#settle();
  }

  onRefused({ code: said, description }: ServerRefusal): void {
    const code = this.codeOf(said, StatusCode.publishFailed);
    const isConflict = code === StatusCode.publishBadName;
    if (!this.isStarted) this.#settle({ refused: isConflict ? 'conflict' : 'access', description });
    else this.#tellEnd('closed', { level: 'error', code, description }, description);
  }

  onEnded(): void {} // is said of plays only

  protected onGone(description: string, why: string): void {
    if (!this.isStarted) this.#settle({ refused: 'capacity-limit', description });
    else this.#tellEnd('closed', { level: 'error', code: StatusCode.publishFailed, description }, why);
  }

  // --- the end

  protected tellRefusal(denial: Refusal | Challenge): void {
    this.host.dialogue.refusePublish(this.messageStreamId, publishDenial(denial));
  }

  /** Whoever was lost, or is to come back, may take its stream up again. */
  protected leaveLine(line: RelayLine, reason: PlayerLeft): void {
    this.#deadline.clear();
    this.#settle();
    if (reason === 'ended') line.close();
    else line.drop();
    this.#flow?.end();
  }

  protected end(end: Revocation | 'shutdown', sentence: string): void {
    const isWaiting = !this.isStarted;
    this.#tellEnd(end, publicationEnding(end, sentence), end === 'revoked' ? sentence : undefined);
    if (isWaiting) this.host.onDecided(); // what was held for the relay's word need not wait for it
  }

  #tellEnd(reason: PlayerLeft, status: Status, why?: string): void {
    this.leave(reason, why);
    this.others.onOver(this.messageStreamId);
    this.host.run(() => this.host.dialogue.refusePublish(this.messageStreamId, status));
    this.others.closeIfIdle(status.description);
  }

  /** The relay does not take what has come: the client, which is not read, cannot be late. */
  #hold(): void {
    this.#deadline.clear();
    this.host.hold();
  }

  #goOn(): void {
    if (this.isStarted) this.#deadline.expect('media', this.host.context.deadlines.silenceMs);
    this.host.onDecided();
  }
}
