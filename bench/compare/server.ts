/** How players get a stream. */
export type Wire = 'rtmp' | 'http-flv' | 'rtmps' | 'https-flv';

/** Where a server is to run: everything is free for it, on 127.0.0.1. */
export interface Place {
  /** For its files. */
  readonly folder: string;
  readonly ports: Readonly<Record<Wire | 'admin' | 'hiddenHttps' | 'hiddenRtmps', number>>;
  /** PEM files of a certificate for P-256, and both in one. */
  readonly certFile: string;
  readonly keyFile: string;
  readonly pemFile: string;
}

/** A program and what it is told. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A server that can be measured: all that is known of it. Another one is another file like this. */
export interface Server {
  /** As it is asked for by `--servers`, and called in tables. */
  readonly name: string;
  /** Looked for on the PATH; without it the server is left out. */
  readonly needs: string;
  /** Written from its documentation: nobody has run it with this file yet. */
  readonly isUntried?: true;
  /** What says the version, and where in that. */
  readonly version: { readonly program: Program; readonly pattern: RegExp };
  readonly wires: readonly Wire[];
  /** It has a stream of its own: nobody publishes to it. Others take publishers over RTMP. */
  readonly isSource?: true;
  /** Its files, by name. */
  files?(place: Place): Readonly<Record<string, string>>;
  /** What is started: what listens for publishers first, and whatever stands in front of it after that. */
  programs(place: Place): readonly Program[];
  /** Paths of streams other than `/live/NAME`, over HTTP `/live/NAME.flv`. */
  path?(wire: Wire, name: string): string;
}

/** The path of a stream at a server. @param name - may hold `%d` */
export function pathOf(server: Server, wire: Wire, name: string): string {
  if (server.path !== undefined) return server.path(wire, name);
  return wire === 'rtmp' || wire === 'rtmps' ? `/live/${name}` : `/live/${name}.flv`;
}
