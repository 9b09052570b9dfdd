import { ASX_CONTENT_TYPE, encodeAsx } from '../../protocol/mmsh/asx.ts';
import { asfPath } from '../../protocol/mmsh/mmsh-path.ts';
import { type Challenge, isRefusal, type Refusal } from '../access.ts';
import type { RouteStream } from '../http/http-activity.ts';
import { HttpLooking } from '../http/http-look.ts';
import { answerOptions, answerUnread } from '../http/http-routes.ts';
import { otherFormat } from '../playing.ts';
import type { StreamLook } from '../streams.ts';

/** Answers where the lists are. */
export const asxDialogue: RouteStream = (host, exchange, target) => {
  const { method } = exchange.request;
  host.speakAs('mmsh');
  if (method === 'GET' || method === 'HEAD') host.start(new AsxList(host, exchange, target));
  else if (method === 'OPTIONS') answerOptions(host, exchange);
  else
    answerUnread(host, exchange, 405, 'this is a list: it can only be read', { allow: 'GET, HEAD, OPTIONS' });
};

/**
 * A list with the addresses of a stream for players that open files: at this server, by the name that the client knows, or where it
 * would be redirected. To ask for it is a look, whether the stream is there or not.
 */
class AsxList extends HttpLooking {
  protected override onSeen(seen: StreamLook | undefined): void {
    const { family } = this.target.format.forms.raw;
    if ((seen?.family ?? family) === family) this.#answer(this.#ownUrls());
    else this.host.answer(406, otherFormat(this.name, seen?.family, family));
  }

  override onDenied(denial: Refusal | Challenge): void {
    const { redirect = '' } = isRefusal(denial) ? denial : {};
    if (/^mmsh:/i.test(redirect)) this.#answer([redirect, redirect.replace(/^mmsh/i, 'http')]);
    else if (/^https?:/i.test(redirect)) this.#answer([redirect]);
    else super.onDenied(denial);
  }

  #answer(urls: readonly string[]): void {
    this.host.answer(200, encodeAsx(urls), { 'content-type': ASX_CONTENT_TYPE });
  }

  /** Players of `mmsh://` do not speak TLS. */
  #ownUrls(): readonly string[] {
    const { key, query } = this.target.reading;
    const path = asfPath(key.split('/').map(encodeURIComponent).join('/'));
    const place = `://${this.#authority}/${path}${query === '' ? '' : `?${query}`}`;
    return this.host.isTls ? [`https${place}`] : [`mmsh${place}`, `http${place}`];
  }

  /** This server as the client calls it; where it does not say, the address that it has connected to. */
  get #authority(): string {
    const { host } = this;
    const { headers, socket } = this.exchange.request;
    const forwarded = host.context.isForwarded ? host.site.forwarded.hostOf(headers) : undefined;
    const said = [forwarded, headers.host].find((name) => name !== undefined && authority.test(name));
    if (said !== undefined) return said;
    const { localAddress = 'localhost', localPort } = socket;
    return `${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`;
  }
}

/** A name or address, perhaps with a port. @see RFC 3986 section 3.2 */
const authority = /^(?:\[[\da-f:.]{2,45}\]|[\w.-]{1,255})(?::\d{1,5})?$/i;
