/** The prefix of streams with short addresses, for old players and encoders: `/streams/NAME` is the stream `streams/NAME`. */
export const SHORT_PREFIX = 'streams/';

/**
 * The path, without a slash in front, at which a stream is played as ASF. The short one is only for names that nobody takes for a file of
 * another kind.
 * @param key - of the stream, percent-encoded or not
 */
export function asfPath(key: string): string {
  const isShort = key.startsWith(SHORT_PREFIX) && !key.includes('.');
  return isShort ? key : `${key}.asf`;
}

/** The path, without a slash in front, to which encoders push a stream; undefined where they cannot. @param key - as above */
export function pushPath(key: string): string | undefined {
  return key.startsWith(SHORT_PREFIX) ? `${key}_push` : undefined;
}
