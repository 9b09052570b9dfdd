import type { IncomingHttpHeaders } from 'node:http';
import type { HttpSettings } from '../../config/http-settings.ts';
import { NetworkList } from '../../config/networks.ts';
import { ProtocolError } from '../../errors.ts';
import type { Refusal } from '../access.ts';
import type { PeerFacts, SessionContext } from '../session.ts';
import { decodeForwarded, decodeForwardedFor, type ForwardedHop } from './forwarded-hops.ts';

/** The settings about proxies that ask for others. */
export type ForwardingSettings = Pick<HttpSettings, 'trustedProxies' | 'forwardedHeader'>;

/** More proxies in a row than anybody has. */
const MAX_HOPS = 16;

/** Says for whom a proxy asks, from what it writes in the head of a request; only proxies that are trusted are believed. */
export class ForwardedPeers {
  #header: ForwardingSettings['forwardedHeader'] = 'x-forwarded-for';
  /** Undefined where there are none. */
  #proxies: NetworkList | undefined;

  constructor(settings: ForwardingSettings) {
    this.configure(settings);
  }

  /** Takes new settings over, for requests to come. */
  configure({ trustedProxies, forwardedHeader }: ForwardingSettings): void {
    this.#header = forwardedHeader;
    this.#proxies = trustedProxies.length === 0 ? undefined : new NetworkList(trustedProxies);
  }

  /** Whether whoever connects from an address asks for others. @param address - normalized */
  trusts(address: string): boolean {
    return this.#proxies?.contains(address) ?? false;
  }

  /**
   * For whom a request is: from the right through proxies that are trusted, the first that is none, or the last there is. Only one
   * of the headers is looked at, the one that the settings name: the other one may be the client's.
   * @param connection - whoever has sent it
   * @returns undefined where the connection's peer asks for itself
   * @throws ProtocolError `HTTP_FORWARDED_INVALID` where a proxy that is trusted does not say for whom it asks
   */
  peerOf(headers: IncomingHttpHeaders, connection: PeerFacts): PeerFacts | undefined {
    if (!this.trusts(connection.address)) return undefined;
    const hops = this.#hopsIn(headers);
    let found: (ForwardedHop & { readonly address: string }) | undefined;
    for (let at = hops.length - 1; at >= 0 && (found === undefined || this.trusts(found.address)); at--) {
      const { address, port, scheme } = hops[at] as ForwardedHop;
      if (address === undefined) throw invalid('a proxy that is trusted names nobody there');
      if (hops.length - at > MAX_HOPS) throw invalid(`more than ${MAX_HOPS} proxies are trusted there`);
      found = { address, port, scheme };
    }
    if (found === undefined) return undefined;
    const { address, port, scheme } = found;
    const shown = address.includes(':') ? `[${address}]` : address;
    return {
      address,
      peer: port === undefined ? address : `${shown}:${port}`,
      via: connection.address,
      isForwarded: true,
      isTls: scheme === undefined ? connection.isTls : scheme === 'https' || scheme === 'wss',
    };
  }

  /**
   * What a session needs that goes on with a request, by which whoever it is for is counted from then on.
   * @param own - of the connection
   * @throws ProtocolError as {@link peerOf}
   */
  contextOf(headers: IncomingHttpHeaders, own: SessionContext): SessionContext {
    const peer = own.countFor && this.peerOf(headers, own);
    if (peer === undefined) return own;
    return { ...own, ...peer, refusal: either(own.refusal, own.countFor?.(peer.address)) };
  }

  /** How the first client calls this server, as the proxies say; nobody checks that. Undefined where they do not say. */
  hostOf(headers: IncomingHttpHeaders): string | undefined {
    if (this.#header === 'forwarded') return decodeForwarded(headers.forwarded ?? '')[0]?.host;
    return textOf(headers['x-forwarded-host']).split(',', 1)[0]?.trim() || undefined;
  }

  #hopsIn(headers: IncomingHttpHeaders): ForwardedHop[] {
    if (this.#header === 'forwarded') return decodeForwarded(headers.forwarded ?? '');
    return decodeForwardedFor(textOf(headers['x-forwarded-for']), textOf(headers['x-forwarded-proto']));
  }
}

/** The first reason that there is; where it takes a moment to know, later. */
function either(...reasons: readonly SessionContext['refusal'][]): SessionContext['refusal'] {
  if (!reasons.some((reason) => reason instanceof Promise))
    return reasons.find(Boolean) as Refusal | undefined;
  return Promise.all(reasons).then((found) => found.find(Boolean));
}

/** Several lines of one header are one list. */
function textOf(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(',') : (value ?? '');
}

function invalid(problem: string): ProtocolError {
  return new ProtocolError('HTTP_FORWARDED_INVALID', `the request does not say for whom it is: ${problem}`);
}
