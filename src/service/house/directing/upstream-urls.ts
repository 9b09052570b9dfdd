import type { StreamSettings } from '../../../config/stream-settings.ts';
import { expandUrl, formatOf, type MediaFormat } from '../../../media-url.ts';
import { SHORT_PREFIX } from '../../../protocol/mmsh/mmsh-path.ts';
import type { PlannedRelay } from './fleet-plan.ts';

/**
 * Where others pull the streams of a relay from, the preferred first. What is there over TLS is not asked for without: whoever stands
 * in the way would only have to block the one in order to read the other.
 * @param formats - in which the streams may be, the likelier first: a relay that has another one says so at once
 */
export function upstreamUrls(
  { rtmps, rtmp, https, http, mmsh }: PlannedRelay['urls'],
  formats: readonly MediaFormat[],
): readonly string[] {
  const [byRtmp, byHttp] = [rtmps ?? rtmp, https ?? http];
  const asf = byHttp ?? mmsh;
  const urls: Readonly<Record<MediaFormat, readonly string[]>> = {
    flv: [
      ...(byRtmp === null ? [] : [`${byRtmp}/{key}`]),
      ...(byHttp === null ? [] : [`${byHttp}/{key}.flv`]),
    ],
    asf: asf === null ? [] : [`${asf}/{key}.asf`],
  };
  return formats.flatMap((format) => urls[format]);
}

/** In which formats the streams of an entry may be, the likelier first. */
export function formatsOf({
  match,
  source,
}: Pick<StreamSettings, 'match' | 'source'>): readonly MediaFormat[] {
  if (source.type === 'push') return publishedFormats(match);
  if (source.format !== 'auto') return [source.format];
  return [...new Set(source.urls.map((url) => formatOf(expandUrl(url, match))))];
}

/** The same of streams that are published, by key or pattern: those with short addresses are for encoders of ASF. */
export function publishedFormats(match: string): readonly MediaFormat[] {
  return match.startsWith(SHORT_PREFIX) ? ['asf', 'flv'] : ['flv', 'asf'];
}
