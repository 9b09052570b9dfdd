/** Is told how much work a peer's bytes are while they are read, and says when the rest of them is to wait. */
export interface WorkMeter {
  /** Whether that was enough for now: who reads stops in front of the next message or tag, and is told when to go on. */
  readonly isSpent: boolean;
  /**
   * Counts work.
   * @param work - in chunks: what it costs to read one, a sixth to half of a microsecond
   * @param bytes - what the peer has sent for it, and thereby paid
   */
  spend(work: number, bytes: number): void;
}

/** For whoever reads bytes of a peer that it trusts: everything is read at once. */
export const unmetered: WorkMeter = { isSpent: false, spend: () => {} };

/** How much work things are, beyond the chunks that they come in. */
export const Work = {
  /** A message or tag: told apart, made a frame, put into batches. */
  message: 4,
  /** A piece of a socket. */
  piece: 4,
  /** What `node:http` or `ws` gives out of a body or a WebSocket: a chunk, a message, a ping, were it of one byte. */
  libraryPiece: 8,
  /** Something to be said to the peer, for each call of the socket. */
  answer: 8,
  /** A track of a message that has several. */
  track: 1,
  /** A byte that is written for players though it was not sent. */
  paddingByte: 0.001,
  /** A byte of a message whose every value is looked at. */
  valueByte: 0.25,
} as const;
