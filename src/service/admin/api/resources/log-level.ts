import { z } from 'zod';
import { logLevels } from '../../../../config/log-settings.ts';
import { type Operation, operation } from '../operation.ts';

const logLevel = z.strictObject({ level: z.enum(logLevels).describe('the least severe that is logged') });

/** How much is logged. */
export const logLevelOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/api/v1/log-level',
    may: 'read',
    id: 'getLogLevel',
    summary: 'How much is logged',
    answers: { 200: { description: 'the level', schema: logLevel } },
    handle: ({ service }) => ({ level: service.changes.logLevel }),
  }),
  operation({
    method: 'PUT',
    path: '/api/v1/log-level',
    may: 'operate',
    id: 'setLogLevel',
    summary: 'Logs more or less, until the configuration is read again or the relay ends',
    body: logLevel,
    answers: { 200: { description: 'the level', schema: logLevel } },
    audit: ({ body: { level } }) => `level ${level}`,
    handle({ service, body: { level } }) {
      service.changes.setLogLevel(level);
      return { level };
    },
  }),
];
