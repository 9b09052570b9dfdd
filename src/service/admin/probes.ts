import type { RelayControl } from './relay-control.ts';

/** What is answered to a probe or scraper. */
export interface ProbeAnswer {
  readonly status: number;
  /** Plain text unless it is given. */
  readonly contentType?: string;
  readonly body: string;
}

/** What probes and scrapers ask for, by path: any name of the listener may be used for it, and nobody has to say who asks. */
export const probes: ReadonlyMap<string, (relay: RelayControl) => ProbeAnswer | Promise<ProbeAnswer>> =
  new Map(
    Object.entries({
      '/metrics': async (relay: RelayControl) => {
        const { contentType, text } = await relay.metrics();
        return { status: 200, contentType, body: text };
      },
      '/healthz': () => ({ status: 200, body: 'ok\n' }),
      '/readyz': ({ readiness }: RelayControl) => ({
        status: readiness === 'ready' ? 200 : 503,
        body: `${readiness}\n`,
      }),
    }),
  );
