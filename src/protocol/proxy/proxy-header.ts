/** Whom a proxy brings, as the PROXY protocol says it before anything else on the connection. */
export interface ProxyHeader {
  /** How many bytes it takes; what comes behind them is the client's. */
  readonly bytes: number;
  /** Where the client connects from; undefined where the proxy speaks for itself, or does not know. */
  readonly source: ProxySource | undefined;
  /** Whether the client speaks TLS with the proxy. */
  readonly isTls: boolean;
  /** The host name that the client has asked for, in TLS its server name, as the proxy says; at most 255 bytes. */
  readonly authority: string | undefined;
}

/** Address and port of a client. */
export interface ProxySource {
  /** IPv4 or IPv6, not in its shortest form. */
  readonly address: string;
  readonly port: number;
}
