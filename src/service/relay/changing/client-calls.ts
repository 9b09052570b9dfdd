import { ProtocolError } from '../../../errors.ts';
import { flvFamily } from '../../../family/flv/flv-family.ts';
import { passingData } from '../../../family/flv/flv-frame.ts';
import { amfToJson, type JsonValue, jsonToAmf } from '../../../protocol/amf/amf-json.ts';
import type { ClientAnswer } from '../../../session/calls/call-outcome.ts';
import type { Session } from '../../../session/session.ts';
import type { LiveStream } from '../../../stream/live-stream.ts';
import type { ChangeRefused, ClientCallWish, StreamData } from '../../admin/relay-changes.ts';

/** What comes of calling the client of a session. */
export type ClientCallEnd = ClientAnswer<JsonValue> | { readonly is: 'no-session' | 'uncallable' };

/** What comes of sending data to those who play a stream. */
export type SentData = 'sent' | 'no-stream' | 'other-family' | 'reserved-name';

type Objection = ConstructorParameters<typeof ChangeRefused>;

/** What an operator is told of a call that has no answer. */
export const callObjections: Readonly<
  Record<Exclude<ClientCallEnd['is'], 'result' | 'error'>, (session: string) => Objection>
> = {
  'no-session': (session) => ['not-found', `there is no session ${session}`],
  uncallable: (session) => ['conflict', `the client of session ${session} cannot be called`],
  left: (session) => ['conflict', `the client of session ${session} has left without an answer`],
  limited: (session) => ['too-many', `too many calls wait for answers of the client of session ${session}`],
  timeout: (session) => ['timeout', `the client of session ${session} has not answered in time`],
};

/** What an operator is told of data that nobody was sent. */
export const dataObjections: Readonly<Record<Exclude<SentData, 'sent'>, (stream: string) => Objection>> = {
  'no-stream': (stream) => ['not-found', `stream ${stream} is not live here`],
  'other-family': (stream) => [
    'conflict',
    `stream ${stream} is none of FLV: its players know no data messages`,
  ],
  'reserved-name': () => [
    'bad-request',
    'name: expected one that means nothing to players, servers and relays yet',
  ],
};

/** Calls the client of a session of this thread. */
export async function callSession(
  session: Session | undefined,
  { name, args, timeoutMs }: ClientCallWish,
): Promise<ClientCallEnd> {
  if (session === undefined) return { is: 'no-session' };
  const answered = session.call?.(name, args.map(jsonToAmf), timeoutMs);
  if (answered === undefined) return { is: 'uncallable' };
  const answer = await answered;
  if (!('value' in answer)) return answer;
  try {
    return { is: answer.is, value: amfToJson(answer.value) };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { is: 'error', value: `the answer has no form in JSON: ${error.message}` };
  }
}

/** Sends data to those who play a stream that this thread keeps. */
export function sendDataTo(stream: LiveStream | undefined, { name, values }: StreamData): SentData {
  if (stream?.family === undefined || stream.source?.isCopy) return 'no-stream';
  if (stream.family !== flvFamily) return 'other-family';
  const frame = passingData(name, values.map(jsonToAmf));
  if (frame === undefined) return 'reserved-name';
  return stream.broadcast.pass(frame) ? 'sent' : 'no-stream';
}
