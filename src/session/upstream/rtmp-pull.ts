import type { AmfObject } from '../../protocol/amf/amf-value.ts';
import type { ServerRefusal } from '../../protocol/rtmp/dialogue/net-stream.ts';
import { StatusCode } from '../../protocol/rtmp/dialogue/status.ts';
import { propertiesOf, stringOr } from '../../protocol/rtmp/message/command-message.ts';
import type { MediaType } from '../../protocol/rtmp/message/message.ts';
import { decodePath, encodePath, KEY_NAME, PATH_NAME } from '../../protocol/rtmp/relay-path.ts';
import type { RtmpTarget } from '../../protocol/rtmp/rtmp-url.ts';
import type { Clock } from '../../stream/clock.ts';
import { encodeResume, RESUME_NAME } from '../resume-text.ts';
import {
  RECONNECTING_CLIENT,
  RtmpClientConnection,
  type RtmpClientHandler,
  type RtmpClientHost,
} from './rtmp-client-connection.ts';
import type { PulledFor, Upstream, UpstreamEvents } from './upstream.ts';
import { tellMedia } from './upstream-media.ts';

/** Plays one stream of an RTMP server in order to relay it. */
export class RtmpPull implements Upstream, RtmpClientHandler {
  readonly #clock: Clock;
  readonly #events: UpstreamEvents;
  readonly #connection: RtmpClientConnection;

  constructor(
    target: RtmpTarget,
    { waiting, resume }: PulledFor,
    host: RtmpClientHost,
    events: UpstreamEvents,
  ) {
    this.#clock = host.clock;
    this.#events = events;
    const [name = ''] = target.streamName.split('?', 1);
    const connectProperties = {
      [PATH_NAME]: encodePath(waiting),
      [KEY_NAME]: `${target.app}/${name}`,
      ...(resume === undefined ? {} : { [RESUME_NAME]: encodeResume(resume) }),
    };
    const intent = { does: 'play', target, capsEx: RECONNECTING_CLIENT, connectProperties } as const;
    this.#connection = new RtmpClientConnection(this, intent, host);
  }

  get receivedBytes(): number {
    return this.#connection.receivedBytes;
  }

  get signsOfLife(): number {
    return this.#connection.dialogue.pongs;
  }

  ping(): void {
    this.#connection.dialogue.ping(Math.trunc(this.#clock.now()));
  }

  close(): void {
    this.#connection.close();
  }

  onStarted(information: AmfObject): void {
    this.#events.onStart(decodePath(information[PATH_NAME]) ?? []);
  }

  onMedia(type: MediaType, timestamp: number, payload: Buffer): void {
    tellMedia(this.#events, this.#connection.meter, type, timestamp, payload);
  }

  onDry(isDry: boolean): void {
    this.#events.onDry(isDry);
  }

  /** Commands are the server's own word: what its publisher has sent, and be it as data of the same name, never comes as one. */
  onStatus(code: string, information: AmfObject): void {
    if (code === StatusCode.playPathNotify) {
      const path = decodePath(information[PATH_NAME]);
      if (path !== undefined) this.#events.onPath(path);
    } else if (code === StatusCode.reconnectRequest) {
      const tcUrl = stringOr(information['tcUrl'], '');
      this.#events.onReconnectRequest(tcUrl === '' ? undefined : tcUrl);
    }
  }

  onRefused({ code, description: said, information }: ServerRefusal): void {
    this.#connection.close();
    const redirect = propertiesOf(information['ex'])['redirect'];
    if (typeof redirect === 'string') {
      this.#events.onEnd({ kind: 'redirect', description: code, said, url: redirect });
    } else {
      const kind = code === StatusCode.playStreamNotFound ? 'not-found' : 'refused';
      this.#events.onEnd({ kind, description: code, said });
    }
  }

  onEnded(code: string): void {
    this.#connection.close();
    this.#events.onEnd({ kind: 'ended', description: `the server ended the stream (${code})` });
  }

  onSlowed(): void {
    this.#events.onSlowed?.();
  }

  onClosed(description: string, kind: 'lost' | 'refused'): void {
    this.#events.onEnd({ kind, description });
  }
}
