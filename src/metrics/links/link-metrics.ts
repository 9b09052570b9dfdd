import { labelList, type StreamFamily } from '../metric-family.ts';
import type { LabelLimits, LinkSample, MetricsSource } from '../metrics-source.ts';

/** Upstreams and forwards. Those of streams beyond the first `streamLabels` have no series: a sum of them would say nothing. */
export function* linkFamilies(
  source: Pick<MetricsSource, 'upstreams' | 'forwards'>,
  limits: LabelLimits,
): Generator<StreamFamily> {
  const upstreams = [...source.upstreams()].slice(0, limits.streamLabels);
  yield* families('upstream', upstreams, {
    up: 'Whether the stream comes from its upstream now.',
    connects: 'Attempts to connect to upstreams, by outcome.',
  });
  const forwards = [...source.forwards()].slice(0, limits.streamLabels);
  yield* families('forward', forwards, {
    up: 'Whether the server takes the stream now.',
    connects: 'Attempts to connect to servers that streams are forwarded to, by outcome.',
  });
  const sent = {
    name: 'streampump_forward_sent_bytes_total',
    help: 'Bytes sent to servers that streams are forwarded to.',
    type: 'counter',
  } as const;
  yield family('forward', sent, function* () {
    for (const { stream, url, sentBytes } of forwards) yield [stream, { forward: url }, sentBytes];
  });
}

/** What both have in common. @param kind - of link, the label of its URL */
function* families(
  kind: 'upstream' | 'forward',
  links: readonly LinkSample[],
  help: { readonly up: string; readonly connects: string },
): Generator<StreamFamily> {
  const up = { name: `streampump_${kind}_up`, help: help.up, type: 'gauge' } as const;
  yield family(kind, up, function* () {
    const shown = new Map<string, LinkSample>();
    for (const link of links) {
      const id = `${link.stream} ${link.url}`;
      if (shown.get(id)?.isUp !== false) shown.set(id, link); // of those that look alike one that is down
    }
    for (const { stream, url, isUp } of shown.values()) yield [stream, { [kind]: url }, isUp ? 1 : 0];
  });
  const connects = {
    name: `streampump_${kind}_connects_total`,
    help: help.connects,
    type: 'counter',
  } as const;
  yield family(kind, connects, function* () {
    for (const { stream, connects } of links)
      for (const { url, outcome, count } of connects) yield [stream, { [kind]: url, outcome }, count];
  });
}

/** Rows of links that look alike are added up. */
function family(
  kind: StreamFamily['kind'],
  head: Pick<StreamFamily, 'name' | 'help' | 'type'>,
  read: () => Iterable<readonly [stream: string, labels: Readonly<Record<string, string>>, value: number]>,
): StreamFamily {
  const sums = new Map<string, [stream: string, labels: string, value: number]>();
  for (const [stream, labels, value] of read()) {
    const list = labelList(labels);
    const row = sums.get(`${stream} ${list}`);
    if (row === undefined) sums.set(`${stream} ${list}`, [stream, list, value]);
    else row[2] += value;
  }
  const rows = [...sums.values()];
  return {
    ...head,
    kind,
    together: 'sum',
    streams: rows.map(([stream]) => stream),
    labels: rows.map(([, labels]) => labels),
    values: rows.map(([, , value]) => value),
  };
}
