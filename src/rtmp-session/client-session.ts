import type { AmfObject } from '../protocol/amf/amf-value.ts';
import { type ConnectIntent, NetConnection } from '../protocol/rtmp/dialogue/net-connection.ts';
import type { NetStream, NetStreamHandler, StreamIntent } from '../protocol/rtmp/dialogue/net-stream.ts';
import type { MediaType } from '../protocol/rtmp/message/message.ts';
import { ClientPlay, ClientPublication } from './client-stream.ts';
import { RtmpSession } from './rtmp-session.ts';
import { RtmpRefusedError } from './session-error.ts';
import type { SessionEnd } from './session-link.ts';
import { deadlinesOf, limitsOf, type RtmpSessionOptions } from './session-options.ts';
import type { StreamNotice } from './stream-message.ts';
import { StreamSink } from './stream-sink.ts';
import { StreamSource } from './stream-source.ts';
import type { NodeDuplex, WebDuplex } from './transport.ts';
import type { Waiting, WaitOptions } from './waiting.ts';

/** Where a client session connects to, and what it says of itself. */
export interface ClientSessionOptions
  extends RtmpSessionOptions,
    Omit<ConnectIntent, 'does' | 'tcUrl'>,
    Partial<Pick<ConnectIntent, 'does' | 'tcUrl'>> {}

/** What a server says of the connection: an onStatus that is about no stream, such as `NetConnection.Connect.ReconnectRequest`. */
export interface ConnectionStatus {
  readonly type: 'status';
  readonly code: string;
  readonly information: AmfObject;
}

/** How a stream is played. */
export interface ClientPlayOptions extends WaitOptions {
  /** Where to begin, milliseconds; -2000 for live or recorded, -1000, the default, for live alone. */
  readonly start?: number;
}

/** How a stream is published. */
export interface ClientPublishOptions extends WaitOptions {
  /** Default `live`. */
  readonly publishType?: 'live' | 'record' | 'append';
}

/** What somebody does on a message stream. */
interface StreamUse<Stream> {
  /** The server has accepted. */
  begin(net: NetStream, information: AmfObject): Stream;
  onMedia(type: MediaType, timestamp: number, payload: Buffer): void;
  onNotice(notice: StreamNotice): void;
  /** @param error - why, unless in good order */
  onOver(error: Error | undefined): void;
  /** Nobody waits for the server's answer any more. */
  onGivenUp(): void;
}

/** What a status takes of the memory for what was not read, bytes. */
const STATUS_BYTES = 1024;

/**
 * The client's side of an RTMP connection.
 *
 * ```ts
 * await using client = new ClientSession(connect(1935, 'localhost'), { app: 'live' });
 * await client.connect();
 * for await (const event of await client.play('cam1')) {
 *   if (event.type === 'video') console.log(event.timestamp, event.payload.length);
 * }
 * ```
 *
 * Events are what the server says of the connection. A call of the server that nobody handles is answered with null, as servers measure by
 * `_onbwcheck` and its like.
 */
export class ClientSession extends RtmpSession<ConnectionStatus> {
  readonly #connection: NetConnection;
  readonly #options: ClientSessionOptions;
  readonly #streams = new Set<{ readonly net: NetStream; readonly use: StreamUse<unknown> }>();
  #state: 'new' | 'shaking hands' | 'connecting' | 'connected' = 'new';
  #onConnected: (information: AmfObject) => void = () => {};
  #onRefused: (error: RtmpRefusedError) => void = () => {};

  /** @param duplex - is connected, or about to be; the session closes it */
  constructor(duplex: NodeDuplex | WebDuplex, options: ClientSessionOptions) {
    super(duplex, options, 'is null', {
      dialogue: () => this.#connection,
      onActed: () => this.#onActed(),
      onClosed: () => this.#onClosed(),
    });
    this.#options = options;
    const { app, does = 'play', tcUrl = `rtmp://localhost/${app}` } = options;
    this.#connection = new NetConnection(
      {
        send: (bytes) => this.link.send(bytes),
        onConnected: (information) => this.#onConnected(information),
        onRefused: (refusal) => this.#onRefused(new RtmpRefusedError(refusal)),
        onStatus: (code, information) => this.#tell(code, information),
        onCall: (call) => this.calls.take(call),
      },
      { ...options, app, does, tcUrl },
      limitsOf(options),
      this.link.budget,
    );
  }

  /**
   * Shakes hands and connects to the application.
   * @returns what the server says of itself. The promise rejects with an {@link RtmpRefusedError} when it refuses; however it rejects, the
   *   session is closed
   */
  async connect(options: WaitOptions = {}): Promise<AmfObject> {
    if (this.#state !== 'new') throw new Error('connect was called before');
    this.#state = 'shaking hands';
    try {
      return await this.link.wait<AmfObject>('connect', options, (waiting) => {
        this.#onConnected = (information) => {
          this.#state = 'connected';
          this.link.fulfil();
          this.link.startPings();
          waiting.resolve(information);
        };
        this.#onRefused = (error) => {
          waiting.reject(error);
          this.link.fail(error);
        };
        this.link.expect('handshake', deadlinesOf(this.#options).handshakeMs);
        this.link.tell(() => this.#connection.start());
      });
    } catch (error) {
      this.link.fail(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  }

  /**
   * Plays a stream on a message stream of its own; once connected, where that is still to come.
   * @param streamName - with its query
   * @returns the stream once the server has accepted. The promise rejects with an {@link RtmpRefusedError} when it refuses
   */
  play(streamName: string, { start, ...wait }: ClientPlayOptions = {}): Promise<ClientPlay> {
    const source = new StreamSource<StreamNotice>(this.link.budget);
    const intent = { does: 'play', streamName, ...(start === undefined ? {} : { start }) } as const;
    return this.#open(intent, wait, {
      begin: (net, information) => new ClientPlay(streamName, information, this.link, net, source),
      onMedia: (type, timestamp, payload) => source.take(type, timestamp, payload),
      onNotice: (notice) => source.tell(notice),
      onOver: (error) => source.end(error),
      onGivenUp: () => source.discard(),
    });
  }

  /** Publishes a stream on a message stream of its own; as `play`. */
  publish(streamName: string, options: ClientPublishOptions = {}): Promise<ClientPublication> {
    const { publishType = 'live', ...wait } = options;
    const intent = { does: 'publish', streamName, publishType } as const;
    let net: NetStream | undefined;
    const sink = new StreamSink(streamName, this.link, (type, timestamp, payload) =>
      this.link.tell(() => net?.sendMedia(type, timestamp, payload)),
    );
    return this.#open(intent, wait, {
      begin: (opened, information) => {
        net = opened;
        return new ClientPublication(streamName, information, this.link, opened, sink);
      },
      onMedia: () => {},
      onNotice: (notice) => {
        if (notice.type === 'status') this.#tell(notice.code, notice.information);
      },
      onOver: (error) => sink.end(error),
      onGivenUp: () => sink.end(undefined),
    });
  }

  /** Ends all streams in good order, and closes. */
  override close(): Promise<SessionEnd> {
    this.link.tell(() => {
      for (const { net, use } of this.#streams) {
        net.finish();
        use.onOver(undefined);
      }
    });
    this.#streams.clear();
    return super.close();
  }

  async #open<Stream>(
    intent: StreamIntent,
    { timeoutMs, signal }: WaitOptions,
    use: StreamUse<Stream>,
  ): Promise<Stream> {
    const { does, streamName } = intent;
    if (this.link.isClosed) throw this.link.closedError();
    if (this.#state === 'new') throw new Error(`${does} needs a connection: call connect first`);
    for (const stream of this.#streams) if (stream.net.isOver) this.#streams.delete(stream);
    const { messageStreams } = limitsOf(this.#options);
    if (this.#streams.size >= messageStreams)
      throw new Error(
        `${does} of ${streamName}: this session has ${messageStreams} streams, as many as it may`,
      );
    const wait = { timeoutMs: timeoutMs ?? deadlinesOf(this.#options).requestMs, signal };
    let net: NetStream | undefined;
    return this.link.wait<Stream>(
      `${does} of ${streamName}`,
      wait,
      (waiting) => {
        this.link.tell(() => {
          const opened = this.#connection.openStream(
            intent,
            this.#handlerOf(waiting, use, () => net),
          );
          net = opened;
          this.#streams.add({ net: opened, use });
        });
      },
      () => {
        this.link.tell(() => net?.finish());
        use.onGivenUp();
      },
    );
  }

  #handlerOf<Stream>(
    waiting: Waiting<Stream>,
    use: StreamUse<Stream>,
    net: () => NetStream | undefined,
  ): NetStreamHandler {
    let isBegun = false;
    const tell = (notice: StreamNotice): void => {
      if (isBegun) use.onNotice(notice); // before it has begun it cannot have changed
    };
    return {
      onStarted: (information) => {
        const opened = net();
        if (opened === undefined) return;
        isBegun = true;
        waiting.resolve(use.begin(opened, information));
      },
      onMedia: (type, timestamp, payload) => use.onMedia(type, timestamp, payload),
      onRefused: (refusal) => {
        const error = new RtmpRefusedError(refusal);
        waiting.reject(error);
        use.onOver(error);
      },
      onEnded: () => use.onOver(undefined),
      onStatus: (code, information) => tell({ type: 'status', code, information }),
      onDry: (isDry) => tell({ type: 'dry', isDry }),
    };
  }

  #tell(code: string, information: AmfObject): void {
    this.events.push({ type: 'status', code, information }, STATUS_BYTES);
  }

  /** The handshake is followed by connect, which has a deadline of its own. */
  #onActed(): void {
    if (this.#state !== 'shaking hands' || !this.#connection.isOpen) return;
    this.#state = 'connecting';
    this.link.expect('answer to connect', deadlinesOf(this.#options).connectMs);
  }

  #onClosed(): void {
    this.#connection.leave();
    for (const { net, use } of this.#streams) if (!net.isOver) use.onOver(this.link.closedError());
    this.#streams.clear();
  }
}
