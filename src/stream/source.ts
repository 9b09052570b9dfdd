/** The session that brings a stream in. */
export interface Source {
  /** Where it comes from, for people. */
  readonly address: string;
  /** Ids of the relays that bring it, nearest first; none where an encoder publishes it. */
  readonly path?: readonly string[];
  /** Whether another worker of this relay keeps the stream and this is its copy. */
  readonly isCopy?: boolean;
  /** Whether what it sends now is what there was before: the stream is not live yet. For copies. */
  readonly isCatchingUp?: boolean;
  /** Another source has taken the stream over; nothing of this one counts any more. */
  onReplaced(by: Source): void;
}
