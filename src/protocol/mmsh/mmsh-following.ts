/** Where an MMS player goes that is redirected: to URLs of HTTP, to those that begin with `mmsh://`, or nowhere. */
export type MmshFollowing = 'http' | 'mmsh' | 'nothing';

/**
 * Which redirection an MMS player follows, as far as its request tells them apart. All that ask by HTTP/1.1 follow one to HTTP (ffmpeg
 * 5.1, relays). Of the others VLC 3.0, which calls itself `NSPlayer/7`, only follows one to its own scheme, and those that call
 * themselves `NSPlayer/4` follow none (MPlayer 1.5, libmms).
 * @param httpMinor - of the version of HTTP
 */
export function followedBy(userAgent: string, httpMinor: number): MmshFollowing {
  if (httpMinor >= 1) return 'http';
  return /^NSPlayer\/4\./i.test(userAgent) ? 'nothing' : 'mmsh';
}
