import type { ToldEvent } from './told-event.ts';

/** An event as JSON, but for how many were lost before it: see docs/hooks.md. @param relay - its name */
export function eventBody(event: ToldEvent, relay: string): Record<string, unknown> {
  const { event: name, atMs, stream, durationMs = null } = event;
  const origin = { relay, time: new Date(atMs).toISOString() };
  if (!('subject' in event)) {
    const link = 'url' in event ? { url: event.url, reason: event.why ?? null } : {};
    return { event: name, stream, ...link, durationMs, ...origin };
  }
  const { session, protocol, address, client, isTls, query, identity = null } = event.subject;
  const { bytes } = event;
  return {
    event: name,
    ...(name === 'recheck' ? { verb: event.activity } : {}),
    ...{ stream, session, protocol, address, client, tls: isTls, query, identity },
    ...('reason' in event ? { reason: event.reason } : {}),
    ...{ durationMs, bytes, ...origin },
  };
}

/** Says in a body how many events were lost before it. */
export function withLosses(body: string, lost: number): string {
  return lost === 0 ? body : `${body.slice(0, -1)},"lost":${lost}}`;
}
