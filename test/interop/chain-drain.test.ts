import { expect, test } from 'vitest';
import { media, wordFor } from '../support/fake-media.ts';
import { pullAll } from '../support/relay-process.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';
import { TestPlayer } from '../support/test-player.ts';
import { TestPublisher } from '../support/test-publisher.ts';

/** Publishes a numbered frame every 20 ms, every 25th a keyframe. */
class Metronome implements AsyncDisposable {
  readonly sent: string[] = [];
  readonly #publisher: TestPublisher;
  readonly #timer: NodeJS.Timeout;

  private constructor(publisher: TestPublisher) {
    this.#publisher = publisher;
    publisher.sendMedia(...media('M1@0 VH1@0 AH1@0'));
    this.#timer = setInterval(() => {
      const number = this.sent.length;
      const kind = number % 25 === 0 ? 'K' : number % 2 === 0 ? 'P' : 'A';
      const messages = media(`${kind}${number}@${1000 + number * 20}:600`);
      this.sent.push(...messages.map(wordFor));
      publisher.sendMedia(...messages);
    }, 20);
  }

  static async start(relay: TestRelay, key: string): Promise<Metronome> {
    return new Metronome(await TestPublisher.start(relay.port('rtmp'), key));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#publisher.cut();
  }
}

/** What a player saw, from its first keyframe on, beside what was sent from there on. */
function compare(player: TestPlayer, sent: readonly string[]): { seen: string[]; expected: string[] } {
  const words = player.media.map(wordFor).filter((word) => !/^[AV]H/.test(word));
  return { seen: words, expected: sent.slice(sent.indexOf(words[0] ?? '')).slice(0, words.length) };
}

test.for([
  { name: 'drain.reconnectUrl', hasUrl: true },
  { name: 'the next of its own URLs', hasUrl: false },
])('a relay that drains hands over to $name: no frame is lost, none comes twice', async ({ hasUrl }) => {
  await using stack = new AsyncDisposableStack();
  const origin = stack.use(await startRelay());
  const metronome = stack.use(await Metronome.start(origin, 'live/a'));
  const pullOrigin = pullAll([origin.rtmpUrl('{key}')]);
  const next = stack.use(await startRelay({ streams: pullOrigin }));
  const reconnectUrl = hasUrl ? `rtmp://127.0.0.1:${next.port('rtmp')}` : null;
  const leaving = stack.use(
    await startRelay({ streams: pullOrigin, drain: { reconnectUrl, timeoutMs: 20_000 } }),
  );
  const urls = [leaving, ...(hasUrl ? [] : [next])].map((relay) => relay.rtmpUrl('{key}'));
  const edge = stack.use(await startRelay({ streams: pullAll(urls) }));
  const player = stack.use(TestPlayer.play(edge.port('rtmp'), 'live/a'));
  await player.mediaOf(40);

  const startedAt = performance.now();
  await leaving.relay.drain(); // resolves as soon as nobody is left
  expect(performance.now() - startedAt).toBeLessThan(5000);
  await player.mediaOf(player.media.length + 60);
  const { seen, expected } = compare(player, metronome.sent);
  expect(seen).toEqual(expected);
  expect(next.log.find('play', { stream: 'live/a' })).toHaveLength(1);
  expect(await (await fetch(edge.adminUrl('/api/v1/upstreams'))).json()).toMatchObject([
    { url: next.rtmpUrl('live/a'), state: 'flowing', reconnects: 0 },
  ]);
});

test('players that are no relays stay until the drain timeout, then go in good order', async () => {
  await using relay = await startRelay({ drain: { timeoutMs: 600 } });
  await using metronome = await Metronome.start(relay, 'live/a');
  await using player = TestPlayer.play(relay.port('rtmp'), 'live/a');
  await player.mediaOf(10);
  const startedAt = performance.now();
  const drained = relay.relay.drain();
  const reason = await player.ended;
  expect(performance.now() - startedAt).toBeGreaterThan(500);
  expect(reason).toBe('NetStream.Play.UnpublishNotify');
  await drained;
  const { seen, expected } = compare(player, metronome.sent);
  expect(seen).toEqual(expected);
});
