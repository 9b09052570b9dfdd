import type { RtmpTarget } from '../../src/protocol/rtmp/rtmp-url.ts';
import type { PlayerProtocol, PlayerProtocolEvents } from './player-protocol.ts';
import { RtmpProtocol } from './rtmp-protocol.ts';
import { RtmptLine } from './rtmpt-line.ts';

/** Plays over RTMPT: all that comes is looked at, since whoever does not ask again gets nothing more. */
export class RtmptProtocol implements PlayerProtocol {
  readonly parsesAlways = true;
  readonly #rtmp: RtmpProtocol;
  readonly #line: RtmptLine;

  constructor(target: RtmpTarget, events: PlayerProtocolEvents) {
    this.#line = new RtmptLine(target, {
      send: (bytes) => events.send(bytes),
      onOpen: () => this.#rtmp.start(),
      onBytes: (bytes) => this.#rtmp.receive(bytes),
    });
    this.#rtmp = new RtmpProtocol(target, {
      send: (bytes) => this.#line.write(bytes),
      onMedia: (media) => events.onMedia(media),
      onRefused: (code, description) => events.onRefused(code, description),
      onEnded: (reason) => events.onEnded(reason),
    });
  }

  start(): void {
    this.#line.start();
  }

  receive(bytes: Buffer): void {
    this.#line.receive(bytes);
  }

  stopParsing(): void {}

  count(): void {}

  readEnd(): void {}

  keepAlive(): void {}

  leave(): void {
    this.#rtmp.leave();
    this.#line.leave();
  }
}
