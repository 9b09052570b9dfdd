import { freePorts } from './free-port.ts';
import { pullAll } from './relay-process.ts';
import { startRelay, type TestRelay } from './start-relay.ts';

/** Where a relay listens. */
export interface RelayPorts {
  readonly rtmp: number;
  readonly http: number;
}

/**
 * Relays whose URLs name each other: each is made with what is known of the ports of all.
 * @param urlsOf - the URLs that each relay pulls from
 */
export async function startLinked(
  stack: AsyncDisposableStack,
  urlsOf: (ports: readonly RelayPorts[]) => readonly (readonly string[])[],
  count: number,
): Promise<readonly TestRelay[]> {
  const free = await freePorts(2 * count);
  const ports = Array.from({ length: count }, (_, i) => ({
    rtmp: free[2 * i] ?? 0,
    http: free[2 * i + 1] ?? 0,
  }));
  const relays: TestRelay[] = [];
  for (const [index, urls] of urlsOf(ports).entries()) {
    const host = '127.0.0.1';
    const { rtmp, http } = ports[index] ?? {};
    const listen = { rtmp: { host, port: rtmp }, http: { host, port: http } };
    relays.push(stack.use(await startRelay({ listen, streams: pullAll(urls, { silenceMs: 800 }) })));
  }
  return relays;
}

/** Waits until the relay has logged a loop, and gives it as places in a list of ids: `0 -> 1 -> 0`. */
export async function loopSeenBy(relay: TestRelay, event: 'refused' | 'upstream'): Promise<string> {
  for (let count = 1; ; count++) {
    const { text } = await relay.log.waitFor(event, {}, { count });
    const path = /loop: ([^"]+?)"?(?: \(|$)/.exec(text)?.[1];
    if (path === undefined) continue;
    const ids = path.split(' -> ');
    const seen = [...new Set(ids)];
    return ids.map((id) => seen.indexOf(id)).join(' -> ');
  }
}
