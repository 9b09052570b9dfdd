import type { AsfHeader } from '../../src/protocol/asf/asf-header.ts';
import type { AsfPacket } from '../../src/protocol/asf/asf-packet.ts';
import type { MediaType } from '../../src/protocol/rtmp/message/message.ts';

/** A piece of a stream as a server sends it; not valid after the call that tells of it. */
export type PlayedMedia =
  /** As RTMP and FLV carry it. */
  | { readonly is: 'message'; readonly type: MediaType; readonly timestamp: number; readonly payload: Buffer }
  | { readonly is: 'asfHeader'; readonly header: AsfHeader }
  /** A data packet, with its number where the protocol gives it one. */
  | {
      readonly is: 'asfPacket';
      readonly bytes: Buffer;
      readonly packet: AsfPacket;
      readonly locationId: number | undefined;
    };

/** What a protocol tells the player that speaks it. */
export interface PlayerProtocolEvents {
  send(bytes: Buffer): void;
  onMedia(media: PlayedMedia): void;
  /** The server said no. @param code - its status, the same for all that are alike; @param description - in its words */
  onRefused(code: string, description: string): void;
  /** The stream has ended in good order. */
  onEnded(reason: string): void;
}

/**
 * How one player speaks to the server on one connection: pure, bytes in and out by calls. Every protocol that can be tested
 * is one of these; `openProtocol` makes them.
 */
export interface PlayerProtocol {
  /** Whether all that comes has to be looked at, goodbyes among it: {@link stopParsing} is not called. */
  readonly parsesAlways?: boolean;
  /** The connection is there: begins. */
  start(): void;
  /**
   * Takes bytes over and acts on all that they complete.
   * @throws ProtocolError or BrokenResponse when the server breaks the protocol
   */
  receive(bytes: Buffer): void;
  /** From now on nothing is parsed, {@link count} is called instead of {@link receive}; what was kept for parsing goes. */
  stopParsing(): void;
  /** That many bytes came and were thrown away. */
  count(size: number): void;
  /**
   * Acts on a goodbye of the server, if what came last without being parsed is one.
   * @param tail - not valid after the call
   * @param isClosed - the connection is closed; else only nothing has come for a while, and two bytes prove nothing
   */
  readEnd(tail: Buffer, isClosed: boolean): void;
  /** Gives a sign of life, if the protocol has one that a player that parses nothing can give. */
  keepAlive(): void;
  /** Says goodbye, if the protocol has a word for it. */
  leave(): void;
}

/** What a server answered over HTTP is not what it should be. */
export class BrokenResponse extends Error {
  override readonly name = 'BrokenResponse';
}
