import type { RelayStatus } from '../../../service/admin/relay-status.ts';
import type { HouseState } from '../../../service/house/overview/house-state.ts';
import type { AdminClient } from '../api/admin-client.ts';
import { NotReached } from '../api/not-reached.ts';
import { Refused } from '../api/refused.ts';
import type { CtlCall } from '../ctl-call.ts';
import { CtlFailure } from '../ctl-failure.ts';
import { askEither } from '../fleet/house-behind.ts';
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

/** A relay, or a house. */
type DrainedService = RelayStatus | HouseState;

function serviceOf(client: AdminClient): Promise<DrainedService> {
  return askEither<DrainedService>(
    client,
    () => client.get<RelayStatus>('relay'),
    async (house) => house,
  );
}

/** How often a relay that drains is asked how far it is, milliseconds. */
const LOOK_MS = 1000;

/** Has a relay drain and end. */
export async function drain(call: CtlCall, options: DrainOptions): Promise<void> {
  const { client, output, isJson } = call;
  const { reconnectUrl, timeout, wait = false, yes = false } = options;
  const relay = await serviceOf(client);
  if (output.isTerminal && !isJson && !yes && !(await confirm(question(relay))))
    throw new CtlFailure('nothing was done');
  const timeoutMs = timeout === undefined ? undefined : timeout * 1000;
  try {
    const answer = await client.change<unknown>('POST', 'drain', {}, { reconnectUrl, timeoutMs });
    if (isJson) output.json(answer);
    else output.lines([line(`${relay.name} is draining: it lets nobody in, and ends when nobody is left`)]);
  } catch (error) {
    if (!(error instanceof Refused && error.status === 409 && wait)) throw error;
    output.note(error.message); // it drains already: then there is only to wait
  }
  if (wait) await waitForEnd(call, relay.id);
}

function question(relay: DrainedService): string {
  const sessions = sessionsOf(relay);
  return `Drain ${relay.name} (up ${span(relay.uptimeSeconds)}${sessions === undefined ? '' : `, ${count(sessions)} sessions`})? It ends then.`;
}

/** Shows how many are left until the relay has ended, or another one answers in its place. */
async function waitForEnd({ client, output, isJson, pause }: CtlCall, id: string): Promise<void> {
  const startMs = performance.now();
  const seconds = (): string => span((performance.now() - startMs) / 1000);
  const say = (text: string): void => {
    if (!isJson) output.lines([line(text)]);
  };
  let shown = -1;
  for (; !output.closed.aborted; await pause(LOOK_MS)) {
    const found = await stateOf(client);
    if (found === 'busy') continue;
    if (found === 'gone') return say(`it has ended after ${seconds()}`);
    if (found.id !== id)
      return say(`it has ended, or left its place to ${found.name} (process ${found.pid})`);
    const left = sessionsOf(found) ?? 0;
    if (!isJson && (output.isTerminal || left !== shown))
      output.progress(line(`${left === 1 ? '1 session' : `${count(left)} sessions`} left, ${seconds()}`));
    shown = left;
  }
}

/** A relay that is about to end may not answer as always. */
async function stateOf(client: AdminClient): Promise<DrainedService | 'gone' | 'busy'> {
  try {
    return await serviceOf(client);
  } catch (error) {
    if (error instanceof NotReached && error.isNobodyThere) return 'gone';
    const isForGood = error instanceof Refused && error.status < 500;
    if (isForGood || !(error instanceof CtlFailure)) throw error;
    return 'busy';
  }
}

function sessionsOf(service: DrainedService): number | undefined {
  return 'load' in service ? service.load.find(({ name }) => name === 'sessions')?.now : undefined;
}
