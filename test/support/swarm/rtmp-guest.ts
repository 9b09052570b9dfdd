import { type AmfValue, amfObject } from '../../../src/protocol/amf/amf-value.ts';
import { encodeAmf0 } from '../../../src/protocol/amf/amf0.ts';
import { encodeChunks } from '../../../src/protocol/rtmp/chunk/chunk-writer.ts';
import { simpleClientHandshake } from '../server-scene.ts';
import { Guest } from './guest.ts';
import { OddMedia, type OddMessage } from './odd-media.ts';
import type { Peer } from './peer.ts';
import { Random } from './random.ts';

/** How often a guest does what it can do. */
const verbs = {
  media: 10,
  more: 22,
  publish: 9,
  play: 14,
  playOnMany: 5,
  pause: 7,
  receive: 8,
  change: 6,
  data: 5,
  empty: 4,
  aggregate: 4,
  largeKeyframe: 1,
  stop: 6,
  ask: 6,
  control: 4,
  chunkSize: 3,
  flood: 1,
} as const;

/** The same for one who hoards: publishes a stream of its own and has the relay keep and pack as much of it as it can. */
const hoarding: Readonly<Partial<Record<keyof typeof verbs, number>>> = {
  more: 10,
  empty: 5,
  change: 2,
  data: 2,
  playOnMany: 3,
  receive: 3,
  pause: 2,
};

/** One guest of so many hoards. */
const HOARDERS = 0.25;

/** Publishes and plays over RTMP, on several message streams of one connection. */
export class RtmpGuest extends Guest {
  #media = new OddMedia(new Random(0));
  #chunkSize = 128;
  #app = '';
  #publishing = new Set<number>();
  /** The stream that it hoards. */
  #hoard: string | undefined;

  protected begin(random: Random): { readonly peer: Peer; readonly says: string } {
    const peer = this.open(this.place.rtmpPort);
    this.#media = new OddMedia(random);
    this.#chunkSize = 128;
    this.#publishing = new Set();
    this.#app = this.anyKey(random).split('/', 1)[0] ?? '';
    const flashVer = random.oneOf(['FMLE/3.0', 'LNX 9,0,124,2', '\u202e'.repeat(random.anyScale(1, 1000))]);
    const id = random.between(0, 9);
    const path = random.chance(0.1) ? { streampumpPath: [`relay${id}`] } : {};
    peer.send(simpleClientHandshake);
    const tcUrl = `rtmp://127.0.0.1/${this.#app}`;
    this.#call(peer, 0, 'connect', 1, amfObject({ app: this.#app, tcUrl, flashVer, ...path }));
    const count = random.between(1, 4);
    for (let i = 0; i < count; i++) this.#call(peer, 0, 'createStream', 2 + i, null);
    this.#hoard = random.chance(HOARDERS) ? `${this.#app}/hoard${random.between(0, 1_000_000)}` : undefined;
    if (this.#hoard !== undefined) {
      this.#call(peer, 1, 'publish', 4, null, this.#hoard.slice(this.#app.length + 1), 'live');
      this.#publishing.add(1);
      for (const { type, timestamp, payload } of this.#media.group())
        this.#message(peer, type, payload, 1, timestamp);
      return { peer, says: `publishes ${this.#hoard}` };
    }
    return { peer, says: `connects to ${this.#app}, ${count} message streams` };
  }

  protected next(peer: Peer, random: Random): string {
    const verb = random.weighted<keyof typeof verbs>(this.#hoard === undefined ? verbs : hoarding);
    const on = random.between(1, 4);
    switch (verb) {
      case 'media':
        return this.#sendMedia(peer, random, verb, this.#media.group());
      case 'more':
        return this.#sendMedia(peer, random, verb, this.#media.more(this.#hoard === undefined ? 300 : 2000));
      case 'change':
        return this.#sendMedia(peer, random, verb, this.#media.headers(random.anyScale(1, 40)));
      case 'data':
        return this.#sendMedia(peer, random, verb, this.#media.data(random.anyScale(1, 40)));
      case 'empty':
        return this.#sendMedia(peer, random, verb, this.#media.empty(random.anyScale(1, 4000)));
      case 'aggregate':
        return this.#sendMedia(peer, random, verb, [this.#media.aggregate(random.anyScale(1, 60_000))]);
      case 'largeKeyframe':
        return this.#sendMedia(peer, random, verb, this.#media.largeKeyframe());
      case 'publish':
        return this.#publish(peer, random, on);
      case 'play':
        return this.#play(peer, random, on, this.anyKey(random, this.#app));
      case 'playOnMany': {
        const key = this.#hoard ?? this.anyKey(random, this.#app);
        const count = random.between(2, 31);
        for (let id = this.#hoard === undefined ? 1 : 2; id <= count; id++) this.#play(peer, random, id, key);
        return `plays ${key} on ${count} message streams`;
      }
      case 'pause': {
        const isPaused = random.chance(0.5);
        this.#call(peer, on, 'pause', 0, null, isPaused, 0);
        return `${isPaused ? 'pauses' : 'goes on'} on ${on}`;
      }
      case 'receive': {
        const kind = random.oneOf(['receiveAudio', 'receiveVideo']);
        const isWanted = random.chance(0.5);
        this.#call(peer, on, kind, 0, null, isWanted);
        return `${kind} ${isWanted} on ${on}`;
      }
      case 'stop':
        return this.#stop(peer, random, on);
      case 'ask': {
        const name = random.oneOf([
          'seek',
          'play2',
          'getStreamLength',
          'releaseStream',
          'FCSubscribe',
          'nonsense',
        ]);
        this.#call(peer, on, name, random.between(0, 9), null, 'x');
        return `calls ${name}`;
      }
      case 'control': {
        const [type, payload] = random.oneOf([
          [4, '000600000001'], // a ping
          [4, '00030000000100000bb8'], // Set Buffer Length
          [5, '00000100'], // a window of 256 bytes
          [6, '0000100002'], // Set Peer Bandwidth
          [3, '00000001'], // Acknowledgement
        ] as const);
        this.#message(peer, type, Buffer.from(payload, 'hex'), 0);
        return `sends control message ${type}`;
      }
      case 'chunkSize': {
        this.#chunkSize = random.anyScale(1, 65_536);
        const payload = Buffer.alloc(4);
        payload.writeUInt32BE(this.#chunkSize);
        peer.send(encodeChunks({ type: 1, timestamp: 0, messageStreamId: 0 }, payload));
        return `chunk size ${this.#chunkSize}`;
      }
      case 'flood': {
        const count = random.anyScale(10, 1000);
        for (let i = 0; i < count; i++) this.#call(peer, on, 'getStreamLength', 5, null, 'x');
        return `calls getStreamLength ${count} times`;
      }
      default:
        return verb satisfies never;
    }
  }

  #publish(peer: Peer, random: Random, on: number): string {
    const key = this.ownKey(random, this.#app);
    if (this.#app !== key.split('/', 1)[0])
      return this.#play(peer, random, on, this.anyKey(random, this.#app));
    if (this.#publishing.size >= 2) return this.#sendMedia(peer, random, 'media', this.#media.group());
    const name = key.slice(this.#app.length + 1);
    if (random.chance(0.5)) this.#call(peer, 0, 'FCPublish', 3, null, name);
    this.#call(peer, on, 'publish', 4, null, name, 'live');
    this.#publishing.add(on);
    for (const message of this.#media.group())
      this.#message(peer, message.type, message.payload, on, message.timestamp);
    return `publishes ${key} on ${on}`;
  }

  #play(peer: Peer, random: Random, on: number, key: string): string {
    const [app = '', ...name] = key.split('/');
    if (app !== this.#app) return `does not play ${key}: it is of another app`;
    this.#publishing.delete(on);
    const query = random.chance(0.1) ? '?start=live' : '';
    this.#call(peer, on, 'play', 0, null, `${name.join('/')}${query}`, -2000);
    return `plays ${key}${query} on ${on}`;
  }

  #stop(peer: Peer, random: Random, on: number): string {
    const name = random.oneOf(['deleteStream', 'closeStream', 'FCUnpublish']);
    if (name === 'FCUnpublish')
      this.#call(peer, 0, name, 6, null, random.oneOf(this.place.ours).split('/')[1] ?? '');
    else this.#call(peer, on, name, 0, null, on);
    this.#publishing.delete(on);
    return `${name} on ${on}`;
  }

  #sendMedia(peer: Peer, random: Random, verb: string, messages: readonly OddMessage[]): string {
    const ids = [...this.#publishing];
    const on = ids.length === 0 ? 1 : random.oneOf(ids);
    if (ids.length === 0 && random.chance(0.9)) return this.#publish(peer, random, random.between(1, 4));
    for (const { type, timestamp, payload } of messages) this.#message(peer, type, payload, on, timestamp);
    return `sends ${verb} on ${on}: ${messages.length} messages`;
  }

  #call(peer: Peer, on: number, name: string, transactionId: number, ...values: AmfValue[]): void {
    this.#message(peer, 20, encodeAmf0(name, transactionId, ...values), on);
  }

  #message(peer: Peer, type: number, payload: Buffer, on: number, timestamp = 0): void {
    const isCostly = payload.length / this.#chunkSize > 5000; // a chunk size of one byte is for small messages
    if (!isCostly)
      peer.send(encodeChunks({ type, timestamp, messageStreamId: on }, payload, this.#chunkSize));
  }
}

/** Plays over RTMP, pauses a little later and goes on at last. */
export function playAndPause(peer: Peer, key: string, ms: number): void {
  const [app = '', ...name] = key.split('/');
  const call = (on: number, verb: string, ...values: AmfValue[]): void =>
    peer.send(
      encodeChunks({ type: 20, timestamp: 0, messageStreamId: on }, encodeAmf0(verb, 1, ...values), 128),
    );
  peer.send(simpleClientHandshake);
  call(0, 'connect', amfObject({ app, tcUrl: `rtmp://127.0.0.1/${app}` }));
  call(0, 'createStream', null);
  call(1, 'play', null, name.join('/'));
  setTimeout(() => call(1, 'pause', null, true, 0), ms);
  setTimeout(() => call(1, 'pause', null, false, 0), ms * 1.4);
}
