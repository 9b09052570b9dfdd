import { crc32 } from 'node:zlib';
import { FlvTagReader } from '../../../src/protocol/flv/flv-tag-reader.ts';
import { bbbTags } from '../media.ts';
import { TestPlayer } from '../test-player.ts';
import { TestPublisher } from '../test-publisher.ts';

/** How long the film is that is published over and over, milliseconds. */
const FILM_MS = 10_000;
const TICK_MS = 40;

/** Players may be so far behind when they are judged: chains have delays, and machines that run tests have pauses. */
const MAX_BEHIND_SECONDS = 5;

interface Message {
  readonly type: number;
  readonly timestamp: number;
  readonly payload: Buffer;
}

/** A player who reads all that it is sent. */
interface SteadyPlayer {
  readonly name: string;
  /** The frames that it has been given so far, in words. */
  wordsOf(): readonly string[];
  /** Why it gets no more; undefined as long as it plays. */
  end: string | undefined;
  /** Resolves with why it gets no more. */
  readonly ended: Promise<string>;
  leave(): void;
}

/** Coded audio or video in a word that no other frame has; headers, which every player gets at its own time, have none. */
function wordOf({ type, timestamp, payload }: Message): string | undefined {
  const isCoded = (type === 8 || type === 9) && payload[1] !== 0;
  return isCoded ? `${type}@${timestamp}:${crc32(payload)}` : undefined;
}

/** A publisher of real media at its own pace, and players who read all that they are sent: they are to miss nothing. */
export class SteadyStream implements AsyncDisposable {
  readonly #publisher: TestPublisher;
  readonly #published: string[] = [];
  readonly #players: SteadyPlayer[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #film = bbbTags();
  readonly #since = performance.now();
  #sent = 0;

  private constructor(publisher: TestPublisher) {
    this.#publisher = publisher;
    this.#sendDue();
    this.#timer = setInterval(() => this.#sendDue(), TICK_MS);
  }

  /** Begins to publish. */
  static async publish(rtmpPort: number, key: string): Promise<SteadyStream> {
    return new SteadyStream(await TestPublisher.start(rtmpPort, key));
  }

  playRtmp(port: number, key: string): void {
    const player = TestPlayer.play(port, key);
    const isEnded = player.ended.catch((error: unknown) => String(error));
    const wordsOf = (): string[] => player.messages.map(wordOf).filter((word) => word !== undefined);
    this.#add(`RTMP player of ${key}`, wordsOf, isEnded, () => void player.cut());
  }

  playHttp(url: string): void {
    const tags = new TagWords();
    const stop = new AbortController();
    const done = fetch(url, { signal: stop.signal })
      .then(async ({ body }) => {
        if (body !== null) for await (const bytes of body) tags.push(Buffer.from(bytes));
        return 'the answer has ended';
      })
      .catch((error: unknown) => String(error));
    this.#add(
      `HTTP player of ${url}`,
      () => tags.words,
      done,
      () => stop.abort(),
    );
  }

  playWebSocket(url: string): void {
    const tags = new TagWords();
    const webSocket = new WebSocket(url);
    webSocket.binaryType = 'arraybuffer';
    webSocket.addEventListener('message', ({ data }) => tags.push(Buffer.from(data as ArrayBuffer)));
    const done = new Promise<string>((resolve) =>
      webSocket.addEventListener('close', ({ code, reason }) => resolve(`closed with ${code} ${reason}`)),
    );
    this.#add(
      `WebSocket player of ${url}`,
      () => tags.words,
      done,
      () => webSocket.close(),
    );
  }

  /** What is wrong with what the players got: each is to have had all from its first frame on, but for the latest seconds. */
  faults(): string[] {
    return this.#players.flatMap((player) => {
      const fault = this.#faultOf(player);
      return fault === undefined ? [] : [`${player.name}: ${fault}`];
    });
  }

  #faultOf({ wordsOf, end }: SteadyPlayer): string | undefined {
    if (end !== undefined) return `stopped playing: ${end}`;
    const words = wordsOf();
    const [first] = words;
    if (first === undefined) return 'got nothing at all';
    const start = this.#published.indexOf(first);
    if (start < 0) return `began with ${first}, which was not published`;
    const at = words.findIndex((word, i) => word !== this.#published[start + i]);
    if (at >= 0)
      return `frame ${at} after its first is ${words[at]}, ${this.#published[start + at]} was published`;
    const missing = this.#published.length - start - words.length;
    const perSecond = this.#published.length / ((performance.now() - this.#since) / 1000);
    return missing > MAX_BEHIND_SECONDS * perSecond ? `is ${missing} frames behind` : undefined;
  }

  /** How many frames the players have got in all. */
  get playedFrames(): number {
    return this.#players.reduce((sum, { wordsOf }) => sum + wordsOf().length, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    for (const { leave } of this.#players) leave();
    await Promise.all([this.#publisher.cut(), ...this.#players.map(({ ended }) => ended)]);
  }

  #add(name: string, wordsOf: SteadyPlayer['wordsOf'], ended: Promise<string>, leave: () => void): void {
    const player: SteadyPlayer = { name, wordsOf, end: undefined, ended, leave };
    this.#players.push(player);
    void ended.then((reason) => {
      player.end = reason;
    });
  }

  #sendDue(): void {
    const now = performance.now() - this.#since;
    for (;;) {
      const round = Math.floor(this.#sent / this.#film.length);
      const tag = this.#film[this.#sent % this.#film.length];
      if (tag === undefined) return;
      const timestamp = round * FILM_MS + tag.timestamp;
      if (timestamp > now) return;
      this.#sent++;
      const message = { type: tag.type, timestamp, payload: tag.payload };
      const word = wordOf(message);
      if (round > 0 && word === undefined) continue; // headers once
      if (word !== undefined) this.#published.push(word);
      this.#publisher.sendMedia(message as Parameters<TestPublisher['sendMedia']>[0]);
    }
  }
}

/** The words of the tags in bytes that come. */
class TagWords {
  readonly words: string[] = [];
  readonly #reader = new FlvTagReader({ maxTagBytes: 16 * 2 ** 20 });

  push(bytes: Buffer): void {
    this.#reader.push(bytes);
    for (const tag of this.#reader.tags()) {
      const word = wordOf(tag);
      if (word !== undefined) this.words.push(word);
    }
  }
}
