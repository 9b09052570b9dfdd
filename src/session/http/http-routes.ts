import type { HttpExchange, HttpHost, HttpSite } from './http-activity.ts';
import { HttpLook } from './http-look.ts';
import { HttpPlay } from './http-play.ts';
import { HttpPublish } from './http-publish.ts';
import { type HeaderFields, statusOf } from './http-status.ts';
import { readTarget, type StreamTarget, whereabouts } from './http-target.ts';
import { hasSeveralHosts, SEVERAL_HOSTS } from './request-head.ts';

/** The methods that streams have. */
export const ALLOWED_METHODS = 'GET, HEAD, OPTIONS, POST, PUT';

/** What does what a method asks of a stream. */
const activities = new Map<string, typeof HttpLook | typeof HttpPlay | typeof HttpPublish>([
  ['GET', HttpPlay],
  ['HEAD', HttpLook],
  ['POST', HttpPublish],
  ['PUT', HttpPublish],
]);

/** Methods whose requests have no body: one with a body is meant to be read in two ways. */
const bodiless: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Looks at a request and answers it, or hands it over to what does. */
export function routeRequest(host: HttpHost, exchange: HttpExchange): void {
  const { method = '', httpVersionMajor, url = '' } = exchange.request;
  if (hasSeveralHosts(exchange.request)) {
    host.farewell(400, SEVERAL_HOSTS);
    return;
  }
  if (httpVersionMajor !== 1) {
    host.farewell(505, 'this server speaks HTTP/1.1 and HTTP/1.0');
    return;
  }
  if (host.site.tunnels?.takes(exchange.request)) {
    host.site.tunnels.answer(host, exchange);
    return;
  }
  if (hasBody(exchange) && bodiless.has(method)) {
    host.farewell(400, `a ${method} request may not have a body here`);
    return;
  }
  const { gateway } = host.site;
  if (gateway?.takes(exchange.request)) {
    gateway.answer(host, exchange);
    return;
  }
  const { recordings } = host.site;
  if (recordings?.takes(exchange.request)) {
    recordings.answer(host, exchange);
    return;
  }
  const target = readTarget(url, host.site.formats);
  if (target.is === 'server') host.answer(200, '', { allow: ALLOWED_METHODS });
  else if (target.is === 'stream') routeStream(host, exchange, target);
  else if (
    target.refusal !== undefined &&
    (target.is === 'no-stream' || activities.get(method) === HttpPublish)
  ) {
    host.reject(target.refusal);
    answerUnread(host, exchange, statusOf(target.refusal, 'play'), target.refusal.description);
  } else void routePage(host, exchange);
}

function routeStream(host: HttpHost, exchange: HttpExchange, target: StreamTarget): void {
  const route = host.site.dialogues.get(target.format.dialogue ?? '') ?? routeByMethod;
  route(host, exchange, target);
}

/** Answers a request for a stream as its method says. */
export function routeByMethod(host: HttpHost, exchange: HttpExchange, target: StreamTarget): void {
  host.speakAs(target.format.forms.raw.protocol);
  const { method = '' } = exchange.request;
  const Activity = activities.get(method);
  if (Activity !== undefined) host.start(new Activity(host, exchange, target));
  else if (method === 'OPTIONS') answerOptions(host, exchange);
  else answerUnread(host, exchange, 405, `${method} is not supported here`, { allow: ALLOWED_METHODS });
}

async function routePage(host: HttpHost, exchange: HttpExchange): Promise<void> {
  const { request, response } = exchange;
  try {
    const isAnswered = await host.site.pages(request, response, host);
    if (!host.isAnswering(exchange)) return;
    if (isAnswered) host.finish();
    else answerNothing(host, exchange);
  } catch (error) {
    host.fail(error);
  }
}

/** Whoever only looks may find something elsewhere. */
function answerNothing(host: HttpHost, exchange: HttpExchange): void {
  const { method = '', url = '' } = exchange.request;
  const { redirectUnknownTo: location } = host.site;
  if (location === null || (method !== 'GET' && method !== 'HEAD'))
    answerUnread(host, exchange, 404, nothingAt(url, 'there is nothing here', host.site));
  else host.answer(302, `there is nothing here: go to ${location}`, { location });
}

/** Says that there is nothing at a path, and where its stream is, if somebody has left out how to get it. */
export function nothingAt(url: string, text: string, { formats }: HttpSite): string {
  const elsewhere = whereabouts(url, formats);
  return elsewhere === undefined ? text : `${text}: ${elsewhere}`;
}

/** Answers what is allowed, to pages of other origins too. */
export function answerOptions(host: HttpHost, { request, response }: HttpExchange): void {
  const { origins } = host.site;
  response.writeHead(204, { allow: ALLOWED_METHODS, ...origins.preflightHeaders(request.headers.origin) });
  response.end();
  host.finish();
}

/** Answers without a look at the body, if there is one. */
export function answerUnread(
  host: HttpHost,
  exchange: HttpExchange,
  status: number,
  text: string,
  headers: HeaderFields = {},
): void {
  host.answer(status, text, hasBody(exchange) ? { ...headers, connection: 'close' } : headers);
}

/** What comes of a body is of no use any more. */
export function passOver({ request }: HttpExchange): void {
  request.resume();
}

/** Bodies of so many bytes are passed over, so that the connection stays. */
const SHORT_BYTES = 1024;

/** Answers without a look at the body; the connection stays where that is short. */
export function answerShort(host: HttpHost, exchange: HttpExchange, status: number, text: string): void {
  const { 'content-length': length = '' } = exchange.request.headers;
  if (/^\d+$/.test(length) && Number(length) <= SHORT_BYTES) host.answer(status, text);
  else answerUnread(host, exchange, status, text);
}

/** Whether a request comes with a body, be it wanted or not. */
export function hasBody({ request }: HttpExchange): boolean {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  return coding !== undefined || Number(length ?? 0) !== 0;
}
