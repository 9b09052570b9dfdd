/** What a source is, for people who look at the relay: somebody who publishes, or a server that is pulled from. */
export type SourceOrigin =
  | {
      readonly type: 'push';
      readonly protocol: string;
      /** Address and port. */
      readonly peer: string;
      /** What software it says it is; empty when it says nothing. */
      readonly client: string;
      /** Id of the session. */
      readonly session: string;
    }
  | {
      readonly type: 'pull';
      readonly protocol: string;
      /** Without anything that may be secret. */
      readonly url: string;
    };

/** The session that brings a stream in. */
export interface Source {
  /** Where it comes from, for people. */
  readonly address: string;
  /** What it is; a copy has none of its own. */
  readonly origin?: SourceOrigin | undefined;
  /** Ids of the relays that bring it, nearest first; none where an encoder publishes it. */
  readonly path?: readonly string[];
  /** Whether another worker of this relay keeps the stream and this is its copy. */
  readonly isCopy?: boolean;
  /** Whether it only stands in for a publisher that is still elsewhere and about to come: whoever publishes the stream may have it. */
  readonly isInherited?: boolean;
  /** Whether what it sends now is what there was before: the stream is not live yet. For copies. */
  readonly isCatchingUp?: boolean;
  /** Another source has taken the stream over; nothing of this one counts any more. */
  onReplaced(by: Source): void;
}
