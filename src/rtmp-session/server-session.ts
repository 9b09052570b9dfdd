import type { AmfValue } from '../protocol/amf/amf-value.ts';
import type { StreamRequest } from '../protocol/rtmp/dialogue/server-commands.ts';
import { type ConnectRequest, ServerDialogue } from '../protocol/rtmp/dialogue/server-dialogue.ts';
import { stringOr } from '../protocol/rtmp/message/command-message.ts';
import { RtmpSession } from './rtmp-session.ts';
import {
  ConnectEvent,
  PlayEvent,
  PublishEvent,
  type RequestDecision,
  type ServerSessionEvent,
} from './server-event.ts';
import { ServerPlay, ServerPublication } from './server-stream.ts';
import { deadlinesOf, limitsOf, type RtmpSessionOptions } from './session-options.ts';
import { StreamSink } from './stream-sink.ts';
import { StreamSource } from './stream-source.ts';
import type { NodeDuplex, WebDuplex } from './transport.ts';

/** What an event takes of the memory for what was not read, bytes. */
const EVENT_BYTES = 1024;

/** What is done on a message stream. */
type ServerStream =
  | { readonly does: 'publish'; readonly source: StreamSource<never> }
  | { readonly does: 'play'; readonly play: ServerPlay; readonly sink: StreamSink };

/**
 * The server's side of an RTMP connection. It begins to read at once.
 *
 * ```ts
 * const server = createServer((socket) => {
 *   serve(new ServerSession(socket)).catch((error) => console.error(error.message));
 * });
 *
 * async function serve(session: ServerSession): Promise<void> {
 *   for await (const event of session) {
 *     if (event.type === 'connect') event.accept();
 *     else if (event.type === 'publish') keep(event.accept());
 *     else if (event.type === 'play') event.refuse('nothing plays here');
 *   }
 * }
 * ```
 *
 * Events are what the client asks. A call of the client that nobody handles is answered with `NetConnection.Call.Failed`.
 */
export class ServerSession extends RtmpSession<ServerSessionEvent> {
  readonly #dialogue: ServerDialogue;
  readonly #options: RtmpSessionOptions;
  readonly #streams = new Map<number, ServerStream>();
  #state: 'shaking hands' | 'waiting for connect' | 'asked' | 'connected' = 'shaking hands';

  /** @param duplex - is connected; the session closes it */
  constructor(duplex: NodeDuplex | WebDuplex, options: RtmpSessionOptions = {}) {
    super(duplex, options, 'fails', {
      dialogue: () => this.#dialogue,
      onActed: () => this.#onActed(),
      onClosed: () => this.#onClosed(),
    });
    this.#options = options;
    this.#dialogue = new ServerDialogue(
      {
        send: (bytes) => this.link.send(bytes),
        onConnect: (request) => this.#onConnect(request),
        onPublish: (request) => this.#onPublish(request),
        onPlay: (request) => this.#onPlay(request),
        onMedia: (id, type, timestamp, payload) => {
          const stream = this.#streams.get(id);
          if (stream?.does === 'publish') stream.source.take(type, timestamp, payload);
        },
        onStop: (id) => this.#onStop(id),
        onPause: (id, isPaused) => {
          const play = this.#playOf(id);
          if (play !== undefined) this.#tell({ type: 'pause', play, isPaused });
        },
        onReceive: (id, kind, isWanted) => {
          const play = this.#playOf(id);
          if (play !== undefined) this.#tell({ type: 'receive', play, kind, isWanted });
        },
        onCall: (call) => this.calls.take(call),
      },
      limitsOf(options),
      this.link.budget,
    );
    this.link.expect('handshake', deadlinesOf(options).handshakeMs);
  }

  /** Says something about the connection by onStatus, such as `NetConnection.Connect.ReconnectRequest`. */
  status(code: string, description: string, more: Record<string, AmfValue> = {}): void {
    this.link.tell(() => this.#dialogue.status(0, { level: 'status', code, description }, more));
  }

  #onConnect(request: ConnectRequest): void {
    this.#state = 'asked';
    const decision = this.#ask<void>('connect', {
      accept: () => {
        this.#state = 'connected';
        this.link.tell(() => this.#dialogue.acceptConnect());
        this.link.startPings();
      },
      refuse: (_, description, more) => {
        this.link.tell(() => this.#dialogue.refuseConnect(description, more));
        this.link.close();
      },
    });
    this.#tell(new ConnectEvent(request, decision));
  }

  #onPublish(request: StreamRequest): void {
    const { messageStreamId: id, streamName, args } = request;
    const decision = this.#ask<ServerPublication>(`publish of ${streamName}`, {
      accept: (description, more) => {
        const source = new StreamSource<never>(this.link.budget);
        this.#streams.set(id, { does: 'publish', source });
        this.link.tell(() => this.#dialogue.acceptPublish(id, description, more));
        return new ServerPublication(request, this.link, this.#dialogue, source);
      },
      refuse: (code, description) =>
        this.link.tell(() => this.#dialogue.refusePublish(id, { level: 'error', code, description })),
    });
    this.#tell(new PublishEvent(request, stringOr(args[0], 'live'), decision));
  }

  #onPlay(request: StreamRequest): void {
    const { messageStreamId: id, streamName, args } = request;
    const decision = this.#ask<ServerPlay>(`play of ${streamName}`, {
      accept: (description, more) => {
        const sink = new StreamSink(streamName, this.link, (type, timestamp, payload) =>
          this.link.tell(() => this.#dialogue.sendMedia(id, type, timestamp, payload)),
        );
        const play = new ServerPlay(request, this.link, this.#dialogue, sink);
        this.#streams.set(id, { does: 'play', play, sink });
        this.link.tell(() => this.#dialogue.startPlay(id, description, more));
        return play;
      },
      refuse: (code, description) =>
        this.link.tell(() => this.#dialogue.endPlay(id, { level: 'error', code, description })),
    });
    const [start] = args;
    this.#tell(new PlayEvent(request, typeof start === 'number' ? start : LIVE_OR_RECORDED, decision));
  }

  /** Acts on nothing else that the client says until there is a decision: what it means depends on that. */
  #ask<Accepted>(what: string, decision: RequestDecision<Accepted>): RequestDecision<Accepted> {
    this.#dialogue.hold();
    this.link.expect(`decision about ${what}`, deadlinesOf(this.#options).requestMs);
    let isDecided = false;
    const decide = <Result>(carryOut: () => Result): Result => {
      if (isDecided) throw new Error(`${what} was decided before`);
      isDecided = true;
      if (this.link.isClosed) throw this.link.closedError();
      this.link.fulfil();
      const result = carryOut();
      this.link.act(() => this.#dialogue.release());
      return result;
    };
    return {
      accept: (description, more) => decide(() => decision.accept(description, more)),
      refuse: (code, description, more) => decide(() => decision.refuse(code, description, more)),
    };
  }

  #onStop(id: number): void {
    this.#end(id, undefined);
    this.#streams.delete(id);
  }

  #end(id: number, error: Error | undefined): void {
    const stream = this.#streams.get(id);
    if (stream?.does === 'publish') stream.source.end(error);
    else stream?.sink.end(error);
  }

  #playOf(id: number): ServerPlay | undefined {
    const stream = this.#streams.get(id);
    return stream?.does === 'play' ? stream.play : undefined;
  }

  #tell(event: ServerSessionEvent): void {
    this.events.push(event, EVENT_BYTES);
  }

  /** The handshake is followed by connect, which has a deadline of its own. */
  #onActed(): void {
    if (this.#state !== 'shaking hands' || !this.#dialogue.isOpen) return;
    this.#state = 'waiting for connect';
    this.link.expect('connect', deadlinesOf(this.#options).connectMs);
  }

  #onClosed(): void {
    this.#dialogue.hold();
    for (const id of this.#streams.keys()) this.#end(id, this.link.closedError());
    this.#streams.clear();
  }
}

/** What a play says without a start. @see RTMP 1.0 section 7.2.2.1 */
const LIVE_OR_RECORDED = -2000;
