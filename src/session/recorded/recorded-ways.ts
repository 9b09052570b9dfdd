import type { Clock } from '../../stream/clock.ts';
import type { RtmpDeeds } from '../rtmp/rtmp-activity.ts';
import { RecordedRoute } from './http/recorded-route.ts';
import { recordedDeeds } from './recorded-deeds.ts';
import { RecordingLibrary } from './recording-library.ts';
import type { PlaybackLimits, RecordingSource } from './recording-source.ts';

/** How sessions get at recordings: over RTMP as deeds, over HTTP as a route. */
export class RecordedWays {
  readonly deeds: RtmpDeeds;
  readonly route: RecordedRoute;
  readonly #library: RecordingLibrary;

  constructor(source: RecordingSource, limits: PlaybackLimits, clock: Clock) {
    this.#library = new RecordingLibrary(source, limits, clock);
    this.deeds = recordedDeeds(this.#library);
    this.route = new RecordedRoute(this.#library);
  }

  /** Takes other limits over, for what begins. */
  configure(limits: PlaybackLimits): void {
    this.#library.configure(limits);
  }
}
