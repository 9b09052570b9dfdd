/** What hooks hear of a session and its stream; plain, so that it may go to another thread. */
export interface HookSubject {
  /** The stream key; empty where it is about none yet. */
  readonly stream: string;
  readonly session: string;
  /** As metrics name it, such as `rtmp`. */
  readonly protocol: string;
  /** The peer's address, normalized, without its port. */
  readonly address: string;
  readonly isTls: boolean;
  /** What software the client says it is, cut and escaped; empty when it says nothing. */
  readonly client: string;
  /** Who the credentials say it is. */
  readonly identity: string | undefined;
  /** The query without what rules take as credentials. */
  readonly query: string;
  /** The query as it was sent; only for presets, whose servers pass it on. */
  readonly sentQuery: string;
  /** The web page that asks, as far as the client says; empty where it is none. */
  readonly page: string;
  /** What an RTMP client said of its way here; empty where it said nothing. */
  readonly tcUrl: string;
  readonly swfUrl: string;
}

/** Application and name in the words of RTMP: the first segment of a key, and the rest. */
export function splitKey(key: string): { readonly app: string; readonly name: string } {
  const slash = key.indexOf('/');
  return slash === -1 ? { app: '', name: key } : { app: key.slice(0, slash), name: key.slice(slash + 1) };
}
