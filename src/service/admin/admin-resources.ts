import type { HeaderFields } from '../../session/http/http-status.ts';
import { type ListWish, readListWish, sessionParameters, streamParameters } from './list-wish.ts';
import type { RelayControl } from './relay-control.ts';
import type { ListPart } from './relay-status.ts';

/** What the admin listener answers. */
export interface AdminAnswer {
  readonly status: number;
  /** Plain text unless it is given. */
  readonly contentType?: string;
  /** Besides those of every answer. */
  readonly headers?: HeaderFields;
  readonly body: string;
}

/** One thing on the admin listener: a function for each method that it knows. HEAD is GET without the body. */
export interface AdminResource {
  /** By which names of the listener it may be asked for: `any` is for what probes and scrapers need and no web page could use. */
  readonly askedBy: 'any name' | 'own name';
  readonly get: (relay: RelayControl, query: URLSearchParams) => AdminAnswer | Promise<AdminAnswer>;
}

/** Everything that there is on the admin listener, by path. */
export const adminResources: ReadonlyMap<string, AdminResource> = new Map(
  Object.entries<AdminResource>({
    '/metrics': {
      askedBy: 'any name',
      get: async (relay) => {
        const { contentType, text } = await relay.metrics();
        return { status: 200, contentType, body: text };
      },
    },
    '/healthz': { askedBy: 'any name', get: () => ({ status: 200, body: 'ok\n' }) },
    '/readyz': {
      askedBy: 'any name',
      get: ({ readiness }) => ({ status: readiness === 'ready' ? 200 : 503, body: `${readiness}\n` }),
    },
    '/api/v1/streams': {
      askedBy: 'own name',
      get: (relay, query) =>
        list('streams', readListWish(query, streamParameters), (wish) => relay.streams(wish)),
    },
    '/api/v1/sessions': {
      askedBy: 'own name',
      get: (relay, query) =>
        list('sessions', readListWish(query, sessionParameters), (wish) => relay.sessions(wish)),
    },
    '/api/v1/upstreams': { askedBy: 'own name', get: async (relay) => json(await relay.upstreams()) },
    '/api/v1/forwards': { askedBy: 'own name', get: async (relay) => json(await relay.forwards()) },
  }),
);

/** @param name - what the entries are called in the answer */
async function list(
  name: string,
  wish: ReturnType<typeof readListWish>,
  look: (wish: ListWish) => Promise<ListPart<unknown>>,
): Promise<AdminAnswer> {
  if ('problem' in wish) return { status: 400, body: `${wish.problem}\n` };
  const { entries, next } = await look(wish);
  return json({ [name]: entries, next });
}

function json(value: unknown): AdminAnswer {
  return { status: 200, contentType: 'application/json', body: `${JSON.stringify(value)}\n` };
}
