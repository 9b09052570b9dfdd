import { z } from 'zod';
import { shownSettings } from '../../../../config/shown-settings.ts';
import type { ServiceControl } from '../../service-control.ts';
import { type Operation, operation } from '../operation.ts';

/** The configuration. @param schema - of the settings */
export function configOperations(schema: z.ZodType): readonly Operation<ServiceControl>[] {
  return [
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
      handle: ({ service }) => shownSettings(schema, service.settings),
    }),
  ];
}
