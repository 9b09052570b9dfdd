import { z } from 'zod';
import { parseMediaUrl } from '../media-url.ts';
import { networkProblem } from './networks.ts';
import { checkedString, section } from './setting-schema.ts';

/** The HTTP proxy that stands between this relay and the servers that it pulls from and forwards to. */
export interface ProxySettings {
  /**
   * URL of the proxy, http:// with a port and perhaps user and password; null (default): connections go straight to the
   * servers. Plain HTTP is asked of the proxy, everything else (RTMP, WebSocket, TLS) goes through a tunnel (CONNECT).
   */
  readonly url: string | null;
  /**
   * Servers that are reached without the proxy: host names, `.example.com` for all hosts of a domain, addresses and
   * networks; default: this machine. Names are not looked up: a network is for URLs that have an address in them.
   */
  readonly bypass: readonly string[];
}

/** Schema of `proxy`. */
export const proxySettings: z.ZodType<ProxySettings> = section<ProxySettings>({
  url: checkedString(proxyUrlProblem, 'URL').nullable().default(null),
  bypass: z.array(checkedString(bypassProblem, 'host')).default(['localhost', '127.0.0.0/8', '::1/128']),
});

function proxyUrlProblem(url: string): string | undefined {
  const isProxy = /^http:\/\/[^\s/?#\\]+:\d+\/?$/i.test(url) && parseMediaUrl(url) !== undefined;
  return isProxy ? undefined : 'expected a URL such as http://proxy:3128 or http://user:password@proxy:3128';
}

function bypassProblem(host: string): string | undefined {
  if (/^[\d.]+(?:\/.*)?$/.test(host) || /[:/]/.test(host)) return networkProblem(host);
  if (host.length <= 255 && /^\.?[\w-]+(?:\.[\w-]+)*$/.test(host)) return undefined;
  return 'expected a host name, a domain such as .example.com or a network such as 10.0.0.0/8';
}
