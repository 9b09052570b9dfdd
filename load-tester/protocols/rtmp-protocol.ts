import type { ChunkReaderLimits } from '../../src/protocol/rtmp/chunk/chunk-reader.ts';
import { encodeChunks } from '../../src/protocol/rtmp/chunk/chunk-writer.ts';
import { ClientDialogue } from '../../src/protocol/rtmp/dialogue/client-dialogue.ts';
import { playEndCodes } from '../../src/protocol/rtmp/dialogue/net-stream.ts';
import { StatusCode } from '../../src/protocol/rtmp/dialogue/status.ts';
import { encodeCommand } from '../../src/protocol/rtmp/message/command-message.ts';
import { encodeUint32 } from '../../src/protocol/rtmp/message/control-message.ts';
import { MessageType } from '../../src/protocol/rtmp/message/message.ts';
import type { RtmpTarget } from '../../src/protocol/rtmp/rtmp-url.ts';
import type { PlayerProtocol, PlayerProtocolEvents } from './player-protocol.ts';

/** Codes with which a server ends a play that it had begun, and not because the stream has ended. */
const failureCodes = [StatusCode.playFailed, StatusCode.playStreamNotFound];
/** A whole Stream EOF from the length of its message on, without the message stream id. @see RTMP 1.0 section 7.1.7 */
const STREAM_EOF = Buffer.from('00000604000000000001', 'hex');

/** What a server may make one player hold, bytes. */
export const rtmpLimits: ChunkReaderLimits = {
  messageBytes: 8 * 2 ** 20,
  partialBytes: 16 * 2 ** 20,
  chunkStreams: 64,
};

/** Plays over RTMP; without parsing it goes on to acknowledge what it gets, which is all that servers look at. */
export class RtmpProtocol implements PlayerProtocol {
  readonly #events: PlayerProtocolEvents;
  #dialogue: ClientDialogue | undefined;
  #messageStreamId = 0;
  #window = 0;
  #receivedBytes = 0;
  #acknowledgedBytes = 0;

  constructor({ app, tcUrl, streamName }: RtmpTarget, events: PlayerProtocolEvents) {
    this.#events = events;
    this.#dialogue = new ClientDialogue(
      {
        send: (bytes) => events.send(bytes),
        onStarted: () => {},
        onMedia: (type, timestamp, payload) => events.onMedia({ is: 'message', type, timestamp, payload }),
        onRefused: ({ code, description }) => events.onRefused(code, description),
        onEnded: (reason) => events.onEnded(reason),
      },
      { does: 'play', app, tcUrl, streamName },
      rtmpLimits,
    );
  }

  start(): void {
    this.#dialogue?.start();
  }

  receive(bytes: Buffer): void {
    this.#receivedBytes += bytes.length;
    this.#dialogue?.receive(bytes);
  }

  stopParsing(): void {
    if (this.#dialogue === undefined) return;
    this.#messageStreamId = this.#dialogue.messageStreamId;
    this.#window = this.#dialogue.receiveWindow;
    this.#dialogue = undefined;
    this.#acknowledge();
  }

  count(size: number): void {
    this.#receivedBytes += size;
    if (this.#receivedBytes - this.#acknowledgedBytes >= this.#window) this.#acknowledge();
  }

  readEnd(tail: Buffer): void {
    const end = [...playEndCodes].find((code) => tail.includes(code));
    const failure = failureCodes.find((code) => tail.includes(code));
    if (end !== undefined) this.#events.onEnded(end);
    else if (failure !== undefined) this.#events.onRefused(failure, 'while playing');
    else if (tail.includes(Buffer.concat([STREAM_EOF, encodeUint32(this.#messageStreamId)])))
      this.#events.onEnded('the server said Stream EOF');
  }

  keepAlive(): void {
    if (this.#dialogue === undefined) this.#acknowledge();
  }

  leave(): void {
    if (this.#dialogue !== undefined) this.#dialogue.finish();
    else this.#send(MessageType.commandAmf0, encodeCommand('deleteStream', 0, null, this.#messageStreamId));
  }

  #acknowledge(): void {
    this.#acknowledgedBytes = this.#receivedBytes;
    this.#send(MessageType.acknowledgement, encodeUint32(this.#receivedBytes % 2 ** 32));
  }

  #send(type: number, payload: Buffer): void {
    this.#events.send(encodeChunks({ type, timestamp: 0, messageStreamId: 0 }, payload));
  }
}
