import { z } from 'zod';
import { type MediaFormat, schemeOf } from '../media-url.ts';
import { KeyPattern } from './key-pattern.ts';
import { forwardUrlProblem, lacksStreamName, upstreamUrlProblem } from './media-url-problems.ts';
import { isHost } from './networks.ts';
import { type RecordWish, recordWishes } from './recordings/recording-settings.ts';
import { checkedString, integer, isObject, ownValue, type SettingPath, settings } from './setting-schema.ts';

/** A publisher brings the stream. */
export interface PushSource {
  readonly type: 'push';
  /** Its media, bits per second, 1,000 to 10^12; null (default): no limit. */
  readonly maxBitsPerSecond: number | null;
  /** Frames of video per second, 1 to 10,000; null (default): no limit. */
  readonly maxFramesPerSecond: number | null;
  /** From one keyframe of video to the next, milliseconds, 100 to 10 minutes; null (default): no limit. */
  readonly maxKeyframeIntervalMs: number | null;
  /** What happens to a publisher whose stream is more than that: a line of log (`warn`, default), or its end. */
  readonly onExcess: 'warn' | 'end';
}

/** The relay fetches the stream from an upstream; publishing it is refused. */
export interface PullSource {
  readonly type: 'pull';
  /**
   * Upstreams in order of preference: rtmp://, rtmps://, rtmpt:// or rtmpts://, FLV at http://, https://, ws:// or wss://, or ASF at mmsh://, http://
   * or https://. In their paths `{key}` stands for the stream key, `{app}` for its first segment and `{name}` for the rest.
   * User and password of a URL other than RTMP's go into an Authorization header.
   */
  readonly urls: readonly string[];
  /** What comes from them; `auto` (default): what each URL says. @see formatOf */
  readonly format: 'auto' | MediaFormat;
  /** `onDemand` (default): while it has players; `always`: from start to stop, which needs a `match` without wildcards. */
  readonly start: 'onDemand' | 'always';
  /** How long a stream on demand is kept without a player, milliseconds, 0 to a day; default 10,000. */
  readonly lingerMs: number;
  /** An upstream that sends nothing for so long is given up, milliseconds, 1 to a day; default 5,000. */
  readonly silenceMs: number;
  /** Host names, besides those of the URLs, to which an upstream may redirect; default none. */
  readonly redirectHosts: readonly string[];
}

/** What is done with the streams whose keys match; the first matching entry counts. */
export interface StreamSettings {
  /** Pattern of stream keys: `*` is one segment or a part of one, `**` any number of segments. @see KeyPattern */
  readonly match: string;
  readonly source: PushSource | PullSource;
  /** rtmp://, rtmps://, rtmpt:// or rtmpts:// URLs to publish the stream to, with the placeholders of `PullSource.urls`; default none. */
  readonly forward: readonly string[];
  /** Whether the stream is recorded: `onWish` (default), if its publisher wishes it and may, or an operator does. */
  readonly record: RecordWish;
}

const dayMs = 86_400_000;

const most = (min: number, max: number) => z.int().min(min).max(max).nullable().default(null);

const pushSource = settings<PushSource>({
  type: z.literal('push'),
  maxBitsPerSecond: most(1000, 10 ** 12),
  maxFramesPerSecond: most(1, 10_000),
  maxKeyframeIntervalMs: most(100, 600_000),
  onExcess: z.enum(['warn', 'end']).default('warn'),
});

/** A publisher brings the stream, as it may be. */
export const unlimitedPush: PushSource = {
  type: 'push',
  ...{ maxBitsPerSecond: null, maxFramesPerSecond: null, maxKeyframeIntervalMs: null },
  onExcess: 'warn',
};

const pullSource = settings<PullSource>({
  type: z.literal('pull'),
  urls: z.array(checkedString(upstreamUrlProblem, 'URL')).min(1),
  format: z.enum(['auto', 'flv', 'asf']).default('auto'),
  start: z.enum(['onDemand', 'always']).default('onDemand'),
  lingerMs: integer(0, dayMs, 10_000),
  silenceMs: integer(1, dayMs, 5_000),
  redirectHosts: z.array(checkedString(redirectHostProblem, 'host')).default([]),
});

const streamEntry = settings<StreamSettings>({
  match: checkedString(matchProblem, 'pattern of stream keys'),
  source: z.discriminatedUnion('type', [pushSource, pullSource]),
  forward: z.array(checkedString(forwardUrlProblem, 'URL')).default([]),
  record: z.enum(recordWishes).default('onWish'),
})
  .superRefine(tellWildcards, { when: isObject }) // next to other faults of the entry, too
  .superRefine(tellFormats, { when: isObject });

/** Schema of `streams`. */
export const streamSettings: z.ZodType<readonly StreamSettings[]> = z
  .array(streamEntry)
  .superRefine(tellShadowed, { when: ({ value }) => Array.isArray(value) })
  .default([{ match: '**', source: unlimitedPush, forward: [], record: 'onWish' }]);

/** To `NAME_push` encoders push what is played as `NAME`: under that name itself a stream could be neither. */
function matchProblem(match: string): string | undefined {
  const [, name] = /^streams\/(.*)_push$/.exec(match) ?? [];
  return name === undefined
    ? KeyPattern.problem(match)
    : `expected a name without _push at its end: encoders push streams/${name} there`;
}

/** Tells the entries that can never match, because earlier ones match all of their keys. @param entries - perhaps with faults */
function tellShadowed(entries: readonly StreamSettings[], context: z.core.$RefinementCtx): void {
  const earlier = new Map<KeyPattern, number>();
  for (const [index, entry] of entries.entries()) {
    const match: unknown = entry?.match;
    if (typeof match !== 'string' || KeyPattern.problem(match) !== undefined) continue;
    const pattern = new KeyPattern(match);
    if (pattern.isCoveredBy([...earlier.keys()])) {
      const [one, at] = [...earlier].find(([other]) => pattern.isCoveredBy([other])) ?? [];
      const who =
        one === undefined ? 'several earlier entries match' : `streams.${at} (${one.pattern}) matches`;
      const message = `${match} never applies: ${who} all of its keys first`;
      context.addIssue({ code: 'custom', path: [index, 'match'], message });
    }
    earlier.set(pattern, index);
  }
}

/** Tells what needs a single key, or else the key in its URL, in an entry whose pattern has many. @param entry - perhaps with faults */
function tellWildcards(entry: unknown, context: z.core.$RefinementCtx): void {
  const match = ownValue(entry, 'match');
  if (typeof match !== 'string' || !match.includes('*')) return;
  const tell = (path: SettingPath, expected: string): void => {
    const message = `expected ${expected} because match has wildcards`;
    context.addIssue({ code: 'custom', path: [...path], message });
  };
  if (ownValue(ownValue(entry, 'source'), 'start') === 'always') tell(['source', 'start'], '"onDemand"');
  for (const path of [['source', 'urls'], ['forward']]) {
    const urls = path.reduce<unknown>(ownValue, entry);
    for (const [index, url] of Array.isArray(urls) ? urls.entries() : [])
      if (typeof url === 'string' && lacksStreamName(url))
        tell([...path, index], 'a stream name behind the app, as in rtmp://host/app/{name},');
  }
}

/** Tells the upstreams that cannot bring what the entry says that they bring. @param entry - perhaps with faults */
function tellFormats(entry: unknown, context: z.core.$RefinementCtx): void {
  const source = ownValue(entry, 'source');
  const format = ownValue(source, 'format');
  if (format !== 'flv' && format !== 'asf') return;
  const urls = ownValue(source, 'urls');
  for (const [index, url] of Array.isArray(urls) ? urls.entries() : []) {
    const formats = typeof url === 'string' ? schemeOf(url)?.formats : undefined;
    if (formats === undefined || formats.includes(format)) continue;
    const message = `expected a URL that can bring ${format}, because format says so`;
    context.addIssue({ code: 'custom', path: ['source', 'urls', index], message });
  }
}

function redirectHostProblem(host: string): string | undefined {
  return isHost(host)
    ? undefined
    : 'expected a host name or an address, without scheme, brackets, port and path';
}
