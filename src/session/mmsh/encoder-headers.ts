import type { HeaderFields } from '../http/http-status.ts';

/** What stands in every answer to an encoder: they turn away from a server of any other name. */
export const ENCODER_HEADERS: HeaderFields = { server: 'Cougar/9.6.7600.16564' };

/** How long an encoder is told that its connection waits for the next request, milliseconds. */
export const ENCODER_WAIT_MS = 60_000;
