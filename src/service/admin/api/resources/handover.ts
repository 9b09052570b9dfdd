import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { ApiError } from '../api-error.ts';
import { type Operation, operation } from '../operation.ts';

const handover = z.object({
  sockets: z
    .array(z.string())
    .describe(
      'Unix sockets on which it gives its streams to the successor, over RTMP; beside each, with .http behind its name, those that RTMP cannot carry',
    ),
});

/** What a successor asks for. */
export const handoverOperations: readonly Operation[] = [
  operation({
    method: 'POST',
    path: '/api/v1/handover',
    may: 'operate',
    id: 'handOver',
    query: z.object({ relay: z.string().describe('id of the relay that is meant') }),
    summary: 'Leave the ports to a successor that listens there already, and drain; for relay --replace',
    answers: { 200: { description: 'it has left them', schema: handover } },
    handle: async ({ service, operator, query }) => {
      const { id, listeners, readiness } = await service.status();
      const socket = listeners.find(({ port }) => port === null)?.host;
      if (operator.by !== 'socket' || socket === undefined)
        throw new ApiError(
          'forbidden',
          'only a successor on this machine may ask for this, by the admin socket',
        );
      if (query.relay !== id) throw new ApiError('conflict', 'another relay has this socket now');
      if (readiness === 'draining') throw new ApiError('conflict', 'the relay is about to stop');
      return { sockets: await service.handOver(beginningFor(dirname(socket), id)) };
    },
  }),
];

/** Beside the admin socket, which the successor has found; where that folder is not this user's, in one of its own. */
function beginningFor(directory: string, id: string): string {
  try {
    accessSync(directory, constants.W_OK);
    return join(directory, `handover-${id}`);
  } catch {
    const own = mkdtempSync(join(tmpdir(), 'streampump-handover-'));
    process.once('exit', () => rmSync(own, { recursive: true, force: true }));
    return join(own, 'media');
  }
}
