import type { ServiceControl } from './service-control.ts';

/** What is answered to a probe or scraper. */
export interface ProbeAnswer {
  readonly status: number;
  /** Plain text unless it is given. */
  readonly contentType?: string;
  readonly body: string;
}

/** What probes and scrapers ask for, by path: any name of the listener may be used for it, and nobody has to say who asks. */
export const probes: ReadonlyMap<string, (service: ServiceControl) => ProbeAnswer | Promise<ProbeAnswer>> =
  new Map(
    Object.entries({
      '/metrics': async (service: ServiceControl) => {
        const { contentType, text } = await service.metrics();
        return { status: 200, contentType, body: text };
      },
      '/healthz': () => ({ status: 200, body: 'ok\n' }),
      '/readyz': ({ readiness }: ServiceControl) => ({
        status: readiness === 'ready' ? 200 : 503,
        body: `${readiness}\n`,
      }),
    }),
  );
