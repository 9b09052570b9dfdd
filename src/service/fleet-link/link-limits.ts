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

/** Characters that texts in a message may have. */
export const MAX_CHARACTERS = { id: 64, key: 1024, label: 256, url: 2048, problem: 1024 } as const;
