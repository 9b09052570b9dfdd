/** What a house and its relays say to each other is JSON over a WebSocket that the relay opens. docs/link.md describes it. */

/** The version of what is said. */
export const LINK_VERSION = 1;

/** Where the house takes links. */
export const LINK_PATH = '/api/v1/link';

/** The subprotocol of the WebSocket. */
export const LINK_PROTOCOL = 'streampump-link.v1';

/** No message has more bytes; whoever sends more is cut off. */
export const MAX_LINK_MESSAGE_BYTES: number = 2 ** 20;

/** How many a list in a message may hold. */
export const MAX_LISTED = { streams: 2000, players: 2000, bans: 10_000, targets: 1000 } as const;

/** No relay has more sessions of a kind, and none says that a stream has. */
export const MAX_SESSIONS = 1_000_000;

/** What a relay may report in all, over several messages; `characters`: of all texts about its players. */
export const MAX_REPORTED = {
  streams: 10_000,
  players: 200_000,
  parts: 500,
  characters: 80_000_000,
} as const;

/** Messages and bytes that a house takes of one relay: so many at once, and so many a second in the long run. */
export const LINK_RATES = {
  messages: { atOnce: 1000, perSecond: 50 },
  bytes: { atOnce: 67_108_864, perSecond: 1_048_576 },
} as const;

/** A house has so many bytes wait for a relay that does not read; more, and it cuts it off. */
export const MAX_UNREAD_BYTES: number = 4 * 2 ** 20;

/** What each side waits for, milliseconds. */
export const LINK_DEADLINES = {
  /** For the other's first message. */
  firstMs: 10_000,
  /** From one ping of the house to the next: a relay hears from its house at least this often. */
  pingMs: 10_000,
  /** For anything from the other side, an answer to a ping included. */
  silenceMs: 30_000,
  /** For the acknowledgement of an instruction. */
  acknowledgeMs: 10_000,
  /** The same for `config`, which may take its time, and for `measure`. */
  longAcknowledgeMs: 30_000,
} as const;

/** Why a house closes a link, as codes of the WebSocket. @see RFC 6455 section 7.4 */
export const linkCloses = {
  /** The house stops. */
  shutdown: 1001,
  /** A message that is none of the link's; or, by 1009, one that is too large. */
  invalid: 1008,
  /** Another link of the same relay has come, perhaps of another process or to another house: come back after a minute at the earliest. */
  replaced: 4001,
  /** The relay is not in the roster any more, is switched off, or its key has changed. */
  dismissed: 4002,
  /** It sent more than {@link LINK_RATES} or {@link MAX_REPORTED} allow. */
  flood: 4003,
  /** It said nothing, or no report came, or no acknowledgement. */
  silent: 4004,
  /** It does not read. */
  unread: 4005,
} as const;

/** Why a house closes a link. */
export type LinkClose = keyof typeof linkCloses;

/** Characters that texts in a message may have. */
export const MAX_CHARACTERS = { id: 64, key: 1024, label: 256, url: 2048, problem: 1024 } as const;
