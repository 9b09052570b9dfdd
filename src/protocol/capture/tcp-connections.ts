import type { ByteBudget } from './byte-budget.ts';
import type { TcpSegment } from './tcp-segment.ts';
import { type TcpCounts, TcpStream } from './tcp-stream.ts';

/** One TCP connection of a capture. */
export interface TcpConnection {
  /** Address and port. Without the beginning of the connection, the lower port is taken for that of the server. */
  readonly client: string;
  readonly server: string;
  /** Whether its first segment was captured. */
  readonly isFromBeginning: boolean;
  readonly toServer: TcpSide;
  readonly toClient: TcpSide;
}

/** One direction of a connection. */
export interface TcpSide {
  readonly counts: Readonly<TcpCounts>;
}

/** What happens on the connections of a capture. */
export type TcpEvent =
  | { readonly is: 'opened'; readonly connection: TcpConnection; readonly timeMs: number | undefined }
  | {
      readonly is: 'bytes';
      readonly connection: TcpConnection;
      readonly side: TcpSide;
      /** A view or a copy: read only, and not to be kept. */
      readonly bytes: Buffer;
      readonly timeMs: number | undefined;
    }
  | {
      readonly is: 'gap';
      readonly connection: TcpConnection;
      readonly side: TcpSide;
      /** How many are not in the capture. */
      readonly bytes: number;
    }
  /** Nothing more comes that way. */
  | { readonly is: 'ended'; readonly connection: TcpConnection; readonly side: TcpSide };

/** So many connections are followed at a time; of more, those that were quiet for longest count as ended. */
const MAX_CONNECTIONS = 4096;

class Connection implements TcpConnection {
  readonly client: string;
  readonly server: string;
  readonly isFromBeginning: boolean;
  readonly toServer: TcpStream;
  readonly toClient: TcpStream;
  /** Of the SYN that began it. */
  readonly beginsAt: number | undefined;
  readonly ended = new Set<TcpStream>();

  constructor(segment: TcpSegment, budget: ByteBudget) {
    const { isSyn, source, target, acknowledgement } = segment;
    const isFromClient = isSyn ? acknowledgement === undefined : segment.targetPort < segment.sourcePort;
    this.client = isFromClient ? source : target;
    this.server = isFromClient ? target : source;
    this.isFromBeginning = isSyn;
    this.beginsAt = isSyn && isFromClient ? segment.sequence : undefined;
    this.toServer = new TcpStream(budget);
    this.toClient = new TcpStream(budget);
  }
}

/** Sorts the segments of a capture by connection, and puts what each side says in order. */
export class TcpConnections {
  readonly #budget: ByteBudget;
  /** By both ends; those that were heard of last come last. */
  readonly #connections = new Map<string, Connection>();

  /** @param budget - of what waits for segments that are to stand before it */
  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  /** Takes the next segment of the capture. */
  *add(segment: TcpSegment, timeMs: number | undefined): Generator<TcpEvent> {
    const { source, target, acknowledgement } = segment;
    const key = source < target ? `${source} ${target}` : `${target} ${source}`;
    let connection = this.#connections.get(key);
    const isAnother =
      segment.isSyn && acknowledgement === undefined && connection?.beginsAt !== segment.sequence;
    if (connection !== undefined && isAnother) {
      yield* this.#end(connection);
      connection = undefined;
    }
    this.#connections.delete(key);
    if (connection === undefined) {
      yield* this.#makeRoom();
      connection = new Connection(segment, this.#budget);
      yield { is: 'opened', connection, timeMs };
    }
    this.#connections.set(key, connection);
    const isToServer = source === connection.client;
    const [side, other] = isToServer
      ? [connection.toServer, connection.toClient]
      : [connection.toClient, connection.toServer];
    if (acknowledgement !== undefined)
      yield* this.#told(connection, other, other.acknowledge(acknowledgement));
    yield* this.#told(connection, side, side.add(segment, timeMs));
    if (segment.isReset) yield* this.#end(connection);
    else if (side.isOver) yield* this.#endSide(connection, side);
  }

  /** The capture is over. */
  *end(): Generator<TcpEvent> {
    for (const connection of this.#connections.values()) yield* this.#end(connection);
    this.#connections.clear();
  }

  *#makeRoom(): Generator<TcpEvent> {
    if (this.#connections.size < MAX_CONNECTIONS) return;
    for (const [key, oldest] of this.#connections) {
      yield* this.#end(oldest);
      this.#connections.delete(key);
      return;
    }
  }

  *#end(connection: Connection): Generator<TcpEvent> {
    yield* this.#endSide(connection, connection.toServer);
    yield* this.#endSide(connection, connection.toClient);
  }

  *#endSide(connection: Connection, side: TcpStream): Generator<TcpEvent> {
    if (connection.ended.has(side)) return;
    yield* this.#told(connection, side, side.end());
    connection.ended.add(side);
    yield { is: 'ended', connection, side };
  }

  *#told(connection: Connection, side: TcpStream, pieces: ReturnType<TcpStream['end']>): Generator<TcpEvent> {
    for (const piece of pieces) if (!connection.ended.has(side)) yield { connection, side, ...piece };
  }
}
