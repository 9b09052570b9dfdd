import { connect as connectSocket } from 'node:net';
import type { PullSource } from '../../../config/stream-settings.ts';
import { parseMediaUrl } from '../../../media-url.ts';
import { asfPath } from '../../../protocol/mmsh/mmsh-path.ts';
import type { ChunkReaderLimits } from '../../../protocol/rtmp/chunk/chunk-reader.ts';
import type { RtmpTarget } from '../../../protocol/rtmp/rtmp-url.ts';
import { MmshPull } from '../../../session/upstream/mmsh/mmsh-pull.ts';
import { RtmpPull } from '../../../session/upstream/rtmp-pull.ts';
import type { Connect, UpstreamConnector } from '../../../session/upstream/server-connector.ts';
import type { UpstreamEvents } from '../../../session/upstream/upstream.ts';
import { type Clock, every } from '../../../stream/clock.ts';
import type { StreamRegistry } from '../../../stream/stream-registry.ts';
import { InheritedStream, type InheritedWay } from './inherited-stream.ts';
import { httpSocketBeside } from './successor-socket.ts';

/** How often streams are looked for that players wait for, milliseconds. */
const LOOK_MS = 500;

/** The relay before is asked for so many streams at a time that have not come yet: players may ask for what nobody has. */
const MAX_ASKED = 64;

/** How the relay before is called where its streams are told of. */
const NAME = 'predecessor';

/** What an inheritance needs of the relay. */
export interface InheritanceHost {
  readonly clock: Clock;
  readonly relayId: string;
  readonly registry: StreamRegistry;
  readonly limits: ChunkReaderLimits;
  /** What a stream is pulled from, if it is: then it comes from there. */
  pullOf(key: string): PullSource | undefined;
  /** Sees to it that a stream comes which players wait for: the thread that keeps it is to demand it here. */
  demandAtHome(key: string): void;
}

/** The streams that the relay before still has: whoever plays one here gets it from there, for as long as that relay lives. */
export class Inheritance {
  readonly #host: InheritanceHost;
  readonly #streams = new Map<string, InheritedStream>();
  #sockets: readonly string[] = [];
  #stopLooking: (() => void) | undefined;
  #opened = 0;

  constructor(host: InheritanceHost) {
    this.#host = host;
  }

  /** The relay before gives its streams on these Unix sockets from now on. */
  begin(sockets: readonly string[]): void {
    this.close();
    this.#sockets = sockets;
    this.#stopLooking = every(this.#host.clock, LOOK_MS, () => this.#look());
    this.#look();
  }

  /** A player of a stream that this thread keeps is there: fetches the stream if the relay before may have it. */
  demand(key: string): void {
    const { registry } = this.#host;
    if (this.#sockets.length === 0 || this.#streams.has(key) || registry.isPublished(key)) return;
    if ([...this.#streams.values()].filter(({ isFlowing }) => !isFlowing).length >= MAX_ASKED) return;
    const socket = this.#sockets[this.#opened++ % this.#sockets.length] ?? '';
    const target = targetOf(key);
    const { clock, limits, relayId } = this.#host;
    const waiting = [relayId, ...(registry.get(key)?.relaysWaiting ?? [])];
    const connect = this.#connectTo(socket);
    const rtmp: InheritedWay = {
      ...{ protocol: 'rtmp', url: `${target.tcUrl}/${target.streamName}` },
      open: (events) => new RtmpPull(target, { waiting }, { clock, limits, connect }, events),
    };
    const stream = new InheritedStream(key, {
      ...{ relayId, registry, ways: [rtmp, ...this.#asfWay(key, socket, waiting)] },
      onOver: () => this.#streams.delete(key),
    });
    this.#streams.set(key, stream);
  }

  /** The relay before is gone, or this one goes. */
  close(): void {
    this.#stopLooking?.();
    this.#stopLooking = undefined;
    this.#sockets = [];
    for (const stream of [...this.#streams.values()]) stream.close();
  }

  #look(): void {
    for (const { key, audience } of [...this.#host.registry.streams()])
      if (audience > 0 && this.#host.pullOf(key) === undefined) this.#host.demandAtHome(key);
  }

  /** What RTMP cannot carry; none where the key cannot stand in a URL. */
  #asfWay(key: string, socket: string, waiting: readonly string[]): InheritedWay[] {
    const address = `mmsh://${NAME}/${asfPath(key.split('/').map(encodeURIComponent).join('/'))}`;
    const url = parseMediaUrl(address);
    if (url === undefined || url.protocol === 'rtmp') return [];
    const connect = this.#connectTo(httpSocketBeside(socket));
    const connector: UpstreamConnector = {
      ...{ clock: this.#host.clock, connect, proxyFor: () => undefined },
      connectProxy: (_proxy, to, onDone) => connect(to, onDone),
    };
    const open = (events: UpstreamEvents): MmshPull => new MmshPull({ url, waiting }, connector, events);
    return [{ protocol: 'mmsh', url: address, open }];
  }

  /** Every connection leads to a Unix socket; one that is gone is tried no more. */
  #connectTo(path: string): Connect {
    return (_to, onDone) => {
      const socket = connectSocket(path);
      socket.once('connect', () => onDone(socket));
      const onFailed = (cause: Error): void => {
        const isGone = /^(?:ENOENT|ECONNREFUSED)$/.test((cause as NodeJS.ErrnoException).code ?? '');
        if (isGone) this.#sockets = this.#sockets.filter((other) => other !== path);
        if (this.#sockets.length === 0) this.#stopLooking?.();
        onDone(new Error(`the relay before is gone: ${cause.message}`, { cause }));
      };
      socket.once('error', onFailed);
      socket.once('connect', () => socket.off('error', onFailed).on('error', () => {}));
      return () =>
        socket
          .off('error', onFailed)
          .on('error', () => {})
          .destroy();
    };
  }
}

/** As any client of RTMP splits a key. */
function targetOf(key: string): RtmpTarget {
  const [app = '', ...name] = key.split('/');
  const place = { protocol: 'rtmp', host: NAME, port: 1935, isTls: false, isTunnelled: false } as const;
  return { ...place, app, streamName: name.join('/'), tcUrl: `rtmp://${NAME}/${app}` };
}
