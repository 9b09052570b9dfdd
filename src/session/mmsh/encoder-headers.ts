import type { HeaderFields } from '../http/http-status.ts';

/** What stands in every answer to an encoder: they turn away from a server of any other name. */
export const ENCODER_HEADERS: HeaderFields = { server: 'Cougar/9.6.7600.16564' };
