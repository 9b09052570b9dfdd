import type { Challenge, Refusal } from '../access.ts';
import { type PublicationEnd, type PublicationWire, Publishing } from '../publishing.ts';
import type { OtherActivities, RtmpHost } from './rtmp-host.ts';
import { publicationEnding, publishDenial } from './rtmp-status.ts';

/** A publication on one message stream. */
export class RtmpPublication implements PublicationWire {
  readonly activity: Publishing;
  readonly name: string;
  readonly #host: RtmpHost;
  readonly #others: OtherActivities;
  readonly #messageStreamId: number;

  constructor(host: RtmpHost, others: OtherActivities, messageStreamId: number, name: string) {
    this.#host = host;
    this.#others = others;
    this.#messageStreamId = messageStreamId;
    this.name = name;
    this.activity = new Publishing(host.connection, this);
  }

  onAccepted(key: string): void {
    this.#host.dialogue.acceptPublish(this.#messageStreamId, `${key} is now published`);
    this.#host.onPublishing();
  }

  onDenied(denial: Refusal | Challenge): void {
    this.#others.onOver(this.#messageStreamId);
    this.#host.dialogue.refusePublish(this.#messageStreamId, publishDenial(denial));
    this.#others.onDenied('publish', denial.description);
  }

  onDecided(): void {
    this.#host.release();
  }

  onMissed(): void {
    this.#host.destroy();
  }

  onEnded(end: PublicationEnd, sentence: string): void {
    this.#others.onOver(this.#messageStreamId);
    this.#host.dialogue.refusePublish(this.#messageStreamId, publicationEnding(end, sentence));
    this.#others.closeIfIdle(sentence);
  }
}
