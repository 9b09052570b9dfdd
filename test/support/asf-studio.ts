import { AsfFrames } from '../../src/family/asf/asf-frames.ts';
import { AsfFileReader } from '../../src/protocol/asf/asf-file-reader.ts';
import { readAsfPacket } from '../../src/protocol/asf/asf-packet.ts';
import { MmshReader } from '../../src/protocol/mmsh/mmsh-reader.ts';
import type { WireForm } from '../../src/stream/fan-out/wire-form.ts';
import type { Player } from '../../src/stream/player.ts';
import { type Publication, StreamRegistry } from '../../src/stream/stream-registry.ts';
import { asfHeader, asfPacket, type MadeHeader, type MadePacket } from './asf-maker.ts';
import { FakeClock } from './fake-clock.ts';
import { settings } from './fake-studio.ts';

const key = 'streams/a';

/** Who publishes ASF, made by the functions of the ASF maker. */
export class AsfPublisher {
  readonly frames: AsfFrames = new AsfFrames();
  readonly publication: Publication;
  readonly #clock: FakeClock;

  constructor(registry: StreamRegistry, clock: FakeClock) {
    const answer = registry.publish(key, { address: 'encoder', onReplaced: () => {} });
    if ('conflict' in answer) throw new Error(answer.conflict);
    this.publication = answer;
    this.#clock = clock;
  }

  /** Sends a header. */
  header(made: MadeHeader = {}): void {
    this.publication.receive(this.frames.header(asfHeader(made)));
  }

  /** Sends packets, a payload for each stream number in a word: `2k` is a key frame of stream 2, `1+` goes on with an object. */
  send(sendTimeMs: number, ...words: string[]): void {
    for (const word of words) this.packet({ sendTimeMs, payloads: word.split(' ').map(payloadOf) });
    this.#clock.advance(settings.maxDelayMs);
    this.#clock.settle();
  }

  packet(made: MadePacket): void {
    this.publication.receive(this.frames.packet(asfPacket(made)));
  }
}

function payloadOf(word: string) {
  return { stream: Number.parseInt(word, 10), isKey: word.includes('k'), offset: word.includes('+') ? 5 : 0 };
}

/** A player of MMSH or raw ASF that takes what it is sent when it is told to, or at once. */
export class AsfPlayer implements Player {
  readonly isRelay = false;
  readonly bytes: Buffer[] = [];
  readonly #clock: FakeClock;
  readonly #isRaw: boolean;
  readonly #mmsh = new MmshReader({ framing: 'with data packet headers' });
  readonly #asf = new AsfFileReader();
  readonly #seen: string[] = [];
  #waiting: (() => void)[] = [];
  isTaking = true;
  backlogBytes = 0;
  takenBytes = 0;

  constructor(clock: FakeClock, isRaw: boolean) {
    this.#clock = clock;
    this.#isRaw = isRaw;
  }

  write(bytes: Buffer, onTaken?: () => void): void {
    this.bytes.push(bytes);
    this.backlogBytes += bytes.length;
    if (onTaken !== undefined) this.#waiting.push(onTaken);
    if (this.#isRaw) {
      this.#asf.push(bytes);
      for (const part of this.#asf.parts()) this.#see(part.is, part.bytes);
    } else {
      this.#mmsh.push(bytes);
      for (const packet of this.#mmsh.packets())
        this.#see(packet.is, packet.is === 'data' ? packet.packet : undefined);
    }
    if (this.isTaking) this.take();
  }

  /** The socket takes all that it was given. */
  take(): void {
    this.takenBytes += this.backlogBytes;
    this.backlogBytes = 0;
    for (const onTaken of this.#waiting.splice(0)) this.#clock.next(onTaken);
  }

  onStart(): void {}
  onEnd(reason: string): void {
    this.#seen.push(`(${reason})`);
  }

  /** What it was sent or told since the last look: `header`, `change`, or send time and streams of a packet, as publishers send them. */
  get news(): string[] {
    this.#clock.settle();
    return this.#seen.splice(0);
  }

  #see(what: string, packet: Buffer | undefined): void {
    if (packet === undefined || what === 'header') this.#seen.push(what);
    else {
      const { sendTimeMs, payloads } = readAsfPacket(packet, packet.length);
      const words = payloads.map(
        ({ stream, isKey, startsObject }) => `${stream}${isKey ? 'k' : ''}${startsObject ? '' : '+'}`,
      );
      this.#seen.push(`${sendTimeMs}: ${words.join(' ')}`);
    }
  }
}

/** A stream of ASF on a clock driven by hand. */
export class AsfStudio {
  readonly clock: FakeClock = new FakeClock(1000);
  readonly registry: StreamRegistry;

  /** @param changes - of the settings of a relay by default */
  constructor(changes: Partial<typeof settings> = {}) {
    this.registry = new StreamRegistry(this.clock, { ...settings, ...changes }, { onFlush: () => {} });
  }

  publish(): AsfPublisher {
    return new AsfPublisher(this.registry, this.clock);
  }

  /** Somebody plays from now on. */
  join(form: WireForm): AsfPlayer {
    const player = new AsfPlayer(this.clock, form.protocol === 'asf-http');
    this.registry.play(key, player, { form, lateJoin: 'keyframeGroup' });
    this.clock.settle();
    return player;
  }
}
