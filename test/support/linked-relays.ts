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
  const placeholders: TestRelay[] = [];
  for (let i = 0; i < count; i++) placeholders.push(await startRelay());
  const ports = placeholders.map((relay) => ({ rtmp: relay.port('rtmp'), http: relay.port('http') }));
  for (const relay of placeholders) await relay.relay.close();
  const relays: TestRelay[] = [];
  for (const [index, urls] of urlsOf(ports).entries()) {
    const host = '127.0.0.1';
    const listen = { rtmp: { host, port: ports[index]?.rtmp }, http: { host, port: ports[index]?.http } };
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
