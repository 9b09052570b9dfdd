import type { IncomingMessage, ServerResponse } from 'node:http';
import { isTlsSocket } from '../../../built-in.ts';
import { certificateOf } from '../../../credentials/client-certificate.ts';
import { denialHeaders, statusOf } from '../../../session/http/http-status.ts';
import { showing } from '../../../session/http/http-wish.ts';
import { hasSeveralHosts, SEVERAL_HOSTS } from '../../../session/http/request-head.ts';
import type { Operator, OperatorRequest } from '../../access/operating/operators.ts';
import { isAskedByOwnName, isForwarded } from '../own-name.ts';
import type { ServiceControl } from '../service-control.ts';
import { isByUnixSocket } from '../unix-connections.ts';
import { ApiError, errorCodeOf } from './api-error.ts';
import type { Operation } from './operation.ts';
import { addressOf, visitorOf } from './visitors.ts';

/**
 * Says who asks, if they may.
 * @param names - those of the listener beside addresses and loopback names
 * @param signal - the client has gone
 * @throws ApiError with the reason why they may not
 */
export async function admit(
  request: IncomingMessage,
  { may, method }: Pick<Operation, 'may' | 'method'>,
  { operators }: Pick<ServiceControl, 'operators'>,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Operator | undefined> {
  const credential = operators.credentialIn(queryOf(request));
  if (credential !== undefined)
    throw new ApiError(
      'bad-request',
      `${credential}: no credential belongs in a URL: use the header Authorization`,
    );
  objectToNames(request, names);
  if (method !== 'GET') objectToOtherSites(request);
  if (may === 'anyone') return undefined;
  const verdict = await operators.judge(operatorOf(request), may, signal);
  if ('by' in verdict) return verdict;
  const code = errorCodeOf(statusOf(verdict, 'play'));
  const known = 'operator' in verdict ? verdict.operator : undefined;
  throw new ApiError(code, verdict.description, { headers: denialHeaders(verdict), operator: known });
}

/** Whether who has asked may still ask for that, by the settings as they are now. @param signal - the client has gone */
export async function mayStill(
  request: IncomingMessage,
  { may }: Pick<Operation, 'may'>,
  { operators }: Pick<ServiceControl, 'operators'>,
  signal: AbortSignal,
): Promise<boolean> {
  return may === 'anyone' || 'by' in (await operators.judge(operatorOf(request), may, signal));
}

/** @throws ApiError where a request does not name the listener itself, but a web page that had its name resolve to this machine */
export function objectToNames(request: IncomingMessage, names: readonly string[]): void {
  if (hasSeveralHosts(request)) throw new ApiError('bad-request', SEVERAL_HOSTS);
  // of two hosts, that of the target and that of the header, a proxy may have gone by the other one
  if (!request.url?.startsWith('/')) throw new ApiError('not-found', 'there is nothing here; ask for a path');
  const isForAll = visitorOf(request) !== undefined; // who has to show something is not led on by a name
  if (!isForAll && !isByUnixSocket(request.socket) && !isAskedByOwnName(request.headers, names))
    throw new ApiError('misdirected', MISDIRECTED);
}

const MISDIRECTED =
  'use an IP address, localhost or a name in listen.admin.names to ask for this; by a proxy only such a name';

/** A signal that the client has gone, or has its answer: the connection may go on for long. */
export function leaving(response: ServerResponse): AbortSignal {
  const leaving = new AbortController();
  response.once('close', () => leaving.abort(new ApiError('unavailable', 'the client has gone')));
  return leaving.signal;
}

/** A page of another site can have a browser send what changes something, with all that lets its user in. */
function objectToOtherSites({ headers }: IncomingMessage): void {
  const { origin, host = '', 'sec-fetch-site': site } = headers;
  const isOwn = origin === undefined || (URL.canParse(origin) && isSameHost(new URL(origin), host));
  const isSame = site === undefined || site === 'same-origin' || site === 'none';
  if (!isOwn || !isSame) throw new ApiError('forbidden', 'no page of another site may change anything here');
}

/** Behind a proxy only the host is known, not whether it speaks TLS. */
function isSameHost({ protocol, host }: URL, written: string): boolean {
  const own = `${protocol}//${written}`;
  return /^https?:$/.test(protocol) && URL.canParse(own) && new URL(own).host === host;
}

/** What was shown is the same as long as it is about the same request: what may be shown once is not shown again. */
const shown = new WeakMap<IncomingMessage, OperatorRequest>();

function operatorOf(request: IncomingMessage): OperatorRequest {
  const known = shown.get(request) ?? readOperator(request);
  shown.set(request, known);
  return known;
}

function readOperator(request: IncomingMessage): OperatorRequest {
  const { socket, headers } = request;
  const { credentials, origin } = showing(request);
  const visitor = visitorOf(request);
  if (visitor !== undefined) return { ...visitor.facts(), origin, isForwarded: false, isPublic: true };
  const certificate = certificateOf(socket);
  return {
    address: addressOf(request),
    isForwarded: isForwarded(headers),
    isPublic: false,
    credentials: certificate === undefined ? credentials : { ...credentials, certificate },
    origin,
    isTls: isTlsSocket(socket),
  };
}

function queryOf({ url = '' }: IncomingMessage): string {
  const at = url.indexOf('?');
  return at === -1 ? '' : url.slice(at + 1);
}
