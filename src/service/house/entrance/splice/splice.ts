import type { AmfObject } from '../../../../protocol/amf/amf-value.ts';
import type { ServerRefusal } from '../../../../protocol/rtmp/dialogue/net-stream.ts';
import { StatusCode } from '../../../../protocol/rtmp/dialogue/status.ts';
import type { MediaType } from '../../../../protocol/rtmp/message/message.ts';
import type { Challenge, Grant, Refusal } from '../../../../session/access.ts';
import type {
  MessageStreamUse,
  OtherActivities,
  RtmpDeed,
  RtmpHost,
} from '../../../../session/rtmp/rtmp-activity.ts';
import { Bringing } from './bringing.ts';
import { type LineEvents, type LineParts, RelayLine } from './relay-line.ts';

const statusCodes: ReadonlySet<string> = new Set(Object.values(StatusCode));

/**
 * What an RTMP client does on a message stream, spliced to the relay that it was sent to: what either end says about the stream goes to
 * the other. The rest of the client's dialogue, and its limits, are the house's.
 */
export abstract class Splice extends Bringing<RelayLine> implements RtmpDeed, MessageStreamUse, LineEvents {
  readonly activity: RtmpDeed = this;
  protected readonly host: RtmpHost;
  protected readonly others: OtherActivities;
  protected readonly messageStreamId: number;
  readonly #parts: LineParts;

  constructor(others: OtherActivities, messageStreamId: number, name: string, parts: LineParts) {
    super(others.host, name);
    this.host = others.host;
    this.others = others;
    this.messageStreamId = messageStreamId;
    this.#parts = parts;
  }

  protected refuse(denial: Refusal | Challenge): void {
    this.others.onOver(this.messageStreamId);
    this.tellRefusal(denial);
    this.others.onDenied(this.verb, denial.description);
  }

  /** The end that has the stream sends a message of it. */
  abstract onMedia(type: MediaType, timestamp: number, payload: Buffer): void;

  pause(_isPaused: boolean): void {}

  receive(_kind: 'audio' | 'video', _isWanted: boolean): void {}

  // --- what the relay tells

  onStarted(information: AmfObject): void {
    if (!this.start()) return;
    this.host.run(() => {
      this.host.accept();
      this.onAccepted(information);
    });
  }

  onStatus(_code: string, _information: AmfObject): void {}

  onDry(_isDry: boolean): void {}

  abstract onRefused(refusal: ServerRefusal): void;
  abstract onEnded(): void;

  // --- what playing and publishing do in their own ways

  /** Tells the client that it may not. */
  protected abstract tellRefusal(denial: Refusal | Challenge): void;
  /** The relay has accepted: the client is to be told. */
  protected abstract onAccepted(information: AmfObject): void;

  /** Goes to the relay. */
  protected openLine(grant: Grant): RelayLine {
    return this.open(
      grant,
      (destination) => new RelayLine(this.host, this.verb, { ...grant, destination }, this.#parts, this),
    );
  }

  /** The relay's own word for a status, if it is one that is known here. */
  protected codeOf(said: string, otherwise: StatusCode): StatusCode {
    return statusCodes.has(said) ? (said as StatusCode) : otherwise;
  }
}
