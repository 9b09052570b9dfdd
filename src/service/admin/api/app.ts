import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { bugText } from '../../../errors.ts';
import type { Log } from '../../../log.ts';
import type { Operator } from '../../access/operating/operators.ts';
import { ChangeRefused } from '../relay-changes.ts';
import { safeHeaders } from '../safe-headers.ts';
import type { ServiceControl } from '../service-control.ts';
import { UnavailableError } from '../unavailable-error.ts';
import { ApiError, errorCodeOf } from './api-error.ts';
import { Audit } from './audit.ts';
import { checked, parametersOf } from './faults.ts';
import { admit, leaving, mayStill, objectToNames } from './guard.ts';
import type { ApiRequest, Operation } from './operation.ts';
import { addressOf, visitorOf } from './visitors.ts';

/** The JSON of a request has at most so many bytes. */
const MAX_BODY_BYTES = 64 * 2 ** 10;

/** A part of a path has at most so many characters: a stream key, each byte as three. */
const MAX_PARAMETER = 4096;

/** What the API is made from. */
export interface ApiParts<C extends ServiceControl> {
  readonly log: Log;
  readonly service: C;
  /** Host names by which it may be asked for beside addresses and loopback names. */
  readonly names: readonly string[];
  /** All that it answers. */
  readonly operations: readonly Operation<C>[];
}

/** Makes what answers everything on the admin listener beyond metrics and health; its `routing` takes each request. */
export async function makeApp<C extends ServiceControl>({
  service,
  names,
  log,
  operations: served,
}: ApiParts<C>): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    routerOptions: { maxParamLength: MAX_PARAMETER },
    frameworkErrors: (error, _request, reply) =>
      void sendError(reply as FastifyReply, knownError(error, log)),
  });
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(() => () => true); // an operation's own schemas do
  app.setSerializerCompiler(() => JSON.stringify);
  app.addHook('onRequest', async (_request, reply) => void reply.headers(safeHeaders));
  app.setErrorHandler((error: Error, _request, reply) => sendError(reply, knownError(error, log)));
  app.setNotFoundHandler(({ raw, url }, reply) => {
    objectToNames(raw, names);
    const [path = ''] = url.split('?', 1);
    const known = served.filter((one) => patternOf(one).test(path)).map(({ method }) => method);
    if (known.length === 0)
      return sendError(reply, new ApiError('not-found', 'there is nothing here; try /api/v1/openapi.json'));
    const allow = (known.includes('GET') ? ['HEAD', ...known] : known).sort().join(', ');
    return sendError(reply, new ApiError('method-not-allowed', `only ${allow} here`, { headers: { allow } }));
  });
  const audit = new Audit(log, service);
  for (const operation of served)
    route(app, operation, { service, names, audit: operation.method === 'GET' ? undefined : audit });
  await app.ready();
  return app;
}

/** What answers one operation's requests. */
interface RouteParts<C extends ServiceControl> extends Pick<ApiParts<C>, 'service' | 'names'> {
  /** Undefined where nothing is changed. */
  readonly audit: Audit | undefined;
}

function route<C extends ServiceControl>(
  app: FastifyInstance,
  operation: Operation<C>,
  { service, names, audit }: RouteParts<C>,
): void {
  const { method, path, params, query, body, answers } = operation;
  const known = new WeakMap<FastifyRequest, Operator | undefined>();
  const [status = 200] = Object.keys(answers).map(Number);
  app.route({
    method,
    url: path.replaceAll(/\{(\w+)\}/g, ':$1'),
    onRequest: async (request, reply) => {
      const operator = await admit(request.raw, operation, service, names, leaving(reply.raw));
      known.set(request, operator);
      if (operator === undefined) return;
      visitorOf(request.raw)?.onAdmitted();
      audit?.onAdmitted(request, operator);
    },
    onError: async (request, _reply, error) => audit?.onFailed(request, operation, error),
    handler: async (request, reply) => {
      if (body === undefined && request.body !== undefined && request.body !== null)
        throw new ApiError('bad-request', 'no body is expected here');
      const signal = leaving(reply.raw);
      const sent = request.query as Record<string, string | string[]>;
      const asked: ApiRequest<C> = {
        service,
        address: addressOf(request.raw),
        operator: known.get(request) ?? { by: 'loopback', identity: null, address: null },
        params: params === undefined ? {} : checked(params, request.params, 'parameter'),
        query: query === undefined ? {} : checked(query, parametersOf(query, sent), 'parameter'),
        body: body === undefined ? undefined : checked(body, request.body ?? undefined, 'field'),
        signal,
        mayGoOn: () => mayStill(request.raw, operation, service, signal),
      };
      audit?.onRead(request, operation, asked);
      const answer = await answered(operation, asked, reply);
      audit?.onDone(request, operation); // be the client still there or not
      if (reply.sent || answer === reply) return reply;
      void reply.code(status);
      return answer === undefined
        ? reply.send()
        : reply.type('application/json').send(`${JSON.stringify(answer)}\n`);
    },
  });
}

/** @throws ApiError also where a change is refused */
async function answered<C extends ServiceControl>(
  operation: Operation<C>,
  asked: ApiRequest<C>,
  reply: FastifyReply,
): Promise<unknown> {
  try {
    return await operation.handle(asked, reply);
  } catch (error) {
    throw error instanceof ChangeRefused ? new ApiError(error.why, error.message) : error;
  }
}

/** Of a fault of our own a client is told no more than that it is one. */
function knownError(error: Error, log: Log): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof UnavailableError) return new ApiError('unavailable', error.message);
  const { statusCode = 500 } = error as { readonly statusCode?: number };
  if (statusCode < 500) return new ApiError(errorCodeOf(statusCode), clientFault(error));
  log.error('bug', bugText(error));
  return new ApiError('internal', 'this failed by a fault of the server: its log says more');
}

/** What fastify says in words that help nobody. */
const clientFaults: Readonly<Record<string, string>> = {
  FST_ERR_BAD_URL: 'the path is badly encoded',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'expected a body with Content-Type: application/json',
};

/** What fastify finds wrong with a request before an operation sees it, without what was sent. */
function clientFault({ code = '', message }: Error & { readonly code?: string }): string {
  return clientFaults[code] ?? message;
}

function sendError(reply: FastifyReply, error: ApiError): FastifyReply {
  return reply
    .headers({ ...safeHeaders, ...error.headers })
    .code(error.status)
    .type('application/json')
    .send(`${JSON.stringify(error.body)}\n`);
}

function patternOf({ path }: Pick<Operation, 'path'>): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}
