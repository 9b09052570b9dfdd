/** What an answer can limit for the identity that it names, or for the session. */
export const limitNames = ['sessions', 'publishers', 'players', 'bitsPerSecond'] as const;
