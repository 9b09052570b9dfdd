/** A piece of a stream without end. */
export interface LoopPiece {
  /** When it is due, milliseconds since the stream began; grows beyond 32 bits. */
  readonly atMs: number;
  /** Its memory, the same each time round, whose end may be overwritten with a stamp; undefined where it has no room for one. */
  readonly stamped: Buffer | undefined;
}

/** What a protocol tells the publisher that speaks it. */
export interface PublisherProtocolEvents {
  send(bytes: Buffer): void;
  /** The server takes the stream. */
  onStarted(): void;
  /** The server refuses the stream, or does not want any more of it. */
  onEnded(reason: string): void;
}

/** How one stream is published on one connection: pure, bytes in and out by calls. */
export interface PublisherProtocol<Piece extends LoopPiece> {
  /** The connection is there: begins. */
  start(): void;
  /** Takes bytes over. @throws ProtocolError or BrokenResponse when the server breaks the protocol */
  receive(bytes: Buffer): void;
  /** @param piece - not valid after the call */
  publish(piece: Piece): void;
  /** Ends the stream in good order. */
  finish(): void;
}
