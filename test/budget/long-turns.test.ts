import { type TestContext, test } from 'vitest';
import { floodsFromUpstream, floodsToRelay } from '../support/floods.ts';
import { SteadyStream } from '../support/swarm/steady-stream.ts';
import { WatchedRelay } from '../support/swarm/watched-relay.ts';

/** No turn of the event loop takes longer, whatever comes in, milliseconds of processor time. */
const MAX_TURN_MS = 100;

/** Frames of a film that go on while the relay is flooded: two seconds of it. */
const FRAMES = 140;

const push = { match: '**', source: { type: 'push' } };

/** A relay, with a film and its player beside all that goes on there. */
class FloodedRelay implements AsyncDisposable {
  readonly watched: WatchedRelay;
  readonly #film: SteadyStream;

  private constructor(watched: WatchedRelay, film: SteadyStream) {
    this.watched = watched;
    this.#film = film;
  }

  static async start(streams: readonly unknown[]): Promise<FloodedRelay> {
    const watched = await WatchedRelay.start({ config: { streams } });
    const { rtmpPort } = watched.relay;
    const film = await SteadyStream.publish(rtmpPort, 'quiet/film');
    film.playRtmp(rtmpPort, 'quiet/film');
    await watched.relay.waitForLog(/"event":"play"/);
    watched.takeLongTurns();
    return new FloodedRelay(watched, film);
  }

  /** Holds the relay to it that the film goes on for a while, and that no turn of the loop is long meanwhile. */
  async expectShortTurns({ expect }: TestContext): Promise<void> {
    const before = this.#film.playedFrames;
    await expect.poll(() => this.#film.playedFrames - before, { timeout: 15_000 }).toBeGreaterThan(FRAMES);
    const turns = this.watched.takeLongTurns().map(({ cpuMs }) => Math.round(cpuMs));
    expect(turns.filter((ms) => ms > MAX_TURN_MS)).toEqual([]);
    expect(this.#film.faults()).toEqual([]);
    expect(this.watched.relay.find('slowed')).not.toEqual([]); // so it has come
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#film[Symbol.asyncDispose]();
    await this.watched[Symbol.asyncDispose]();
  }
}

// Two at once, each with a relay of its own: what is measured is the processor time of a turn, and floods are slowed.
test.concurrent.for(floodsToRelay)(
  '$what make no turn of the loop long, and a film beside them flows',
  { timeout: 30_000 },
  async ({ start }, context) => {
    await using flooded = await FloodedRelay.start([push]);
    const { rtmpPort: rtmp, httpPort: http } = flooded.watched.relay;
    await using _flood = await start({ rtmp, http });
    await flooded.expectShortTurns(context);
  },
);

test.concurrent.for(floodsFromUpstream)(
  '$what from an upstream over $scheme make no turn of the loop long, and a film beside them flows',
  { timeout: 30_000 },
  async ({ scheme, start }, context) => {
    await using server = await start();
    const urls = [`${scheme}://127.0.0.1:${server.port}/{key}${scheme === 'rtmp' ? '' : '.flv'}`];
    await using flooded = await FloodedRelay.start([
      { match: 'pulled/**', source: { type: 'pull', urls } },
      push,
    ]);
    const stopPlaying = new AbortController();
    const { signal } = stopPlaying;
    const playing = fetch(flooded.watched.relay.flvUrl('pulled/flood'), { signal }).catch(() => {});
    await flooded.expectShortTurns(context);
    stopPlaying.abort();
    await playing;
  },
);
