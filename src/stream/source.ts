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

/**
 * How a source has left: `ended` as it wished; `lost`, when it may come back; `paused`, when the next of its series is to come;
 * `away`, when whoever looks for another says when that is over.
 */
export type SourceLeft = 'away' | 'ended' | 'lost' | 'paused';

/** What becomes of a recording, as whoever has wished for it is told. */
export type RecordingState = 'started' | 'stopped' | 'failed';

/** That a stream is to be recorded, by whoever brings it. */
export interface WishedRecording {
  /** In a run of its own, or in the next part of the stream's latest run. */
  readonly run: 'new' | 'latest';
  /** Who wishes it. */
  readonly by: string;
  /** @param sentence - for people */
  onState?(state: RecordingState, sentence: string): void;
}

/** The session that brings a stream in. */
export interface Source {
  /** Where it comes from, for people. */
  readonly address: string;
  /** What it is; a copy has none of its own. */
  readonly origin?: SourceOrigin | undefined;
  /** Ids of the relays that bring it, nearest first; none where an encoder publishes it. */
  readonly path?: readonly string[];
  /**
   * Sources of one series bring one programme in turn: each goes on where the one before has paused, be it in the midst of a
   * keyframe group.
   */
  readonly series?: string | undefined;
  /**
   * Whether it may bring a programme that the stream had from another source before: then the stream goes on where it was. What
   * encoders send is never that, though it may look so.
   */
  readonly mayGoOn?: boolean;
  /** That what it brings is to be recorded, where it wishes that and may. */
  readonly recording?: WishedRecording | undefined;
  /** Whether another worker of this relay keeps the stream and this is its copy. */
  readonly isCopy?: boolean;
  /** Whether it only stands in for a publisher that is still elsewhere and about to come: whoever publishes the stream may have it. */
  readonly isInherited?: boolean;
  /** Whether what it sends now is what there was before: the stream is not live yet. For copies. */
  readonly isCatchingUp?: boolean;
  /** Another source has taken the stream over; nothing of this one counts any more. */
  onReplaced(by: Source): void;
}

/** Whether a source is none that a publisher competes with. */
export function standsIn(source: Source | undefined): boolean {
  return source?.isCopy === true || source?.isInherited === true;
}
