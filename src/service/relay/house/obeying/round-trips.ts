import { parseMediaUrl } from '../../../../media-url.ts';
import type { Connect } from '../../../../session/upstream/server-connector.ts';
import type { Clock } from '../../../../stream/clock.ts';
import type { MeasureInstruction } from '../../../fleet-link/house-message.ts';

/** So many are measured at a time. */
const AT_A_TIME = 16;

/** One that does not answer in this time does not count, milliseconds. */
const ANSWER_MS = 2000;

/** All have to be measured by then, milliseconds; the others do not count. */
const ALL_MS = 20_000;

/** The first time a name has to be looked up, too: the shortest of so many counts. */
const TRIES = 2;

/** How long it takes to connect with each of these relays, milliseconds: about one round trip; null where that cannot be done. */
export async function measureRoundTrips(
  targets: MeasureInstruction['targets'],
  clock: Clock,
  connect: Connect,
): Promise<Readonly<Record<string, number | null>>> {
  const found = new Map<string, number | null>(targets.map(({ relay }) => [relay, null]));
  const endsAt = clock.now() + ALL_MS;
  const waiting = targets.values();
  const measureSome = async (): Promise<void> => {
    for (const { relay, url } of waiting) {
      if (clock.now() >= endsAt) return;
      const times: number[] = [];
      for (let tries = 0; tries < TRIES; tries++) {
        const ms = await connectMs(url, clock, connect);
        if (ms === undefined) break;
        times.push(ms);
      }
      if (times.length > 0) found.set(relay, Math.round(10 * Math.min(...times)) / 10);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_A_TIME, targets.length) }, measureSome));
  return Object.fromEntries(found);
}

function connectMs(url: string, clock: Clock, connect: Connect): Promise<number | undefined> {
  const target = parseMediaUrl(url);
  if (target === undefined) return Promise.resolve(undefined);
  const { host, port } = target;
  const since = clock.now();
  return new Promise((resolve) => {
    const giveUp = connect({ host, port, isTls: false }, (connected) => {
      stopWaiting();
      const isThere = !(connected instanceof Error);
      if (isThere) connected.destroy();
      resolve(isThere ? clock.now() - since : undefined);
    });
    const stopWaiting = clock.after(ANSWER_MS, () => {
      giveUp();
      resolve(undefined);
    });
  });
}
