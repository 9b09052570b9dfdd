import type { WireForm } from '../../src/stream/fan-out/wire-form.ts';
import type { PlayOptions } from '../../src/stream/player.ts';
import { type Play, type Publication, StreamRegistry } from '../../src/stream/stream-registry.ts';
import { BytePlayer } from './byte-player.ts';
import { FakeClock } from './fake-clock.ts';
import { settings } from './fake-studio.ts';
import { toyForm, toyFrame } from './toy-family.ts';

const key = 'live/a';

/** A player of the toy family. */
export interface ToyPlayer {
  readonly play: Play;
  /** What it was sent or told since the last look. */
  readonly news: () => string;
}

/** A stream of the toy family on a clock driven by hand. */
export class ToyStudio {
  readonly clock: FakeClock = new FakeClock(1000);
  readonly registry: StreamRegistry = new StreamRegistry(this.clock, settings, { onFlush: () => {} });
  /** Those who have lost the stream to another one. */
  readonly replaced: string[] = [];
  #publication: Publication | undefined;

  constructor() {
    this.publish('one');
  }

  /** The current publisher sends lines. */
  send(lines: string): void {
    for (const line of lines.split('\n')) this.#publication?.receive(toyFrame(line));
    this.clock.advance(settings.maxDelayMs);
    this.clock.settle();
  }

  /** Somebody publishes from now on. @param series - that it is a part of */
  publish(name: string, series?: string): Publication {
    const onReplaced = (): void => void this.replaced.push(name);
    const answer = this.registry.publish(key, { address: name, series, onReplaced });
    if ('conflict' in answer) throw new Error(answer.conflict);
    this.#publication = answer;
    return answer;
  }

  /** Somebody plays from now on. */
  join(form: WireForm = toyForm, lateJoin: PlayOptions['lateJoin'] = 'keyframeGroup'): ToyPlayer {
    const player = new BytePlayer(this.clock);
    const play = this.registry.play(key, player, { form, lateJoin });
    this.clock.settle();
    return { play, news: () => `${player.look()}${player.lookAtEnd()}` };
  }
}
