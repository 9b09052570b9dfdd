import { z } from 'zod';
import { reconnectUrlProblem } from '../../../../config/media-url-problems.ts';
import { checkedString } from '../../../../config/setting-schema.ts';
import { displayUrl } from '../../../../url-secrets.ts';
import type { ProcessControl } from '../../process-control.ts';
import type { ServiceControl } from '../../service-control.ts';
import { ApiError } from '../api-error.ts';
import { type Operation, operation } from '../operation.ts';
import { facts } from '../schemas/facts.ts';

const DAY_MS = 86_400_000;

const restartNeeded = z.array(z.string()).describe('settings that have changed and wait for a restart');

/** What the process does that the service runs in. */
export const processOperations: readonly Operation<ServiceControl>[] = [
  operation({
    method: 'POST',
    path: '/api/v1/drain',
    may: 'operate',
    id: 'drain',
    summary: 'Lets nobody new in, and stops when everybody has left or the time is over, as SIGTERM does',
    body: z
      .strictObject({
        reconnectUrl: checkedString(reconnectUrlProblem, 'URL')
          .nullable()
          .optional()
          .describe('where relays are asked to go; otherwise drain.reconnectUrl'),
        timeoutMs: z
          .int()
          .min(0)
          .max(DAY_MS)
          .optional()
          .describe('how long those who are there may stay, milliseconds; otherwise drain.timeoutMs'),
      })
      .default({}),
    answers: { 202: { description: 'it drains', schema: facts<object>({}) } },
    audit: ({ body: { reconnectUrl, timeoutMs } }) =>
      [
        timeoutMs === undefined ? '' : `timeoutMs ${timeoutMs}`,
        typeof reconnectUrl === 'string' ? `reconnectUrl ${displayUrl(reconnectUrl)}` : '',
      ]
        .filter((part) => part !== '')
        .join(', '),
    handle({ service, body }) {
      if (service.readiness === 'draining') throw new ApiError('conflict', 'it drains already');
      processOf(service).drain(body, 'POST /api/v1/drain');
      return {};
    },
  }),
  operation({
    method: 'POST',
    path: '/api/v1/reload',
    may: 'operate',
    id: 'reload',
    summary: 'Reads the configuration and the certificates again, as SIGHUP does',
    answers: { 200: { description: 'it was read', schema: facts({ restartNeeded }) } },
    async handle({ service }) {
      const outcome = await processOf(service).reload();
      if ('restartNeeded' in outcome) return outcome;
      const { faults } = outcome;
      throw new ApiError('config', 'the old configuration stays: the new one has faults', {
        more: { faults },
      });
    },
  }),
];

function processOf({ process }: ServiceControl): ProcessControl {
  if (process === undefined)
    throw new ApiError('unavailable', 'this server does not end or reload by itself');
  return process;
}
