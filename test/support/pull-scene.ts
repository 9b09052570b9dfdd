import type { PullSource } from '../../src/config/stream-settings.ts';
import { Followers } from '../../src/service/followers.ts';
import type { MayOpen } from '../../src/service/relay/permission.ts';
import { Pull } from '../../src/service/relay/pulling/pull.ts';
import { FakePlayer } from './fake-player.ts';
import { endlessBudget, FakeStudio, form } from './fake-studio.ts';
import { FakeUpstream } from './fake-upstream.ts';
import { RecordingLog } from './recording-log.ts';

/** Settings of a pull from two servers. */
export const twoUrls: PullSource = {
  type: 'pull',
  urls: ['rtmp://first/{key}', 'rtmp://second/{key}'],
  format: 'auto',
  start: 'onDemand',
  lingerMs: 10_000,
  silenceMs: 5000,
  redirectHosts: ['elsewhere'],
};

/** Settings of a pull from one server. */
export const oneUrl: PullSource = { ...twoUrls, urls: ['rtmp://first/{key}'] };

/** A relay that hears of its upstream when it is dry. */
export class FakeRelayPlayer extends FakePlayer {
  readonly path: readonly string[] = ['child'];
  readonly dryness: boolean[] = [];
  readonly paths: (readonly string[])[] = [];

  onDry(isDry: boolean): void {
    this.dryness.push(isDry);
  }

  onPath(path: readonly string[]): void {
    this.paths.push(path);
  }
}

/** A pull of `live/a` from upstreams that do what the test wants, with a player that waits for it. */
export class PullScene {
  readonly studio: FakeStudio = new FakeStudio();
  readonly log: RecordingLog = new RecordingLog();
  readonly player: FakeRelayPlayer;
  readonly pull: Pull;
  /** Everything that was opened, in order. */
  readonly upstreams: FakeUpstream[] = [];
  /** What followers were told. */
  readonly followed: string[] = [];
  /** How the pull was over. */
  readonly over: string[] = [];

  /** @param mayOpen - asked before each connection; without it all may be opened */
  constructor(source: PullSource = twoUrls, mayOpen?: MayOpen) {
    const followers = new Followers(this.log);
    followers.add({
      onUpstreamFlowing: ({ url }) => this.followed.push(`from ${url}`),
      onUpstreamMoved: ({ url }) => this.followed.push(`now from ${url}`),
      onUpstreamLost: ({ url }, why) => this.followed.push(`no more from ${url}: ${why}`),
    });
    const { clock, registry, key } = this.studio;
    this.player = new FakeRelayPlayer(clock, true);
    registry.play(key, this.player, { form: form.all, lateJoin: 'keyframeGroup' });
    this.pull = new Pull(key, source, {
      clock,
      log: this.log,
      relayId: 'me',
      budget: endlessBudget,
      access: mayOpen && { mayOpen, granted: new Set() },
      followers,
      attach: (name, stream) => registry.attach(name, stream),
      streamOf: (name) => registry.get(name),
      originOf: () => 'config',
      open: ({ url, format, waiting }, events) => {
        const upstream = new FakeUpstream(url, waiting, clock.now(), events, format);
        this.upstreams.push(upstream);
        return upstream;
      },
      onOver: (_pull, reason) => this.over.push(reason),
    });
  }

  /** URLs in the order in which they were opened. */
  get urls(): string[] {
    return this.upstreams.map(({ url }) => url);
  }

  /** The upstream that was opened last. */
  get last(): FakeUpstream {
    const last = this.upstreams.at(-1);
    if (last === undefined) throw new Error('nothing was opened');
    return last;
  }

  advance(ms: number): void {
    this.studio.clock.advance(ms);
  }

  /** Lets time pass in which an upstream sends a frame every 40 ms; @returns the next timestamp */
  flow(upstream: FakeUpstream, ms: number, timestamp: number, kind = 'P'): number {
    for (let passed = 0; passed < ms; passed += 40) {
      upstream.send(`${kind}${timestamp + passed}@${timestamp + passed}`);
      this.advance(40);
    }
    return timestamp + ms;
  }

  /** What the player has got since the last look. */
  get news(): string {
    this.advance(100);
    return this.player.news;
  }
}
