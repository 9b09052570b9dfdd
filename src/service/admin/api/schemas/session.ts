import { z } from 'zod';
import { sessionRoles } from '../../../../session/session.ts';
import type { SessionStatus } from '../../relay-status.ts';
import { bitRate, count, facts, moment } from './facts.ts';

/** The schema of a {@link SessionStatus}. */
export const sessionSchema: z.ZodType<SessionStatus> = facts<SessionStatus>({
  id: z.string().describe('the id of the connection, as on its log lines'),
  role: z.enum(sessionRoles),
  protocol: z.string(),
  tls: z.boolean().describe('whether it is encrypted'),
  serverName: z.string().nullable().describe('the name of this server that the peer has asked for in TLS'),
  stream: z.string().nullable().describe('what it publishes or plays; null while there is nothing'),
  streams: z.array(z.string()).describe('all of them'),
  identity: z.string().nullable().describe('who it has proven to be'),
  uid: z.string().nullable().describe('the label `uid` of its URL, which nobody has proven'),
  address: z.string().describe("the peer's IP address"),
  via: z.string().nullable().describe('the address of the proxy that has brought it'),
  client: z.string().describe('what software the peer says it is; empty when it says nothing'),
  since: moment.describe('when it was opened'),
  receivedBytes: count.describe('bytes received so far'),
  sentBytes: count.describe('bytes sent so far'),
  receivedBitsPerSecond: bitRate,
  sentBitsPerSecond: bitRate,
  lagging: z.boolean().describe('whether it misses frames now because it does not keep up'),
  droppedFrames: count.describe('frames left out for it'),
  backlogBytes: count.describe('what it was sent and has not taken yet'),
  backlogMs: count.describe('how long the oldest of that has waited, milliseconds'),
});
