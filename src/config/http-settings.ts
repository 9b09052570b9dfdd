import { z } from 'zod';
import { parseMediaUrl } from '../media-url.ts';
import { networkProblem } from './networks.ts';
import { checkedString, section } from './setting-schema.ts';

/** What web pages of other hosts may do; an origin is scheme, host and port, such as `https://example.com`. */
export interface HttpSettings {
  /** Pages of these origins may play over HTTP and WebSocket; `*` (default) is every page. The relay's own page always may. */
  readonly corsOrigins: readonly string[];
  /** Pages of these origins may publish over HTTP, and call methods in AMF packets; default: none. Encoders, which have no origin, are not meant by it. */
  readonly publishOrigins: readonly string[];
  /** Pages of these origins may show the relay's pages inside of them; `*` is every page; default: only the relay's own. */
  readonly frameAncestors: readonly string[];
  /**
   * Whether the page `/watch` lists the streams that are live, to everybody who may play; default: false, since whoever knows the
   * name of a stream can watch it.
   */
  readonly listStreams: boolean;
  /** http:// or https:// URL to which a GET is redirected that asks for nothing that is there; null (default): it gets 404. */
  readonly redirectUnknownTo: string | null;
  /**
   * Networks of proxies that ask for others over HTTP and WebSocket and say so in a header; default: none. Everybody in them may
   * claim any address.
   */
  readonly trustedProxies: readonly string[];
  /** The header in which they do: `x-forwarded-for` (default, with `x-forwarded-proto`) or `forwarded`; the other one is not looked at. */
  readonly forwardedHeader: 'x-forwarded-for' | 'forwarded';
  /** Whether RTMP is carried over HTTP here (RTMPT, and RTMPTS over TLS), at the paths that its clients ask for; default: false. */
  readonly rtmpt: boolean;
  /**
   * Whether all requests of an RTMPT session have to come from the address that has opened it; default: false, since the proxies of
   * clients share addresses and change them.
   */
  readonly rtmptSameAddress: boolean;
}

/** Schema of `http`. */
export const httpSettings: z.ZodType<HttpSettings> = section<HttpSettings>({
  corsOrigins: originsOrAll().default(['*']),
  publishOrigins: z.array(checkedString(originProblem, 'origin')).default([]),
  frameAncestors: originsOrAll().default([]),
  listStreams: z.boolean().default(false),
  redirectUnknownTo: checkedString(redirectionProblem, 'URL').nullable().default(null),
  trustedProxies: z.array(checkedString(networkProblem, 'network')).default([]),
  forwardedHeader: z.enum(['x-forwarded-for', 'forwarded']).default('x-forwarded-for'),
  rtmpt: z.boolean().default(false),
  rtmptSameAddress: z.boolean().default(false),
});

function originsOrAll(): z.ZodArray<z.ZodType<string>> {
  return z.array(checkedString((origin) => (origin === '*' ? undefined : originProblem(origin)), 'origin'));
}

/**
 * What is wrong with an origin, as a sentence that begins with "expected". What a browser sends has no path, no default port and no
 * capitals: an origin that is written otherwise would never match.
 */
export function originProblem(origin: string): string | undefined {
  const sent = URL.parse(origin)?.origin ?? 'null';
  if (sent === 'null' || /[;,]/.test(sent))
    return 'expected an origin such as https://example.com or http://10.0.0.1:8080';
  return sent === origin ? undefined : `expected an origin such as ${sent}`;
}

/** What is wrong with a URL that everybody may be told, as a sentence that begins with "expected". */
function redirectionProblem(url: string): string | undefined {
  if (!/^[\u0021-\u007e]{1,2048}$/.test(url)) return 'expected a URL without spaces and of ASCII only';
  const read = /^https?:/i.test(url) ? parseMediaUrl(url) : undefined;
  if (read === undefined) return 'expected a URL such as https://www.example.com/live';
  return read.username === '' && read.password === ''
    ? undefined
    : 'expected a URL without user and password: everybody is told it';
}
