import type { FleetRelayStatus } from '../../../service/house/overview/fleet-status.ts';
import type { KickOutcome } from '../../../service/house/overview/kick-outcome.ts';
import type { CtlCall } from '../ctl-call.ts';
import { count, span } from '../terminal/figures.ts';
import { line } from '../terminal/line.ts';

/** Which players of a fleet are to end. */
export interface FleetKickOptions {
  readonly stream?: string;
  readonly address?: string;
  readonly identity?: string;
  /** The label of their URLs. */
  readonly uid?: string;
  /** What they are told. */
  readonly reason?: string;
  /** How long they are kept out, seconds. */
  readonly ban?: number;
}

/** Has a relay of the fleet take no new players, or take some again. */
export async function setDraining(call: CtlCall, relay: string, draining: boolean): Promise<void> {
  const path = `relays/${encodeURIComponent(relay)}`;
  const now = await call.client.change<FleetRelayStatus>('PATCH', path, {}, { draining });
  say(call, now, draining ? `${relay} takes no new players` : `${relay} takes players again`);
}

/** Takes a relay into the fleet that has come by an invitation. */
export async function approve(call: CtlCall, relay: string): Promise<void> {
  const path = `relays/${encodeURIComponent(relay)}/approve`;
  say(call, await call.client.change<FleetRelayStatus>('POST', path), `${relay} belongs to the fleet`);
}

/** Has a relay of the fleet read its own configuration again. */
export async function reloadRelay(call: CtlCall, relay: string): Promise<void> {
  await call.client.change('POST', `relays/${encodeURIComponent(relay)}/reload`);
  say(call, { relay }, `${relay} has read its configuration again`);
}

/** Ends one player of a fleet, or all that the options mean, at every relay. */
export async function kickPlayers(
  call: CtlCall,
  id: string | undefined,
  options: FleetKickOptions,
): Promise<void> {
  const { ban: banSeconds, reason, uid, address, identity, stream } = options;
  const terms = { reason, banSeconds };
  const path = id === undefined ? 'kick' : `players/${encodeURIComponent(id)}/kick`;
  const body = id === undefined ? { uid, address, identity, stream, ...terms } : terms;
  const outcome = await call.client.change<KickOutcome>('POST', path, {}, body);
  const { ended, unreached } = outcome;
  const what = ended === 1 ? '1 session has ended' : `${count(ended)} sessions have ended`;
  say(call, outcome, banSeconds === undefined ? what : `${what}, kept out for ${span(banSeconds)}`);
  for (const { relay, problem } of call.isJson ? [] : unreached)
    call.output.note(`${relay} was not told: ${problem}`);
}

function say({ output, isJson }: CtlCall, answer: unknown, text: string): void {
  if (isJson) output.json(answer);
  else output.lines([line(text)]);
}
