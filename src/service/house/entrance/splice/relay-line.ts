import type { DeadlineSettings } from '../../../../config/relay-settings.ts';
import type { AmfObject, AmfValue } from '../../../../protocol/amf/amf-value.ts';
import type { ChunkReaderLimits } from '../../../../protocol/rtmp/chunk/chunk-reader.ts';
import { encodeChunks } from '../../../../protocol/rtmp/chunk/chunk-writer.ts';
import { PASSED_ON } from '../../../../protocol/rtmp/dialogue/enhanced.ts';
import type { ServerRefusal } from '../../../../protocol/rtmp/dialogue/net-stream.ts';
import type { MediaType } from '../../../../protocol/rtmp/message/message.ts';
import { encodePath, PATH_NAME } from '../../../../protocol/rtmp/relay-path.ts';
import { parseRtmpUrl } from '../../../../protocol/rtmp/rtmp-url.ts';
import { Deadline } from '../../../../session/deadline.ts';
import { encodeResume, RESUME_NAME } from '../../../../session/resume-text.ts';
import type { RtmpHost } from '../../../../session/rtmp/rtmp-activity.ts';
import type { SocketWriter } from '../../../../session/socket-writer.ts';
import { TrafficWatch } from '../../../../session/traffic-watch.ts';
import {
  RECONNECTING_CLIENT,
  RtmpClientConnection,
  type RtmpClientHandler,
} from '../../../../session/upstream/rtmp-client-connection.ts';
import type { Connect, ServerAddress } from '../../../../session/upstream/server-connector.ts';
import type { Clock } from '../../../../stream/clock.ts';
import type { BroughtGrant } from '../destination.ts';
import { proxyPreface } from './proxy-preface.ts';

/** What connections to relays are made with. */
export interface LineParts {
  /** Of what relays send. */
  readonly limits: ChunkReaderLimits;
  readonly connect: Connect;
  /** Whether connections to a relay begin with a PROXY protocol header. */
  isToldWhom(relay: string): boolean;
}

/** What a line tells; nothing more after any of the last three. */
export interface LineEvents {
  /** The relay has accepted. */
  onStarted(information: AmfObject): void;
  onMedia(type: MediaType, timestamp: number, payload: Buffer): void;
  onStatus(code: string, information: AmfObject): void;
  onDry(isDry: boolean): void;
  /** The relay has said no, or has ended the publication. */
  onRefused(refusal: ServerRefusal): void;
  /** The stream has ended. */
  onEnded(): void;
  /** The relay does not answer, or breaks off. @param why - for the log */
  onLost(why: string): void;
}

/** The connection to the relay where a client's stream is, which is there for this stream only. */
export class RelayLine {
  readonly #connection: RtmpClientConnection;
  /** Until the relay has answered. */
  readonly #deadline: Deadline;
  readonly #watch: TrafficWatch;

  /** @param does - what the client wants of the stream */
  constructor(
    client: RtmpHost,
    does: 'play' | 'publish',
    { destination, path }: BroughtGrant,
    parts: LineParts,
    events: LineEvents,
  ) {
    const { clock, deadlines } = client.context;
    const target = parseRtmpUrl(destination.url);
    if (target === undefined) throw new TypeError(`no URL of RTMP for relay ${destination.relay}`);
    const onLost = (why: string): void => {
      this.drop();
      events.onLost(why);
    };
    const ended = <A extends unknown[]>(tell: (...args: A) => void) => {
      return (...args: A): void => {
        this.close();
        tell(...args);
      };
    };
    const handler: RtmpClientHandler = {
      onConnected: () => {
        if (does === 'publish') return;
        this.#deadline.clear(); // it may wait for its stream
        this.#watch.start();
      },
      onStarted: (information) => {
        this.#deadline.clear();
        this.#watch.start();
        events.onStarted(information);
      },
      onMedia: (type, timestamp, payload) => events.onMedia(type, timestamp, payload),
      onStatus: (code, information) => events.onStatus(code, information),
      onDry: (isDry) => events.onDry(isDry),
      onRefused: ended((refusal: ServerRefusal) => events.onRefused(refusal)),
      onEnded: ended(() => events.onEnded()),
      onClosed: onLost,
    };
    const { connect, limits } = parts;
    const preface = parts.isToldWhom(destination.relay) ? { preface: proxyPreface(client) } : {};
    const { resume } = client;
    const connectProperties: Record<string, AmfValue> = {
      ...(client.client === '' ? {} : { flashVer: client.client }),
      ...(path.length === 0 ? {} : { [PATH_NAME]: encodePath(path) }),
      ...(path.length === 0 || resume === undefined ? {} : { [RESUME_NAME]: encodeResume(resume) }),
    };
    const isMovable = path.length > 0 && client.canReconnect;
    this.#deadline = new Deadline(clock, (what) => onLost(`no ${what}`));
    this.#deadline.expect('answer in time', deadlines.idleMs / 2); // the client waits twice as long at most
    this.#watch = this.#watchOf(clock, deadlines, onLost);
    this.#connection = new RtmpClientConnection(
      handler,
      { does, target, capsEx: isMovable ? RECONNECTING_CLIENT : PASSED_ON, connectProperties },
      { clock, limits, connect: (to: ServerAddress, onDone) => connect({ ...to, ...preface }, onDone) },
    );
  }

  /** To the relay; undefined until it is connected. */
  get writer(): SocketWriter | undefined {
    return this.#connection.writer;
  }

  /** A message of the stream that is published, as it goes to the relay. */
  messageOf(type: MediaType, timestamp: number, payload: Buffer): Buffer {
    const { messageStreamId } = this.#connection.dialogue;
    return encodeChunks({ type, timestamp, messageStreamId }, payload);
  }

  /** Says something about the stream. */
  tell(command: string, ...args: AmfValue[]): void {
    this.#connection.dialogue.tell(command, ...args);
  }

  /** Leaves unread what the relay sends: it is not looked at then whether it is alive. */
  hold(): void {
    this.#watch.stop();
    this.#connection.hold();
  }

  goOn(): void {
    this.#watch.start();
    this.#connection.goOn();
  }

  /** Leaves the relay in good order; nothing is told any more. */
  close(): void {
    this.#stop();
    this.#connection.close();
  }

  /** Leaves the relay as if the client was lost. */
  drop(): void {
    this.#stop();
    this.#connection.drop();
  }

  #stop(): void {
    this.#deadline.clear();
    this.#watch.stop();
  }

  #watchOf(
    clock: Clock,
    deadlines: Pick<DeadlineSettings, 'pingMs'>,
    onLost: (why: string) => void,
  ): TrafficWatch {
    const traffic = (): number => this.#connection.receivedBytes + (this.writer?.takenBytes ?? 0);
    let missed = '';
    return new TrafficWatch({
      context: { clock, deadlines },
      get trafficBytes() {
        return traffic();
      },
      ping: () => this.#connection.dialogue.ping(Math.trunc(clock.now())),
      miss: (what) => {
        missed = what;
      },
      destroy: () => onLost(`no ${missed}`),
    });
  }
}
