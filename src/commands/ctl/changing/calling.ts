import type { CtlCall } from '../ctl-call.ts';
import { CtlFailure } from '../ctl-failure.ts';
import { line } from '../terminal/line.ts';

/** What a client has answered. */
interface ClientAnswered {
  readonly result?: unknown;
  readonly error?: unknown;
}

/** Calls a method of a session's client, and writes its answer. @param written - values: JSON, else text */
export async function callClient(
  { client, output, isJson }: CtlCall,
  session: string,
  name: string,
  written: readonly string[],
): Promise<void> {
  const path = `sessions/${encodeURIComponent(session)}/call`;
  const body = { name, args: written.map(readValue) };
  const answer = await client.change<ClientAnswered>('POST', path, {}, body);
  if (isJson) output.json(answer);
  else if ('error' in answer) throw new CtlFailure(`the client says no: ${JSON.stringify(answer.error)}`);
  else output.lines([line(JSON.stringify(answer.result))]);
}

/** Sends data to those who play a stream. @param written - values: JSON, else text */
export async function sendData(
  { client, output, isJson }: CtlCall,
  stream: string,
  name: string,
  written: readonly string[],
): Promise<void> {
  const path = `streams/${encodeURIComponent(stream)}/data`;
  await client.change<void>('POST', path, {}, { name, values: written.map(readValue) });
  if (isJson) output.json(null);
  else output.lines([line(`${name} is on its way to the players of ${stream}`)]);
}

function readValue(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch {
    return written;
  }
}
