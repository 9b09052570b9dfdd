/** How a player or publisher speaks, as `protocol=` says it. */
export const wayNames = [
  'rtmp',
  'rtmps',
  'http-flv',
  'https-flv',
  'ws-flv',
  'wss-flv',
  'mmsh',
  'asf-http',
  'asf-https',
] as const;

/** One of {@link wayNames}. */
export type NamedWay = (typeof wayNames)[number];

/** How somebody is sent on: encoders that push by MMSH go by a way of their own, without or with TLS. */
export type Way = NamedWay | 'mmsh-push' | 'mmsh-push-tls';

/** What somebody looks for. */
export interface Seeking {
  readonly verb: 'play' | 'publish';
  /** Stream key. */
  readonly stream: string;
  /** Normalized. */
  readonly address: string;
  readonly way: Way;
  /** Whether it only asks what the stream is, and comes again to play: it takes no place. */
  readonly isDescription?: boolean;
}

/** Why nobody has been chosen. */
export type NoChoice =
  /** Each that serves the network is full: later there may be room. */
  | 'full'
  /** Each that serves the network is off, offline or draining. */
  | 'offline'
  /** No relay serves the network. */
  | 'outside'
  /** Those that serve the network cannot be reached in this way, or take no publisher of this stream. */
  | 'unreachable';

/** What was chosen. */
export type Choice =
  | {
      readonly relay: string;
      /** Where it is, with the stream: what a client is sent to, without query. */
      readonly url: string;
      /** Which rule said so; `live`: what is to be published is published there now. */
      readonly by: 'priority' | 'sticky' | 'live' | 'default';
    }
  | { readonly refused: NoChoice; readonly sentence: string };

/** Sends each to a relay. */
export interface Chooser {
  /** Counts whoever is sent as about to arrive. */
  choose(seeking: Seeking): Choice;
  /** What {@link choose} would say; takes nothing. */
  look(seeking: Seeking): Choice;
  /** The same and why, relay by relay. */
  explain(seeking: Seeking): ChoiceExplanation;
}

/** Why a choice is as it is. */
export interface ChoiceExplanation {
  readonly choice: Choice;
  readonly relays: readonly {
    readonly relay: string;
    /** Of the network that has counted; null where it serves none that holds the address. */
    readonly network: string | null;
    readonly priority: number | null;
    readonly verdict:
      | 'chosen'
      | 'equal'
      | 'lower'
      | 'disabled'
      | 'draining'
      | 'offline'
      | 'full'
      | 'outside'
      | 'unreachable';
    readonly text: string;
  }[];
}
