import type { RelayControl } from './relay-control.ts';

/** What the admin listener answers. */
export interface AdminAnswer {
  readonly status: number;
  /** Plain text unless it is given. */
  readonly contentType?: string;
  readonly body: string;
}

/** One thing to see on the admin listener. */
export interface AdminResource {
  /** By which names of the listener it may be asked for: `any` is for what probes and scrapers need and no web page could use. */
  readonly askedBy: 'any name' | 'own name';
  answer(relay: RelayControl): AdminAnswer | Promise<AdminAnswer>;
}

/** Everything that there is on the admin listener, by path. */
export const adminResources: ReadonlyMap<string, AdminResource> = new Map(
  Object.entries<AdminResource>({
    '/metrics': {
      askedBy: 'any name',
      answer: async (relay) => {
        const { contentType, text } = await relay.metrics();
        return { status: 200, contentType, body: text };
      },
    },
    '/healthz': { askedBy: 'any name', answer: () => ({ status: 200, body: 'ok\n' }) },
    '/readyz': {
      askedBy: 'any name',
      answer: ({ readiness }) => ({ status: readiness === 'ready' ? 200 : 503, body: `${readiness}\n` }),
    },
    '/api/v1/upstreams': { askedBy: 'own name', answer: async (relay) => json(await relay.upstreams()) },
    '/api/v1/forwards': { askedBy: 'own name', answer: async (relay) => json(await relay.forwards()) },
  }),
);

function json(value: unknown): AdminAnswer {
  return { status: 200, contentType: 'application/json', body: `${JSON.stringify(value)}\n` };
}
