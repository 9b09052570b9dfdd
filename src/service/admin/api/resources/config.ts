import { z } from 'zod';
import { relaySettings } from '../../../../config/relay-settings.ts';
import { shownSettings } from '../../../../config/shown-settings.ts';
import { type Operation, operation } from '../operation.ts';

/** The configuration. */
export const configOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/api/v1/config',
    may: 'read',
    id: 'getConfig',
    summary: 'The settings that hold now, with what may be a secret hidden',
    answers: {
      200: {
        description: 'the settings by name; `***` stands for a secret',
        schema: z.record(z.string(), z.unknown()).describe('see the documentation of all settings'),
      },
    },
    handle: ({ relay }) => shownSettings(relaySettings, relay.settings),
  }),
];
