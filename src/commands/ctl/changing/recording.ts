import type { CtlCall } from '../ctl-call.ts';
import { line } from '../terminal/line.ts';

/** Has a relay record a stream. */
export async function startRecording(
  call: CtlCall,
  stream: string,
  { append = false }: { readonly append?: boolean },
): Promise<void> {
  await change(call, 'POST', pathOf(stream), `${stream} is being recorded`, { append });
}

/** Has a relay record a stream no more. */
export async function stopRecording(call: CtlCall, stream: string): Promise<void> {
  await change(call, 'DELETE', pathOf(stream), `${stream} is recorded no more`);
}

/** Has a relay delete a recording. */
export async function deleteRecording(call: CtlCall, key: string): Promise<void> {
  await change(call, 'DELETE', `recordings/${encodeURIComponent(key)}`, `${key} is gone`);
}

function pathOf(stream: string): string {
  return `streams/${encodeURIComponent(stream)}/recording`;
}

async function change(
  { client, output, isJson }: CtlCall,
  method: 'POST' | 'DELETE',
  path: string,
  done: string,
  body?: unknown,
): Promise<void> {
  await client.change<void>(method, path, {}, body);
  if (isJson) output.json(null);
  else output.lines([line(done)]);
}
