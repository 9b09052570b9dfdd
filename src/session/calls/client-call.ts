import type { AmfObject, AmfValue } from '../../protocol/amf/amf-value.ts';

/** Who calls, as far as is known; nothing of it is a credential. */
export interface CallingClient {
  /** Id of its connection, as in the log. */
  readonly session: string;
  /** As metrics name it, such as `rtmp`. */
  readonly protocol: string;
  /** Normalized. */
  readonly address: string;
  /** What software it says it is; empty when it says nothing. */
  readonly software: string;
  /** Who its credentials say it is; undefined where nothing was shown. */
  readonly identity: string | undefined;
  readonly isTls: boolean;
  /** The origin of a web page, such as `https://example.com`; undefined when it is none. */
  readonly origin: string | undefined;
  /** What an RTMP client has said with connect; undefined of all others. */
  readonly connect: ClientConnect | undefined;
}

/** What any connection knows of who is at its other end. */
export function callingPeer(
  connection: Pick<CallingClient, 'protocol' | 'address' | 'isTls'> & {
    readonly id: string;
    readonly client: string;
  },
): CallingClient {
  const { id: session, protocol, address, client: software, isTls } = connection;
  return {
    session,
    protocol,
    address,
    software,
    isTls,
    identity: undefined,
    origin: undefined,
    connect: undefined,
  };
}

/** What an RTMP client has connected with. Peers can build cyclic values: walk them with care. */
export interface ClientConnect {
  /** The application, without its query. */
  readonly app: string;
  /** As it was sent, but for `app`, `tcUrl` and `pageUrl`, in which credentials may be. */
  readonly commandObject: AmfObject;
  /** What it has put behind the command object, as `ffmpeg -rtmp_conn` and `rtmpdump -C` do. */
  readonly extraArgs: readonly AmfValue[];
}

/** A call of a method of this server. */
export interface ClientCall {
  /** Of the method, as the client says it. */
  readonly name: string;
  /** As it was sent; of RTMP without the command object, which calls do not have. */
  readonly args: readonly AmfValue[];
  readonly client: CallingClient;
  /** Aborts when nobody waits for the answer any more: the client has gone, or the time is over. */
  readonly signal: AbortSignal;
}
