import { TestPlayer } from '../test-player.ts';
import { TestPublisher } from '../test-publisher.ts';
import { MmshWords, SteadyEncoder } from './steady-asf.ts';
import { flvWordOf, SteadyFilm, TagWords } from './steady-flv.ts';

const TICK_MS = 40;

/** Players may be so far behind when they are judged: chains have delays, and machines that run tests have pauses. */
const MAX_BEHIND_SECONDS = 5;

/** Who publishes what is due. */
export interface SteadyPublisher {
  /** @param nowMs - since it began @returns what was sent, each frame in a word that no other has */
  sendDue(nowMs: number): readonly string[];
  cut(): Promise<void>;
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

/** A publisher of media at its own pace, and players who read all that they are sent: they are to miss nothing. */
export class SteadyStream implements AsyncDisposable {
  readonly #publisher: SteadyPublisher;
  readonly #published: string[] = [];
  readonly #players: SteadyPlayer[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #since = performance.now();

  private constructor(publisher: SteadyPublisher) {
    this.#publisher = publisher;
    this.#sendDue();
    this.#timer = setInterval(() => this.#sendDue(), TICK_MS);
  }

  /** Begins to publish a film over RTMP. */
  static async publish(rtmpPort: number, key: string): Promise<SteadyStream> {
    return new SteadyStream(new SteadyFilm(await TestPublisher.start(rtmpPort, key)));
  }

  /** Begins to push ASF. @param key - `streams/NAME` */
  static push(httpPort: number, key: string): SteadyStream {
    return new SteadyStream(new SteadyEncoder(httpPort, `/${key}_push`));
  }

  playRtmp(port: number, key: string): void {
    const player = TestPlayer.play(port, key);
    const isEnded = player.ended.catch((error: unknown) => String(error));
    const wordsOf = (): string[] => player.messages.map(flvWordOf).filter((word) => word !== undefined);
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

  playMmsh(port: number, key: string): void {
    const player = new MmshWords(port, `/${key}`);
    this.#add(
      `MMS player of ${key} at ${port}`,
      () => player.words,
      player.ended,
      () => player.leave(),
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
    this.#published.push(...this.#publisher.sendDue(performance.now() - this.#since));
  }
}
