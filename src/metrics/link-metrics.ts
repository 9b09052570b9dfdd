import type { LabelLimits, LinkSample, MetricsSource } from './metrics-source.ts';
import type { ShownMetrics } from './shown-metrics.ts';

/** Upstreams and forwards. Those of streams beyond the first `streamLabels` have no series: a sum of them would say nothing. */
export function addLinkMetrics(
  show: ShownMetrics,
  source: Pick<MetricsSource, 'upstreams' | 'forwards'>,
  limits: LabelLimits,
): void {
  const upstreams = (): LinkSample[] => [...source.upstreams()].slice(0, limits.streamLabels);
  addLinks(show, 'upstream', upstreams, {
    up: 'Whether the stream comes from its upstream now.',
    connects: 'Attempts to connect to upstreams, by outcome.',
  });
  const forwards = () => [...source.forwards()].slice(0, limits.streamLabels);
  addLinks(show, 'forward', forwards, {
    up: 'Whether the server takes the stream now.',
    connects: 'Attempts to connect to servers that streams are forwarded to, by outcome.',
  });
  const sent = {
    name: 'streampump_forward_sent_bytes_total',
    help: 'Bytes sent to servers that streams are forwarded to.',
    labels: ['stream', 'forward'],
  } as const;
  show.counter(sent, function* () {
    for (const { stream, url, sentBytes } of forwards()) yield [{ stream, forward: url }, sentBytes];
  });
}

/** What both have in common. @param kind - of link, the label of its URL */
function addLinks(
  show: ShownMetrics,
  kind: 'upstream' | 'forward',
  links: () => Iterable<LinkSample>,
  help: { readonly up: string; readonly connects: string },
): void {
  const up = { name: `streampump_${kind}_up`, help: help.up, labels: ['stream', kind] } as const;
  show.gauge(up, function* () {
    const shown = new Map<string, LinkSample>();
    for (const link of links()) {
      const id = `${link.stream} ${link.url}`;
      if (shown.get(id)?.isUp !== false) shown.set(id, link); // of those that look alike one that is down
    }
    for (const { stream, url, isUp } of shown.values()) yield [{ stream, [kind]: url }, isUp ? 1 : 0];
  });
  const connects = {
    name: `streampump_${kind}_connects_total`,
    help: help.connects,
    labels: ['stream', kind, 'outcome'],
  } as const;
  show.counter(connects, function* () {
    for (const { stream, connects } of links())
      for (const { url, outcome, count } of connects) yield [{ stream, [kind]: url, outcome }, count];
  });
}
