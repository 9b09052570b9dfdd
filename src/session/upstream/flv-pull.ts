import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpUrl } from '../../media-url.ts';
import { noticeStreamId } from '../../protocol/flv/flv-tag.ts';
import { FlvTagReader } from '../../protocol/flv/flv-tag-reader.ts';
import { decodeDataMessage } from '../../protocol/rtmp/message/command-message.ts';
import { decodePath, PATH_NAME } from '../../protocol/rtmp/relay-path.ts';
import { Work, type WorkMeter } from '../../protocol/work-meter.ts';
import { encodePathHeader, PATH_HEADER } from '../http/relay-path-header.ts';
import { type InputReader, PacedInput } from '../reading/paced-input.ts';
import { basicAuthorization } from './basic-authorization.ts';
import { endOf } from './http-upstream-end.ts';
import { connectFailure, type UpstreamConnector } from './server-connector.ts';
import type { Upstream, UpstreamEnd, UpstreamEvents } from './upstream.ts';
import { faultOf, tellMedia } from './upstream-media.ts';

/** The head of an answer is at most this long, bytes. */
export const MAX_HEAD_BYTES: number = 16 * 1024;

/** What is asked of a server over HTTP or WebSocket. */
export interface FlvPullWish {
  readonly url: HttpUrl;
  /** Ids of the relays that wait for the stream, this one first. */
  readonly waiting: readonly string[];
  readonly maxTagBytes: number;
}

/** The URL that is asked for, without credentials. */
export function addressOf({ scheme, authority, path }: HttpUrl): string {
  return `${scheme}://${authority}${path}`;
}

/** The headers of every request for a stream. */
export function requestHeaders({ url, waiting }: FlvPullWish): Record<string, string> {
  const authorization = basicAuthorization(url);
  return {
    host: url.authority,
    'user-agent': 'streampump',
    accept: '*/*',
    [PATH_HEADER]: encodePathHeader(waiting),
    ...(authorization === undefined ? {} : { authorization }),
  };
}

/** An upstream that brings FLV, whatever transport that comes by, up to its one end. */
export abstract class FlvPull implements Upstream, InputReader {
  /** Nothing here waits for an answer. */
  readonly isHeld = false;
  readonly #connector: UpstreamConnector;
  readonly #events: UpstreamEvents;
  readonly #address: string;
  readonly #tags: FlvTagReader;
  readonly #input: PacedInput;
  #socket: Socket | undefined;
  #isOver = false;
  /** Whether the server has said no: how its answer breaks off does not matter any more. */
  #isRefused = false;
  /** What to do once all that has come is acted on: the transport has told its end. */
  #finish: (() => void) | undefined;

  constructor({ url, maxTagBytes }: FlvPullWish, connector: UpstreamConnector, events: UpstreamEvents) {
    this.#connector = connector;
    this.#events = events;
    this.#address = addressOf(url);
    this.#input = new PacedInput(connector.clock, this, true);
    this.#tags = new FlvTagReader({ maxTagBytes }, this.meter);
  }

  abstract readonly signsOfLife: number;

  get receivedBytes(): number {
    return this.#socket?.bytesRead ?? 0;
  }

  abstract ping(): void;

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.hangUp();
  }

  /** Nothing more is wanted of the transport; called once. */
  protected abstract hangUp(): void;

  /** Hands a connection on to a client, whose way to take it this is. */
  protected connectWith(
    onCreated: (error: null, socket: Socket) => void,
  ): (connected: Socket | Error) => void {
    return (connected) => {
      if (connected instanceof Error)
        this.end({ kind: connectFailure(connected), description: connected.message });
      else {
        this.#socket = connected;
        this.#input.attach(connected);
        onCreated(null, connected);
      }
    };
  }

  /** The upstream accepted. @param path - ids of the relays that bring the stream, nearest first */
  protected start(path: readonly string[]): void {
    if (!this.#isOver) this.#events.onStart(path);
  }

  /** To be told how much work the server's bytes are. */
  protected get meter(): WorkMeter {
    return this.#input.pace;
  }

  onSlowed(): void {
    if (!this.#isOver) this.#events.onSlowed?.();
  }

  /** Takes a piece of the stream over. */
  protected receive(bytes: Buffer): void {
    this.meter.spend(Work.piece, bytes.length);
    if (this.#isOver) return;
    this.#tags.push(bytes);
    this.proceed();
  }

  proceed(): void {
    if (this.#isOver) return;
    try {
      for (const { type, timestamp, streamId, payload } of this.#tags.tags()) {
        if (streamId === noticeStreamId) this.#onNotice(payload);
        else tellMedia(this.#events, this.meter, type, timestamp, payload);
        if (this.#isOver) return; // told to leave
      }
      if (!this.meter.isSpent) this.#finish?.();
    } catch (error) {
      this.lose(faultOf(error));
    }
  }

  /** The stream is complete, says the transport. @param description - for people */
  protected complete(description: string): void {
    this.afterAll(() => {
      this.#tags.end();
      this.end({ kind: 'ended', description });
    });
  }

  /** Does this when all that has come is acted on: what a turn left over goes before the end. */
  protected afterAll(finish: () => void): void {
    this.#finish ??= finish;
    if (!this.meter.isSpent) this.proceed();
  }

  /** The server answered with something that is not the stream. */
  protected refuse(response: IncomingMessage): void {
    response.on('error', () => {}); // 'close' follows
    this.#isRefused = true;
    const tell = (end: UpstreamEnd): void => {
      this.#isRefused = false;
      this.end(end);
    };
    endOf(response, this.#address, this.#connector.clock).then(tell, (error: unknown) =>
      tell({ kind: 'lost', description: String(error) }),
    );
  }

  /** The transport has failed. */
  protected lose(description: string): void {
    this.end({ kind: 'lost', description });
  }

  /** The server's own word: nothing else has this StreamID. */
  #onNotice(payload: Buffer): void {
    this.meter.spend(Work.valueByte * payload.length, 0);
    const [name, value] = decodeDataMessage(payload);
    const path = name === PATH_NAME ? decodePath(value) : undefined;
    if (path !== undefined) this.#events.onPath(path);
  }

  /** Tells the end; only the first is one. */
  protected end(end: UpstreamEnd): void {
    if (this.#isOver || this.#isRefused) return;
    this.#isOver = true;
    this.#events.onEnd(end);
    this.hangUp();
  }
}
