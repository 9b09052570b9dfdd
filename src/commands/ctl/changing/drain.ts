import type { RelayStatus } from '../../../service/admin/relay-status.ts';
import { NotReached } from '../api/not-reached.ts';
import type { CtlCall } from '../ctl-call.ts';
import { confirm } from '../terminal/confirm.ts';
import { count, span } from '../terminal/figures.ts';
import { line } from '../terminal/line.ts';

/** How a relay is to drain. */
export interface DrainOptions {
  readonly reconnectUrl?: string;
  /** What sessions get to end by themselves, seconds. */
  readonly timeout?: number;
  readonly wait?: boolean;
  readonly yes?: boolean;
}

/** How often a relay that drains is asked how far it is, milliseconds. */
const LOOK_MS = 1000;

/** Has a relay drain and end. */
export async function drain(call: CtlCall, options: DrainOptions): Promise<void> {
  const { client, output, isJson } = call;
  const { reconnectUrl, timeout, wait = false, yes = false } = options;
  const relay = await client.get<RelayStatus>('relay');
  if (output.isTerminal && !isJson && !yes && !(await confirm(question(relay)))) {
    console.error('nothing was done');
    return;
  }
  const timeoutMs = timeout === undefined ? undefined : timeout * 1000;
  const answer = await client.change<unknown>('POST', 'drain', {}, { reconnectUrl, timeoutMs });
  if (isJson) output.json(answer ?? null);
  else output.lines([line(`${relay.name} is draining: it lets nobody in, and ends when nobody is left`)]);
  if (wait) await waitForEnd(call, relay.id);
}

function question(relay: RelayStatus): string {
  const sessions = sessionsOf(relay);
  return `Drain ${relay.name} (up ${span(relay.uptimeSeconds)}${sessions === undefined ? '' : `, ${count(sessions)} sessions`})? It ends then.`;
}

/** Shows how many are left until the relay has ended, or another one answers in its place. */
async function waitForEnd({ client, output, isJson, pause }: CtlCall, id: string): Promise<void> {
  const say = (text: string): void => {
    if (!isJson) output.lines([line(text)]);
  };
  const startMs = performance.now();
  let shown = -1;
  while (!output.closed.aborted) {
    const relay = await client.get<RelayStatus>('relay').catch((error: unknown) => {
      if (error instanceof NotReached) return undefined;
      throw error;
    });
    const seconds = (performance.now() - startMs) / 1000;
    if (relay === undefined) return say(`it has ended after ${span(seconds)}`);
    if (relay.id !== id)
      return say(`it has ended, or left its place to ${relay.name} (process ${relay.pid})`);
    const left = sessionsOf(relay) ?? 0;
    if (!isJson && (output.isTerminal || left !== shown))
      output.progress(line(`${count(left)} sessions left, ${span(seconds)}`));
    shown = left;
    await pause(LOOK_MS);
  }
}

function sessionsOf({ load }: RelayStatus): number | undefined {
  return load.find(({ name }) => name === 'sessions')?.now;
}
