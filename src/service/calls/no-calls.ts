import { callSettings } from '../../config/calls/call-settings.ts';
import type { CallSite } from '../../session/calls/call-handlers.ts';

/** What clients can call of a service that answers no calls. */
export const noCalls: CallSite = { handlers: { answer: () => undefined }, limits: callSettings.parse({}) };
