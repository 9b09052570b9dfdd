import type { ConnectOutcome } from '../../src/service/relay/connect-counts.ts';
import type { PermissionEvents } from '../../src/service/relay/permission.ts';
import {
  PullLink,
  type PullLinkOptions,
  type PullLinkOwner,
} from '../../src/service/relay/pulling/pull-link.ts';
import type { UpstreamEnd } from '../../src/session/upstream/upstream.ts';
import type { Frame } from '../../src/stream/frame.ts';
import { FakeClock } from './fake-clock.ts';
import { wordOf } from './fake-media.ts';
import { FakeUpstream } from './fake-upstream.ts';

/** A link of a pull to an upstream that does what the test wants, with what it tells. */
export class LinkScene implements PullLinkOwner {
  readonly clock: FakeClock;
  /** What the link has told, a word each. */
  readonly told: string[] = [];
  readonly ends: UpstreamEnd[] = [];
  /** How the try went. */
  readonly outcomes: ConnectOutcome[] = [];
  readonly link: PullLink;
  /** Undefined until the link was opened. */
  upstream: FakeUpstream | undefined;
  /** What whoever was asked may answer. */
  asked: PermissionEvents | undefined;
  /** How often what was granted was given back. */
  givenBack = 0;
  /** What the test does as soon as a frame comes. */
  onFrame: (frame: Frame) => void = () => {};

  /** @param isAsked - whether somebody is asked first; else the link is opened at once */
  constructor(
    options: Partial<PullLinkOptions> = {},
    clock: FakeClock = new FakeClock(1000),
    isAsked = false,
  ) {
    this.clock = clock;
    const { url = 'rtmp://first/live/a' } = options;
    this.link = new PullLink(clock, this, {
      index: 0,
      url,
      format: 'flv',
      shownUrl: url,
      silenceMs: 5000,
      isLastResort: false,
      ask: (events) => {
        if (isAsked) this.asked = events;
        else events.onGranted();
        return () => {
          this.givenBack++;
        };
      },
      open: (events) => {
        this.upstream = new FakeUpstream(url, [], clock.now(), events);
        return this.upstream;
      },
      ...options,
    });
  }

  onSlowed(): void {
    this.told.push('slowed');
  }

  onFlowing(): void {
    this.told.push('flowing');
  }

  onSteady(): void {
    this.told.push('steady');
  }

  onMedia(_link: PullLink, frame: Frame): void {
    this.told.push(wordOf(frame));
    this.onFrame(frame);
  }

  onPath(link: PullLink): void {
    this.told.push(`path ${link.path.join()}`);
  }

  onReconnectRequest(_link: PullLink, url: string | undefined): void {
    this.told.push(`reconnect ${url}`);
  }

  onOutcome(_link: PullLink, outcome: ConnectOutcome): void {
    this.outcomes.push(outcome);
  }

  onEnd(_link: PullLink, end: UpstreamEnd): void {
    this.told.push(end.kind);
    this.ends.push(end);
  }
}
