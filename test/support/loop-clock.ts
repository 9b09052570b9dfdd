import { FakeClock } from './fake-clock.ts';

/** A clock that stands still until it is advanced, for tests whose sockets are real: what is due next waits for nobody. */
export class LoopClock extends FakeClock {
  override next(callback: () => void): void {
    queueMicrotask(callback);
  }
}
