import type { RtmpTarget } from '../../src/protocol/rtmp/rtmp-url.ts';
import { RtmptLine } from '../protocols/rtmpt-line.ts';
import type { LoopMessage } from './flv-loop.ts';
import type { PublisherProtocol, PublisherProtocolEvents } from './publisher-protocol.ts';
import { RtmpPublishing } from './rtmp-publishing.ts';

/** Publishes the messages of an FLV file over RTMPT. */
export class RtmptPublishing implements PublisherProtocol<LoopMessage> {
  readonly #rtmp: RtmpPublishing;
  readonly #line: RtmptLine;

  constructor(target: RtmpTarget, events: PublisherProtocolEvents) {
    this.#line = new RtmptLine(target, {
      send: (bytes) => events.send(bytes),
      onOpen: () => this.#rtmp.start(),
      onBytes: (bytes) => this.#rtmp.receive(bytes),
    });
    this.#rtmp = new RtmpPublishing(target, {
      send: (bytes) => this.#line.write(bytes),
      onStarted: () => events.onStarted(),
      onEnded: (reason) => events.onEnded(reason),
    });
  }

  start(): void {
    this.#line.start();
  }

  receive(bytes: Buffer): void {
    this.#line.receive(bytes);
  }

  publish(piece: LoopMessage): void {
    this.#rtmp.publish(piece);
  }

  finish(): void {
    this.#rtmp.finish();
    this.#line.leave();
  }
}
